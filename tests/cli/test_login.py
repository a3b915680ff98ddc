"""`wscli login` and `logout`: secrets in the user's keyring, for which a stand-in is installed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_secrets import CANARY, PROFILE, demo, following, server, shown_to
from tests.harness.environment import installed_command
from tests.harness.keyring import empty_keyring, missing_keyring, working_keyring
from tests.harness.process import Runner
from tests.harness.screen import Screen
from tests.harness.ws_server import WsServer

__all__ = ["demo", "server"]  # fixtures


@pytest.fixture
def keyring(tmp_path: Path) -> dict[str, str]:
    return working_keyring(tmp_path)


def kept(tmp_path: Path) -> list[dict[str, str]]:
    """What the keyring keeps, service by service."""
    return list(json.loads((tmp_path / "kept.json").read_text()).values())


def test_what_was_stored_is_found_until_it_is_removed(
    wscli: Runner, tmp_path: Path, demo: str, server: WsServer, keyring: dict[str, str]
) -> None:
    done = wscli.run("login", demo, "--token", input=f"{CANARY}\n".encode(), env=keyring)
    assert (done.returncode, done.stdout) == (0, b"stored for demo: --token\n"), done.stderr
    assert kept(tmp_path) == [{"token": CANARY}]

    done = wscli.run(*following(demo, server, "-v"), env=keyring)
    assert done.returncode == 0, done.stderr
    assert shown_to(server) == CANARY
    assert CANARY not in done.stderr

    done = wscli.run("logout", demo, env=keyring)
    assert (done.returncode, done.stdout) == (0, b"removed for demo: --token\n"), done.stderr
    assert kept(tmp_path) == [{}]
    assert wscli.run(*following(demo, server), env=keyring).returncode == 2
    done = wscli.run("logout", demo, env=keyring)
    assert (done.returncode, done.stdout) == (0, b"nothing is stored for demo\n")


def test_a_profile_of_the_same_name_elsewhere_does_not_get_it(
    wscli: Runner, tmp_path: Path, demo: str, server: WsServer, keyring: dict[str, str]
) -> None:
    wscli.run("login", demo, "--token", input=CANARY.encode(), env=keyring)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "demo.yaml").write_text(PROFILE)
    done = wscli.run(*following("elsewhere/demo.yaml", server), env=keyring)
    assert done.returncode == 2
    assert "demo needs --token" in done.stderr


def test_the_variable_comes_before_the_keyring(
    wscli: Runner, demo: str, server: WsServer, keyring: dict[str, str]
) -> None:
    wscli.run("login", demo, "--token", input=b"stored", env=keyring)
    done = wscli.run(*following(demo, server), env={**keyring, "WSCLI_DEMO_TOKEN": CANARY})
    assert done.returncode == 0, done.stderr
    assert shown_to(server) == CANARY


def test_each_line_of_stdin_is_a_secret_and_an_empty_one_leaves_it_out(
    wscli: Runner, tmp_path: Path, demo: str, keyring: dict[str, str]
) -> None:
    done = wscli.run("login", demo, input=b"one\r\ntwo\n", env=keyring)
    assert done.stdout == b"stored for demo: --token, --email\n"
    assert kept(tmp_path) == [{"token": "one", "email": "two"}]
    done = wscli.run("login", demo, input=b"\nthree\n", env=keyring)
    assert done.stdout == b"stored for demo: --email\n"
    assert kept(tmp_path) == [{"token": "one", "email": "three"}]


@pytest.mark.parametrize(
    "case",
    [
        ([], b"one\n", "stdin must have one line for each secret: --token, --email."),
        (["--token"], b"one\ntwo\n", "stdin must have one line for each secret: --token."),
        (["--token"], b"", "nothing was given, and nothing is stored."),
        (["--token"], b"\n", "nothing was given, and nothing is stored."),
        ([], b"one\ncanary\xff\n", "--email is not UTF-8 text."),
        (["--token"], b"c" * 70_000, "--token is longer than 64 KiB, too long for a secret."),
    ],
    ids=lambda case: case[2][:30],
)
def test_what_is_piped_in_must_fit_or_nothing_is_stored(
    wscli: Runner, demo: str, keyring: dict[str, str], case: tuple[list[str], bytes, str]
) -> None:
    words, piped, said = case
    done = wscli.run("login", demo, *words, input=piped, env=keyring)
    assert (done.returncode, done.stdout) == (2, b"")
    assert said in done.stderr
    assert "canary" not in done.stderr
    assert not Path(keyring["TEST_KEYRING"]).exists()


def test_a_person_is_asked_without_echo(tmp_path: Path, demo: str, keyring: dict[str, str]) -> None:
    command = [*installed_command(), "login", demo]
    with Screen(command, tmp_path, env=keyring) as screen:
        screen.wait_for("demo --token (empty to leave it out):")
        screen.type(f"{CANARY}\n")
        screen.wait_for("demo --email (empty to leave it out):")
        screen.type("\n")
        screen.wait_for("stored for demo: --token")
        assert screen.finish() == 0
        assert CANARY.encode() not in screen.raw
    assert kept(tmp_path) == [{"token": CANARY}]


@pytest.mark.parametrize("keys", ["\x03", "\x04"], ids=["ctrl-c", "ctrl-d"])
def test_a_person_may_change_their_mind(
    tmp_path: Path, demo: str, keyring: dict[str, str], keys: str
) -> None:
    command = [*installed_command(), "login", demo]
    with Screen(command, tmp_path, env=keyring) as screen:
        screen.wait_for("demo --token")
        screen.type(keys)
        assert screen.finish() == 130
        assert b"Traceback" not in screen.raw
    assert not (tmp_path / "kept.json").exists()


@pytest.mark.parametrize("command", ["login", "logout"])
def test_a_profile_without_secrets_has_nothing_to_log_in_with(wscli: Runner, command: str) -> None:
    done = wscli.run(command, "pegana")
    assert (done.returncode, done.stdout) == (2, b"")
    assert "pegana has no secrets" in done.stderr


def test_where_the_package_is_missing_its_extra_is_named(
    wscli: Runner, tmp_path: Path, demo: str
) -> None:
    done = wscli.run("login", demo, input=b"\n", env=missing_keyring(tmp_path))
    assert (done.returncode, done.stdout) == (2, b"")
    assert 'Install it: pip install "wscli-inspector[keyring]".' in done.stderr
    assert "Traceback" not in done.stderr


def test_where_there_is_no_keyring_other_ways_are_named(
    wscli: Runner, tmp_path: Path, demo: str
) -> None:
    done = wscli.run("login", demo, input=b"\n", env=empty_keyring(tmp_path))
    assert (done.returncode, done.stdout) == (2, b"")
    assert "this system has no keyring that could be used. Give the secret by a file" in done.stderr


def test_the_package_is_only_imported_where_something_is_stored(
    wscli: Runner, tmp_path: Path, demo: str, server: WsServer
) -> None:
    done = wscli.run(*following(demo, server), env=missing_keyring(tmp_path))
    assert done.returncode == 2
    assert "demo needs --token" in done.stderr
    assert "package" not in done.stderr


def test_a_secret_that_another_program_removed_is_told(
    wscli: Runner, tmp_path: Path, demo: str, server: WsServer, keyring: dict[str, str]
) -> None:
    wscli.run("login", demo, "--token", input=b"stored", env=keyring)
    (tmp_path / "kept.json").unlink()
    done = wscli.run(*following(demo, server), env=keyring)
    assert done.returncode == 2
    assert "Store it again: `wscli login demo.yaml`." in done.stderr
    assert server.requests == []


def test_a_simulator_leaves_the_keyring_alone(
    wscli: Runner, tmp_path: Path, demo: str, keyring: dict[str, str]
) -> None:
    wscli.run("login", demo, "--token", input=b"stored", env=keyring)
    (tmp_path / "kept.json").unlink()
    done = wscli.run("tail", demo, "--simulate", "-n1", env=keyring)
    assert done.returncode == 0, done.stderr
