"""What happens in a rehearsal: a closed set. All texts have their secrets masked, and ``${name}``
where a value is not known yet; they are the profile's and the user's, made safe by whoever shows
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TypeAlias

from wscli.model.frozen import frozen
from wscli.model.lengths import Span
from wscli.model.requests import HttpStep
from wscli.model.steps import Step
from wscli.model.wire import HttpRequest, Target


@frozen
class Asking:
    """An HTTP request. ``step`` says what is done with the answer, None where it is a list that is
    shown; ``only``: the condition, where it cannot be told yet whether it holds. ``request`` is
    what would be sent, with something in the place of what is not known: only to be checked.
    """

    request: HttpRequest = field(repr=False)
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: str | None
    within: Span
    step: HttpStep | None = None
    only: str = ""


@frozen
class Connecting:
    """The opening handshake. ``target`` is only to be shown; ``checked`` is what would be sent,
    with something in the place of what is not known: only to be checked.
    """

    target: Target
    checked: Target = field(repr=False)


@frozen
class Begins:
    """A step of the session begins. ``only``: as in ``Asking``; ``lacking``: names without which
    it is left out, and which only the provider can tell; ``each``: the list that only the provider
    can tell, for each element of which it is said.
    """

    step: Step
    only: str = ""
    lacking: tuple[str, ...] = ()
    each: str = ""


@frozen
class LeftOut:
    """A request or a step whose condition does not hold."""

    condition: str


@frozen
class Sending:
    """A frame, as JSON or as the text that it is."""

    text: str


@frozen
class Waiting:
    """One of these messages is awaited; ``same``: what it must say at which path."""

    names: tuple[str, ...]
    within: Span
    same: Mapping[str, str] = field(default_factory=dict)
    require: str = ""


@frozen
class Pausing:
    """So many seconds go by."""

    length: Span


@frozen
class Rejecting:
    """Something that was asked for cannot be."""

    text: str


Item: TypeAlias = Asking | Begins | LeftOut | Sending | Waiting | Pausing | Rejecting


@frozen
class Lives:
    """What is sent while the stream lives: our ping, "" where it is none of ours or a WebSocket
    ping; and the answers to messages, by their names.
    """

    ping: str = ""
    replies: Mapping[str, str] = field(default_factory=dict)
