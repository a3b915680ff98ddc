"""Everything that can happen to a stream: a closed set, told to the session one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from wscli.model.frozen import frozen
from wscli.model.message import Message
from wscli.model.record import Ending
from wscli.model.secret import Secret
from wscli.model.wire import Ended, Failure, Handshake, HttpAnswer
from wscli.session.sayings import Saying


@frozen
class Started:
    """The run begins. The first event, once."""


@frozen
class SecretsRead:
    """The user's secrets, by the name of their option; only those that have a source."""

    secrets: Mapping[str, Secret]


@frozen
class SecretsFailed:
    """A secret could not be read; in words why, and what to do."""

    text: str
    hint: str = ""


@frozen
class HttpAnswered:
    """A request came back, or could not be made. ``token`` is the request's."""

    token: int
    result: HttpAnswer | Failure


@frozen
class Connected:
    """The opening handshake is through."""

    handshake: Handshake


@frozen
class ConnectFailed:
    """The connection could not be opened."""

    failure: Failure


@frozen
class Activity:
    """Frames came; told once a batch, before its messages. ``data`` says whether there was a data
    message among them, where the profile wants to know.
    """

    data: bool = False


@frozen
class Received:
    """A message came that concerns the session, see ``Session.concerns``. ``whole``: others were
    made of it, which come by themselves.
    """

    message: Message
    whole: bool = False


@frozen
class PongReceived:
    """A WebSocket pong came."""

    payload: bytes


@frozen
class ConnectionEnded:
    """The connection is gone: closed by the peer, lost, or ended by us for a broken rule."""

    ended: Ended


@frozen
class SendFailed:
    """A frame could not be sent; the connection is of no further use."""

    text: str


@frozen
class ReadingPaused:
    """Our own reader is slow, so nothing is read: the silence that follows is ours."""


@frozen
class ReadingResumed:
    """Reading goes on."""


@frozen
class Tick:
    """Time has passed; may come at any moment, and must come by ``Session.deadline``."""


@frozen
class StopAsked:
    """The user, or a limit that the user set, ends the run with ``ending``; ``patience`` is how
    many seconds the peer has to answer our close frame.
    """

    ending: Ending
    patience: float = 3.0


@frozen
class Said:
    """The user says something; not to be told while ``Session.listens`` is false."""

    saying: Saying


@frozen
class Unsayable:
    """What the user wanted to say cannot be said; why, and what to do."""

    text: str
    hint: str = ""


@frozen
class SaidAll:
    """The user will say nothing more. The end of the next connection is that of the run: what was
    said is not said again.
    """


Event: TypeAlias = (
    Started
    | SecretsRead
    | SecretsFailed
    | HttpAnswered
    | Connected
    | ConnectFailed
    | Activity
    | Received
    | PongReceived
    | ConnectionEnded
    | SendFailed
    | ReadingPaused
    | ReadingResumed
    | Tick
    | StopAsked
    | Said
    | Unsayable
    | SaidAll
)
