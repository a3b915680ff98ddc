"""Runs a program of the user's own and takes what it prints."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from threading import Thread
from typing import Final

from wscli.errors import UsageError

PATIENCE: Final = 30.0  # seconds for the command, password managers that ask for a touch included


def output_of(words: Sequence[str], *, at_most: int, patience: float = PATIENCE) -> bytes:
    """Give what the command prints, cut one byte after ``at_most``. It gets no stdin, and its
    stderr is ours. ``words`` are its program and arguments: no shell looks at them.

    Raises UsageError, in which the program alone is named: arguments and output may be secrets.
    """
    program = words[0]
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own command, run as it was given
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
    except FileNotFoundError:
        raise UsageError(f"there is no command {program}.") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no command"
        raise UsageError(f"{program} could not be run: {why.lower()}.") from None
    run = _Run(process, at_most)
    # The command stays in our process group, so that it may ask on the terminal and Ctrl-C ends
    # it too. What it started itself may outlive it and hold the pipe; only a thread can be left.
    thread = Thread(target=run.collect, name="command", daemon=True)
    thread.start()
    late = True
    try:
        thread.join(patience)
        late = thread.is_alive()
    finally:
        if late:
            process.kill()
            process.wait()
    if late:
        raise UsageError(f"{program} did not end within {patience:g} s.")
    if run.status and not run.cut:
        raise UsageError(f"{program} failed with {_in_words(run.status)}.")
    return run.output


class _Run:
    """One run of a command. ``cut``: it was ended because it printed too much."""

    def __init__(self, process: subprocess.Popen[bytes], at_most: int) -> None:
        self._process = process
        self._at_most = at_most
        self.output = b""
        self.cut = False
        self.status = 0

    def collect(self) -> None:
        """Read until there is no more, or too much; then wait for the end."""
        with self._process as process:
            if process.stdout is not None:
                self.output = process.stdout.read(self._at_most + 1)
            if len(self.output) > self._at_most:
                self.cut = True
                process.kill()
            self.status = process.wait()


def _in_words(code: int) -> str:
    return f"exit status {code}" if code > 0 else f"signal {-code}"
