"""Values, keys and foreign sentences, cut and free of control characters: always one short line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

_LONGEST_VALUE: Final = 60  # characters of a value that are shown
_LONGEST: Final = 160  # characters of a list or of a foreign sentence
_PLAIN_KEY: Final = re.compile("[A-Za-z_][A-Za-z0-9_]*")


def listing(values: Iterable[Any]) -> str:
    """Show values one after the other, as many as a short line holds."""
    shown: list[str] = []
    room = _LONGEST
    for value in values:
        text = preview(value)
        room -= len(text)
        if shown and room < 0:
            shown.append("…")
            break
        shown.append(text)
    return ", ".join(shown)


def preview(value: Any) -> str:
    """Show a value as JSON, cut after 60 characters. The cost does not grow with the value."""
    shown = ""
    for piece in _pieces(value):
        shown += piece
        if len(shown) > _LONGEST_VALUE:
            return f"{shown[:_LONGEST_VALUE]}…"
    return shown


def _pieces(value: Any) -> Iterator[str]:
    match value:
        case dict():
            yield "{"
            for index, (key, of) in enumerate(value.items()):
                yield f"{', ' if index else ''}{_quoted(str(key))}: "
                yield from _pieces(of)
            yield "}"
        case list():
            yield "["
            for index, element in enumerate(value):
                yield ", " if index else ""
                yield from _pieces(element)
            yield "]"
        case str():
            yield _quoted(value)
        case None | bool():
            yield json.dumps(value)
        case int() if value.bit_length() > 4 * _LONGEST_VALUE:
            # Python refuses to write an integer of more than 4,300 digits in decimal.
            yield f"an integer of {value.bit_length()} bits"
        case _:
            yield str(value)


def _quoted(text: str) -> str:
    cut = text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
    return _escaped(json.dumps(cut, ensure_ascii=False))


def _escaped(text: str) -> str:
    r"""Write line separators, C1 controls, lone surrogates and their like as ``\uNNNN``."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else json.dumps(char).strip('"') for char in text)


def one_line(text: str) -> str:
    """Make a foreign sentence or a pattern one short line."""
    return _escaped(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def jq_path(keys: Iterable[str | int]) -> str:
    """Write keys and indices as a jq path: ``.items[3]["err-msg"]``, "." for none. A key of more
    than 60 characters is cut, since whoever sent the message chose it.
    """
    path = ""
    for key in keys:
        if isinstance(key, int):
            path += f"[{key}]"
        elif _PLAIN_KEY.fullmatch(key) and len(key) <= _LONGEST_VALUE:
            path += f".{key}"
        else:
            path += f"[{_quoted(key)}]"
    return path if path.startswith(".") else f".{path}"
