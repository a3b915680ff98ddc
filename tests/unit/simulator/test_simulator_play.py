from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.simulator.simulated import (
    PROFILES,
    Stage,
    e,
    pinged,
    pinging,
    quiet,
    seconds,
    subscribing,
)
from wscli.model.keepalive import Keepalive, PingRule
from wscli.model.message import Role
from wscli.model.profile import Connect, MessageRule, ProblemRule, Profile, Simulate, Then
from wscli.model.steps import Ack, Step
from wscli.simulator.admission import Refusal, host_allowed
from wscli.simulator.play import SendClose


def types(values: list[Any]) -> list[str]:
    return [value.get("type") or value.get("op") for value in values]


# --- the door ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PROFILES)
def test_a_client_that_does_what_the_profile_says_is_let_in(name: str):
    Stage(PROFILES[name]).open()


def test_another_path_is_not_found_and_the_path_is_named():
    refusal = Stage(quiet).try_open("/v1/other")
    assert refusal == Refusal(404, "nothing here; the stream is at /v1/ws")


def test_the_path_comes_with_the_user_s_own_server():
    Stage(quiet, {"server": "http://localhost:99/base"}).open("/base/v1/ws")


def test_a_percent_encoded_path_is_the_same_path():
    profile = replace(quiet, connect=Connect("wss://x.test/a+b c"))
    Stage(profile).open("/a%2Bb%20c")


def test_no_path_is_the_root():
    profile = replace(quiet, connect=Connect("wss://x.test"))
    Stage(profile).open("/")
    Stage(profile).open("")


def test_a_path_that_needs_what_is_not_known_lets_every_path_in():
    profile = replace(quiet, connect=Connect("wss://x.test/${captured}/ws"))
    Stage(profile).open("/anything")


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://quiet.test", True),
        ("http://localhost:3000", True),
        ("http://127.0.0.1", True),
        ("https://[::1]:8443", True),
        ("https://evil.test", False),
        ("https://quiet.test.evil.test", False),
        ("http://localhost.evil.test", False),
        ("file://localhost", False),
        ("http://[::1", False),
        ("null", False),
        ("", False),
    ],
)
def test_only_the_profile_s_origin_and_loopback_are_allowed(origin: str, allowed: bool):
    opened = Stage(quiet).try_open(headers={"origin": origin})
    assert (opened == Refusal(403, "this origin is not allowed")) is not allowed


def test_an_origin_that_cannot_be_filled_in_allows_loopback_alone():
    profile = replace(quiet, connect=Connect("wss://x.test/", origin="https://${captured}"))
    assert isinstance(Stage(profile).try_open("/", headers={"origin": "https://x.test"}), Refusal)
    Stage(profile).open("/", headers={"origin": "http://localhost"})


@pytest.mark.parametrize("query", [{}, {"token": [""]}, {"other": ["k"]}])
def test_what_needs_a_required_option_must_be_in_the_query(query: dict[str, list[str]]):
    assert Stage(pinged).try_open(query=query) == Refusal(401, "the query lacks token")


def test_what_needs_a_required_option_must_be_in_the_headers():
    refusal = Stage(pinging).try_open(headers={})
    assert refusal == Refusal(401, "the header x-agent is missing")


def test_what_may_be_left_out_may_be_left_out():
    Stage(subscribing).open(query={})


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("127.0.0.1:80", True),
        ("localhost:80", True),
        ("LOCALHOST", True),
        ("[::1]:80", True),
        ("127.0.0.1:81", False),
        ("127.0.0.1:0", False),
        ("evil.test:80", False),
        ("127.0.0.1:x", False),
        ("127.0.0.1:80/path", False),
        ("evil@127.0.0.1:80", False),
        ("[::1", False),
        ("127.0.0.1:80, 127.0.0.1:80", False),
        ("", False),
        (None, False),
    ],
)
def test_only_this_machine_s_names_with_the_port_are_hosts(host: str | None, allowed: bool):
    assert host_allowed(host, 80) is allowed


