"""What comes before a connection: secrets are read, and requests made; event by event."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.session.conversation import (
    Conversation,
    asked,
    delay,
    ending,
    kinds,
    make_profile,
    said,
    shown,
    span,
    target,
)
from wscli.errors import TemplateError
from wscli.model.options import Option
from wscli.model.profile import (
    Connect,
    MessageRule,
    Profile,
    Reconnect,
    Resume,
    StatusRule,
    Then,
)
from wscli.model.record import Ending
from wscli.model.requests import HttpStep, Request
from wscli.model.wire import FailureKind, Lost
from wscli.session import events
from wscli.session.target import Overrides

KEY = Option("api_key", secret=True)
LOGIN = HttpStep(
    Request("POST", "https://api.demo.test/login", json={"key": "${api_key}"}),
    capture={"token": ".token", "host": ".host"},
    secret=("token",),
)
CONNECT = Connect(url="wss://demo.test/ws", query={"token": "${token}"})


def profile_with(*bootstrap: HttpStep, connect: Connect | None = None, **parts: Any) -> Profile:
    parts.setdefault("messages", (MessageRule("update"),))
    profile = make_profile(bootstrap=bootstrap, options=(KEY,), **parts)
    return replace(profile, connect=connect or profile.connect)


def talk_with(*bootstrap: HttpStep, **parts: Any) -> Conversation:
    overrides, values = parts.pop("overrides", None), parts.pop("values", None)
    secrets = parts.pop("secrets", False)
    return Conversation(profile_with(*bootstrap, **parts), values, overrides, secrets=secrets)


def login(**parts: Any) -> Conversation:
    """A talk whose secrets are read, and whose login is under way."""
    step = parts.pop("step", LOGIN)
    talk = talk_with(step, secrets=True, connect=parts.pop("connect", CONNECT), **parts)
    talk.start()
    talk.give(api_key="k3y")
    return talk


# --- the user's secrets --------------------------------------------------------------------------


def test_secrets_are_read_before_anything_is_opened() -> None:
    connect = Connect(url="wss://demo.test/ws", headers={"Authorization": "${api_key}"})
    talk = talk_with(secrets=True, connect=connect)
    assert kinds(talk.start()) == ["ReadSecrets"]
    assert talk.session.state == "bootstrapping"
    assert talk.session.deadline is None
    done = talk.give(api_key="k3y")
    assert kinds(done) == ["Connect"]
    assert "k3y" not in shown(done)
    opened = target(done)
    assert opened is not None
    assert opened.headers == (("Authorization", "k3y"),)


def test_secrets_are_read_again_before_each_connection() -> None:
    connect = Connect(url="wss://demo.test/ws", query={"key": "${api_key}"})
    talk = talk_with(secrets=True, connect=connect)
    talk.start()
    talk.give(api_key="k1")
    talk.connect()
    talk.end(Lost("it was cut"))
    assert kinds(talk.wait_for_deadline()) == ["ReadSecrets"]
    opened = target(talk.give(api_key="k2"))
    assert opened is not None
    assert opened.url == "wss://demo.test/ws?key=k2"


def test_a_secret_that_cannot_be_read_ends_the_run() -> None:
    talk = talk_with(LOGIN, secrets=True)
    talk.start()
    done = talk.tell(events.SecretsFailed("the key file is empty", "Put the key in it."))
    assert ending(done) == Ending(2, "the key file is empty", "Put the key in it.")


def test_secrets_that_nobody_waits_for_do_nothing() -> None:
    talk = talk_with(LOGIN, secrets=True)
    talk.start()
    assert kinds(talk.give(api_key="k1")) == ["Ask"]
    assert talk.give(api_key="k2") == []
    assert kinds(talk.answer({"token": "t"})) == ["Connect"]
    assert talk.give(api_key="k3") == []
    assert talk.tell(events.SecretsFailed("too late")) == []
    talk.connect()
    assert talk.give(api_key="k3") == []
    assert talk.tell(events.SecretsFailed("too late")) == []
    assert talk.session.state == "streaming"


# --- requests ------------------------------------------------------------------------------------


def test_what_a_request_captures_is_used_in_the_next_and_in_the_connection() -> None:
    region = HttpStep(
        Request("GET", "https://api.demo.test/region", {"token": "${token}"}),
        capture={"region": ".region"},
    )
    connect = Connect(url="wss://demo.test/${region}", query={"token": "${token}"})
    talk = talk_with(LOGIN, region, secrets=True, connect=connect)
    talk.start()
    done = talk.give(api_key="k3y")
    assert said(done) == ["asking POST https://api.demo.test/login"]
    assert [request.body for request in asked(done)] == [b'{"key":"k3y"}']
    done += talk.answer({"token": "t0ken"})
    assert asked(done)[-1].url == "https://api.demo.test/region?token=t0ken"
    done += talk.answer({"region": "eu"})
    opened = target(done)
    assert opened is not None
    assert opened.url == "wss://demo.test/eu?token=t0ken"
    assert "t0ken" not in shown(done)
    assert "k3y" not in shown(done)


def test_everything_is_asked_for_again_on_each_connection() -> None:
    talk = login()
    talk.answer({"token": "t1"})
    talk.connect()
    talk.end(Lost("it was cut"))
    assert kinds(talk.wait_for_deadline()) == ["ReadSecrets"]
    assert kinds(talk.give(api_key="k3y")) == ["Ask"]
    opened = target(talk.answer({"token": "t2"}))
    assert opened is not None
    assert opened.url == "wss://demo.test/ws?token=t2"


def test_a_request_is_left_out_when_its_condition_does_not_hold() -> None:
    step = replace(LOGIN, when="$token == null")
    talk = talk_with(step, connect=CONNECT, values={"token": "mine"})
    opened = target(talk.start())
    assert opened is not None
    assert opened.url == "wss://demo.test/ws?token=mine"


def test_with_a_url_of_the_users_nothing_goes_to_the_server_that_an_option_names() -> None:
    step = HttpStep(Request("POST", "${server}/login"))
    connect = Connect(url="${server}/ws")
    overrides = Overrides(url="ws://localhost:8080")
    values = {"server": "https://mine.test"}
    talk = talk_with(step, connect=connect, overrides=overrides, values=values)
    assert [request.url for request in asked(talk.start())] == ["http://localhost:8080/login"]
    opened = target(talk.answer())
    assert opened is not None
    assert opened.url == "ws://localhost:8080/ws"


def test_a_path_goes_to_the_first_requests_host_though_that_is_left_out() -> None:
    first = HttpStep(Request("POST", "https://api.demo.test/login"), when="$never")
    talk = talk_with(first, HttpStep(Request("GET", "/region")))
    assert [request.url for request in asked(talk.start())] == ["https://api.demo.test/region"]


def test_a_path_leads_nowhere_where_the_first_request_lacks_its_host() -> None:
    first = HttpStep(Request("POST", "https://${none}/login"), when="$never")
    talk = talk_with(first, HttpStep(Request("GET", "/region")))
    end = ending(talk.start())
    assert (end.exit_code, end.text) == (
        3,
        "/region: there is no earlier request to whose host a path could go",
    )


def test_of_a_request_without_captures_only_the_status_counts() -> None:
    talk = talk_with(HttpStep(Request("GET", "https://api.demo.test/knock")))
    talk.start()
    assert kinds(talk.answer(status=204)) == ["Connect"]


@pytest.mark.parametrize("value", [{}, {"host": None}, [], 5, "x", None])
def test_what_an_answer_lacks_is_told_where_it_is_used(value: Any) -> None:
    step = HttpStep(Request("GET", "https://api.demo.test/x"), capture={"host": ".host"})
    talk = talk_with(step, connect=Connect(url="wss://${host}/ws"))
    talk.start()
    end = ending(talk.answer(value))
    assert end.exit_code == 3
    assert end.text.endswith("GET https://api.demo.test/x was answered without .host")


@pytest.mark.parametrize(
    "host", ["", "evil.test/path", "a b", "[::1", "h:99999", ["x"], {"a": 1}, "me@demo.test"]
)
def test_a_host_that_is_none_ends_the_run_in_words(host: Any) -> None:
    step = HttpStep(Request("GET", "https://api.demo.test/x"), capture={"host": ".host"})
    talk = talk_with(step, connect=Connect(url="wss://${host}:443/ws"))
    talk.start()
    assert ending(talk.answer({"host": host})).exit_code == 3


# --- what must hold of an answer -----------------------------------------------------------------


def test_an_answer_that_does_not_hold_is_retried_without_its_secrets() -> None:
    step = replace(LOGIN, require=".ok == true")
    talk = login(step=step)
    done = talk.answer(
        {"ok": False, "error": "busy", "token": "t0ken", "again": "it was t0ken", "more": ["t0ken"]}
    )
    (text,) = said(done)
    what, _, answer = text.partition(": ")
    assert what == "POST https://api.demo.test/login was answered, but .ok == true does not hold"
    assert answer == '{"ok":false,"error":"busy","token":"***","again":"***"}'
    assert delay(done) == 1.0
    assert talk.session.state == "waiting"


@pytest.mark.parametrize(("value", "told"), [([1], "…"), ("t0ken", "…"), ({}, "{}"), (None, "…")])
def test_an_answer_of_another_shape_may_be_the_secret_itself(value: Any, told: str) -> None:
    talk = login(step=replace(LOGIN, require=".ok == true"))
    (text,) = said(talk.answer(value))
    assert text.endswith(f"does not hold: {told}")


def test_an_answer_without_secrets_is_shown_as_it_came() -> None:
    step = HttpStep(Request("GET", "https://api.demo.test/x"), require=".ok")
    talk = talk_with(step)
    talk.start()
    (text,) = said(talk.answer({"ok": False, "error": {"code": 7}}))
    assert text.endswith('{"ok":false,"error":{"code":7}}')


def test_an_answer_that_holds_goes_on() -> None:
    talk = login(step=replace(LOGIN, require=".ok == true"))
    assert kinds(talk.answer({"ok": True, "token": "t"})) == ["Connect"]


# --- answers that are of no use ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code"), [(401, 4), (403, 4), (400, 3), (404, 3), (302, 3), (101, 3)]
)
def test_a_status_that_will_not_change_ends_the_run(status: int, code: int) -> None:
    end = ending(login().answer(status=status))
    assert end.exit_code == code
    assert f"POST https://api.demo.test/login was answered with {status}" in end.text


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_a_status_that_may_change_is_waited_out(status: int) -> None:
    talk = login()
    assert delay(talk.answer(status=status)) == 1.0
    assert kinds(talk.wait(0.9)) == []
    assert kinds(talk.wait(0.1)) == ["ReadSecrets"]


def test_an_answer_may_say_how_long_to_wait() -> None:
    talk = login()
    assert delay(talk.answer(status=429, headers=(("retry-after", "30"),))) == 30.0


def test_a_page_in_the_place_of_an_answer_ends_the_run() -> None:
    end = ending(login().answer(body=b"<html>Please <b>log in</b></html>"))
    assert end.exit_code == 3
    assert end.text.endswith(": Please log in")


def test_a_first_request_that_reaches_nobody_ends_the_run() -> None:
    end = ending(login().fail_to_ask(FailureKind.NAME))
    assert (end.exit_code, end.text) == (3, "POST https://api.demo.test/login: it failed")
    assert "--max-reconnects" in end.hint


def test_a_patient_run_tries_the_first_request_again() -> None:
    talk = login(overrides=Overrides(patient=True))
    assert delay(talk.fail_to_ask()) == 1.0


def test_once_anybody_has_answered_a_failure_is_an_outage() -> None:
    talk = login()
    talk.answer({"token": "t"})
    assert delay(talk.fail(FailureKind.REFUSED)) == 1.0
    talk = login()
    talk.answer(status=503)
    talk.wait_for_deadline()
    talk.give(api_key="k3y")
    assert delay(talk.fail_to_ask()) == 2.0


def test_a_request_that_cannot_be_sent_ends_the_run() -> None:
    assert ending(login().fail_to_ask(FailureKind.UNUSABLE, retry=False)).exit_code == 3


# --- answers that come late ----------------------------------------------------------------------


def test_an_answer_is_taken_once_and_only_where_it_is_awaited() -> None:
    talk = login()
    first = talk.token
    assert talk.answer({"token": "no"}, token=first + 1) == []
    assert kinds(talk.answer(status=503, token=first)) == []
    assert talk.answer({"token": "late"}, token=first) == []
    talk.wait_for_deadline()
    talk.give(api_key="k3y")
    assert talk.token != first
    assert talk.answer({"token": "late"}, token=first) == []
    assert kinds(talk.answer({"token": "t"})) == ["Connect"]
    assert talk.answer({"token": "late"}) == []
    talk.connect()
    assert talk.answer({"token": "late"}) == []
    assert talk.session.state == "streaming"


def test_to_stop_while_an_answer_is_awaited_ends_at_once() -> None:
    talk = login()
    done = talk.tell(events.StopAsked(Ending(130)))
    assert kinds(done) == ["Finish"]
    assert talk.answer({"token": "t"}) == []
    assert talk.session.deadline is None


def test_to_stop_while_secrets_are_read_ends_at_once() -> None:
    talk = talk_with(LOGIN, secrets=True)
    talk.start()
    assert kinds(talk.tell(events.StopAsked(Ending(130)))) == ["Finish"]
    assert talk.give(api_key="k3y") == []


def test_time_that_passes_while_an_answer_is_awaited_changes_nothing() -> None:
    talk = login()
    assert talk.session.deadline is None
    assert talk.wait(3600) == []
    assert kinds(talk.answer({"token": "t"})) == ["Connect"]


# --- answers that are kept -----------------------------------------------------------------------

CACHED = replace(LOGIN, cache=True)


def test_an_answer_may_serve_more_than_one_connection() -> None:
    talk = login(step=CACHED)
    talk.answer({"token": "t1"})
    for _ in range(3):
        talk.connect()
        talk.end(Lost("it was cut"))
        talk.wait_for_deadline()
        opened = target(talk.give(api_key="k3y"))
        assert opened is not None
        assert opened.url == "wss://demo.test/ws?token=t1"
        assert opened.shown == "wss://demo.test/ws?token=***"


def test_an_answer_is_asked_for_again_after_an_attempt_that_failed() -> None:
    talk = login(step=CACHED)
    talk.answer({"token": "t1"})
    talk.connect()
    talk.end(Lost("it was cut"))
    talk.wait_for_deadline()
    assert kinds(talk.give(api_key="k3y")) == ["Connect"]
    talk.fail(FailureKind.TIMEOUT)
    talk.wait_for_deadline()
    assert kinds(talk.give(api_key="k3y")) == ["Ask"]


def test_a_request_that_was_not_made_has_no_answer_to_keep() -> None:
    step = replace(CACHED, when="$last_id")
    profile = profile_with(
        step,
        messages=(MessageRule("update", capture={"last_id": ".id"}),),
        resume=Resume(keep=("last_id",)),
    )
    talk = Conversation(profile, {"api_key": "k3y"})
    assert kinds(talk.start()) == ["Connect"]
    talk.connect()
    talk.receive({"type": "update", "id": 7})
    talk.end(Lost("it was cut"))
    assert kinds(talk.wait_for_deadline()) == ["Ask"]
    talk.answer({"token": "t"})
    talk.connect()
    talk.end(Lost("it was cut"))
    assert kinds(talk.wait_for_deadline()) == ["Connect"]


# --- what is refused -----------------------------------------------------------------------------


def test_a_login_that_is_refused_after_the_stream_ran_is_tried_once_more() -> None:
    rule = StatusRule(((401, 401),), Then.RENEW)
    reconnect = Reconnect(backoff=(span(1, 1.0),), on_http=(rule,))
    talk = login(reconnect=reconnect)
    talk.answer({"token": "t"})
    talk.connect()
    talk.end(Lost("it was cut"))
    talk.wait_for_deadline()
    talk.give(api_key="old")
    assert delay(talk.answer(status=401)) == 0.0
    talk.wait_for_deadline()
    talk.give(api_key="new")
    assert kinds(talk.answer({"token": "t"})) == ["Connect"]
    assert ending(login(reconnect=reconnect).answer(status=401)).exit_code == 4


# --- values that are not there -------------------------------------------------------------------


def test_what_the_user_gave_that_cannot_be_used_is_an_error_of_the_users() -> None:
    talk = talk_with(connect=Connect(url="wss://${host}/ws"), values={"host": "a b"})
    with pytest.raises(TemplateError):
        talk.start()


@pytest.mark.parametrize("told", [["x"], "\ud800", {"a": 1}])
def test_what_the_provider_told_that_cannot_be_used_ends_the_run_in_words(told: Any) -> None:
    again = Connect(url="wss://demo.test/ws", query={"since": "${last|lower}"})
    profile = profile_with(
        messages=(MessageRule("update", capture={"last": ".last"}),),
        resume=Resume(keep=("last",), connect=again),
    )
    talk = Conversation(profile)
    talk.connect()
    talk.receive({"type": "update", "last": told})
    talk.end(Lost("it was cut"))
    end = ending(talk.wait_for_deadline())
    assert end.exit_code == 3
    assert "last" in end.text or "Unicode" in end.text
