"""A secret never shows itself."""

from __future__ import annotations

import pickle
import traceback

import pytest

from wscli.model.message import MISSING
from wscli.model.secret import Secret, without_login


def test_whatever_prints_a_secret_prints_a_mask() -> None:
    secret = Secret("canary")
    shown = [
        str(secret),
        repr(secret),
        f"{secret}",
        f"{secret:>20}",
        f"{secret!r}",
        str([secret]),
        f"{secret}",
    ]
    assert not any("canary" in text for text in shown)
    assert secret.reveal() == "canary"


def test_a_secret_is_not_in_a_traceback_nor_in_a_pickle() -> None:
    secret = Secret("canary")
    with pytest.raises(TypeError) as caught:
        pickle.dumps(secret)
    assert "canary" not in "".join(traceback.format_exception(caught.value))


def test_secrets_are_equal_by_what_they_hold() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1


def test_missing_is_not_true_and_has_a_name() -> None:
    assert not MISSING
    assert repr(MISSING) == "MISSING"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("wss://h/a", "wss://h/a"),
        ("wss://u:p@h/a", "wss://***@h/a"),
        ("wss://u:p/?#@\n@h:x", "wss://***@h:x"),
        ("u@h", "u@h"),
        ("", ""),
    ],
)
def test_a_url_is_shown_without_a_user_and_a_password(url: str, shown: str) -> None:
    assert without_login(url) == shown
