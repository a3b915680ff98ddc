from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.simulator.simulated import (
    OPTIONS,
    PROFILES,
    STATES,
    WALL,
    Stage,
    columns,
    e,
    is_valid,
    pinged,
    pinging,
    quiet,
)
from wscli.model.instant import Instant
from wscli.model.message import MISSING
from wscli.model.options import Option, OptionType
from wscli.model.profile import Connect, MessageRule, Profile, Resume, Simulate
from wscli.model.tables import Column, Rows, Table
from wscli.simulator.world import World


def made(
    profile: Profile, count: int, options: dict[str, Any] | None = None, seed: int = 0
) -> list[Any]:
    """So many data messages, a second apart."""
    given = OPTIONS.get(profile.name, {}) if options is None else options
    world = World(profile, given, Random(seed))
    feed = world.feed()
    said = [feed.next(Instant(float(index), WALL + index)) for index in range(count)]
    return [MISSING if each is None else each.wire for each in said]


def with_rule(rule: MessageRule, **parts: Any) -> Profile:
    return Profile(
        name="one",
        connect=Connect("wss://one.test/"),
        discriminator=(e(".type"),),
        messages=(rule,),
        **parts,
    )


def example(**members: Any) -> dict[str, Any]:
    return {"type": "tick", **members}


@pytest.mark.parametrize("name", PROFILES)
def test_made_messages_are_of_their_rule_and_valid(name: str):
    profile = PROFILES[name]
    stage = Stage(profile)
    for message in made(profile, 200):
        rule = stage.rule_of(message)
        assert is_valid(profile, rule, message)


def test_every_key_tells_of_itself_and_walks_on_its_own():
    first: dict[str, float] = {}
    moves: Counter[str] = Counter()
    for message in made(quiet, 400):
        asset, market = message["asset"], float(message["payload"]["market_usd"])
        assert abs(market - 212.69) <= 21.3
        moves[asset] += market != first.setdefault(asset, market)
    assert set(first) == {"mine", "aaSOL"}
    assert min(moves.values()) > 50


def test_numbers_stay_near_the_last_of_their_key():
    last: dict[str, float] = {}
    for message in made(quiet, 400):
        asset, market = message["asset"], float(message["payload"]["market_usd"])
        assert abs(market - last.get(asset, market)) < 212.69 * 0.06
        last[asset] = market


def test_times_are_now_in_their_own_form():
    for index, message in enumerate(made(quiet, 20)):
        assert message["payload"]["ts"] == f"2026-11-18T11:06:{40 + index}Z"
    (price,) = made(PROFILES["subscribing"], 1)
    assert price["data"]["ts"] == int(WALL * 1000)


def test_a_state_changes_among_the_coloured_ones_and_the_former_state_follows():
    states: dict[str, str] = {}
    changes = 0
    for message in made(quiet, 400):
        payload = message["payload"]
        assert payload["state"] in STATES
        before = states.get(message["asset"], "DRIFT")
        if payload["state"] != before:
            changes += 1
            assert payload["previous_state"] == before
        states[message["asset"]] = payload["state"]
    assert 15 < changes < 80


def test_integers_at_ids_rise_and_other_ids_stay():
    events = made(pinged, 50)
    assert [event["payload"]["id"] for event in events] == list(range(12347, 12397))
    assert {event["payload"]["chain_id"] for event in events} == {137}
    assert len({event["payload"]["data"]["price"] for event in events}) > 10


def test_what_a_schema_lists_changes_and_what_it_bounds_stays_within():
    events = made(pinged, 200)
    assert {event["payload"]["priority"] for event in events} == {"P0", "P1", "P2"}
    assert all(0 <= event["payload"]["confidence"] <= 1 for event in events)


def test_what_the_user_asked_for_comes_also_where_it_is_no_key():
    symbols = Counter(event["payload"]["symbol"] for event in made(pinged, 100))
    assert set(symbols) == {"BTCUSDT", "ETHUSDT"}
    assert {event["payload"]["symbol"] for event in made(pinged, 50, {"api_key": "k"})} == {
        "BTCUSDT"
    }


def test_the_rules_of_a_table_share_its_keys_and_rows_are_removed_seldom():
    messages = made(pinging, 300)
    kinds = Counter(message["data"]["kind"] for message in messages)
    assert kinds["closed"] < kinds["updated"] / 4
    ids = {message["data"].get("id") or message["data"]["position"]["id"] for message in messages}
    assert ids == {"pos-1", "pos-2", "pos-1-2"}


def test_small_integers_and_members_without_a_hint_stay():
    updates = [m["data"]["position"] for m in made(pinging, 50) if m["data"]["kind"] == "updated"]
    assert {update["dca"] for update in updates} == {2}
    assert {update["address"] for update in updates} == {"DezX"}
    assert {update["pnl"] for update in updates} != {-1.25}


def test_all_keys_that_were_asked_for_get_data_though_the_hint_says_fewer():
    asked = [f"asked{number}" for number in range(9)]
    assert {message["asset"] for message in made(quiet, 200, {"asset": asked})} == set(asked)


