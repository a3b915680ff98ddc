"""The header Sec-WebSocket-Extensions, as RFC 6455, section 9.1, writes it. Touches no socket."""

from __future__ import annotations

import re
from typing import Final

from wscli.model.frozen import frozen

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_BLANK: Final = " \t"


class NotExtensionsError(ValueError):
    """A header that is no list of extensions. The text repeats nothing of it."""


@frozen
class Extension:
    """One extension, offered or chosen. A parameter without a value has None."""

    name: str
    parameters: tuple[tuple[str, str | None], ...] = ()


def parse_extensions(value: str) -> tuple[Extension, ...]:
    """Read a list of extensions. Empty elements do not count (RFC 9110, section 5.6.1.2).

    A value in quotes has to be a token as well, so no comma and no semicolon is part of one.
    Raises ``NotExtensionsError``.
    """
    elements = (each.strip(_BLANK) for each in value.split(","))
    return tuple(_extension(each) for each in elements if each)


def _extension(text: str) -> Extension:
    name, *parameters = text.split(";")
    return Extension(_token(name), tuple(_parameter(each) for each in parameters))


def _parameter(text: str) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    if not equals:
        return _token(name), None
    value = value.strip(_BLANK)
    if len(value) > 2 and value[0] == value[-1] == '"':
        value = value[1:-1]
    return _token(name), _token(value)


def _token(text: str) -> str:
    text = text.strip(_BLANK)
    if not _TOKEN.fullmatch(text):
        raise NotExtensionsError("what is no list of extensions")
    return text