def test_only_the_scheme_s_own_port_may_be_left_out():
    assert not host_allowed("localhost", 8080)
    assert host_allowed("localhost:8080", 8080)


# --- steps ---------------------------------------------------------------------------------------


def test_before_it_was_opened_nothing_is_said():
    stage = Stage(quiet)
    assert stage.play.deadline is None
    assert stage.say({"op": "subscribe", "assets": []}) == []
    assert stage.play.tick(stage.now) == []


def test_what_is_expected_is_said_and_the_first_that_fulfils_the_requirement():
    said = Stage(pinged).open()
    assert said[0] == {
        "type": "HELLO",
        "payload": {"tier": "PULSE", "at": "2026-11-18T11:08:20.000Z"},
    }


def test_what_would_report_a_problem_to_this_user_is_not_said():
    (anonymous,) = Stage(subscribing).open()
    (welcome,) = Stage(subscribing, {"token": "t"}).open()
    assert anonymous["userId"] is None
    assert welcome["userId"] == "did:abc"


def test_where_every_example_is_trouble_the_first_is_said():
    rule = MessageRule("no", Role.CONTROL, then=Then.REFUSED, examples=({"op": "no"},))
    for require in (None, e(".yes")):
        step = Step(expect=("no",), require=require)
        assert Stage(replace(quiet, messages=(rule,), session=(step,))).open() == [{"op": "no"}]


def test_what_would_send_the_client_away_is_said_only_where_nothing_else_fulfils():
    away = MessageRule("away", Role.CONTROL, then=Then.STOP, examples=({"op": "away", "ok": True},))
    here = MessageRule("here", Role.CONTROL, examples=({"op": "here"},))
    profile = replace(quiet, messages=(away, here))
    step = Step(expect=("away", "here"))
    assert types(Stage(replace(profile, session=(step,))).open()) == ["here"]
    step = Step(expect=("here", "away"), require=e(".ok"))
    assert types(Stage(replace(profile, session=(step,))).open()) == ["away"]


def test_a_message_without_an_example_cannot_be_said():
    profile = replace(quiet, messages=(MessageRule("hello"),), session=(Step(expect=("hello",)),))
    assert Stage(profile).open() == []


def test_a_problem_whose_words_cannot_be_told_is_trouble():
    told = ProblemRule(each=e("."), text="${unknown}")
    rules = (
        MessageRule("bad", Role.CONTROL, problem=told, examples=({"op": "bad"},)),
        MessageRule("good", Role.CONTROL, examples=({"op": "good"},)),
    )
    profile = replace(quiet, messages=rules, session=(Step(expect=("bad", "good")),))
    assert Stage(profile).open() == [{"op": "good"}]


def test_a_frame_is_acknowledged_with_what_must_be_repeated_and_the_data_follows():
    stage = Stage(subscribing, {"topic": ["prices:a"]})
    assert types(stage.open()) == ["welcome"]
    assert stage.messages(60) == []
    (ack,) = stage.say({"action": "subscribe", "topics": ["prices:a"], "id": 1})
    assert ack == {"type": "subscribed", "topics": ["prices:a"], "id": 1}
    assert {stage.rule_of(message) for message in stage.messages(5)} == {"prices:*"}


def test_an_acknowledgement_that_repeating_would_break_stays_the_example():
    rule = MessageRule(
        "subscribed",
        Role.ACK,
        schema={"properties": {"topics": {"type": "array"}}},
        examples=({"type": "subscribed", "topics": ["x"], "id": 1},),
    )
    ack = Ack(
        ("subscribed",),
        seconds(10),
        {e(".topics"): e(".topics"), e(".id"): e(".no"), e(".no"): e(".topics")},
    )
    step = Step(send={"topics": "${topic}"}, ack=ack)
    stage = Stage(replace(subscribing, messages=(rule,), session=(step,)))
    stage.open()
    assert stage.say({"topics": 5}) == [{"type": "subscribed", "topics": ["x"], "id": 1}]
    assert stage.say({"topics": ["y"]}) == [{"type": "subscribed", "topics": ["y"], "id": 1}]


