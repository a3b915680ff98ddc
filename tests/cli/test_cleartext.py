"""A secret leaves this machine over TLS, unless the user says that it may go in clear text."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.process import Runner

CANARY = "canary-51c2"


@pytest.fixture
def words(tmp_path: Path) -> list[str | Path]:
    path = tmp_path / "token"
    path.write_text(CANARY)
    path.chmod(0o600)
    server = "http://nowhere.invalid:8123"  # a name that never has an address (RFC 6761)
    return ["tail", "home-assistant", "--token-file", path, "--server", server]


@pytest.fixture
def login(tmp_path: Path) -> list[str | Path]:
    path = tmp_path / "token"
    path.write_text(CANARY)
    path.chmod(0o600)
    server = "ws://nowhere.invalid:4000"
    return ["tail", "nexgent", "--agent", "a", "--token-file", path, "--server", server]


def test_a_secret_does_not_go_in_clear_text(wscli: Runner, login: list[str | Path]) -> None:
    done = wscli.run(*login)
    assert done.returncode == 3
    assert "a secret would go to nowhere.invalid in clear text, so nothing was sent" in done.stderr
    assert "--allow-cleartext" in done.stderr
    assert CANARY not in done.stderr


def test_it_does_where_the_user_allows_it(wscli: Runner, login: list[str | Path]) -> None:
    done = wscli.run(*login, "--allow-cleartext")
    assert done.returncode == 3
    assert "clear text" not in done.stderr
    assert "cannot connect to nowhere.invalid:4000" in done.stderr


def test_a_connection_without_a_secret_in_its_handshake_needs_no_leave(
    wscli: Runner, words: list[str | Path]
) -> None:
    done = wscli.run(*words)
    assert done.returncode == 3
    assert "cannot connect to nowhere.invalid:8123" in done.stderr
