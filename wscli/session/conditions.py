"""Whether a condition of a profile holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wscli.jq.expressions import compile_expression
from wscli.model.message import MISSING


def holds(source: str, value: Any, names: Mapping[str, Any]) -> bool:
    """Whether a condition holds: jq's truth, and an empty string, list or object does not hold,
    so that ``$topic`` alone means "set and not empty".
    """
    found = compile_expression(source).first(value, names)
    if isinstance(found, str | list | dict):
        return bool(found)
    return found is not MISSING and found is not None and found is not False