def test_steps_whose_condition_does_not_hold_are_skipped():
    stage = Stage(subscribing, {})
    stage.open()
    assert stage.messages(3) != []


def test_a_condition_may_use_what_a_message_said_before():
    stage = Stage(subscribing, {"token": "t", "orders": True})
    stage.open()
    assert stage.messages(20) == []
    (ack,) = stage.say({"action": "subscribe", "topics": ["orders:did:abc"]})
    assert ack["type"] == "subscribed"
    assert stage.messages(3) != []


def test_what_an_acknowledgement_repeats_can_be_used_by_a_later_condition():
    rule = MessageRule(
        "in", Role.ACK, capture={"who": e(".who")}, examples=({"op": "in", "who": "x"},)
    )
    steps = (
        Step(send={"login": "${user}"}, ack=Ack(("in",), seconds(1), {e(".who"): e(".login")})),
        Step(expect=("heartbeat",), when=e('$who == "me"')),
    )
    for who, following in (("me", ["heartbeat"]), ("you", [])):
        stage = Stage(replace(quiet, messages=(rule, *quiet.messages), session=steps))
        stage.open()
        assert types(stage.say({"login": who})) == ["in", *following]


def test_a_frame_may_be_repeated_later_and_is_acknowledged_again():
    stage = Stage(subscribing, {"topic": ["prices:a"]})
    stage.open()
    stage.say({"action": "subscribe", "topics": ["prices:a"], "id": 1})
    (ack,) = stage.say({"action": "subscribe", "topics": ["prices:b"], "id": 1})
    assert ack["topics"] == ["prices:b"]
    assert stage.say({"action": "dance"}) == []


def test_a_step_without_an_acknowledgement_holds_nothing_up():
    stage = Stage(quiet)
    assert stage.open() == []
    assert "update" in {stage.rule_of(message) for message in stage.messages(3)}
    assert stage.say({"op": "subscribe", "assets": ["mine"]}) == []


def test_a_frame_after_which_a_message_is_expected_is_waited_for():
    rules = (MessageRule("in", Role.CONTROL, examples=({"op": "in"},)), *quiet.messages)
    steps = (Step(send={"op": "login"}), Step(expect=("in",)))
    stage = Stage(replace(quiet, messages=rules, session=steps))
    assert stage.open() == []
    assert types(stage.messages(6)) == ["heartbeat"]
    assert stage.say({"op": "login"}) == [{"op": "in"}]
    assert len(stage.messages(3)) > 1


def test_one_step_may_say_something_and_then_wait():
    steps = (Step(expect=("heartbeat",), send={"op": "login"}, ack=Ack(("pong",), seconds(1))),)
    stage = Stage(replace(quiet, session=steps))
    assert types(stage.open()) == ["heartbeat"]
    assert stage.say({"op": "login"}) == [{"op": "pong"}]


def test_of_two_steps_with_one_shape_each_is_heard_once():
    steps = (
        Step(send={"topics": "${a}"}, ack=Ack(("pong",), seconds(1))),
        Step(send={"topics": "${b}"}, ack=Ack(("heartbeat",), seconds(1))),
    )
    stage = Stage(replace(quiet, session=steps))
    stage.open()
    said = [stage.say({"topics": []}) for _ in range(2)]
    assert [types(values) for values in said] == [["pong"], ["heartbeat"]]


def test_a_repeated_frame_does_not_stand_for_the_next():
    steps = (
        Step(send={"a": 1}, ack=Ack(("pong",), seconds(1))),
        Step(send={"b": 1}, ack=Ack(("pong",), seconds(1))),
    )
    stage = Stage(replace(quiet, session=steps))
    stage.open()
    assert [types(stage.say({"a": 1})) for _ in range(2)] == [["pong"], ["pong"]]
    assert "update" not in types(stage.messages(20))
    stage.say({"b": 1})
    assert "update" in types(stage.messages(3))


