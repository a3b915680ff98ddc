"""What is said on a connection: the steps of the session, and frames a user can send by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from wscli.model.frozen import frozen
from wscli.model.lengths import Span
from wscli.model.message import MISSING
from wscli.model.requests import TEN_SECONDS, HttpStep
from wscli.model.tables import Expression


@frozen
class Ack:
    """The message that answers a step's frame. ``same`` maps a path in the acknowledgement to the
    path in the frame that was sent whose value it must repeat.
    """

    messages: tuple[str, ...]
    within: Span
    same: Mapping[Expression, Expression] = field(default_factory=dict)


@frozen
class Remember:
    """Names what comes on a channel: for messages in which this value stands (a template), that
    name (another).
    """

    value: str
    name: str


@frozen
class Step:
    """One step of the session, said on every connection: wait for a message, then ask over HTTP,
    send a frame and wait for its acknowledgement.

    ``each``: a template for a list; the step is said for each element, which is ``${item}``, or
    with ``chunk`` for each so many of them; ``pace``: seconds between two. ``needs``: names without
    which the step is left out and counts as rejected.
    """

    expect: tuple[str, ...] = ()
    within: Span = TEN_SECONDS
    require: Expression | None = None
    when: Expression | None = None
    needs: tuple[str, ...] = ()
    each: str | None = None
    chunk: int | None = None
    pace: Span | None = None
    http: HttpStep | None = None
    send: Any = MISSING
    ack: Ack | None = None
    remember: Remember | None = None


@frozen
class Operation:
    """A frame that the user can send by its name. ``send`` is a template: its names are those of
    the profile, or arguments that the user gives along.
    """

    name: str
    send: Any
    help: str = ""
