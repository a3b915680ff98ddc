"""Selectors: a name with filters, as the user writes them in one word."""

from __future__ import annotations

import re
from typing import Final

from wscli.model.frozen import frozen

FORM: Final = "NAME[,key=value…]"
_COMMA: Final = re.compile(r"(?<!\\),")


@frozen
class Selector:
    """``name`` and the filters that belong to it."""

    name: str
    filters: dict[str, str]


def parse_selector(text: str) -> Selector:
    r"""Give what ``NAME[,key=value…]`` says; the first ``=`` of a part ends its key, ``\,`` is a
    comma that separates nothing. Raises ValueError, which says what is wrong.
    """
    name, *parts = (part.replace(r"\,", ",") for part in _COMMA.split(text))
    if not name:
        raise ValueError("the name is missing")
    filters: dict[str, str] = {}
    for part in parts:
        key, equals, value = part.partition("=")
        if not equals or not key:
            raise ValueError(f"{part!r} is no key=value")
        if key in filters:
            raise ValueError(f"{key!r} is given twice")
        filters[key] = value
    return Selector(name, filters)
