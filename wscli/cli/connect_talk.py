"""A talk: where what is said comes from, and its way to the stream."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from wscli.cli.connect_history import line_history
from wscli.cli.connect_lines import Wish, help_lines, lines_of, read_line
from wscli.cli.connect_pipe import LONGEST, PipedLines
from wscli.cli.followed import Shared
from wscli.model.profile import Profile
from wscli.model.record import Ending
from wscli.output.escape import printable
from wscli.output.sink import Sink
from wscli.runtime.speech import Speech
from wscli.runtime.worker import Worker
from wscli.session.events import Event, Said, SaidAll, Unsayable

if TYPE_CHECKING:
    from wscli.cli.connect_prompt import Prompt

_VERBATIM: Final = "each line that you type is sent; Ctrl-D ends"
_WELCOME: Final = "each line that you type is sent; /help says what else there is, Ctrl-D ends"
_STDIN: Final = 0
_HUNG_UP: Final = 129  # exit code: as for SIGHUP, which comes as well
_DRAIN: Final = 3.0  # seconds for messages on their way when the user leaves


class Talk:
    """What the user says in one run. ``typed``: somebody sits at a prompt; ``sink`` is then what
    stands in the place of stdout.
    """

    def __init__(self, profile: Profile, *, verbatim: bool, keeps: bool, quiet: bool) -> None:
        self.sink: Sink | None = None
        self._profile = profile
        self._verbatim = verbatim
        self._keeps = keeps
        self._quiet = quiet
        self._prompt: Prompt | None = None
        self._number = 0

    @property
    def typed(self) -> bool:
        """Whether somebody sits at a prompt."""
        return self._prompt is not None

    def open_prompt(self) -> None:
        """Let the user type."""
        # 150 ms, and only where somebody types
        from wscli.cli.connect_prompt import Prompt, PromptSink  # noqa: PLC0415

        self._prompt = Prompt(Sink(1))
        self.sink = PromptSink(self._prompt)

    @contextmanager
    def notes(self) -> Iterator[None]:
        """Inside, what is written to stderr appears above the prompt, where both are one."""
        real = sys.stderr
        if self._prompt is None or real is None or not Sink(2).isatty:
            yield
            return
        from wscli.cli.connect_prompt import PromptText  # noqa: PLC0415 - as above

        standing_in: Any = PromptText(self._prompt, real)
        sys.stderr = standing_in
        try:
            yield
        finally:
            sys.stderr = real

    @contextmanager
    def going_on(self, shared: Shared, worker: Worker, send: Sequence[str]) -> Iterator[None]:
        """Inside, what the user says goes to the stream: ``send``, else what is typed or piped
        in. ``worker`` knows the secrets.
        """
        speech = shared.speech
        try:
            if send:
                Thread(target=self._say_all, args=(speech, send), daemon=True).start()
            elif self._prompt is not None:
                shared.at_last = self._prompt.restore
                self._let_type(self._prompt, shared, worker)
            elif sys.stdin is None:
                speech.put(SaidAll())
            else:
                self._pipe(speech).start()
            yield
        finally:
            speech.close()
            if self._prompt is not None:
                self._prompt.close()

    # --- where it comes from ---------------------------------------------------------------------

    def _say_all(self, speech: Speech, texts: Sequence[str]) -> None:
        for text in texts:
            if not self._hear(text, speech.put):
                break
        speech.put(SaidAll())

    def _let_type(self, prompt: Prompt, shared: Shared, worker: Worker) -> None:
        from wscli.cli.connect_typist import Typist  # noqa: PLC0415 - as above

        def leave(gone: bool = False) -> None:  # noqa: FBT001, FBT002 - as the prompt says it
            shared.stop.ask(Ending(_HUNG_UP if gone else 0), _DRAIN)

        def offer(event: Event, size: int) -> bool:
            if not shared.speech.offer(event, size) and not shared.stop.asked:
                self._write(["too much waits to be said; this was not sent"])
            return True

        def hear(text: str) -> None:
            for line in lines_of(text):
                if not self._hear(line, offer):
                    leave()

        if not self._quiet:
            self._write([_VERBATIM if self._verbatim else _WELCOME])
        history = line_history(self._profile.name) if self._keeps else None
        prompt.start(Typist(self._profile, hear, leave, worker, history))

    def _pipe(self, speech: Speech) -> PipedLines:
        def hear(line: bytes | None) -> bool:
            self._number += 1
            if line is None:
                what = f"has more than {LONGEST // 1024**2} MiB"
                return speech.put(Unsayable(f"line {self._number} of the input {what}"))
            try:
                text = line.decode()
            except UnicodeDecodeError:
                what = "is no UTF-8, so it was not sent"
                return speech.put(Unsayable(f"line {self._number} of the input {what}"))
            return self._hear(text, speech.put)

        def ended() -> None:
            speech.put(SaidAll())

        return PipedLines(_STDIN, hear, ended)

    def _hear(self, line: str, put: Callable[[Event, int], bool]) -> bool:
        """Pass on what a line means, and its weight; gives whether more is wanted."""
        match read_line(line, self._profile, verbatim=self._verbatim):
            case Wish.HELP:
                self._help()
                return True
            case Wish.QUIT:
                return False
            case Unsayable() as mistake:
                return put(mistake, len(line))
            case saying:
                return put(Said(saying), len(line))

    def _help(self) -> None:
        self._write(help_lines(self._profile, verbatim=self._verbatim))

    def _write(self, lines: Iterable[str]) -> None:
        with suppress(OSError, ValueError):  # as for notes: what cannot be said is nobody's loss
            if sys.stderr is not None:
                sys.stderr.write("".join(f"wscli: {printable(line)}\n" for line in lines))
