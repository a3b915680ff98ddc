"""What happens in a rehearsal, in words. The texts in it are not made safe here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias, assert_never

from wscli.cli.explain_parts import (
    answer_lines,
    awaited,
    for_each,
    keepalive_lines,
    made_again,
    span_in_words,
)
from wscli.cli.invocation import Invocation
from wscli.model.keepalive import Keepalive
from wscli.model.options import Option
from wscli.model.profile import Reconnect
from wscli.model.secret import MASK
from wscli.model.wire import HttpRequest
from wscli.output.words import plural
from wscli.session.rehearsal import (
    Asking,
    Begins,
    Item,
    LeftOut,
    Lives,
    Pausing,
    Rejecting,
    Sending,
    Waiting,
)

Way: TypeAlias = Callable[[HttpRequest], Iterator[str]]
"""Says which way a request takes."""

_MOST: Final = 20  # frames of one step that are told


def option_lines(
    invocation: Invocation, environment: Mapping[str, str], *, verbose: bool
) -> Iterator[str]:
    """Say which of the profile's options are in force, and where secrets would be read from;
    ``verbose``: also which are not given.
    """
    places = invocation.secrets.places
    for option in invocation.profile.options:
        if option.name in places:
            yield f"{option.flag}: {MASK}, from {places[option.name]}"
        elif option.name in invocation.values:
            value = _worth(option, invocation.values[option.name])
            yield f"{option.flag}: {value}{_origin(option, invocation.words, environment)}"
        elif verbose:
            yield f"{option.flag}: not given"


def _worth(option: Option, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_worth(option, item) for item in value)
    if option.selector and isinstance(value, dict):
        return ",".join([value["name"], *(f"{key}={each}" for key, each in value["with"].items())])
    text = str(value).lower() if isinstance(value, bool) else str(value)
    label = next((label for label, means in option.choices.items() if means == value), text)
    return text if label == text else f"{label}, which is {text}"


def _origin(option: Option, words: Mapping[str, Any], environment: Mapping[str, str]) -> str:
    if words.get(option.name) not in (None, []):
        return ""
    return f" (from ${option.env})" if environment.get(option.env) else " (default)"


def asking_lines(
    items: Iterator[Asking | LeftOut | Rejecting], way: Way, *, verbose: bool
) -> Iterator[str]:
    """Say what is asked over HTTP, one thing after the other."""
    number = 0
    for item in items:
        if isinstance(item, Asking):
            number += 1
            first, *rest = _request(item, way)
            yield f"{number}. {first}"
            yield from (f"   {line}" for line in rest)
        elif isinstance(item, Rejecting):
            yield f"it cannot be had: {item.text}"
        elif verbose:
            yield _left_out(item)


def _request(item: Asking, way: Way) -> Iterator[str]:
    yield f"{item.method} {item.url}" + (f", where {item.only}" if item.only else "")
    yield from (f"header {name}: {value}" for name, value in item.headers)
    if item.body is not None:
        yield f"body {item.body}"
    yield from way(item.request)
    yield f"waits {span_in_words(item.within)} for the answer"
    if item.step is not None:
        yield from answer_lines(item.step)


def step_lines(items: Iterator[Item], way: Way, *, verbose: bool) -> Iterator[str]:
    """Say what is said and awaited, step by step."""
    number, fresh, sent = 0, False, 0
    for item in items:
        if isinstance(item, Begins | LeftOut):
            yield from _more(sent)
            sent = 0
        if isinstance(item, LeftOut):
            if verbose:
                yield _left_out(item)
            continue
        if isinstance(item, Begins):
            number, fresh = number + 1, True
        sent += isinstance(item, Sending)
        if sent > _MOST:
            continue
        for line in _lines_of(item, way):
            yield f"{number}. {line}" if fresh else f"   {line}"
            fresh = False
    yield from _more(sent)


def _more(sent: int) -> Iterator[str]:
    if sent > _MOST:
        yield f"   and {plural(sent - _MOST, 'frame')} more of this kind"


def _lines_of(
    item: Asking | Begins | Sending | Waiting | Pausing | Rejecting, way: Way
) -> Iterator[str]:
    match item:
        case Begins():
            yield from _conditions(item)
        case Asking():
            first, *rest = _request(item, way)
            yield f"asks {first}"
            yield from (f"  {line}" for line in rest)
        case Sending(text):
            yield f"sends {text}"
        case Waiting(names, within, same, require):
            whose = " and ".join(f"{path} is {value}" for path, value in same.items())
            must = f", which must have {require}" if require else ""
            yield awaited(names, within) + (f" whose {whose}" if whose else "") + must
        case Pausing(length):
            yield f"pauses for {span_in_words(length)}"
        case Rejecting(text):
            yield text
        case _:
            assert_never(item)


def _conditions(item: Begins) -> Iterator[str]:
    if item.only:
        yield f"only where {item.only}:"
    if item.lacking:
        yield f"only where the provider tells {' and '.join(item.lacking)}, else rejected:"
    if item.each:
        yield for_each(item.step, item.each)


def _left_out(item: LeftOut) -> str:
    return f"left out, since this does not hold: {item.condition}"


def alive_lines(keepalive: Keepalive, lives: Lives) -> Iterator[str]:
    """Say what is sent while the stream lives, and when it counts as dead."""
    ping = keepalive.ping
    if ping is not None and lives.ping:
        keepalive = replace(keepalive, ping=replace(ping, send=lives.ping))
    yield from keepalive_lines(keepalive)
    yield from (f"it answers {name} with {text}" for name, text in lives.replies.items())


def reconnect_lines(rules: Reconnect, most: int | None) -> Iterator[str]:
    """Say when a lost connection is made again; ``most``: how often at most, where that is said."""
    if most == 0:
        yield "the run ends: it is not to be made again"
        return
    yield made_again(rules) + (f", {plural(most, 'time')} at most" if most is not None else "")
    if rules.attempts is not None:
        yield f"after {rules.attempts} attempts in a row it gives up"
