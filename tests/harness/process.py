"""Starts a command with pipes and reads what it says, with a limit on every wait."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.harness.environment import clean_environment
from tests.harness.pump import Pump


@dataclass(frozen=True, slots=True)
class Finished:
    """A process that has ended. ``returncode`` is negative where a signal killed it."""

    command: tuple[str, ...]
    returncode: int
    stdout: bytes
    stderr: str

    @property
    def lines(self) -> list[bytes]:
        """The lines of stdout without their line feeds. Only LF ends a line, as in NDJSON."""
        return self.stdout.removesuffix(b"\n").split(b"\n") if self.stdout else []


class Running:
    """A process that was started. As a context manager it is killed at the end whatever happens."""

    def __init__(
        self, command: Sequence[str], *, env: Mapping[str, str], cwd: Path, stdin: bytes | None
    ) -> None:
        self._command = tuple(command)
        self._stdout = bytearray()
        self._stderr = bytearray()
        self._taken = 0  # how much of stdout `read_line` has given out
        self._out, out = os.pipe()
        self._err, err = os.pipe()
        try:
            with tempfile.TemporaryFile() as source:
                source.write(stdin or b"")
                source.seek(0)
                self._process = subprocess.Popen(
                    self._command,
                    env=dict(env),
                    cwd=cwd,
                    stdin=subprocess.DEVNULL if stdin is None else source,
                    stdout=out,
                    stderr=err,
                )
        finally:
            os.close(out)
            os.close(err)
        self._pump = Pump({self._out: self._stdout.extend, self._err: self._stderr.extend})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()

    @property
    def stdout(self) -> bytes:
        """What came on stdout until now."""
        with self._pump.changed:
            return bytes(self._stdout)

    @property
    def stderr(self) -> str:
        """What came on stderr until now."""
        with self._pump.changed:
            return self._stderr.decode(errors="backslashreplace")

    @property
    def ended(self) -> bool:
        """Whether the process has ended."""
        return self._process.poll() is not None

    def read_line(self, timeout: float = 10) -> bytes:
        """The next line of stdout without its line feed.

        Raises AssertionError when it did not come whole in ``timeout`` seconds.
        """
        came = self._pump.wait(
            lambda: self._line_end() >= 0 or not self._pump.is_open(self._out), timeout
        )
        with self._pump.changed:
            end = self._line_end()
            if end >= 0:
                line = bytes(self._stdout[self._taken : end])
                self._taken = end + 1
                return line
        raise AssertionError(
            self._story("stdout ended before another line" if came else f"no line in {timeout:g} s")
        )

    def _line_end(self) -> int:
        return self._stdout.find(b"\n", self._taken)

    def wait_stderr(self, text: str, timeout: float = 10, *, times: int = 1) -> str:
        """Wait until ``text`` occurs on stderr, so many ``times``; return all of stderr till then.

        Raises AssertionError when it does not.
        """
        wanted = text.encode()
        self._pump.wait(
            lambda: self._stderr.count(wanted) >= times or not self._pump.is_open(self._err),
            timeout,
        )
        said = self.stderr
        if said.count(text) < times:
            raise AssertionError(self._story(f"stderr did not say {text!r} in {timeout:g} s"))
        return said

    def signal(self, number: int) -> None:
        """Send a signal to the process."""
        self._process.send_signal(number)

    def pause_stdout(self) -> None:
        """Stop reading stdout: the pipe fills up, and the process has to wait."""
        self._pump.pause(self._out)

    def resume_stdout(self) -> None:
        """Go on reading stdout."""
        self._pump.resume(self._out)

    def close_stdout(self) -> None:
        """Close our end of stdout, as ``head`` does when it has read enough."""
        self._pump.drop(self._out)

    def finish(self, timeout: float = 10) -> Finished:
        """Wait for the end of the process and of both streams.

        Raises AssertionError when they have not ended after ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        self.resume_stdout()
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(self._story(f"still running after {timeout:g} s")) from None
        ended = self._pump.wait(
            lambda: not self._pump.is_open(self._out) and not self._pump.is_open(self._err),
            max(0, deadline - time.monotonic()),
        )
        assert ended, self._story("the process has ended, but something keeps its pipes open")
        return Finished(self._command, code, self.stdout, self.stderr)

    def kill(self) -> None:
        """End the process at once, if it still runs, and free what it held."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._pump.close()

    def _story(self, what: str) -> str:
        code = self._process.poll()
        state = "running" if code is None else f"ended with {code}"
        out = self.stdout.decode(errors="backslashreplace")
        return (
            f"{what}\n$ {' '.join(self._command)}   ({state})\n"
            f"--- stdout ---\n{out}\n--- stderr ---\n{self.stderr}"
        )


class Runner:
    """Runs one command again and again, with a home and a working folder of its own.

    As a context manager it kills at the end what was started and still runs.
    """

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self.folder = folder
        self._command = tuple(command)
        self._started: list[Running] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for running in self._started:
            running.kill()

    def start(
        self,
        *args: str | Path,
        input: bytes | None = None,  # noqa: A002 - subprocess.run's own word
        env: Mapping[str, str] | None = None,
    ) -> Running:
        """Start the command. ``input`` is all of its stdin; ``env`` is laid over the clean one."""
        running = Running(
            [*self._command, *map(str, args)],
            env={**clean_environment(self.folder), **(env or {})},
            cwd=self.folder,
            stdin=input,
        )
        self._started.append(running)
        return running

    def run(
        self,
        *args: str | Path,
        input: bytes | None = None,  # noqa: A002 - as in start
        timeout: float = 20,
        env: Mapping[str, str] | None = None,
    ) -> Finished:
        """Run the command to its end."""
        with self.start(*args, input=input, env=env) as running:
            return running.finish(timeout)
