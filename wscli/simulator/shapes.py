"""Whether a received frame has the shape of a template: what a client was meant to send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wscli.messages.encode import frame_text
from wscli.messages.match import same


class Shape:
    """The shape of a template: its keys, its list lengths and its literal leaves.

    A leaf that is a ``${...}`` stands for any value, one that begins with text for any text that
    begins so; null, and one that may be left out (``${x?}``), may be absent. ``text`` shows the
    template.
    """

    def __init__(self, template: Any) -> None:
        self._template = template
        self.text = frame_text(template)

    def fits(self, value: Any, text: str) -> bool:
        """Whether a frame has the shape; ``value`` is what its ``text`` says, or the text itself
        where it is no JSON.
        """
        if isinstance(self._template, str):
            return _text_fits(self._template, text)
        return _fits(self._template, value)


def _fits(template: Any, value: Any) -> bool:
    if isinstance(template, Mapping):
        return isinstance(value, dict) and _object_fits(template, value)
    if isinstance(template, list | tuple):
        return isinstance(value, list) and _list_fits(template, value)
    if isinstance(template, str):
        return _text_fits(template, value)
    return same(template, value)


def _object_fits(template: Mapping[str, Any], value: dict[str, Any]) -> bool:
    if not value.keys() <= template.keys():
        return False
    return all(
        _fits(sub, value[key]) if key in value else _optional(sub) for key, sub in template.items()
    )


def _list_fits(template: Sequence[Any], value: list[Any]) -> bool:
    if len(template) == len(value):
        return all(map(_fits, template, value))
    needed = sum(not _optional(sub) for sub in template)
    return needed <= len(value) < len(template)


def _optional(template: Any) -> bool:
    return template is None or (
        isinstance(template, str)
        and template.startswith("${")
        and template.endswith("?}")
        and template.count("${") == 1
    )


def _text_fits(template: str, value: Any) -> bool:
    begin = _first_placeholder(template)
    if begin is None:
        return bool(value == template.replace("$${", "${"))
    if begin == 0:
        return True
    return isinstance(value, str) and value.startswith(template[:begin].replace("$${", "${"))


def _first_placeholder(template: str) -> int | None:
    """Give where the first ``${`` begins that is none of the escaped ``$${``."""
    begin = template.find("${")
    while begin > 0 and template[begin - 1] == "$":
        begin = template.find("${", begin + 2)
    return None if begin < 0 else begin
