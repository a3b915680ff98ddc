"""Where a secret comes from, and how it is read."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from wscli.errors import UsageError
from wscli.loader import secrets
from wscli.loader.logins import Logins
from wscli.loader.run_command import output_of
from wscli.loader.secrets import LARGEST, Places, SecretReader, Source, find_source
from wscli.model.options import Option
from wscli.model.profile import Connect, Profile
from wscli.model.secret import Secret

TOKEN = Option("token", secret=True, env="WSCLI_DEMO_TOKEN")
DEMO = Profile("demo", Connect("ws://x"), options=(TOKEN,))


class Stored(Logins):
    """A keyring with a token in it, for every profile."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def names(self, profile: Profile) -> tuple[str, ...]:
        return ("token",)

    def fetch(self, profile: Profile, option: Option) -> Secret:
        self.asked += 1
        return Secret("stored")


class Asked:
    """Where a token comes from, and what was warned of. ``given``: words of the command line."""

    def __init__(
        self,
        given: Mapping[str, Any],
        environment: Mapping[str, str] | None = None,
        logins: Logins | None = None,
    ) -> None:
        self.warnings: list[str] = []
        places = Places(given, environment or {}, logins, self.warnings.append)
        self.source = find_source(DEMO, TOKEN, places)

    def read(self) -> str:
        assert self.source is not None
        return self.source.read().reveal()

    @property
    def again(self) -> bool:
        assert self.source is not None
        return self.source.again


def private(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(0o600)
    return path


def python(code: str) -> str:
    return f'"{sys.executable}" -I -S -c "{code}"'


# --- the order ----------------------------------------------------------------------------------


def test_a_secret_that_is_nowhere_has_no_source() -> None:
    assert Asked({}).source is None
    assert Asked({}, {"WSCLI_DEMO_TOKEN": ""}).source is None


def test_the_command_line_comes_before_the_environment_and_that_before_the_keyring(
    tmp_path: Path,
) -> None:
    path = str(private(tmp_path / "token", "file"))
    environment, logins = {"WSCLI_DEMO_TOKEN": "variable"}, Stored()
    assert Asked({"token_file": path}, environment, logins).read() == "file"
    printed = python("print('printed')")
    assert Asked({"token_cmd": printed}, environment, logins).read() == "printed"
    assert Asked({"token": Secret("word")}, environment, logins).read() == "word"
    assert Asked({}, environment, logins).read() == "variable"
    assert Asked({}, logins=logins).read() == "stored"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"token_file": "a", "token_cmd": "b"}, "--token-file and --token-cmd contradict"),
        ({"token_file": "a", "token": "b"}, "--token-file and --token contradict"),
        ({"token_cmd": "a", "token": "b"}, "--token-cmd and --token contradict"),
    ],
)
def test_two_ways_at_once_are_an_error(given: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Asked(given)


def test_a_default_comes_last() -> None:
    option = Option("token", secret=True, default="public")
    places = Places({}, {}, None, pytest.fail)
    source = find_source(DEMO, option, places)
    assert source is not None
    assert source.read() == Secret("public")


def test_the_keyring_is_asked_once() -> None:
    logins = Stored()
    asked = Asked({}, logins=logins)
    assert logins.asked == 0, "not before it is needed"
    assert [asked.read(), asked.read()] == ["stored", "stored"]
    assert logins.asked == 1
    assert not asked.again


# --- words --------------------------------------------------------------------------------------


def test_a_secret_on_the_command_line_is_warned_of_in_one_line() -> None:
    asked = Asked({"token": Secret("canary")})
    assert asked.read() == "canary"
    (warning,) = asked.warnings
    assert "canary" not in warning
    assert "--token-file, --token-cmd or WSCLI_DEMO_TOKEN" in warning
    assert not asked.again


@pytest.mark.parametrize(
    ("given", "environment", "words"),
    [
        ({"token": ""}, {}, "--token is empty."),
        ({"token": "canary\udcff"}, {}, "--token is not UTF-8 text."),
        ({}, {"WSCLI_DEMO_TOKEN": "canary\udcff"}, "WSCLI_DEMO_TOKEN is not UTF-8 text."),
    ],
)
def test_a_word_that_is_no_secret_is_told(
    given: dict[str, str], environment: dict[str, str], words: str
) -> None:
    with pytest.raises(UsageError) as caught:
        Asked(given, environment)
    assert str(caught.value) == words


# --- files --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "secret"),
    [
        ("secret", "secret"),
        ("secret\n", "secret"),
        ("secret\r\n", "secret"),
        ("secret\n\n", "secret\n"),
        ("secret\r", "secret\r"),
        (" secret ", " secret "),
        (
            "-----BEGIN KEY-----\nabc\n-----END KEY-----\n",
            "-----BEGIN KEY-----\nabc\n-----END KEY-----",
        ),
        ("\ufeffsecret\n", "secret"),
        ("é€😀\n", "é€😀"),
        ("x" * LARGEST, "x" * LARGEST),
    ],
)
def test_a_file_is_the_secret_but_for_one_line_break(
    tmp_path: Path, content: str, secret: str
) -> None:
    asked = Asked({"token_file": str(private(tmp_path / "token", content))})
    assert asked.read() == secret
    assert asked.warnings == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty."),
        (b"\n", "is empty."),
        (b"canary\0", "has a NUL byte in it."),
        (b"canary\xff", "is not UTF-8 text."),
        ("canary".encode("utf-16"), "is not UTF-8 text."),
        (b"c" * (LARGEST + 1), "is longer than 64 KiB, too long for a secret."),
    ],
)
def test_a_file_that_is_no_secret_is_told_without_what_is_in_it(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = private(tmp_path / "token", content)
    with pytest.raises(UsageError) as caught:
        Asked({"token_file": str(path)}).read()
    assert str(caught.value) == f"the file {path} {words}"
    assert "canary" not in "".join(traceback.format_exception(caught.value))


def test_a_file_that_cannot_be_read_is_told_before_anything_connects(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere cannot be read: no such file or directory"):
        Asked({"token_file": str(tmp_path / "nowhere")})
    with pytest.raises(UsageError, match="cannot be read: is a directory"):
        Asked({"token_file": str(tmp_path)})


def test_a_file_is_read_again_each_time(tmp_path: Path) -> None:
    path = private(tmp_path / "token", "old")
    asked = Asked({"token_file": str(path)})
    assert (asked.read(), asked.again) == ("old", True)
    private(path, "new")
    assert asked.read() == "new"
    path.unlink()
    with pytest.raises(UsageError, match="cannot be read"):
        asked.read()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o602])