def test_another_frame_than_the_awaited_gets_the_profile_s_error_in_words():
    stage = Stage(quiet)
    stage.open()
    expected = {"op": "error", "msg": 'expected {"op":"subscribe","assets":"${asset}"}'}
    wrong_frames: list[Any] = ["garbage", {"op": "subscribe"}, [], 5, "[" * 5000]
    for wrong in wrong_frames:
        assert stage.say(wrong) == [expected]
    assert stage.say({"op": "subscribe", "assets": ["mine"]}) == []
    assert stage.say("garbage") == []


def test_a_frame_nested_beyond_reason_is_a_wrong_frame():
    stage = Stage(subscribing)
    stage.open()
    for depth, answers in ((60, 1), (64, 0), (1000, 0)):
        nested = "[" * depth + "]" * depth
        said = stage.say(f'{{"action":"subscribe","id":1,"topics":{nested}}}')
        assert len(said) == answers


def test_an_error_that_would_end_the_session_is_no_answer_to_a_wrong_frame_but_a_close():
    stage = Stage(subscribing, {"topic": ["x"]})
    stage.open()
    expected = 'expected {"action":"subscribe","topics":"${topic}","id":1}'
    assert stage.say("garbage") == [SendClose(1008, expected)]
    assert stage.play.deadline is None
    assert stage.say({"action": "subscribe", "topics": ["x"], "id": 1}) == []


def test_a_close_s_reason_fits_into_its_frame():
    long = {"action": "x" * 300, "topics": "${topic}"}
    step = Step(send=long, ack=Ack(("subscribed",), seconds(1)))
    stage = Stage(replace(subscribing, session=(step,)))
    stage.open()
    (close,) = stage.say("garbage")
    assert len(close.reason.encode()) == 120


def test_a_wrong_frame_after_the_steps_without_an_error_to_say_is_ignored():
    steps = (Step(send={"action": "${x}"}),)
    stage = Stage(replace(subscribing, session=steps))
    stage.open()
    assert stage.say("garbage") == []


def test_a_frame_of_a_step_that_another_user_s_options_ask_for_is_acknowledged():
    stage = Stage(subscribing, {"orders": False})
    stage.open()
    (ack,) = stage.say({"action": "subscribe", "topics": ["orders:me"]})
    assert ack["type"] == "subscribed"


@pytest.mark.parametrize(
    ("problem", "schema"),
    [
        (None, None),
        (ProblemRule(each=e(".msg")), None),
        (ProblemRule(path=e(".code")), None),
        (ProblemRule(path=e(".msg")), {"properties": {"msg": {"maxLength": 9}}}),
    ],
)
def test_an_error_whose_words_cannot_be_changed_is_sent_as_it_is(problem: Any, schema: Any):
    example = {"op": "error", "msg": "malformed", "code": 5}
    rule = MessageRule("error", Role.ERROR, problem=problem, schema=schema, examples=(example,))
    stage = Stage(replace(quiet, messages=(rule,)))
    stage.open()
    assert stage.say("garbage") == [example]


def test_where_nothing_must_be_said_a_wrong_frame_is_ignored():
    stage = Stage(quiet, {})
    stage.open()
    assert stage.say("garbage") == []


# --- signs of life -------------------------------------------------------------------------------


def test_a_heartbeat_comes_well_within_the_silence_and_an_answer_never_unasked():
    beats = [at for at, value in silent(quiet).run(60) if value["op"] == "heartbeat"]
    assert beats == [5.0 * count for count in range(1, 13)]


@pytest.mark.parametrize(
    ("silence", "interval"), [(None, 5.0), (75, 5.0), (6, 2.0), (0.3, 0.1), (0, 0.01)]
)
def test_the_interval_is_a_third_of_the_silence_and_five_seconds_at_most(
    silence: Any, interval: float
):
    stage = silent(
        quiet, keepalive=Keepalive(silence=None if silence is None else seconds(silence))
    )
    (first, _), (second, _) = stage.run(interval * 2.5)
    assert second - first == pytest.approx(interval)


def test_heartbeats_carry_the_present_time():
    (beat,) = silent(quiet).messages(5)
    assert beat == {"op": "heartbeat", "ts": "2026-11-18T11:08:25Z"}