def test_integer_keys_are_numbered_onwards():
    table = Table("rows", (Column("id"),), key="id")
    rule = MessageRule(
        "tick", rows=Rows("rows", columns(id=".id")), examples=(example(id=7, v=1.5),)
    )
    messages = made(with_rule(rule, tables=(table,), simulate=Simulate(keys=3)), 60)
    assert {message["id"] for message in messages} == {7, 8, 9}


def test_a_made_up_key_stays_with_one_example_and_an_own_one_with_its_own():
    table = Table("rows", (Column("id"),), key="id")
    rule = MessageRule(
        "tick",
        rows=Rows("rows", columns(id=".id")),
        examples=(example(id="a", v="10.00"), example(id="b", v="90.00"), example(v="0.50")),
    )
    messages = made(with_rule(rule, tables=(table,), simulate=Simulate(keys=5)), 200)
    levels: dict[str | None, set[int]] = {}
    for message in messages:
        levels.setdefault(message.get("id"), set()).add(round(float(message["v"]) / 40))
    assert levels == {"a": {0}, "b": {2}, "a2": {0}, "a3": {2}, "a4": {0}, None: {0}}


def test_keys_that_a_schema_refuses_are_not_used():
    table = Table("rows", (Column("id"),), key="id")
    rule = MessageRule(
        "tick",
        rows=Rows("rows", columns(id=".id")),
        schema={"properties": {"id": {"enum": ["a", "b"]}}},
        where={"id": "${which?}"},
        examples=(example(id="a"),),
    )
    profile = with_rule(rule, tables=(table,), options=(Option("which", examples=("b", "c")),))
    ids = Counter(message["id"] for message in made(profile, 100, {"which": "zzz"}))
    assert set(ids) == {"a", "b"}
    assert min(ids.values()) > 30


def test_where_no_key_fits_the_examples_are_sent_as_they_are():
    table = Table("rows", (Column("id"),), key="id")
    rule = MessageRule(
        "tick",
        schema={"required": ["gone"]},
        rows=Rows("rows", columns(id=".id")),
        examples=(example(id="a"),),
    )
    assert made(with_rule(rule, tables=(table,)), 3) == [example(id="a")] * 3


def test_a_message_about_several_rows_keeps_their_keys():
    table = Table("rows", (Column("id"),), key="id")
    rule = MessageRule(
        "tick",
        rows=Rows("rows", columns(id=".id"), each=e(".list[]")),
        examples=(example(list=[{"id": "a", "v": 1.5}, {"id": "b", "v": 2.5}]),),
    )
    messages = made(with_rule(rule, tables=(table,)), 20)
    assert {tuple(row["id"] for row in message["list"]) for message in messages} == {("a", "b")}
    assert len({message["list"][0]["v"] for message in messages}) > 1


def test_what_a_message_is_recognised_by_never_moves():
    rules = (
        MessageRule("a", match={"k": 2000}, examples=({"k": 2000, "v": "500.0000"},)),
        MessageRule("b", match={"k": 2100}, examples=({"k": 2100},)),
    )
    profile = Profile(name="ops", connect=Connect("wss://ops.test/"), messages=rules)
    stage = Stage(profile)
    messages = made(profile, 60)
    assert {stage.rule_of(message) for message in messages} == {"a", "b"}
    assert {message["k"] for message in messages} == {2000, 2100}
    assert [message.get("v") for message in messages].count("500.0000") < 3


def test_a_listed_value_that_would_make_it_another_message_is_never_taken():
    rule = MessageRule(
        "open",
        match={"state": {"$in": ["NEW", "OPEN"]}},
        schema={"properties": {"state": {"enum": ["NEW", "OPEN", "DONE"]}}},
        examples=({"state": "NEW", "v": "213.4200000"},),
    )
    messages = made(with_rule(rule), 100)
    assert {message["state"] for message in messages} == {"NEW", "OPEN"}
    assert [message["v"] for message in messages].count("213.4200000") < 5


def test_numbers_that_only_agree_together_give_way_to_the_example():
    small = {"maximum": 100}
    schema = {"anyOf": [{"properties": {"a": small}}, {"properties": {"b": small}}]}
    still = example(a=99.0, b=99.0, at="2026-05-26T14:32:11Z")
    profile = with_rule(MessageRule("tick", schema=schema, examples=(still,)))
    messages = made(profile, 200)
    assert all(is_valid(profile, "tick", message) for message in messages)
    given_way = [message for message in messages if message["a"] == message["b"] == 99.0]
    assert 10 < len(given_way) < 190
    assert all(message["at"] != still["at"] for message in given_way)


def test_ids_rise_from_the_highest_of_the_examples():
    rule = MessageRule("tick", examples=(example(id=9), example(id=5)))
    assert [message["id"] for message in made(with_rule(rule), 3)] == [10, 11, 12]


