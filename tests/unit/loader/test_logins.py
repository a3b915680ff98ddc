"""What the user's keyring keeps, and the list of what is there."""

from __future__ import annotations

import stat
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from wscli.errors import UsageError
from wscli.loader.logins import Logins, service_of
from wscli.model.options import Option
from wscli.model.profile import Connect, Origin, Profile
from wscli.model.secret import Secret

TOKEN, KEY = Option("token", secret=True), Option("key", secret=True)
DEMO = Profile("demo", Connect("ws://x"), options=(TOKEN, KEY))
MINE = replace(DEMO, origin=Origin.FILE, source="demo.yaml")


class NoKeyringError(RuntimeError):
    """As the package calls it."""


class Keyring(SimpleNamespace):
    """Stands for the package: a dictionary, or a function that raises."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        super().__init__(
            get_password=lambda service, name: self.kept.get((service, name)),
            set_password=self._set,
            delete_password=lambda service, name: self.kept.pop((service, name)),
        )

    def _set(self, service: str, name: str, value: str) -> None:
        self.kept[service, name] = value


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    keyring = Keyring()
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    return keyring


@pytest.fixture
def logins(tmp_path: Path) -> Logins:
    return Logins(lambda: tmp_path / "config" / "wscli")


def index(tmp_path: Path) -> Path:
    return tmp_path / "config" / "wscli" / "logins.json"


def raising(error: Exception) -> Callable[..., Any]:
    def fail(*_: object) -> None:
        raise error

    return fail


def test_what_is_stored_is_found_again(logins: Logins, keyring: Keyring) -> None:
    logins.store(DEMO, TOKEN, Secret("t"))
    logins.store(DEMO, KEY, Secret("k"))
    logins.store(DEMO, TOKEN, Secret("u"))
    assert logins.names(DEMO) == ("token", "key")
    assert logins.fetch(DEMO, TOKEN) == Secret("u")
    assert keyring.kept == {("wscli:demo", "token"): "u", ("wscli:demo", "key"): "k"}


def test_the_list_holds_names_alone_and_is_its_owners(
    logins: Logins, keyring: Keyring, tmp_path: Path
) -> None:
    logins.store(DEMO, TOKEN, Secret("canary"))
    assert "canary" not in index(tmp_path).read_text()
    assert stat.S_IMODE(index(tmp_path).stat().st_mode) == 0o600
    assert [path.name for path in index(tmp_path).parent.iterdir()] == ["logins.json"]


def test_the_package_is_not_asked_what_is_stored(
    logins: Logins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert logins.names(DEMO) == ()


def test_what_is_removed_is_gone(logins: Logins, keyring: Keyring) -> None:
    other = replace(DEMO, name="other")
    logins.store(DEMO, TOKEN, Secret("t"))
    logins.store(DEMO, KEY, Secret("k"))
    logins.store(other, TOKEN, Secret("o"))
    del keyring.kept["wscli:demo", "key"]  # by another program
    assert logins.forget(DEMO) == ("token", "key")
    assert logins.forget(DEMO) == logins.names(DEMO) == ()
    assert keyring.kept == {("wscli:other", "token"): "o"}
    assert logins.names(other) == ("token",)


def test_a_profile_of_ones_own_does_not_get_what_another_of_its_name_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    here = replace(DEMO, origin=Origin.FILE, source=str(tmp_path / "demo.yaml"))
    in_folder = replace(DEMO, origin=Origin.USER, source=str(tmp_path / "x" / ".." / "demo.yaml"))
    elsewhere = replace(DEMO, origin=Origin.USER, source="/elsewhere/demo.yaml")
    assert service_of(DEMO) == "wscli:demo"
    assert service_of(MINE) == service_of(here) == service_of(in_folder)
    assert len({service_of(DEMO), service_of(MINE), service_of(elsewhere)}) == 3


def test_a_secret_that_another_program_removed_is_told(logins: Logins, keyring: Keyring) -> None:
    logins.store(DEMO, TOKEN, Secret("t"))
    keyring.kept.clear()
    with pytest.raises(UsageError, match=r"no --token for demo any more.*`wscli login demo`"):
        logins.fetch(DEMO, TOKEN)
    with pytest.raises(UsageError, match=r"`wscli login demo\.yaml`"):
        logins.fetch(MINE, TOKEN)


def test_a_keyring_that_keeps_nothing_is_told(logins: Logins, keyring: Keyring) -> None:
    keyring.set_password = lambda *_: None
    with pytest.raises(UsageError, match="the keyring did not keep --token"):
        logins.store(DEMO, TOKEN, Secret("t"))
    assert logins.names(DEMO) == ()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NoKeyringError("No recommended backend"), "this system has no keyring"),
        (RuntimeError("it is locked.\nsee there"), "the keyring failed: it is locked. Give the"),
        (OSError(), "the keyring failed: OSError."),
        (ValueError("cannot keep canary"), "the keyring failed: cannot keep ***."),
    ],
)
def test_what_a_keyring_raises_is_told_without_the_secret(
    logins: Logins, keyring: Keyring, error: Exception, words: str
) -> None:
    keyring.get_password = keyring.set_password = raising(error)
    with pytest.raises(UsageError) as caught:
        logins.store(DEMO, TOKEN, Secret("canary"))
    assert words in str(caught.value)
    if "canary" not in str(error):
        with pytest.raises(UsageError) as caught:
            logins.ready()
        assert words in str(caught.value)


def missing_module(name: str) -> Callable[[str], ModuleType]:
    def fail(_: str) -> ModuleType:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    return fail


def test_where_the_package_is_missing_its_extra_is_named(
    logins: Logins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wscli.loader.logins.import_module", missing_module("keyring"))
    with pytest.raises(UsageError) as caught:
        logins.ready()
    assert str(caught.value) == (
        "the keyring needs a package that is not installed."
        ' Install it: pip install "wscli-inspector[keyring]".'
    )


def test_a_package_that_lacks_another_is_not_called_missing(
    logins: Logins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wscli.loader.logins.import_module", missing_module("secretstorage"))
    with pytest.raises(UsageError, match="the keyring failed: No module named 'secretstorage'"):
        logins.ready()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}', '{"a": [1]}', "\x00"])
def test_a_list_that_was_tampered_with_is_told(logins: Logins, tmp_path: Path, text: str) -> None:
    index(tmp_path).parent.mkdir(parents=True)
    index(tmp_path).write_text(text)
    with pytest.raises(UsageError, match="is not as wscli wrote it"):
        logins.names(DEMO)


def test_a_list_that_cannot_be_written_is_told(
    logins: Logins, keyring: Keyring, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text("a file where a folder should be")
    with pytest.raises(UsageError, match=r"logins\.json cannot be written: "):
        logins.store(DEMO, TOKEN, Secret("t"))
