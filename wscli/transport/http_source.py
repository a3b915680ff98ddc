"""The bytes of an HTTP answer, taken in the pieces that its grammar asks for. Touches no socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator


class BrokenAnswerError(ValueError):
    """What came is no answer that HTTP knows, or more than is taken. The text is a plain sentence
    without a full stop and repeats nothing of the answer, which may repeat the request.
    """

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.hint = hint


class CutShortError(Exception):
    """The answer ended before it was complete."""


class ByteSource:
    """Hands out what ``more`` brings: it waits for the next bytes and gives ``b""`` at the end of
    the stream. Whatever it raises passes through.
    """

    __slots__ = ("_at", "_held", "_more", "begun")

    def __init__(self, more: Callable[[], bytes]) -> None:
        self.begun = False  # whether anything has come
        self._more = more
        self._held = b""
        self._at = 0  # what of it was handed out

    @property
    def rest(self) -> bytes:
        """What has come and was not handed out."""
        return self._held[self._at :]

    def starts_with(self, beginning: bytes) -> bool:
        """Whether this is what comes next; nothing is taken. Waits for no more than it needs to
        tell. Raises ``CutShortError``.
        """
        while beginning.startswith(next_ones := self._held[self._at : self._at + len(beginning)]):
            if next_ones == beginning:
                return True
            self._pull()
        return False

    def line(self, limit: int, otherwise: str) -> bytes:
        """Take a line without its end, CR LF or LF alone (RFC 9112, section 2.2).

        Raises ``BrokenAnswerError`` with the text ``otherwise`` where it has more than ``limit``
        bytes, its end included; ``CutShortError``.
        """
        length = 0
        while (end := self._held.find(b"\n", self._at + length)) < 0:
            length = len(self._held) - self._at
            if length >= limit:
                raise BrokenAnswerError(otherwise)
            self._pull()
        line = self._held[self._at : end]
        if len(line) >= limit:
            raise BrokenAnswerError(otherwise)
        self._at = end + 1
        return line.removesuffix(b"\r")

    def exactly(self, size: int) -> Iterator[bytes]:
        """Take so many bytes, as they come. Raises ``CutShortError``."""
        while size:
            if self._at == len(self._held):
                self._pull()
            piece = self._held[self._at : self._at + size]
            self._at += len(piece)
            size -= len(piece)
            yield piece

    def to_the_end(self) -> Iterator[bytes]:
        """Take all that comes until the stream ends."""
        yield self._held[self._at :]
        self._held, self._at = b"", 0
        while piece := self._more():
            yield piece

    def _pull(self) -> None:
        data = self._more()
        if not data:
            raise CutShortError
        self.begun = True
        self._held, self._at = self._held[self._at :] + data, 0
