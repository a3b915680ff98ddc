"""Fills one string: looks up, filters, joins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

from wscli.errors import TemplateError
from wscli.model.message import MISSING
from wscli.model.secret import MASK
from wscli.templates.filters import FilterFailed, apply_filter
from wscli.templates.syntax import (
    DefaultStage,
    NameSource,
    Part,
    PathSource,
    Placeholder,
    Root,
    Source,
)
from wscli.templates.values import UNSET, Rendered, Scope, plain, text, twin


def fill_string(parts: Sequence[Part], scope: Scope) -> Rendered:
    """Fill a string. One that is a single placeholder keeps the value's type; a longer one is left
    out as a whole where a part of it is. TemplateError where a value is not set.
    """
    if len(parts) == 1 and isinstance(parts[0], Placeholder):
        return fill(parts[0], scope)
    filled = [plain(part) if isinstance(part, str) else fill(part, scope) for part in parts]
    if any(part.value is MISSING for part in filled):
        return UNSET
    value = "".join([text(part.value) for part in filled])
    if any(part.masked for part in filled):
        return Rendered(value, "".join([text(part.shown) for part in filled]))
    return plain(value)


def fill(placeholder: Placeholder, scope: Scope) -> Rendered:
    """Fill one placeholder; ``UNSET`` where it leaves itself out, TemplateError where what it
    needs is not set or does not suit a filter.
    """
    found = UNSET
    for source in placeholder.sources:
        found = _look_up(source, scope)
        if found.value is not MISSING:
            break
    for stage in placeholder.stages:
        if isinstance(stage, DefaultStage):
            found = plain(stage.value) if found.value is MISSING else found
        elif found.value is not MISSING:
            try:
                found = apply_filter(stage.used, stage.argument, found)
            except FilterFailed as failed:
                what = f"{placeholder.text}: |{stage.name} needs {failed}"
                raise TemplateError(what) from None
    if found.value is MISSING and not placeholder.optional:
        names = " or ".join(source.text for source in placeholder.sources)
        raise TemplateError(f"{placeholder.text}: {names} is not set")
    return found


def _look_up(source: Source, scope: Scope) -> Rendered:
    if isinstance(source, NameSource):
        return twin(scope.names.get(source.text, MISSING))
    match source.root:
        case Root.ELEMENT:  # from the provider, so there is no secret of ours in it
            return plain(source.path(scope.element, {}))
        case Root.MESSAGE:
            return plain(source.path(scope.message, {}))
        case Root.ITEM:
            return _part(source, scope.item)
        case _:
            assert_never(source.root)


def _part(source: PathSource, item: Any) -> Rendered:
    """Give a part of the element of an ``each``, which may hold secrets."""
    if not isinstance(item, Rendered):
        return twin(source.path(item, {}))
    value, shown = source.path(item.value, {}), source.path(item.shown, {})
    if not item.masked:
        return plain(value)
    return Rendered(value, MASK if shown is MISSING and value is not MISSING else shown)
