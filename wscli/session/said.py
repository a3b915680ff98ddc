"""What a message says to us: its problems in words, the values it carries, the reply it wants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from wscli.errors import TemplateError
from wscli.jq.expressions import compile_expression
from wscli.messages.encode import frame_text
from wscli.model.message import MISSING, Message, Role
from wscli.model.profile import MessageRule, ProblemRule
from wscli.session.conditions import holds
from wscli.session.values import Values
from wscli.templates import Scope, Template, compile_template

_LONGEST: Final = 300  # characters of a provider's own words in one line of ours


def in_short(value: Any) -> str:
    """Give a provider's value as words, cut to one line's length."""
    try:
        text = frame_text(value)
    except ValueError:
        return "a deeply nested value"
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def problems(rule: MessageRule, message: Message, names: Mapping[str, Any]) -> list[str]:
    """Give what a message reports as wrong, one text each; empty where nothing is. A message with
    role error always reports something.
    """
    texts = _texts(rule.problem, message.value, names) if rule.problem is not None else []
    if not texts and rule.role is Role.ERROR:
        texts = [in_short(message.value)]
    return texts


def _texts(rule: ProblemRule, value: Any, names: Mapping[str, Any]) -> list[str]:
    if rule.when is not None and not holds(rule.when, value, names):
        return []
    if rule.path is not None:
        found = compile_expression(rule.path).first(value, names)
        return [] if found is MISSING or found is None else [in_short(found)]
    elements = [value] if rule.each is None else compile_expression(rule.each).each(value, names)
    if rule.text is None:
        return [in_short(element) for element in elements]
    template = compile_template(rule.text)
    return [_filled(template, Scope(names=names, element=part, message=value)) for part in elements]


def _filled(template: Template, scope: Scope) -> str:
    """Fill the text in; where the message lacks a part of it, what there is speaks for itself."""
    try:
        return in_short(template.render(scope).shown)
    except TemplateError:
        return in_short(scope.element)


class Captures:
    """The values that messages carry for later use, compiled once a profile."""

    def __init__(self, rules: Mapping[str, MessageRule]) -> None:
        self._firsts: dict[str, list[tuple[str, Callable[[Any, Mapping[str, Any]], Any]]]] = {
            name: [(key, compile_expression(path).first) for key, path in rule.capture.items()]
            for name, rule in rules.items()
            if rule.capture
        }

    def take(self, message: Message, values: Values, *, keep: bool = True) -> bool:
        """Put what the message carries into ``values``; what it lacks stays as it was. Gives
        whether there was anything.
        """
        taken = False
        for key, first in self._firsts.get(message.rule, ()):
            found = first(message.value, values.names)
            if found is not MISSING and found is not None:
                values.capture(key, found, keep=keep)
                taken = True
        return taken