def test_the_client_s_ping_is_answered_at_any_time_and_no_pong_comes_unasked():
    rules = (*pinged.messages, MessageRule("ack", Role.ACK, examples=({"type": "ack"},)))
    steps = (Step(send={"type": "LOGIN"}, ack=Ack(("ack",), seconds(1))),)
    stage = Stage(replace(pinged, messages=rules, session=steps))
    stage.open()
    assert stage.say({"type": "PING"}) == [{"type": "PONG"}]
    assert stage.messages(30) == []
    stage.say({"type": "LOGIN"})
    assert stage.say({"type": "PING"}) == [{"type": "PONG"}]


def test_an_answer_of_any_name_does_not_come_unasked():
    rules = (
        *pinged.messages[:-1],
        MessageRule("ALIVE", Role.HEARTBEAT, examples=({"type": "ALIVE"},)),
    )
    ping = PingRule(seconds(30), seconds(10), send={"type": "PING"}, expect=("ALIVE",))
    stage = silent(pinged, messages=rules, keepalive=Keepalive(ping=ping))
    assert stage.messages(60) == []
    assert stage.say({"type": "PING"}) == [{"type": "ALIVE"}]


def test_a_ping_is_recognised_by_its_text_where_it_is_no_json():
    rules = (
        *pinged.messages,
        MessageRule("text", Role.HEARTBEAT, match={"$text": "pong"}, examples=("pong",)),
    )
    ping = PingRule(seconds(1), seconds(1), send="ping", expect=("text",))
    stage = Stage(replace(pinged, messages=rules, keepalive=Keepalive(ping=ping)))
    stage.open()
    (out,) = stage.play.received("ping", stage.now)
    assert out.text == "pong"  # type: ignore[union-attr]  # a close has no text


def test_a_ping_that_any_frame_answers_has_no_answer_of_its_own():
    ping = PingRule(seconds(1), seconds(1), send={"type": "PING"}, idle=True)
    stage = Stage(replace(pinged, keepalive=Keepalive(ping=ping)))
    stage.open()
    assert stage.say({"type": "PING"}) == []


def test_a_protocol_ping_is_no_business_of_the_play():
    keepalive = Keepalive(ping=PingRule(seconds(1), seconds(1)))
    stage = Stage(replace(subscribing, session=(), keepalive=keepalive))
    stage.open()
    assert stage.say({"type": "PING"}) == []


def test_a_server_ping_that_is_replied_to_goes_on():
    stage = silent(pinging)
    for _ in range(20):
        assert types(stage.messages(2)) == ["ping"]
        assert stage.say({"type": "pong", "timestamp": "now"}) == []


def test_three_pings_without_a_reply_close_the_connection():
    stage = silent(pinging)
    *pings, (at, close) = stage.run(60)
    assert [when for when, _ in pings] == [2.0, 4.0, 6.0]
    assert types([ping for _, ping in pings]) == ["ping"] * 3
    assert (at, close) == (8.0, SendClose(1011, "no reply to our pings"))
    assert stage.play.deadline is None
    assert stage.say({"type": "pong", "timestamp": "now"}) == []
    assert stage.play.tick(stage.now) == []


def test_a_reply_of_another_shape_does_not_count():
    stage = silent(pinging)
    for _ in range(3):
        stage.run(2)
        stage.say({"type": "pong"})
    assert isinstance(stage.messages(2)[-1], SendClose)


def test_each_ping_needs_its_own_reply():
    other = MessageRule(
        "probe", Role.HEARTBEAT, reply={"type": "alive"}, examples=({"type": "probe"},)
    )
    stage = silent(pinging, messages=(*pinging.messages, other))
    for _ in range(3):
        assert types(stage.messages(2)) == ["ping", "probe"]
        stage.say({"type": "pong", "timestamp": "now"})
    assert isinstance(stage.messages(2)[-1], SendClose)


def test_data_that_wants_a_reply_is_no_ping_and_its_reply_no_wrong_frame():
    data = replace(quiet.rule("update"), reply={"ack": "${.asset}"})
    stage = silent(quiet, messages=(data, *quiet.messages[1:]))
    assert stage.say({"ack": "x"}) == []
    assert types(stage.messages(25)) == ["heartbeat"] * 5


