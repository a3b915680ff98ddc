"""What an unquoted scalar means: YAML's own rules would turn ``no`` and ``1:30`` into surprises."""

from __future__ import annotations

import math
import re
from typing import Any, Final

_MOST_DIGITS: Final = 300  # of an integer; Python reads no more than 4,300
_WORDS: Final[dict[str, Any]] = {"true": True, "false": False, "null": None, "": None}
_INTEGER: Final = re.compile("-?(0|[1-9][0-9]*)")  # RFC 8259, section 6
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def plain_value(text: str) -> tuple[Any, str]:
    """Give the value (true, false, null, a JSON number, else the text itself) and "", or the text
    and what is wrong with it as a number.
    """
    if text in _WORDS:
        return _WORDS[text], ""
    if _INTEGER.fullmatch(text):
        if len(text) <= _MOST_DIGITS:
            return int(text), ""
        return text, f"a number of {len(text)} digits is too long."
    if _NUMBER.fullmatch(text):
        number = float(text)
        return (text, "a number is too large.") if math.isinf(number) else (number, "")
    return text, ""
