"""Messages become records: validated, filtered, counted. The hot path of the main thread."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from wscli.inspection.conditions import Condition
from wscli.inspection.enough import Enough
from wscli.inspection.plans import Plan, Selection, Validation, make_plans
from wscli.inspection.statistics import Statistics
from wscli.inspection.times import posix_seconds
from wscli.model.message import MISSING, Message, MessageOrigin
from wscli.model.profile import Profile
from wscli.model.record import (
    Batch,
    Ending,
    MessageRecord,
    Record,
    RowsRecord,
    StateEvent,
    StateRecord,
    Violation,
)
from wscli.model.wire import Binary

_record: Final[Callable[[tuple[Any, ...]], MessageRecord]] = partial(tuple.__new__, MessageRecord)
_REASONS: Final = 1000  # distinct reasons that are remembered, so that each is said once
_NAME: Final = 200  # characters of a type's name that are remembered
_INVALID: Final = 1  # exit code under strict validation
_LIVE: Final = MessageOrigin.LIVE


class Inspector:
    """Turns batches into records and keeps the statistics.

    ``ending`` is set as soon as the run has what was asked for or, under strict validation, met
    an invalid message; what comes after it is not shown any more. ``enough`` is shared by those of
    a run that follows several streams; without it the selection's own limits hold.
    """

    def __init__(
        self,
        profile: Profile,
        values: Mapping[str, Any],
        selection: Selection,
        validation: Validation,
        statistics: Statistics,
        *,
        enough: Enough | None = None,
    ) -> None:
        self._enough = enough or Enough(selection.count, selection.until)
        self._statistics = statistics
        self._strict = validation is Validation.STRICT
        self._conditions = tuple(Condition(program) for program in selection.where)
        self._plans, self._unknown = make_plans(
            profile, values, selection, validation, self._conditions
        )
        self._expects_nothing = not profile.messages  # a bare URL: everything is welcome
        self._said: set[tuple[str, str, str]] = set()

    @property
    def ending(self) -> Ending | None:
        """How the run is to end, once nothing more is to be shown."""
        return self._enough.ending

    def inspect(self, batch: Batch) -> list[Record]:
        """Give what is to be shown of a batch, in order. Notes about a message come before it.
        A message that is not to be shown, but has rows for a table, becomes a ``RowsRecord``.
        """
        records: list[Record] = []
        statistics = self._statistics
        plans, unknown = self._plans, self._unknown
        at, connection = batch.at, batch.connection
        seq = statistics.received
        enough = self._enough
        for item in batch.items:
            if enough.ending is not None:
                break
            if not isinstance(item, Message):
                if isinstance(item, StateRecord):
                    statistics.count_event(item.event)
                records.append(item)
                continue
            seq += 1
            plan = plans.get(item.rule, unknown)
            if not plan.known:
                self._unexpected(item, batch, records)
            valid: bool | None = None
            violations: tuple[Violation, ...] = ()
            if plan.is_valid is not None:
                valid = plan.is_valid(item.value)
                if not valid:
                    violations = self._invalid(item, plan, batch, records)
            lag = None
            if plan.time is not None and item.origin is _LIVE:  # any other is late by nature
                lag = self._lag(plan.time(item.value), at.wall)
            if plan.heartbeat:
                statistics.last_heartbeat = at.monotonic
            if not plan.shown or (plan.wanted is not None and not plan.wanted(item)):
                if plan.shown:
                    statistics.filtered += 1
                if plan.feeds is not None and plan.feeds(item.value):
                    records.append(RowsRecord(item, at))
                continue
            statistics.printed += 1
            if item.origin is not _LIVE:
                statistics.count_origin(item.origin)
            records.append(_record((item, seq, at, connection, valid, violations, lag)))
            if enough.counts:
                enough.printed(item)
        if seq != statistics.received:
            statistics.received = seq
            statistics.last_received = at.monotonic
            statistics.bytes += batch.size
        statistics.repeated += batch.repeated
        if self._conditions or enough.until is not None:
            self._complain(batch, records)
        return records

    def last_words(self) -> list[str]:
        """Give what is to be said of the conditions when the run is over."""
        until = () if self._enough.until is None else (self._enough.until,)
        return [text for each in (*self._conditions, *until) for text in each.last_words()]

    def _complain(self, batch: Batch, records: list[Record]) -> None:
        """Say of a condition that it can hardly be meant as it is written."""
        until = () if self._enough.until is None else (self._enough.until,)
        for condition in (*self._conditions, *until):
            for complaint in condition.complaints():
                record = StateRecord(StateEvent.INVALID, complaint, batch.at, batch.connection)
                records.append(record)

    def _lag(self, time: Any, received: float) -> float | None:
        sent = posix_seconds(time)
        if sent is None:
            return None
        lag = received - sent
        self._statistics.lag.add(lag)
        return lag

    def _invalid(
        self, message: Message, plan: Plan, batch: Batch, records: list[Record]
    ) -> tuple[Violation, ...]:
        self._statistics.invalid += 1
        violations = plan.validator.explain(message.value) if plan.validator else ()
        first = violations[0] if violations else Violation(".", "does not fit its schema")
        place = re.sub(r"\[\d+\]", "[]", first.path)
        where = "" if first.path == "." else f"{first.path} "
        text = f"invalid {message.name}: {where}{first.what}"
        if self._strict:
            self._enough.end(Ending(_INVALID, text))
        elif self._new(message.rule, place, first.keyword or first.what):
            records.append(StateRecord(StateEvent.INVALID, text, batch.at, batch.connection))
        return violations

    def _unexpected(self, message: Message, batch: Batch, records: list[Record]) -> None:
        if self._expects_nothing:
            return
        if message.value is MISSING:
            self._statistics.undecodable += 1
            kind, _, detail = message.problem.partition(":")
            if self._new("", "", kind):
                text = f"{kind}:{detail}" if detail else kind
                form = "base64" if isinstance(message.raw, Binary) else "text"
                text = f"a message is {text}; it is passed on as {form}"
                records.append(StateRecord(StateEvent.INVALID, text, batch.at, batch.connection))
        elif self._statistics.count_unknown(message.name[:_NAME]):
            name = message.name[:_NAME]
            named = f'of the unknown type "{name}"' if name else "without a type"
            text = f"a message {named}; it is shown unchecked"
            records.append(StateRecord(StateEvent.UNKNOWN, text, batch.at, batch.connection))

    def _new(self, *reason: str) -> bool:
        """Whether a reason is met for the first time, as far as memory goes."""
        key = (reason[0], reason[1], reason[2])
        if key in self._said or len(self._said) >= _REASONS:
            return False
        self._said.add(key)
        return True