@pytest.mark.parametrize(
    ("own", "following"),
    [("t-9", ["t-9-2", "t-9-3"]), ("abc", ["abc2", "abc3"]), (5, [6, 7]), (None, [None, None])],
)
def test_what_alone_tells_messages_apart_is_another_in_each(own: Any, following: list[Any]):
    rule = MessageRule("tick", examples=(example(ref=own, at="2026-05-26T14:32:11Z"),))
    profile = with_rule(rule, resume=Resume(dedupe=(e(".ref"),)))
    messages = [message for message in made(profile, 2) if message is not MISSING]
    assert [message["ref"] for message in messages] == following


def test_a_message_that_a_client_would_drop_as_repeated_is_not_sent():
    rule = MessageRule("tick", examples=(example(ref="a", at="2026-05-26T14:32:11Z"),))
    profile = with_rule(rule, resume=Resume(dedupe=(e(".ref"), e(".at"))))
    feed = World(profile, {}, Random(0)).feed()
    said = [feed.next(Instant(0.0, WALL + tenth / 10)) for tenth in range(20)]
    assert sum(each is not None for each in said) == 2, "its time has whole seconds"


def test_a_time_that_a_schema_fixes_stays():
    rule = MessageRule(
        "tick",
        schema={"properties": {"at": {"const": 1764000000}}},
        examples=(example(at=1764000000, ts=1764000000),),
    )
    assert made(with_rule(rule), 2)[1] == example(at=1764000000, ts=int(WALL) + 1)


def test_a_member_that_the_time_path_names_is_a_time_whatever_its_name():
    rule = MessageRule("tick", time=e(".E"), examples=(example(E=1764000000000),))
    assert made(with_rule(rule), 1) == [example(E=int(WALL * 1000))]


def test_data_that_is_text_and_no_json_is_sent_as_it_is():
    rule = MessageRule("tick", match={"$text": "tick"}, examples=("tick",))
    assert made(with_rule(rule), 2) == ["tick", "tick"]


def test_a_rule_may_leave_out_a_column_of_its_table():
    table = Table("rows", (Column("id"), Column("state", style={"A": "red"})), key="id")
    rule = MessageRule("tick", rows=Rows("rows", columns(id=".id")), examples=(example(id=1),))
    assert made(with_rule(rule, tables=(table,), simulate=Simulate(keys=1)), 1) == [example(id=1)]


def test_without_data_rules_there_is_no_data():
    assert made(Profile(name="none", connect=Connect("wss://none.test/")), 2) == [MISSING, MISSING]


def test_a_test_on_what_the_user_does_not_want_makes_no_key():
    rule = replace(quiet.rule("update"), where={"asset": {"$not": {"$in": "${asset?}"}}})
    profile = replace(quiet, messages=(rule,))
    assert "mine" not in {message["asset"] for message in made(profile, 100)}


def test_an_option_of_another_type_than_the_key_is_left_alone():
    table = Table("rows", (Column("id"),), key="id")
    rule = MessageRule(
        "tick",
        rows=Rows("rows", columns(id=".id")),
        where={"id": {"$in": "${ids?}"}},
        examples=(example(id="a"),),
    )
    profile = with_rule(
        rule, tables=(table,), options=(Option("ids", OptionType.LIST),), simulate=Simulate(keys=1)
    )
    assert {
        message["id"] for message in made(profile, 20, {"ids": [True, 5, {"name": "x"}, None]})
    } == {"a"}


leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**13), 10**13),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.sampled_from(["2026-05-26T14:32:11Z", "1764000000", "-0.0034", "213.42", "A", "B"]),
)  # fmt: skip
names = st.sampled_from(["id", "ts", "price", "state", "previous_state", "x", "at", "seq"])
trees = st.dictionaries(
    names, st.recursive(leaves, lambda deeper: st.lists(deeper, max_size=3) | st.dictionaries(names, deeper, max_size=3), max_leaves=6), max_size=6
)  # fmt: skip
member_schemas = st.sampled_from(
    [{}, {"enum": ["A", "B"]}, {"type": "string"}, {"type": "number", "maximum": 1e6}, {"type": "integer", "multipleOf": 3}, {"const": "A"}]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(trees, st.dictionaries(names, member_schemas, max_size=4), st.integers(0, 1000))
def test_moving_never_breaks_a_schema_that_the_example_fulfils(
    tree: dict[str, Any], properties: dict[str, Any], seed: int
):
    whole = {**tree, "type": "tick"}
    table = Table(
        "rows", (Column("id"), Column("state", style={"A": "red", "B": "green"})), key="id"
    )
    rule = MessageRule(
        "tick",
        schema={"properties": properties},
        where={"id": {"$in": "${which?}"}},
        time=e(".at"),
        rows=Rows("rows", columns(id=".id", state=".state")),
        examples=(whole,),
    )
    profile = with_rule(rule, tables=(table,), options=(Option("which", OptionType.LIST),))
    if not is_valid(profile, "tick", whole):
        return
    stage = Stage(profile, {"which": ["mine", 5]}, seed)
    for message in made(profile, 12, {"which": ["mine", 5]}, seed):
        assert is_valid(profile, "tick", message)
        assert stage.rule_of(message) == "tick"
