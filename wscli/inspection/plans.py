"""What is done with the messages of each rule: compiled once a run from profile and options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from wscli.inspection.conditions import Condition
from wscli.messages.classify import compile_lookup
from wscli.messages.match import ANYTHING, Test, compile_match, glob
from wscli.messages.where import fill_where
from wscli.model.frozen import frozen
from wscli.model.message import MISSING, SHOWN, Message, Role
from wscli.model.profile import MessageRule, Profile
from wscli.schemas.validate import Validator, compile_schema
from wscli.templates import Scope

if TYPE_CHECKING:
    from wscli.jq.engine import Program  # only programs of the user's own need it at run time

_LONG: Final = 200  # characters from which on a name is not remembered
_NAMES: Final = 10_000  # type names whose filter result is remembered


class Validation(StrEnum):
    """What an invalid message means for the run."""

    WARN = "warn"
    STRICT = "strict"
    OFF = "off"


@frozen
class Selection:
    """Which messages are shown, and when it is enough.

    ``types`` are globs of which one must hold, ``where`` programs that must all hold; ``count``
    printed messages or the first for which ``until`` holds end the run with exit code 0.
    ``unfiltered``: also messages that the profile's own filters would leave out.
    """

    show_all: bool = False
    unfiltered: bool = False
    types: tuple[str, ...] = ()
    where: tuple[Program, ...] = ()
    count: int | None = None
    until: Program | None = None


@frozen
class Plan:
    """What is done with one rule's messages. ``is_valid`` is None where no schema is looked at,
    ``wanted`` where no filter can leave a message out. ``feeds`` is set where messages that are
    not shown have rows all the same, and tells of a value whether the rule's own filter holds.
    """

    shown: bool
    known: bool = True
    heartbeat: bool = False
    validator: Validator | None = None
    is_valid: Callable[[Any], bool] | None = None
    wanted: Callable[[Message], bool] | None = None
    feeds: Test | None = None
    time: Callable[[Any], Any] | None = None


def make_plans(
    profile: Profile,
    values: Mapping[str, Any],
    selection: Selection,
    validation: Validation,
    conditions: tuple[Condition, ...],
) -> tuple[Mapping[str, Plan], Plan]:
    """Give a plan for each rule's name, and the plan for messages that follow no rule.
    ``conditions`` are the selection's ``where``.
    """
    types = _types_test(selection.types)
    scope = Scope(names=values)
    plans = {}
    for rule in profile.messages:
        validator = None
        if rule.schema is not None and validation is not Validation.OFF:
            validator = compile_schema(rule.schema, profile.schemas)
        own = None if selection.unfiltered else _own_filter(rule, scope)
        plans[rule.name] = Plan(
            shown=selection.show_all or rule.role in SHOWN,
            heartbeat=rule.role is Role.HEARTBEAT,
            validator=validator,
            is_valid=None if validator is None else validator.is_valid,
            wanted=_wanted(own, types, conditions),
            feeds=_feeds(rule, own),
            time=None if rule.time is None else compile_lookup(rule.time),
        )
    unknown = Plan(shown=True, known=False, wanted=_wanted(None, types, conditions))
    return plans, unknown


def _own_filter(rule: MessageRule, scope: Scope) -> Test | None:
    """Compile the rule's ``where`` with the user's options in it; None where it always holds."""
    if rule.where is MISSING:
        return None
    pattern = fill_where(rule.where, scope)
    members = list(pattern.values()) if isinstance(pattern, dict) else []
    if pattern == ANYTHING or (members and all(member == ANYTHING for member in members)):
        return None
    return compile_match(pattern)


def _feeds(rule: MessageRule, own: Test | None) -> Test | None:
    """Data is in a table where it is shown; other messages are there because they have rows."""
    if rule.rows is None or rule.role in SHOWN:
        return None
    return own or compile_match(ANYTHING)


def _types_test(globs: tuple[str, ...]) -> Callable[[str], bool] | None:
    """Compile ``--type``: whether one of the globs holds for a name, remembered by name."""
    if not globs:
        return None
    tests = [glob(pattern) for pattern in globs]

    @lru_cache(maxsize=_NAMES)
    def holds(name: str) -> bool:
        return any(test(name) for test in tests)

    return lambda name: holds(name) if len(name) <= _LONG else any(test(name) for test in tests)


def _wanted(
    own: Test | None, types: Callable[[str], bool] | None, conditions: tuple[Condition, ...]
) -> Callable[[Message], bool] | None:
    if own is None and types is None and not conditions:
        return None
    if own is not None and types is None and not conditions:
        return lambda message: own(message.value)

    def holds(message: Message) -> bool:
        if own is not None and not own(message.value):
            return False
        if types is not None and not types(message.name):
            return False
        return all(condition.holds(message.value, message.raw) for condition in conditions)

    return holds