def test_a_file_that_others_can_open_is_warned_of_once_and_read(tmp_path: Path, mode: int) -> None:
    path = private(tmp_path / "token", "canary")
    path.chmod(mode)
    asked = Asked({"token_file": str(path)})
    assert asked.read() == asked.read() == "canary"
    (warning,) = asked.warnings
    assert f"the file {path} is open to other users of this machine" in warning


def test_a_pipe_is_read_once_because_what_it_gave_is_gone() -> None:
    ours, theirs = os.pipe()
    os.write(theirs, b"piped\n")
    os.close(theirs)
    try:
        asked = Asked({"token_file": f"/dev/fd/{ours}"})
    finally:
        os.close(ours)
    assert [asked.read(), asked.read()] == ["piped", "piped"]
    assert not asked.again


def test_a_home_is_found_in_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    private(tmp_path / "token", "home")
    assert Asked({"token_file": "~/token"}).read() == "home"


# --- stdin --------------------------------------------------------------------------------------


def test_stdin_is_read_once_and_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    reads = [b"piped\n"]
    monkeypatch.setattr(secrets, "read_stdin", lambda at_most: reads.pop())
    asked = Asked({"token_file": "-"})
    assert reads == []
    assert [asked.read(), asked.read()] == ["piped", "piped"]
    assert not asked.again


def test_what_stdin_says_is_checked_as_a_file_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "read_stdin", lambda at_most: b"\n")
    with pytest.raises(UsageError, match="stdin is empty"):
        Asked({"token_file": "-"})


