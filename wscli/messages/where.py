"""A message rule's ``where``: a pattern with the user's options filled in."""

from __future__ import annotations

from typing import Any

from wscli.messages.match import ANYTHING
from wscli.model.message import MISSING
from wscli.templates import Scope, compile_template


def fill_where(pattern: Any, scope: Scope) -> Any:
    """Give the pattern with its templates filled in. A test on an option that was not given
    holds, so it is left out; raises TemplateError as templates do.
    """
    if isinstance(pattern, dict):
        filled = {key: fill_where(sub, scope) for key, sub in pattern.items()}
        kept = {key: sub for key, sub in filled.items() if sub is not MISSING}
        left_out = len(kept) < len(filled)
        if left_out and not kept:
            return ANYTHING
        return kept
    if isinstance(pattern, list):
        filled_list = [fill_where(sub, scope) for sub in pattern]
        return [ANYTHING if sub is MISSING else sub for sub in filled_list]
    return compile_template(pattern).render(scope).value
