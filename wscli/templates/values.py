"""What is filled in, what comes out, and how a value is put as text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import field
from decimal import Decimal
from typing import Any, Final, TypeAlias

from wscli.errors import TemplateError
from wscli.model.frozen import frozen
from wscli.model.message import MISSING
from wscli.model.secret import MASK, Secret


@frozen
class Scope:
    """Where values are looked up.

    ``names``: options, captured and computed values; a name is unset where it is absent or
    ``MISSING``, while None is a null. A value may be a ``Secret``, hold secrets, or be a
    ``Rendered`` that came out of another template. ``element`` is ``${.}``, ``message`` is
    ``${$}``, ``item`` is ``${item}``.
    """

    names: Mapping[str, Any]
    element: Any = MISSING
    message: Any = MISSING
    item: Any = MISSING


@frozen
class Rendered:
    """A result and its masked twin, in which every secret is ``***``. Both are ``MISSING`` where
    the template leaves itself out. They are the same object where nothing is masked.
    """

    value: Any = field(repr=False)
    shown: Any

    @property
    def masked(self) -> bool:
        """Whether there is a secret in it."""
        return self.shown is not self.value


Render: TypeAlias = Callable[[Scope], Rendered]

UNSET: Final = Rendered(MISSING, MISSING)


def plain(value: Any) -> Rendered:
    """Give the twin of what holds no secret."""
    return Rendered(value, value)


def twin(value: Any) -> Rendered:
    """Reveal and mask the secrets in a value."""
    match value:
        case Rendered():
            return value
        case Secret():
            return Rendered(value.reveal(), MASK)
        case list() | tuple():
            return join_list([twin(item) for item in value])
        case dict():
            return join_dict({key: twin(item) for key, item in value.items()})
        case _:
            return plain(value)


def join_list(items: list[Rendered]) -> Rendered:
    """Make one list of the elements that are not left out."""
    kept = [item for item in items if item.value is not MISSING]
    values = [item.value for item in kept]
    if any(item.masked for item in kept):
        return Rendered(values, [item.shown for item in kept])
    return plain(values)


def join_dict(items: Mapping[str, Rendered]) -> Rendered:
    """Make one object of the keys that are not left out."""
    kept = {key: item for key, item in items.items() if item.value is not MISSING}
    values = {key: item.value for key, item in kept.items()}
    if any(item.masked for item in kept.values()):
        return Rendered(values, {key: item.shown for key, item in kept.items()})
    return plain(values)


def text(value: Any) -> str:
    """Put a value as text: a string as it is, everything else as compact JSON. TemplateError where
    it is nested too deeply.
    """
    if isinstance(value, str):
        return value
    try:
        return json_text(value)
    except RecursionError:
        raise TemplateError("a value is nested too deeply to be filled in") from None


def json_text(value: Any) -> str:
    """Write compact JSON; a Decimal keeps its digits. TypeError for what is no JSON."""
    match value:
        case Decimal():
            return str(value)
        case list() | tuple():
            return f"[{','.join([json_text(item) for item in value])}]"
        case dict():
            pairs = [f"{json_text(key)}:{json_text(item)}" for key, item in value.items()]
            return f"{{{','.join(pairs)}}}"
        case _:
            return json.dumps(value, ensure_ascii=False)