def test_two_secrets_cannot_both_be_read_from_stdin() -> None:
    profile = Profile("demo", Connect("ws://x"), options=(TOKEN, Option("key", secret=True)))
    with pytest.raises(UsageError, match="--token-file and --key-file cannot both be read"):
        secrets.check_stdin(profile, {"token_file": "-", "key_file": "-"})
    secrets.check_stdin(profile, {"token_file": "-", "key_file": "k"})


# --- commands -----------------------------------------------------------------------------------


def test_a_command_is_run_again_each_time(tmp_path: Path) -> None:
    path = private(tmp_path / "token", "old")
    asked = Asked({"token_cmd": python(f"print(open('{path}').read())")})
    assert (asked.read(), asked.again) == ("old", True)
    private(path, "new")
    assert asked.read() == "new"


def test_no_shell_looks_at_a_command() -> None:
    code = "import sys; print(sys.argv[1:], end='')"
    asked = Asked({"token_cmd": f"{python(code)} $HOME '*' ; 'a b'"})
    assert asked.read() == "['$HOME', '*', ';', 'a b']"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (python("import sys; print('canary'); sys.exit(3)"), "failed with exit status 3."),
        (python("import os; os.kill(os.getpid(), 9)"), "failed with signal 9."),
    ],
)
def test_a_command_that_fails_is_told_by_its_first_word_only(command: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        Asked({"token_cmd": f"{command} canary"}).read()
    assert str(caught.value) == f"{sys.executable} {words}"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (python("pass"), f"what {sys.executable} printed is empty."),
        ("no-such-command canary", "there is no command no-such-command."),
        (f"'{Path(__file__).parent}' canary", "could not be run: permission denied."),
        ("'unbalanced canary", "--token-cmd: no closing quotation."),
        (" ", "--token-cmd is empty."),
        (
            python("while True: print('c' * 9999)"),
            f"what {sys.executable} printed is longer than 64 KiB, too long for a secret.",
        ),
    ],
)
def test_a_command_that_gives_no_secret_is_told(command: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        Asked({"token_cmd": command}).read()
    assert words in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "code",
    [
        "import signal; signal.pause()",
        # what it has left behind holds the pipe, and cannot be ended
        "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import signal; signal.alarm(1); signal.pause()'])",
    ],
)
def test_a_command_is_waited_for_so_long_and_no_longer(code: str) -> None:
    with pytest.raises(UsageError, match="did not end within"):
        output_of([sys.executable, "-I", "-c", code], at_most=10, patience=0.4)


# --- the reader ---------------------------------------------------------------------------------


def test_the_reader_reads_every_secret_and_knows_what_may_change() -> None:
    once = Source(lambda: Secret("canary"))
    changing = Source(lambda: Secret("other"), again=True)
    reader = SecretReader({"token": once})
    assert (reader.names, reader.again) == (frozenset({"token"}), False)
    assert reader.read() == {"token": Secret("canary")}
    assert SecretReader({"token": once, "key": changing}).again
    assert repr(reader) == "SecretReader(token)"


# --- said, not read -----------------------------------------------------------------------------


def test_where_it_comes_from_can_be_said_without_asking_anybody(tmp_path: Path) -> None:
    path, ran = private(tmp_path / "t", "x"), tmp_path / "ran"
    stored = Stored()
    asked = {
        f"the file {path}": Asked({"token_file": str(path)}),
        "the command touch": Asked({"token_cmd": f"touch {ran}"}),
        "the command line": Asked({"token": "x"}),
        "$WSCLI_DEMO_TOKEN": Asked({}, {"WSCLI_DEMO_TOKEN": "x"}),
        "the keyring": Asked({}, logins=stored),
    }
    sources = {place: each.source for place, each in asked.items() if each.source is not None}
    reader = SecretReader(sources)
    assert reader.places == {place: place for place in asked}
    reader.check()
    assert (stored.asked, ran.exists()) == (0, False)
    path.write_text("")
    with pytest.raises(UsageError, match="is empty"):
        reader.check()
