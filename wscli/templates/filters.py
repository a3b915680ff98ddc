"""The closed list of filters: ``${x|name}``."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from wscli.model.frozen import frozen
from wscli.model.message import MISSING
from wscli.model.secret import MASK
from wscli.templates.values import Rendered, json_text, plain, text

_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,300}")
_LARGEST: Final = 1e300  # a Decimal like 1E+999999999 would fill the memory


class FilterFailed(Exception):  # noqa: N818 - becomes a TemplateError where the place is known
    """A filter has no answer for this value; the text says what it needs."""


@frozen
class Filter:
    """``apply(value, argument)`` may give ``MISSING`` (then the result is unset) or raise
    FilterFailed. ``opaque``: made of a masked value its result would tell nothing, so the twin is
    masked as a whole. ``argument``: whether it takes one, as in ``join(",")``.
    """

    apply: Callable[[Any, str], Any]
    opaque: bool = False
    argument: bool = False


def apply_filter(used: Filter, argument: str, found: Rendered) -> Rendered:
    """Filter a value and its twin. FilterFailed where the value does not suit."""
    value = used.apply(found.value, argument)
    if not found.masked:
        return plain(value)
    if used.opaque:
        return Rendered(value, MASK)
    try:
        return Rendered(value, used.apply(found.shown, argument))
    except FilterFailed:  # the twin is *** where the value is a list
        return Rendered(value, MASK)


def _join(value: Any, separator: str) -> str:
    return separator.join([text(item) for item in _list(value)])


def _first(value: Any, _argument: str) -> Any:
    return next(iter(_list(value)), MISSING)


def _list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    raise FilterFailed("a list")


def _string(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise FilterFailed("a text; |str or |json makes one")


def _bytes(value: Any) -> bytes:
    try:
        return _string(value).encode()
    except UnicodeEncodeError:
        raise FilterFailed("a text that is valid Unicode") from None


def _base64(value: Any, _argument: str) -> str:
    return base64.b64encode(_bytes(value)).decode()


def _base64url(value: Any, _argument: str) -> str:
    # without padding, as in RFC 7515: "=" may not stand in a subprotocol's name
    return base64.urlsafe_b64encode(_bytes(value)).rstrip(b"=").decode()


def _int(value: Any, _argument: str) -> int:
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    if number and -_LARGEST < value < _LARGEST and int(value) == value:
        return int(value)
    raise FilterFailed("a whole number")


FILTERS: Final = {
    "join": Filter(_join, argument=True),
    "lower": Filter(lambda value, _: _string(value).lower()),
    "upper": Filter(lambda value, _: _string(value).upper()),
    "json": Filter(lambda value, _: json_text(value)),
    "base64": Filter(_base64, opaque=True),
    "base64url": Filter(_base64url, opaque=True),
    "str": Filter(lambda value, _: text(value)),
    "int": Filter(_int, opaque=True),
    "first": Filter(_first),
}
"""Every filter by its name."""
