"""Where secrets go, and that nobody sees them: neither in our words nor in the provider's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.session.conversation import (
    Conversation,
    ending,
    kinds,
    make_profile,
    said,
    shown,
    target,
)
from wscli.model.message import Role
from wscli.model.options import Option
from wscli.model.profile import Connect, MessageRule, ProblemRule, Profile
from wscli.model.record import StateEvent
from wscli.model.requests import HttpStep, Request
from wscli.model.wire import Close, Lost, Target
from wscli.session import commands
from wscli.session.target import Overrides

LOGIN = HttpStep(
    Request("POST", "https://api.demo.test/login", json={"key": "${api_key}"}),
    capture={"token": ".token", "host": ".host"},
    secret=("token",),
)
CONNECT = Connect(url="wss://demo.test/ws", query={"token": "${token}"})
REFUSED = MessageRule("refused", Role.ERROR, problem=ProblemRule(path=".why"))


def profile_with(step: HttpStep, connect: Connect) -> Profile:
    option = Option("api_key", secret=True)
    profile = make_profile(bootstrap=(step,), options=(option,), messages=(REFUSED,))
    return replace(profile, connect=connect)


def login(
    step: HttpStep = LOGIN,
    connect: Connect = CONNECT,
    *,
    key: str = "k3y",
    overrides: Overrides | None = None,
) -> Conversation:
    """A talk whose secrets are read, and whose login is under way."""
    talk = Conversation(profile_with(step, connect), overrides=overrides, secrets=True)
    talk.start()
    talk.give(api_key=key)
    return talk


# --- where they go -------------------------------------------------------------------------------


def test_a_users_secret_goes_to_no_host_that_an_answer_named() -> None:
    talk = login(connect=Connect(url="wss://${host}/ws", headers={"X-Key": "${api_key}"}))
    done = talk.answer({"token": "t", "host": "edge.test"})
    assert kinds(done) == ["Finish"]
    end = ending(done)
    assert end.exit_code == 3
    assert end.text.startswith("a secret would go to edge.test")
    assert "k3y" not in shown(done)


def test_a_captured_secret_goes_to_the_host_that_its_answer_named() -> None:
    talk = login(connect=Connect(url="wss://${host}/ws", query={"token": "${token}"}))
    opened = target(talk.answer({"token": "t0ken", "host": "edge.test"}))
    assert opened is not None
    assert opened.url == "wss://edge.test/ws?token=t0ken"


IN_CLEAR_TEXT = replace(LOGIN, request=Request("POST", "http://api.demo.test/", json="${api_key}"))


def test_a_request_with_a_secret_is_not_made_in_clear_text() -> None:
    talk = Conversation(profile_with(IN_CLEAR_TEXT, CONNECT), secrets=True)
    talk.start()
    done = talk.give(api_key="k3y")
    assert kinds(done) == ["Finish"]
    assert "clear text" in ending(done).text


def test_a_user_may_allow_clear_text() -> None:
    talk = login(IN_CLEAR_TEXT, overrides=Overrides(cleartext=True))
    assert kinds(talk.answer({"token": "t"})) == ["Connect"]


# --- what is shown -------------------------------------------------------------------------------


def test_no_secret_is_shown_whatever_happens() -> None:
    step = replace(LOGIN, require=".ok", cache=True)
    done = login(step).fail_to_ask(retry=True)
    for answer in ({"token": "t0ken"}, {"ok": 1, "token": "t0ken"}):
        talk = login(step)
        done += talk.answer(answer)
        if talk.session.state == "connecting":
            done += talk.fail(status=503)
        done += talk.wait_for_deadline()
        done += talk.give(api_key="k3y")
        done += talk.answer(status=403, headers=(("location", "https://x.test/?k3y"),))
    assert "asking POST https://api.demo.test/login" in shown(done)
    assert "k3y" not in shown(done)
    assert "t0ken" not in shown(done)


@pytest.mark.parametrize("token", ["t0ken", 't"0\\ken', "t\ud800ken", 12345, {"a": "t0ken"}])
def test_a_secret_in_an_answer_of_no_use_is_masked(token: Any) -> None:
    end = ending(login().answer({"error": "busy", "token": token}, status=401))
    mask = '"***"' if isinstance(token, str) else "***"
    assert end.text.endswith(f': {{"error":"busy","token":{mask}}}')


@pytest.mark.parametrize("body", [b'{"error":"no such key","token":""}', b"no such key"])
def test_an_answer_of_no_use_without_its_secret_is_shown_as_it_came(body: bytes) -> None:
    end = ending(login().answer(body=body, status=403))
    assert end.text.endswith(": " + body.decode())


def test_an_answer_of_no_use_that_is_nested_too_deeply_is_not_shown() -> None:
    body = b'{"token":' + b"[" * 1000 + b"]" * 1000 + b"}"
    end = ending(login().answer(body=body, status=403))
    assert "[[" not in end.text


def test_a_plain_text_in_the_place_of_a_secret_is_not_shown() -> None:
    end = ending(login().answer(body=b"t0ken-of-the-provider"))
    assert end.exit_code == 3
    assert "t0ken" not in end.text


@pytest.mark.parametrize("told", ["my k3y/12 is wrong", "?key=k3y%2F12"])
def test_a_provider_that_repeats_our_secret_does_not_make_it_known(told: str) -> None:
    done = login(key="k3y/12").answer(body=told.encode(), status=403)
    talk = login(key="k3y/12")
    talk.answer({"token": "t0ken"})
    talk.connect()
    done += talk.receive({"type": "refused", "why": f"{told}, t0ken"})
    done += talk.end(Close(1008, told))
    assert len(said(done, StateEvent.PROBLEM)) == 1
    assert "***" in shown(done)
    for secret in ("k3y/12", "k3y%2F12", "t0ken"):
        assert secret not in shown(done)


def test_half_a_character_in_a_secret_is_survived() -> None:
    talk = login(key="k3y-\udcff")
    assert ending(talk.answer(body=b"no", status=403)).text.endswith(": no")


def test_a_secret_too_short_to_be_one_leaves_words_as_they_are() -> None:
    end = ending(login(key="a").answer(body=b"a bad day", status=403))
    assert end.text.endswith(": a bad day")


def test_what_is_on_its_way_to_the_provider_prints_without_its_secrets() -> None:
    goes = Target(
        "wss://demo.test/ws?token=t0ken",
        "wss://demo.test/ws?token=***",
        (("Authorization", "Bearer t0ken"),),
        origin="https://t0ken.test",
        subprotocols=("t0ken",),
    )
    told = repr([commands.Connect(goes), commands.Send('{"token":"t0ken"}', '{"token":"***"}')])
    assert "t0ken" not in told
    assert told.count("***") == 2


def test_what_is_secret_stays_masked_after_its_time() -> None:
    talk = Conversation(make_profile(options=(Option("key", secret=True),)), secrets=True)
    before = talk.session.knows_secrets
    talk.start()
    talk.give(key="s3cret")
    assert (before, talk.session.knows_secrets) == (False, True)
    talk.connect()
    talk.end(Lost("cut"))
    talk.wait_for_deadline()
    assert talk.session.veiled("s3cret") == "***", "also before it is read for the next attempt"


def test_where_there_are_no_secrets_they_are_known() -> None:
    assert Conversation(make_profile()).session.knows_secrets