# --- data ----------------------------------------------------------------------------------------


def test_data_comes_at_the_profile_s_rate_on_average():
    data = [at for at, value in silent(pinged, simulate=Simulate(rate=5)).run(200)]
    assert 950 <= len(data) <= 1050
    gaps = [after - before for before, after in pairwise(data)]
    assert min(gaps) >= 0.1 - 1e-9
    assert max(gaps) <= 0.3 + 1e-9


def test_a_rate_of_nothing_is_silence_after_one_snapshot():
    stage = Stage(replace(pinged, simulate=Simulate(rate=0)))
    assert types(stage.open()) == ["HELLO", "SNAPSHOT"]
    assert stage.say({"type": "PING"}) == [{"type": "PONG"}]
    assert stage.say({"type": "OTHER"}) == []
    assert stage.messages(60) == []


def test_a_late_tick_makes_up_for_what_is_due_but_not_for_hours():
    stage = Stage(replace(pinged, simulate=Simulate(rate=5)))
    stage.open()
    stage.at += 10
    assert 40 <= len(stage.play.tick(stage.now)) <= 60
    stage.at += 3600
    assert len(stage.play.tick(stage.now)) == 1000
    deadline = stage.play.deadline
    assert deadline is not None
    assert deadline > stage.at


def test_without_data_rules_the_connection_stays_quiet():
    stage = Stage(Profile(name="none", connect=Connect("wss://none.test/")))
    stage.open("/")
    assert stage.messages(20) == []


def test_snapshots_come_once_after_the_steps():
    said = Stage(pinging).open()
    assert [position["id"] for position in said[0]["data"]["positions"]] == ["pos-1", "pos-2"]
    assert len(said) == 1


def test_a_snapshot_that_a_step_said_does_not_come_again():
    stage = Stage(replace(pinging, session=(Step(expect=("state",)),)))
    assert types(stage.open()) == ["state"]


def test_a_snapshot_without_an_example_does_not_come():
    rules = (MessageRule("state", Role.SNAPSHOT), *pinging.messages[1:])
    assert Stage(replace(pinging, messages=rules)).open() == []


def test_two_connections_share_one_world():
    stage = Stage(replace(pinged, simulate=Simulate(rate=1)))
    stage.open()
    ids = [value["payload"]["id"] for value in stage.messages(5) if value["type"] == "EVENT"]
    again = Stage(stage.profile)
    again.play = type(again.play)(stage.world)
    again.open()
    later = [value["payload"]["id"] for value in again.messages(5) if value["type"] == "EVENT"]
    assert min(later) == max(ids) + 1


# --- whatever a client says ----------------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=10,
)
frames = st.one_of(
    st.text(),
    st.text(alphabet='{}[]":,0123456789eE.-\\ud8trufalsn '),
    json_values.map(json.dumps),
    st.sampled_from(["type", "action", "op"])
    .flatmap(
        lambda key: st.fixed_dictionaries(
            {key: st.sampled_from(["subscribe", "PING", "pong"])},
            optional={
                "topics": json_values,
                "id": json_values,
                "assets": json_values,
                "timestamp": json_values,
            },
        )
    )
    .map(json.dumps),
    st.sampled_from(
        ["[" * 100_000, '{"a":' * 2000, "1e400", "NaN", '"\\ud800"', "9" * 5000, "\ud800"]
    ),
)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(sorted(PROFILES)), st.lists(frames, max_size=6))
def test_nothing_that_a_client_says_breaks_the_play(name: str, said: list[str]):
    stage = Stage(PROFILES[name])
    stage.open()
    for text in said:
        stage.say(text)
        stage.run(0.7)


def silent(profile: Profile, **parts: Any) -> Stage:
    """A connection that was let in and whose steps are over; without data, unless given a rate."""
    parts.setdefault("simulate", Simulate(rate=0))
    stage = Stage(replace(profile, session=(), **parts))
    stage.open()
    return stage
