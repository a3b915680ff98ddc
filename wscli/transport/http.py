"""One HTTP request over a connection of its own, all of it under one deadline.

Nothing is followed, kept or shared: no redirects, no cookies, no second request.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from wscli.model.wire import Failure, FailureKind, HttpAnswer, HttpRequest
from wscli.transport.channel import Channel
from wscli.transport.clock import Clock
from wscli.transport.failures import Failed, hint_for, kind_and_words
from wscli.transport.http_answer import read_answer
from wscli.transport.http_request import prepared
from wscli.transport.http_source import BrokenAnswerError, ByteSource, CutShortError
from wscli.transport.patience import Attempt, Patience
from wscli.transport.reach import open_channel
from wscli.transport.settings import TransportSettings
from wscli.transport.waker import READABLE, Waker


def fetch(
    request: HttpRequest,
    settings: TransportSettings,
    waker: Waker,
    clock: Clock,
    cancelled: Callable[[], bool],
) -> HttpAnswer:
    """Send a request and give the answer, whatever its status.

    ``cancelled`` is asked when ``waker`` was woken. Name, TCP and TLS may take no longer than
    ``settings.connect_timeout``, all together no longer than ``request.within``.

    Raises ``Failed`` with kind NAME, REFUSED, UNREACHABLE, TIMEOUT, TLS, LOST, UNUSABLE, or
    HANDSHAKE for an answer that breaks HTTP or is too long; ``Cancelled``.
    """
    ready = prepared(request)

    def patience(seconds: float) -> Patience:
        return Patience(seconds, waker, clock, cancelled)

    within = patience(request.within)
    connecting = Attempt(ready.place, patience(min(request.within, settings.connect_timeout)))
    channel = open_channel(ready.host, ready.port, ready.scheme, settings, connecting)
    try:
        return _Exchange(channel, ready.place, within).run(request.method, ready.data)
    finally:
        channel.close()


class _Exchange(Attempt):
    """A request and its answer, over a channel that is open already."""

    __slots__ = ("_channel", "_send_error", "_source")

    def __init__(self, channel: Channel, place: str, patience: Patience) -> None:
        super().__init__(place, patience)
        self._channel = channel
        self._send_error: OSError | None = None
        self._source = ByteSource(self._more)
        # A body that ends with the connection may else be cut by anyone on the way: only an end
        # that TLS itself announces is one (RFC 9112, section 9.8).
        channel.insist_on_the_end()

    def run(self, method: str, data: bytes) -> HttpAnswer:
        """Send the request and read what comes back. Raises ``Failed``, ``Cancelled``."""
        self._send(data)
        try:
            return read_answer(method, self._source)
        except BrokenAnswerError as error:
            raise self.failed(
                FailureKind.HANDSHAKE, str(error), hint=error.hint, retry=False
            ) from error
        except CutShortError as error:
            raise self._cut(self._send_error) from error
        except OSError as error:
            raise self._cut(error) from error

    def failed(self, kind: FailureKind, what: str, *, hint: str = "", retry: bool = True) -> Failed:
        """As ``Attempt.failed``, in words for a connection that stands."""
        text = f"the request to {self.place} failed: {what}"
        return Failed(Failure(kind, text, hint=hint, retry=retry))

    def _send(self, data: bytes) -> None:
        """Send all of the request. A server may answer without having read it, so that this
        failed counts only where no answer is found.
        """
        try:
            self._channel.write(data, partial(self.wait, missing=self._missing()))
        except OSError as error:
            self._send_error = error

    def _more(self) -> bytes:
        """Wait for more of the answer; ``b""`` where the server has ended it. Raises OSError."""
        missing = self._missing()
        self.wait({}, missing, at_most=0)  # a server that never pauses must not outlive us either
        while (data := self._channel.read()) is None:
            self.wait({self._channel.socket: READABLE}, missing)
        return data

    def _missing(self) -> str:
        return "the answer did not end" if self._source.begun else "no answer"

    def _cut(self, error: OSError | None) -> Failed:
        if error is not None:
            kind, words = kind_and_words(error)
            return self.failed(kind, words, hint=hint_for(error), retry=kind is not FailureKind.TLS)
        when = "in the middle of its answer" if self._source.begun else "without an answer"
        return self.failed(FailureKind.LOST, f"the server closed the connection {when}")
