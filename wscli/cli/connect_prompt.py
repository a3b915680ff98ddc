"""The line that the user types, on a thread of its own, and output above it.

Imports prompt_toolkit, so this module is imported only where somebody sits at a terminal. The
prompt is one for the whole run, so the terminal never falls back into its own line editing, where
it would echo what is typed into what comes.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from io import FileIO, TextIOWrapper
from typing import Any, Final

from prompt_toolkit import PromptSession
from prompt_toolkit.data_structures import Size
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.shortcuts import CompleteStyle

from wscli.cli.connect_typist import Kept, Offered, Typist
from wscli.errors import OutputError, ReaderGone
from wscli.output.escape import encode, printable
from wscli.output.keyboard import way_back
from wscli.output.sink import Sink

MARK: Final = "> "
_GONE: Final = (EOFError, OSError, OutputError, ReaderGone)  # what a terminal says that is gone
_LOOK: Final = 0.2  # seconds between two looks whether the prompt is still there
_GOODBYE: Final = 2.0  # seconds for the prompt to leave the terminal as it was


class Prompt:
    """Shows a prompt between ``start`` and ``close``."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()  # the prompt is there, or will never be
        self._session: PromptSession[str] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._error: BaseException | None = None
        self.restore = way_back(0)
        """Puts the terminal back where there is no time to take the prompt away."""

    def start(self, typist: Typist) -> None:
        """Show the prompt. On the main thread, which alone hears that the window was resized."""
        if hasattr(signal, "SIGWINCH"):  # pragma: no branch - else prompt_toolkit looks by itself
            signal.signal(signal.SIGWINCH, lambda _number, _frame: self._soon(self._redraw))
        self._thread = threading.Thread(
            target=self._run, args=(typist,), name="wscli-prompt", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Take the prompt away and leave the terminal as it was; raises what the prompt met, if
        that was a bug.
        """
        thread, self._thread = self._thread, None
        if thread is None:
            return
        if hasattr(signal, "SIGWINCH"):  # pragma: no branch - as above
            signal.signal(signal.SIGWINCH, signal.SIG_DFL)
        self._ready.wait(_GOODBYE)
        self._soon(self._exit)
        thread.join(_GOODBYE)
        if thread.is_alive():  # nobody takes what it writes
            self.restore()
        if self._error is not None:
            raise self._error

    def above(self, write: Callable[[], None]) -> None:
        """Write with the prompt out of the way, wait until it is written, and raise what it raises.
        From any thread, also where there is no prompt.
        """
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            self._out_of_the_way(write)
        else:
            self._let_write(thread, write)

    def _let_write(self, thread: threading.Thread, write: Callable[[], None]) -> None:
        """Let the prompt's thread write, and wait for it."""
        self._ready.wait()
        done: Future[None] = Future()

        def attempt() -> None:
            if done.set_running_or_notify_cancel():
                try:
                    self._out_of_the_way(write)
                except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
                    done.set_exception(error)
                else:
                    done.set_result(None)

        self._soon(attempt)
        while True:
            try:
                done.result(_LOOK)
            except TimeoutError:
                if thread.is_alive() or not done.cancel():
                    continue
                write()
            return

    def _soon(self, call: Callable[[], None]) -> None:
        """Call it on the prompt's thread; not at all where the prompt has ended."""
        if self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(call)

    # --- on the prompt's thread ------------------------------------------------------------------

    def _run(self, typist: Typist) -> None:
        gone = False
        try:
            asyncio.run(self._talk(typist))
        except _GONE:
            gone = True
        except BaseException as error:  # noqa: BLE001 - raised again on the main thread
            self._error = error
        finally:
            self._ready.set()
            typist.leave(gone)

    async def _talk(self, typist: Typist) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._failed)
        output = _Terminal(
            # without a buffer, whose rest Python could not write where the terminal is gone
            TextIOWrapper(FileIO(os.dup(1), "wb"), self._encoding, "replace", write_through=True),
            self._size,
            term=os.environ.get("TERM"),
            enable_cpr=False,  # nobody needs to know where the cursor is
        )
        self._session = PromptSession(
            MARK,
            output=output,
            history=Kept(typist),
            completer=Offered(typist.profile),
            complete_style=CompleteStyle.READLINE_LIKE,
            complete_while_typing=False,
            enable_suspend=True,
            enable_history_search=True,
            key_bindings=self._keys(typist),
            erase_when_done=True,
        )
        self._loop = loop
        try:
            await self._session.prompt_async(
                pre_run=self._ready.set, handle_sigint=False, set_exception_handler=False
            )
        finally:
            output.leave()

    def _size(self) -> Size:
        columns, rows = self._sink.size()
        return Size(rows=rows, columns=columns)

    def _keys(self, typist: Typist) -> KeyBindings:
        keys = KeyBindings()

        @keys.add("enter")
        def _(event: KeyPressEvent) -> None:
            text = event.current_buffer.text
            if text.strip():
                event.current_buffer.append_to_history()
            event.current_buffer.reset()
            self._echo(typist.secrets.veiled(text))
            typist.hear(text)

        @keys.add("c-c")
        def _(event: KeyPressEvent) -> None:
            if event.current_buffer.text:
                event.current_buffer.reset()
            else:  # the main thread counts them, and leaves at once at the second
                os.kill(os.getpid(), signal.SIGINT)

        @keys.add("c-d")
        def _(event: KeyPressEvent) -> None:
            if event.current_buffer.text:
                event.current_buffer.delete()
            else:
                self._exit()

        return keys

    def _echo(self, text: str) -> None:
        """Leave what was typed where it can be read again."""
        shown = printable(text, keep_newlines=True).replace("\n", f"\n{' ' * len(MARK)}")
        data = encode(f"{MARK}{shown}\n", self._encoding)
        self._out_of_the_way(lambda: self._sink.write(data))

    def _out_of_the_way(self, write: Callable[[], None]) -> None:
        app = self._session.app if self._session is not None else None
        if app is None or not app.is_running:
            write()
            return
        app.renderer.erase()
        write()
        app.invalidate()

    def _redraw(self) -> None:
        self._out_of_the_way(lambda: None)

    def _exit(self) -> None:
        app = self._session.app if self._session is not None else None
        if app is not None and app.is_running and not app.is_done:
            app.exit()

    def _failed(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Take what a key or a write met; the main thread raises it, if it was a bug."""
        error = context.get("exception")
        if not isinstance(error, _GONE):
            self._error = self._error or error
        self._exit()


class _Terminal(Vt100_Output):
    """The terminal that is drawn on. Whenever something is written above the prompt,
    prompt_toolkit would take bracketed paste back for a moment, in which a pasted text would look
    as if it were typed.
    """

    def disable_bracketed_paste(self) -> None:
        """Leave it on; ``leave`` takes it back."""

    def leave(self) -> None:
        """Leave the terminal as it was found."""
        super().disable_bracketed_paste()
        self.flush()


class PromptSink(Sink):
    """Stdout, above the prompt."""

    def __init__(self, prompt: Prompt, fd: int = 1) -> None:
        super().__init__(fd)
        self._prompt = prompt

    def write(self, data: bytes) -> None:
        """Write all of it. Raises ReaderGone or OutputError."""
        self._prompt.above(lambda: super(PromptSink, self).write(data))


class PromptText:
    """Stands in the place of a text stream whose terminal is the prompt's."""

    def __init__(self, prompt: Prompt, stream: Any) -> None:
        self._prompt = prompt
        self._stream = stream

    def write(self, text: str) -> int:
        """Write it above the prompt; a whole line at least."""

        def write() -> None:
            self._stream.write(text)
            self._stream.flush()

        self._prompt.above(write)
        return len(text)

    def flush(self) -> None:
        """Nothing waits."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
