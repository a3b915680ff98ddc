"""What a client's frame asks for: its elements, its channels, and whether they are its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wscli.errors import WscliError
from wscli.jq.expressions import compile_expression
from wscli.messages.match import same
from wscli.model.instant import Instant
from wscli.model.message import MISSING
from wscli.model.profile import Profile
from wscli.model.steps import Remember, Step
from wscli.model.tables import Expression
from wscli.session.conditions import holds
from wscli.session.values import Values
from wscli.simulator.answers import chosen_example
from wscli.simulator.channels import Channel
from wscli.simulator.keys import is_key, numbered
from wscli.simulator.lines import Line, captured
from wscli.simulator.places import (
    Place,
    at,
    first_of,
    nodes,
    read_places,
    reader,
    reader_of_all,
    replaced,
)
from wscli.simulator.readback import NoFit, placeholders, read_back
from wscli.templates import Scope, compile_template
from wscli.templates.syntax import PathSource, Root


class Subscriptions:
    """Those of one connection. ``values`` is what is known of the names there, ``told`` what the
    answers to requests told, the last first.
    """

    def __init__(self, profile: Profile, values: Values, told: Sequence[Mapping[str, Any]]) -> None:
        self._rules = {rule.name: rule for rule in profile.messages}
        self._values = values
        self._told = told
        self._count = 0

    def lacks_authorisation(self, step: Step, sent: Any, now: Instant) -> str:
        """Give the name of a value that a step's request captures and that its frame lacks though
        the request had to be made; "" for none.
        """
        http = step.http
        if http is None:
            return ""
        needed = captured(http.capture, chosen_example(http, self._values.names)).keys()
        lacking = [
            name
            for place, leaf in nodes(step.send)
            if isinstance(leaf, str) and at(sent, place) in (MISSING, None, "")
            for placeholder in placeholders(leaf)
            for name in sorted(placeholder.names & needed)
        ]
        if not lacking or (
            http.when is not None
            and not any(self._holds(http.when, item, now) for item in self._items(step, sent, now))
        ):
            return ""
        return lacking[0]

    def acknowledgement(self, step: Step, sent: Any, line: Line, value: Any) -> Any:
        """Give a step's acknowledgement with what it must repeat of the frame, with what was asked
        for where it says what is granted, and with an id of its own where it gives one out; each
        where that is right.
        """
        value = self.repeating(step, sent, line, value)
        rule = self._rules[line.rule.name]
        if rule.accepted is not None:
            granted = _granting(rule.accepted, sent, value)
            value = granted if line.right(granted) else value
        if step.remember is not None:
            for place in _given_out(step.remember, value):
                own = at(value, place)
                if self._count and is_key(own):
                    given = replaced(value, place, numbered(own, self._count + 1))
                    value = given if line.right(given) else value
        return value

    def repeating(self, step: Step, sent: Any, line: Line, value: Any) -> Any:
        """Give a message with what it must repeat of the frame that it answers, or as it is where
        that is not right.
        """
        repeated = value
        for answer_path, sent_path in step.ack.same.items() if step.ack is not None else ():
            found = compile_expression(sent_path).first(sent, self._values.names)
            for place in read_places(reader(answer_path), value):
                if found is not MISSING:
                    repeated = replaced(repeated, place, found)
        return repeated if line.right(repeated) else value

    def channels(
        self, step: Step, sent: Any, answer: tuple[Line, Any] | None, now: Instant
    ) -> list[Channel]:
        """Give the channels that a frame opens. ``answer`` is its acknowledgement."""
        value = answer[1] if answer is not None else MISSING
        found: list[tuple[Any, str]] = []
        if step.remember is not None:
            items = self._items(step, sent, now)
            found += [self._remembered(step.remember, item, value, now) for item in items]
        if answer is not None and (accepted := answer[0].rule.accepted) is not None:
            granted = compile_expression(accepted).each(value, self._values.names)
            found += [(each, "") for each in granted]
        channels = [Channel(each, name) for each, name in found if is_key(each)]
        self._count += len(channels)
        return channels

    def _holds(self, condition: Expression, item: Any, now: Instant) -> bool:
        return holds(condition, None, self._values.for_expressions(now, item=item))

    def _items(self, step: Step, sent: Any, now: Instant) -> list[Any]:
        """Give the elements that a frame is about; MISSING for one that cannot be told."""
        if step.each is None:
            return [MISSING]
        try:
            seen = read_back(step.send, sent).item
        except NoFit:
            seen = MISSING
        parts = seen if step.chunk is not None and isinstance(seen, list) else [seen]
        known = list(self._known(step.each, now))
        return [next((item for item in known if _holds_part(item, part)), part) for part in parts]

    def _known(self, each: str, now: Instant) -> Iterator[Any]:
        """Give all the elements that clients may speak of, as far as they are known."""
        template = compile_template(each)
        for told in ({}, *self._told):
            try:
                found = template.render(self._values.scope(now, local=told)).value
            except WscliError:
                continue
            if found is not MISSING:
                yield from found if isinstance(found, list) else [found]

    def _remembered(
        self, remember: Remember, item: Any, message: Any, now: Instant
    ) -> tuple[Any, str]:
        """Give what the client remembers, and the name that it has for it; MISSING and "" for what
        the frame does not tell.
        """
        scope = self._values.scope(now, item=item, message=message)
        value = _filled(remember.value, scope)
        name = _filled(remember.name, scope)
        return value, name if isinstance(name, str) else ""


def _filled(template: str, scope: Scope) -> Any:
    try:
        return compile_template(template).render(scope).value
    except WscliError:
        return MISSING


def _holds_part(item: Any, part: Any) -> bool:
    """Whether an element has all that was seen of it."""
    if isinstance(part, dict) and isinstance(item, dict):
        return all(key in item and _holds_part(item[key], sub) for key, sub in part.items())
    return same(item, part)


def _given_out(remember: Remember, value: Any) -> tuple[Place, ...]:
    """Give the place in an acknowledgement of the id that the client is to remember."""
    sources = [
        source
        for placeholder in placeholders(remember.value)
        for source in placeholder.sources
        if isinstance(source, PathSource) and source.root is Root.MESSAGE
    ]
    return tuple(place for source in sources for place in read_places(first_of(source.path), value))


def _granting(accepted: Expression, sent: Any, value: Any) -> Any:
    """Give an acknowledgement that grants what a frame asks for: where its example has one element
    or more in a list, one for each that stands in the frame's list of the same key, or in its only
    one; else a single text.
    """
    place = next(iter(read_places(reader_of_all(accepted), value)), None)
    if place is None:
        return value
    cut = max((at for at, key in enumerate(place) if isinstance(key, int)), default=None)
    lists = {
        where: each
        for where, each in nodes(sent)
        if isinstance(each, list) and each and all(map(is_key, each))
    }
    if cut is None:
        texts = [each for elements in lists.values() for each in elements]
        return replaced(value, place, texts[0]) if texts else value
    around, within = place[:cut], place[cut + 1 :]
    same_key = [each for where, each in lists.items() if where[-1:] == around[-1:]]
    wanted = next(iter([*same_key, *(lists.values() if len(lists) == 1 else ())]), None)
    if wanted is None:
        return value
    like = at(value, place[: cut + 1])
    return replaced(value, around, [replaced(like, within, each) for each in wanted])
