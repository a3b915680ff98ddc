from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.harness.environment import installed_command
from tests.harness.process import Runner


@pytest.fixture
def python(tmp_path: Path):
    with Runner([sys.executable, "-c"], tmp_path) as runner:
        yield runner


def test_a_finished_process_tells_its_code_and_both_streams(python: Runner):
    done = python.run("import sys; print('a\\nb'); print('note', file=sys.stderr); sys.exit(7)")

    assert (done.returncode, done.stdout, done.stderr) == (7, b"a\nb\n", "note\n")
    assert done.lines == [b"a", b"b"]


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        ("", []),
        ("one", [b"one"]),
        ("one\\n", [b"one"]),
        ("\\n", [b""]),
        ("a\\rb\\u2028c\\n", ["a\rb\u2028c".encode()]),
    ],
)
def test_only_a_line_feed_ends_a_line(python: Runner, written: str, lines: list[bytes]):
    done = python.run(
        f"import sys; sys.stdout.write({written!r}.encode().decode('unicode_escape'))"
    )

    assert done.lines == lines


def test_lines_are_read_as_they_come_and_none_is_lost(python: Runner):
    with python.start(
        "import sys\nfor n in range(3): print(n, flush=True)\nsys.stdin.read()\nprint('end')"
    ) as running:
        assert [running.read_line() for _ in range(3)] == [b"0", b"1", b"2"]
        assert running.read_line() == b"end"
        assert running.finish().lines == [b"0", b"1", b"2", b"end"]


def test_more_than_a_pipe_holds_is_read_without_asking(python: Runner):
    done = python.run(
        "import sys; sys.stdout.write('x' * 3_000_000); sys.stderr.write('y' * 3_000_000)"
    )

    assert (len(done.stdout), len(done.stderr)) == (3_000_000, 3_000_000)


def test_input_is_all_of_stdin_and_without_it_stdin_is_empty(python: Runner):
    echo = "import sys; print(len(sys.stdin.buffer.read()))"

    assert python.run(echo, input=b"x" * 300_000).stdout == b"300000\n"
    assert python.run(echo).stdout == b"0\n"


def test_a_line_that_does_not_come_is_a_failure_that_shows_both_streams(python: Runner):
    with python.start(
        "import signal, sys; print('part', end='', flush=True)\n"
        "print('oh', file=sys.stderr, flush=True); signal.pause()"
    ) as running:
        running.wait_stderr("oh")
        with pytest.raises(AssertionError, match=r"(?s)no line in 0.05 s.*running.*part.*oh"):
            running.read_line(timeout=0.05)


def test_the_end_of_stdout_ends_the_wait_for_a_line(python: Runner):
    with (
        python.start("") as running,
        pytest.raises(AssertionError, match="stdout ended before another line"),
    ):
        running.read_line()


def test_waiting_for_stderr_counts_occurrences(python: Runner):
    with python.start(
        "import signal, sys\nfor _ in range(2): print('again', file=sys.stderr, flush=True)\n"
        "signal.pause()"
    ) as running:
        assert running.wait_stderr("again", times=2).count("again") == 2
        with pytest.raises(AssertionError, match=r"stderr did not say .again. in 0\.05 s"):
            running.wait_stderr("again", 0.05, times=3)


def test_a_signal_reaches_the_process(python: Runner):
    with python.start("import signal; print('up', flush=True); signal.pause()") as running:
        assert running.read_line() == b"up"
        running.signal(signal.SIGTERM)
        assert running.finish().returncode == -signal.SIGTERM


def test_closing_stdout_breaks_the_pipe_for_the_process(python: Runner):
    with python.start(
        "import os, sys\nprint('first', flush=True)\n"
        "try:\n  while True: os.write(1, b'more\\n')\n"
        "except BrokenPipeError: sys.exit(141)"
    ) as running:
        assert running.read_line() == b"first"
        running.close_stdout()
        assert running.finish().returncode == 141


def test_a_paused_stdout_makes_the_process_wait(python: Runner):
    with python.start(
        "import os, sys\nsys.stdin.read()\nos.write(1, b'go\\n')\n"
        "os.write(1, bytes(1_000_000))\nos.write(2, b'through')"
    ) as running:
        running.pause_stdout()
        with pytest.raises(AssertionError, match="did not say"):
            running.wait_stderr("through", 0.1)
        running.resume_stdout()
        running.wait_stderr("through")
        assert len(running.finish().stdout) == 1_000_003


def test_a_process_that_does_not_end_is_a_failure_and_is_killed(python: Runner):
    with python.start("import signal; print('up', flush=True); signal.pause()") as running:
        assert running.read_line() == b"up"
        with pytest.raises(AssertionError, match=r"still running after 0\.05 s"):
            running.finish(0.05)
        assert not running.ended
    assert running.ended


def test_waits_end_as_soon_as_what_they_wait_for_is_there(python: Runner):
    with python.start("print('up', flush=True)") as running:
        begun = time.monotonic()
        running.read_line(timeout=30)
        assert time.monotonic() - begun < 10


def test_a_process_gets_a_clean_environment(
    python: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in ("PYTHONUNBUFFERED", "https_proxy", "NO_COLOR", "COLUMNS", "WSCLI_X"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("COVERAGE_PROCESS_HINT", "kept")
    show = "import os; print(dict(os.environ))"

    seen = python.run(show, env={"WSCLI_Y": "given"}).stdout.decode()

    for name in ("PYTHONUNBUFFERED", "https_proxy", "NO_COLOR", "COLUMNS", "WSCLI_X"):
        assert name not in seen
    assert "'COVERAGE_PROCESS_HINT': 'kept'" in seen
    assert "'WSCLI_Y': 'given'" in seen
    assert repr(str(tmp_path)) in seen
    assert repr(os.environ["PATH"]) in seen


def test_a_missing_command_is_never_replaced_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))

    with pytest.raises(AssertionError, match="install the project first"):
        installed_command()

    script = tmp_path / "wscli"
    script.touch()
    assert installed_command() == (str(script),)


def test_the_runner_kills_what_was_left_running(tmp_path: Path):
    with Runner([sys.executable, "-c"], tmp_path) as runner:
        left = runner.start("import signal; signal.pause()")

    assert left.ended
