"""What is said to a proxy, over a connected socket, until its bytes are the host's."""

from __future__ import annotations

import socket
from base64 import b64encode
from functools import partial
from typing import Final

from wscli import __version__
from wscli.model.wire import FailureKind
from wscli.transport.channel import Channel
from wscli.transport.failures import Failed, kind_and_words
from wscli.transport.http_answer import final_head
from wscli.transport.http_source import BrokenAnswerError, ByteSource, CutShortError
from wscli.transport.patience import Attempt
from wscli.transport.place import host_and_port
from wscli.transport.proxies import Login, Proxy
from wscli.transport.response import Head, repeats
from wscli.transport.socks5 import SocksError, negotiate
from wscli.transport.waker import READABLE

_LONGEST_REASON: Final = 100  # characters of it in a line of ours
_LATER: Final = {408, 425, 429}  # and 5xx: it may go better later
_NO_LOGIN: Final = "Write USER:PASSWORD@ before the host in its URL."


class _Talk:
    """A conversation with a proxy."""

    def __init__(self, sock: socket.socket, proxy: Proxy, attempt: Attempt) -> None:
        self.source = ByteSource(self._more)
        self._channel = Channel(sock)
        self._proxy = proxy
        self._attempt = attempt
        self._send_error: OSError | None = None

    def say(self, data: bytes) -> None:
        """Send all of ``data``. That it failed counts only where no answer is found: a proxy may
        refuse without having read everything.
        """
        try:
            self._channel.write(data, partial(self._attempt.wait, missing=self._missing))
        except OSError as error:
            self._send_error = error

    def check_silence(self) -> None:
        """Whoever is behind the proxy waits for us to speak: what came before is not theirs."""
        if self.source.rest:
            raise self.failed(FailureKind.HANDSHAKE, "sent more than its answer", retry=False)

    def failed(self, kind: FailureKind, what: str, *, hint: str = "", retry: bool = True) -> Failed:
        """Make the exception that ends the attempt; ``what`` has the proxy for its subject."""
        return self._attempt.failed(kind, f"{self._proxy.named} {what}", hint=hint, retry=retry)

    def cut(self) -> Failed:
        """The proxy left."""
        if self._send_error is not None:
            return self._broken(self._send_error)
        when = "in the middle of its answer" if self.source.begun else "without an answer"
        return self.failed(FailureKind.LOST, f"closed the connection {when}")

    @property
    def _missing(self) -> str:
        what = "the answer did not end" if self.source.begun else "no answer"
        return f"{what} from {self._proxy.named}"

    def _more(self) -> bytes:
        """Wait for more of the answer; ``b""`` where the proxy has ended it."""
        self._attempt.wait({}, self._missing, at_most=0)  # one that never pauses ends as well
        try:
            while (data := self._channel.read()) is None:
                self._attempt.wait({self._channel.socket: READABLE}, self._missing)
        except OSError as error:
            raise self._broken(error) from error
        return data

    def _broken(self, error: OSError) -> Failed:
        kind, words = kind_and_words(error)
        text = f"did not answer: {words}"
        return self.failed(kind, text, retry=kind is not FailureKind.TLS)


def connect_over_http(
    sock: socket.socket, proxy: Proxy, host: str, port: int, attempt: Attempt
) -> None:
    """Have an HTTP proxy lead on to a host (RFC 9110, section 9.3.6).

    Raises ``Failed`` with kind HANDSHAKE, LOST, TLS, TIMEOUT or UNREACHABLE, and ``Cancelled``.
    """
    talk = _Talk(sock, proxy, attempt)
    place = host_and_port(host, port)
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}", f"User-Agent: wscli/{__version__}"]
    if proxy.login is not None:
        lines.append(f"Proxy-Authorization: Basic {_basic(proxy.login)}")
    talk.say("\r\n".join([*lines, "", ""]).encode())
    try:
        head = final_head(talk.source, "it", "its")
    except BrokenAnswerError as error:
        what = f"is not understood: {error}"
        raise talk.failed(FailureKind.HANDSHAKE, what, hint=error.hint, retry=False) from error
    except CutShortError as error:
        raise talk.cut() from error
    if not 200 <= head.status < 300:
        raise _refused(head, proxy, talk)
    talk.check_silence()


def _basic(login: Login) -> str:
    """What RFC 7617 makes of a user and a password."""
    return b64encode(f"{login.user}:{login.password.reveal()}".encode()).decode("ascii")


def _refused(head: Head, proxy: Proxy, talk: _Talk) -> Failed:
    """Explain a status that is no success. It is the proxy's: no rule of a profile is meant."""
    reason, hint = head.reason[:_LONGEST_REASON], ""
    if proxy.login is not None and repeats(
        reason, f"{proxy.login.password.reveal()}\n{_basic(proxy.login)}"
    ):
        reason = ""
    what = f"answered HTTP {head.status} {reason}".rstrip()
    if head.status == 407:
        ways = (head.value("proxy-authenticate") or "basic").lower()
        if "basic" not in ways:
            hint = "It wants a way to log in that wscli does not know; Basic is the one it does."
        elif proxy.login is None:
            hint = _NO_LOGIN
        else:
            hint = "It does not accept the user and the password."
    retry = head.status in _LATER or head.status >= 500
    kind = FailureKind.UNREACHABLE if retry else FailureKind.HANDSHAKE
    return talk.failed(kind, what, hint=hint, retry=retry)


def connect_over_socks(
    sock: socket.socket, proxy: Proxy, host: str, port: int, attempt: Attempt
) -> None:
    """Have a SOCKS5 proxy lead on to a host, a name or an address. Raises as above."""
    talk = _Talk(sock, proxy, attempt)
    conversation = negotiate(host, port, proxy.login)
    try:
        wants = next(conversation)
        while True:
            if isinstance(wants, bytes):
                talk.say(wants)
                wants = next(conversation)
            else:
                wants = conversation.send(b"".join(talk.source.exactly(wants)))
    except StopIteration:
        talk.check_silence()
    except CutShortError as error:
        raise talk.cut() from error
    except SocksError as error:
        what = f"did not connect: {error}"
        raise talk.failed(error.kind, what, hint=error.hint, retry=error.retry) from error
