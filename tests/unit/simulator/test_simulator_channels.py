"""Subscriptions: what a frame asks for, what is granted, and what comes on a channel then."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.simulator.simulated import Stage, e, seconds
from tests.unit.simulator.test_simulator_play import frames
from wscli.loader.load import load_profile
from wscli.model.instant import Instant
from wscli.model.keepalive import Keepalive
from wscli.model.lengths import Told, ToldPart
from wscli.model.message import Role
from wscli.model.profile import (
    Connect,
    MessageRule,
    ProblemRule,
    Profile,
    Remembered,
    Sequence,
    Simulate,
)
from wscli.model.requests import Fetch, HttpStep, Request
from wscli.model.steps import Ack, Remember, Step
from wscli.simulator import feed, streams
from wscli.simulator.admission import Refusal
from wscli.simulator.endpoints import Call
from wscli.simulator.play import SendClose
from wscli.simulator.site import make_endpoints
from wscli.simulator.world import World

DIALECTS = Path(__file__).with_name("dialects")
ACK = MessageRule(
    "ok",
    Role.ACK,
    match={"op": "ok"},
    examples=({"op": "ok", "chan": "c"},),
)
TICK = MessageRule("tick", examples=({"chan": "c", "price": 1.5},))
BOOK = MessageRule(
    "book",
    Role.SNAPSHOT,
    match={"levels": {"$type": "array"}},
    examples=({"chan": "c", "levels": [1]},),
)
JOIN = Step(
    each="${channels}",
    send={"op": "join", "chan": "${item.id}"},
    ack=Ack(("ok",), seconds(1), {e(".chan"): e(".chan")}),
    remember=Remember("${item.id}", "${item.kind}"),
)
CHANNELS = {"channels": [{"id": "a", "kind": "tick"}, {"id": "b", "kind": "other"}]}


def profile(*steps: Step, rules: tuple[MessageRule, ...] = (ACK, BOOK, TICK), **parts: Any) -> Any:
    parts.setdefault("discriminator", (Remembered(e(".chan")), e(".op")))
    parts.setdefault("connect", Connect("wss://x.test/"))
    return Profile(name="x", messages=rules, session=steps or (JOIN,), **parts)


def stage(made: Profile, options: Mapping[str, Any] | None = None) -> Stage:
    opened = Stage(made, CHANNELS if options is None else options)
    opened.open("/")
    return opened


# --- what is remembered --------------------------------------------------------------------------


def test_data_comes_on_channels_that_a_name_is_remembered_for_and_no_others():
    one = stage(profile())
    assert one.messages(5) == []
    assert one.say({"op": "join", "chan": "a"}) == [
        {"op": "ok", "chan": "a"},
        {"chan": "a", "levels": [1]},
    ]
    assert {message["chan"] for message in one.messages(5)} == {"a"}
    one.say({"op": "join", "chan": "b"})
    assert {message["chan"] for message in one.messages(20)} == {"a"}, "no rule is called other"


def test_on_a_channel_that_nobody_told_of_comes_whatever_fits():
    one = stage(profile())
    assert one.say({"op": "join", "chan": "z"})[0] == {"op": "ok", "chan": "z"}
    assert {message["chan"] for message in one.messages(10)} == {"z"}


def test_a_channel_is_opened_once():
    one = stage(profile())
    assert len(one.say({"op": "join", "chan": "a"})) == 2
    assert one.say({"op": "join", "chan": "a"}) == [{"op": "ok", "chan": "a"}]


def test_there_is_an_end_to_channels(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(feed, "_MOST", 1)
    many = {"channels": [{"id": name, "kind": "tick"} for name in "abc"]}
    one = stage(profile(), many)
    for name in "abc":
        one.say({"op": "join", "chan": name})
    assert {message["chan"] for message in one.messages(20)} == {"a"}


def test_channels_that_are_not_kept_are_made_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(streams, "_MOST", 1)
    many = {"channels": [{"id": name, "kind": "tick"} for name in "abc"]}
    one = stage(profile(), many)
    for name in "abc":
        one.say({"op": "join", "chan": name})
    assert {message["chan"] for message in one.messages(20)} == {"a", "b", "c"}


def test_an_id_of_another_kind_than_the_example_s_carries_nothing():
    one = stage(profile(), {"channels": [{"id": 5, "kind": "tick"}, {"id": True, "kind": "tick"}]})
    ids: list[Any] = [5, True, None, [], {}]
    for value in ids:
        one.say({"op": "join", "chan": value})
    assert one.messages(10) == []


def test_a_frame_that_says_nothing_of_its_element_opens_nothing():
    step = replace(JOIN, send={"op": "join", "all": "${x}"}, ack=None)
    one = stage(profile(step))
    assert one.say({"op": "join", "all": 1}) == []
    other = replace(JOIN, send={"op": "join", "what": ["${item.id}", "${x?}"]}, ack=None)
    one = stage(profile(other))
    assert one.say({"op": "join", "what": ["a"]}) == []


def test_elements_that_are_not_known_here_are_waited_for():
    one = stage(profile(JOIN, Step(expect=("tick",))), {})
    assert one.say({"op": "join", "chan": "a"})[0] == {"op": "ok", "chan": "a"}


def test_a_step_for_each_of_nothing_is_no_step():
    one = stage(profile(JOIN, Step(expect=("ok",))), {"channels": []})
    assert one.play._script.through


def test_the_elements_of_a_scalar_are_itself():
    step = replace(
        JOIN, send={"op": "join", "chan": "${item}"}, remember=Remember("${item}", "tick")
    )
    one = stage(profile(step), {"channels": "a"})
    one.say({"op": "join", "chan": "a"})
    assert {message["chan"] for message in one.messages(5)} == {"a"}


def test_what_is_said_on_no_channel_comes_freely_and_its_snapshot_first():
    rules = (
        ACK,
        MessageRule("all", Role.SNAPSHOT, match={"op": "all"}, examples=({"op": "all"},)),
        MessageRule("news", match={"op": "news"}, examples=({"op": "news"},)),
        TICK,
    )
    opened = Stage(profile(rules=rules), {"channels": []}).open("/")
    assert opened == [{"op": "all"}]
    one = stage(profile(rules=rules), {"channels": []})
    assert {message["op"] for message in one.messages(5)} == {"news"}


def test_what_was_said_on_a_channel_can_be_asked_for():
    history = Fetch(Request("GET", "https://x.test/past"))
    world = World(profile(history=history), CHANNELS, Random(0))
    endpoints = make_endpoints(world, 4711, world.known().scope(Instant(0, 0)))
    answer = endpoints.answer(Call("GET", "/past", {}, {}), Instant(0, 0))
    assert not isinstance(answer, Refusal)
    assert {message["chan"] for message in answer} == {"c"}


# --- what is granted -----------------------------------------------------------------------------


def granted(accepted: str, example: Any, sent: Any) -> Any:
    """The acknowledgement of a frame."""
    rule = MessageRule("ok", Role.ACK, accepted=e(accepted), examples=({"op": "ok", **example},))
    step = Step(send="${frame}", ack=Ack(("ok",), seconds(1)))
    one = stage(profile(step, rules=(rule,), discriminator=(e(".op"),)), {})
    (answer,) = one.say(sent)
    del answer["op"]
    return answer


@pytest.mark.parametrize(
    ("accepted", "example", "sent", "answer"),
    [
        (".t[]", {"t": ["x"]}, {"t": ["a", "b"]}, {"t": ["a", "b"]}),
        (".t[]", {"t": ["x"]}, {"args": ["a"]}, {"t": ["a"]}),
        (".t[]", {"t": ["x"]}, {"args": ["a"], "more": ["b"]}, {"t": ["x"]}),
        (".t[]", {"t": ["x"]}, {"args": ["a"], "t": ["b"]}, {"t": ["b"]}),
        (".t[]", {"t": ["x"]}, {"t": "a"}, {"t": ["x"]}),
        (".t[]", {"t": ["x"]}, {"t": [{"a": 1}]}, {"t": ["x"]}),
        (".t[]", {"t": []}, {"t": ["a"]}, {"t": []}),
        (".t[].n", {"t": [{"n": "x", "i": 1}]}, ["a", "b"], {"t": [{"n": "a", "i": 1}, {"n": "b", "i": 1}]}),
        (".t", {"t": "x"}, {"t": ["a", "b"]}, {"t": "a"}),
        (".t", {"t": "x"}, {"t": "a"}, {"t": "x"}),
    ],
)  # fmt: skip
def test_what_was_asked_for_is_granted(accepted: str, example: Any, sent: Any, answer: Any):
    assert granted(accepted, example, sent) == answer


def test_lines_are_chosen_by_what_their_channel_begins_like():
    any_topic = MessageRule(
        "any",
        match=[{"$exists": True}, {"x": {"$type": "number"}}],
        examples=(["orders:me", {"x": 1}], ["book:me", {"x": 2}], ["books:me", {"x": 3}]),
    )
    ok = MessageRule(
        "ok", Role.ACK, match={"op": "ok"}, accepted=e(".t[]"), examples=({"op": "ok", "t": ["x"]},)
    )
    step = Step(send={"t": "${t}"}, ack=Ack(("ok",), seconds(1)))
    for topic, kinds in (("orders:you", {1}), ("book:you", {2}), ("xyz", {1, 2, 3})):
        one = stage(profile(step, rules=(ok, any_topic), discriminator=()), {"t": [topic]})
        one.say({"t": [topic]})
        messages = one.messages(20)
        assert {message[0] for message in messages} == {topic}
        assert {message[1]["x"] for message in messages} == kinds


# --- authorisation -------------------------------------------------------------------------------

AUTH = HttpStep(
    Request("POST", "https://x.test/auth"),
    capture={"auth": ".auth", "extra": ".extra"},
    examples=({"auth": "signed"},),
)
PRIVATE = replace(
    JOIN, http=AUTH, send={"op": "join", "chan": "${item.id}", "auth": "${auth?}", "x": "${extra?}"}
)


def test_a_frame_without_its_authorisation_is_refused():
    one = stage(profile(PRIVATE))
    assert one.say({"op": "join", "chan": "a"}) == [SendClose(1008, "auth is missing")]
    one = stage(profile(PRIVATE))
    assert one.say({"op": "join", "chan": "a", "auth": ""})[0] == SendClose(1008, "auth is missing")
    one = stage(profile(PRIVATE))
    assert one.say({"op": "join", "chan": "a", "auth": "any"})[0] == {"op": "ok", "chan": "a"}


def test_only_what_needs_authorisation_must_have_it():
    step = replace(PRIVATE, http=replace(AUTH, when='$item.kind == "other"'))
    one = stage(profile(step))
    assert one.say({"op": "join", "chan": "a"})[0] == {"op": "ok", "chan": "a"}
    assert one.say({"op": "join", "chan": "b"}) == [SendClose(1008, "auth is missing")]


def test_a_refusal_is_about_the_channel_where_an_error_can_be():
    path = ProblemRule(path=e(".why"))
    errors = (
        MessageRule("bad", Role.ERROR, {"op": "bad"}, examples=({"op": "bad", "why": "?"},)),
        MessageRule(
            "no",
            Role.ERROR,
            {"op": "no"},
            problem=path,
            examples=({"op": "no", "why": "?"}, {"op": "no", "why": "?", "chan": "c"}),
        ),
    )
    one = stage(profile(PRIVATE, rules=(*errors, ACK, TICK)))
    refusal = {"op": "no", "why": "auth is missing", "chan": "a"}
    assert one.say({"op": "join", "chan": "a"}) == [refusal]


def test_a_step_that_is_said_once_may_need_authorisation_too():
    step = replace(PRIVATE, each=None, remember=None, send={"auth": "${auth}"})
    one = stage(profile(step))
    assert one.say({"auth": None}) == [SendClose(1008, "auth is missing")]


# --- numbers and times ---------------------------------------------------------------------------


def numbers(sequence: Sequence, *examples: Any, **parts: Any) -> list[Any]:
    rule = MessageRule("tick", sequence=sequence, examples=examples, **parts)
    one = Stage(Profile(name="x", connect=Connect("wss://x.test/"), messages=(
        replace(rule, match={}),), simulate=Simulate(rate=10)), {})  # fmt: skip
    one.open("/")
    return one.messages(1)


def test_numbers_may_be_texts_and_go_in_steps():
    found = [message["n"] for message in numbers(Sequence(e(".n"), step=5), {"n": "10"})]
    assert found[:3] == ["10", "15", "20"]


@pytest.mark.parametrize("example", [{"n": "x"}, {"n": True}, {"n": 1.5}, {"m": 1}])
def test_what_is_no_number_is_not_numbered(example: Any):
    assert example in numbers(Sequence(e(".n")), example)


def test_a_number_that_would_be_wrong_stays():
    schema = {"properties": {"n": {"maximum": 3}}}
    found = [message["n"] for message in numbers(Sequence(e(".n")), {"n": 2}, schema=schema)]
    assert found[:4] == [2, 3, 2, 2]


def test_a_range_whose_beginning_is_no_number_is_one_number():
    rule = Sequence(e(".n"), first=e(".m"))
    found = [message["n"] for message in numbers(rule, {"n": 2, "m": "x"})]
    assert found[:3] == [2, 3, 4]


def test_a_silence_that_nothing_told_is_the_longest():
    told = Told((ToldPart("${beat}", 1.0),), 9.0)
    rule = MessageRule("beat", Role.HEARTBEAT, match={"op": "beat"}, examples=({"op": "beat"},))
    made = profile(rules=(rule,), keepalive=Keepalive(silence=told), simulate=Simulate(rate=0))
    one = Stage(replace(made, session=()), {})
    one.open("/")
    assert [at for at, _ in one.run(9)] == [3.0, 6.0, 9.0]


def test_beats_quicken_as_soon_as_a_short_silence_was_told():
    told = Told((ToldPart("${beat}", 1.0),), 60.0)
    rules = (
        MessageRule("beat", Role.HEARTBEAT, match={"op": "beat"}, examples=({"op": "beat"},)),
        replace(ACK, capture={"beat": e(".beat")}, examples=({"op": "ok", "beat": 3},)),
    )
    step = Step(send={"op": "hi"}, ack=Ack(("ok",), seconds(1)))
    made = profile(step, rules=rules, keepalive=Keepalive(silence=told))
    one = stage(made, {})
    assert one.messages(1) == []
    one.say({"op": "hi"})
    assert [at for at, _ in one.run(3)] == [1.0, 2.0, 3.0]


def test_a_string_that_no_bytes_can_hold_stays_one():
    rule = MessageRule("tick", match={}, parse=(e(".data"),), examples=({"data": "\ud800"},))
    one = Stage(Profile(name="x", connect=Connect("wss://x.test/"), messages=(rule,)), {})
    one.open("/")
    assert one.messages(2)[0] == {"data": "\ud800"}


# --- whatever a client says ----------------------------------------------------------------------

values = st.sampled_from([0, 1, "", "a", "c", None, True, [], ["a"], [1, None], {}, {"a": "c"}])
near = st.dictionaries(
    st.sampled_from(
        ["op", "chan", "auth", "event", "topics", "symbol", "channel", "data", "type", "ref"]
    ),
    values | st.sampled_from(["join", "subscribe", "identify", "resume", "pusher:subscribe"]),
    max_size=6,
).map(json.dumps)
PLAYED = {path.stem: load_profile(str(path), {}) for path in sorted(DIALECTS.glob("*.yaml"))}
PLAYED["remembering"] = profile(PRIVATE)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(sorted(PLAYED)), st.lists(near | frames, max_size=6))
def test_nothing_that_a_client_says_breaks_a_play_with_channels(name: str, said: list[str]):
    options = {"symbol": ["tBTC"], "room": ["lobby"], "topic": ["book:A"], **CHANNELS}
    one = Stage(PLAYED[name], options)
    opened = one.play.opened("/anything", {"access_token": ["t"]}, {}, one.now)
    if not isinstance(opened, list):
        one.play.opened(opened.text.rpartition(" ")[2], {"access_token": ["t"]}, {}, one.now)
    for text in said:
        list(one.play.received(text, one.now))
        one.at += 0.7
        one.play.tick(one.now)
