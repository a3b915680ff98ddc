"""The client's session and the simulator's play, talking to each other without a wire."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.unit.simulator.simulated import PROFILES, pinging, quiet, subscribing
from tests.unit.simulator.talk import PORT, Talk
from wscli.loader.find import available
from wscli.loader.load import load_profile
from wscli.loader.values import simulated_values
from wscli.model.message import MISSING, Derived, MessageOrigin
from wscli.model.profile import Profile
from wscli.model.record import StateEvent
from wscli.model.steps import Step
from wscli.session.states import State
from wscli.session.target import Overrides

DIALECTS = Path(__file__).with_name("dialects")


def dialect(name: str) -> Profile:
    return load_profile(str(DIALECTS / f"{name}.yaml"), {})


def talk(
    profile: Profile, given: Mapping[str, Any] | None = None, overrides: Overrides | None = None
) -> Talk:
    """A talk with what `--simulate` fills in for a user who gave these words."""
    found = simulated_values(profile, given or {}, {}, warn=lambda _: None)
    secrets = tuple(sorted(found.secrets.names))
    return Talk(profile, found.values, secrets=secrets, overrides=overrides)


def bundled(name: str, given: Mapping[str, Any] | None = None) -> Talk:
    return talk(load_profile(name, {}), given)


def streams_well(one: Talk) -> bool:
    assert one.session.state is State.STREAMING, one.events
    assert one.trouble == []
    assert one.wrong == []
    assert one.shown
    return True


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("quiet", {"update", "heartbeat"}),
        ("subscribing", {"anonymous", "subscribed", "prices:*"}),
        ("pinged", {"HELLO", "SNAPSHOT", "EVENT", "PONG"}),
        ("pinging", {"state", "updated", "closed", "ping"}),
    ],
)
def test_a_client_streams_for_minutes_without_a_complaint(name: str, expected: set[str]):
    one = Talk(PROFILES[name])
    one.run(180)
    assert streams_well(one)
    assert set(one.received) == expected


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("pegana", {}, {"update", "heartbeat"}),
        ("pegana", {"asset": ["mineSOL"]}, {"update", "heartbeat"}),
        ("nexusglass", {}, {"HANDSHAKE", "SNAPSHOT", "EVENT", "PONG"}),
        ("pear", {}, {"anonymous", "subscribed", "prices"}),
        ("pear", {"token": "t", "orders": True}, {"welcome", "subscribed", "topic"}),
        (
            "nexgent",
            {},
            {
                "connected",
                "initial_data",
                "ping",
                "position_created",
                "position_updated",
                "position_closed",
                "price_update",
                "price_update_batch",
            },
        ),
        ("nexgent", {"email": "e", "password": "p"}, None),
        (
            "shuriken",
            {},
            {
                "pusher:connection_established",
                "pusher_internal:subscription_succeeded",
                "pusher:ping",
                "svm.token.swaps",
            },
        ),
        ("shuriken", {"stream": ["alpha.signalFeedGlobal", "automation.updates"]}, None),
    ],
)
def test_every_bundled_profile_is_played_for_minutes(
    name: str, given: dict[str, Any], expected: set[str] | None
):
    one = bundled(name, given)
    one.run(90)
    assert streams_well(one)
    assert expected is None or set(one.received) == expected


@pytest.mark.parametrize("name", available({}))
def test_whatever_is_bundled_can_be_played_with_nothing_given(name: str):
    one = bundled(name)
    one.run(60)
    assert streams_well(one)


@pytest.mark.parametrize("path", sorted(DIALECTS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_word_of_the_format_is_played_for_minutes(path: Path):
    one = talk(load_profile(str(path), {}))
    one.run(90)
    assert streams_well(one)


# --- what must be said before --------------------------------------------------------------------


def test_a_login_is_answered_and_its_token_let_in():
    one = bundled("nexgent", {"email": "e", "password": "p", "agent": "a-1"})
    one.run(1)
    assert one.asked == [("POST", f"http://127.0.0.1:{PORT}/api/v1/auth/login", 200)]
    assert one.targets[0].endswith("agentId=a-1")
    assert "token=eyJ" in one.targets[0]


def test_a_client_is_led_here_by_what_is_answered_and_not_by_its_own_will():
    profile = load_profile("shuriken", {})
    here = f"http://127.0.0.1:{PORT}"
    found = simulated_values(profile, {"server": here}, {}, warn=lambda _: None)
    secrets = tuple(sorted(found.secrets.names))
    one = Talk(profile, found.values, secrets=secrets, overrides=Overrides(cleartext=True))
    one.run(5)
    assert streams_well(one)
    assert one.targets == [f"ws://127.0.0.1:{PORT}/app/app-1?protocol=7&client=wscli&version=1"]


def test_a_negotiated_url_leads_here_whatever_host_it_named():
    one = talk(dialect("negotiated"), overrides=Overrides(url=f"ws://127.0.0.1:{PORT}"))
    one.run(5)
    assert one.targets == [f"ws://127.0.0.1:{PORT}/client/?hub=chat&access_token=t-1"]
    answer = one.world.told[0]
    assert answer == {"endpoint": f"http://127.0.0.1:{PORT}/client/?hub=chat", "ticket": "t-1"}


def test_what_was_asked_for_is_answered_with_a_channel_for_each():
    streams = ["svm.token.swaps", "evm.token.swaps,chainId=1", "svm.token.swaps,tokenAddress=x"]
    one = bundled("shuriken", {"stream": streams})
    one.run(20)
    assert streams_well(one)
    channels = one.world.told[0]["channels"]
    assert [each["stream"] for each in channels] == [each.partition(",")[0] for each in streams]
    names = [each["channel"] for each in channels]
    assert len(set(names)) == 3
    swaps = Counter(value["channel"] for value in one.of("svm.token.swaps"))
    others = Counter(value["channel"] for value in one.of("other"))
    assert set(swaps) == {names[0], names[2]}
    assert set(others) == {names[1]}


def test_a_channel_that_needs_authorisation_is_asked_for_and_let_in():
    one = bundled("shuriken", {"stream": ["alpha.signalFeedGlobal"]})
    one.run(5)
    assert streams_well(one)
    assert [url.rpartition("/")[2] for _, url, _ in one.asked] == ["session", "auth"]
    assert '"auth":"app-1:58df' in str(one.sent[0])


def test_a_channel_frame_without_its_authorisation_is_turned_down():
    profile = load_profile("shuriken", {})
    bold = replace(profile.session[1], http=None)
    found = simulated_values(
        profile, {"stream": ["alpha.signalFeedGlobal"]}, {}, warn=lambda _: None
    )
    one = Talk(
        profile,
        found.values,
        secrets=("api_key",),
        client=replace(profile, session=(profile.session[0], bold)),
    )
    one.run(5)
    (rejected,) = one.said(StateEvent.REJECTED)
    assert rejected.endswith("auth is missing")
    assert one.ending is not None
    assert one.ending.exit_code == 4


# --- steps ---------------------------------------------------------------------------------------


def test_a_client_that_was_told_its_name_subscribes_with_it():
    one = Talk(subscribing, {"token": "t", "orders": True})
    one.run(5)
    assert one.session.state is State.STREAMING
    assert one.received[:2] == ["welcome", "subscribed"]


def test_each_subscription_is_acknowledged_with_an_id_of_its_own_and_numbered_by_itself():
    one = talk(dialect("numbered"), {"symbol": ["tBTC", "tETH", "tXRP"]})
    one.run(60)
    assert streams_well(one)
    assert {value["chan"] for value in one.of("trades")} == {17, 18, 19}
    books = one.of("book")
    assert [book["chan"] for book in books] == [17, 18, 19]
    assert all(book["levels"] for book in books), "the example that says something"
    for chan in (17, 18, 19):
        ranges = [(v["first"], v["last"]) for v in one.of("trades") if v["chan"] == chan]
        assert len(ranges) > 10
        assert all(after[0] == before[1] + 1 for before, after in pairwise(ranges))
        assert all(last - first == 2 for first, last in ranges)


def test_numbers_go_on_from_where_they_were_on_the_next_connection():
    one = talk(dialect("numbered"))
    one.run(20)
    before = max(value["last"] for value in one.of("trades"))
    count = len(one.of("trades"))
    one.drop()
    one.run(20)
    assert one.session.state is State.STREAMING
    assert one.of("trades")[count]["first"] == before + 1


def test_chunks_are_granted_and_data_comes_on_what_was_granted_alone():
    topics = ["trade:XYZ", "trade:AAA", "trade:B"]
    one = talk(dialect("chunked"), {"topic": topics})
    one.run(60)
    assert streams_well(one)
    assert len(one.sent) == 2
    assert {value["topic"] for value in one.of("trade")} == set(topics)
    assert one.of("book") == []
    assert one.of("status"), "what has no topic comes all the same"


def test_data_flows_freely_where_there_is_none_for_what_was_granted():
    one = talk(dialect("chunked"), {"topic": ["depth:AAA"]})
    one.run(30)
    assert one.of("book")
    assert one.of("trade")


def test_a_list_of_values_is_sent_and_read_and_its_ping_answered():
    one = talk(dialect("tuples"), {"room": ["lobby", "kitchen"]})
    one.run(60)
    assert streams_well(one)
    assert one.sent[:2] == [
        '["1",1,"room:lobby","phx_join",{}]',
        '["1",2,"room:kitchen","phx_join",{}]',
    ]
    assert "alive" in one.received
    assert one.of("shout")[0]["payload"]["text"] == "hello"


def test_json_in_strings_stays_in_strings_and_moves_inside():
    one = talk(dialect("wrapped"))
    one.run(60)
    assert streams_well(one)
    frames = [message.raw.frame for message in one.shown if isinstance(message.raw, Derived)]
    wire = [json.loads(gzip.decompress(frame))[0] for frame in frames]
    kinds = {type(message["data"]) for message in wire if message["type"] == "tick"}
    assert kinds == {str}
    assert {type(message["meta"]) for message in wire if message["type"] == "batch"} == {str}
    prices = {value["data"]["price"] for value in one.of("tick")}
    assert len(prices) > 10
    assert {value["data"].get("note") for value in one.of("tick")} == {'a "b"', None}


def test_a_profile_that_sends_what_is_not_awaited_hears_of_it():
    one = Talk(quiet, client=replace(quiet, session=(Step(send={"op": "dance"}),)))
    one.run(1)
    assert one.said(StateEvent.PROBLEM) == [
        'error: expected {"op":"subscribe","assets":"${asset}"}'
    ]


def test_a_client_whose_first_frame_is_wrong_is_refused_with_what_was_expected():
    other = replace(subscribing.session[1], send={"action": "dance"})
    client = replace(subscribing, session=(subscribing.session[0], other))
    one = Talk(subscribing, client=client)
    one.run(2)
    assert one.ending is not None
    assert one.ending.exit_code == 3
    assert '1008 expected {"action":"subscribe"' in one.ending.text


def test_rows_are_changed_that_are_there_and_others_are_added_and_removed():
    one = bundled("nexgent")
    one.run(240)
    ids = {
        name: {value["data"]["position"]["id"] for value in one.of(name)}
        for name in ("position_created", "position_updated")
    }
    closed = {value["data"]["positionId"] for value in one.of("position_closed")}
    (snapshot,) = one.of("initial_data")
    told = {position["id"] for position in snapshot["data"]["positions"]}
    assert ids["position_updated"] == told
    assert len(ids["position_created"]) > 3
    assert not told & (ids["position_created"] | closed)
    assert closed


# --- life and recovery ---------------------------------------------------------------------------


def test_a_client_that_never_replies_to_pings_is_dropped_and_comes_back():
    mute = tuple(replace(rule, reply=MISSING) for rule in pinging.messages)
    one = Talk(pinging, client=replace(pinging, messages=mute))
    one.run(8.5)
    assert one.session.state is State.WAITING
    assert "1011" in one.said(StateEvent.RECONNECTING)[0]


def test_heartbeats_come_as_often_as_what_was_told_demands():
    one = talk(dialect("telling"))
    one.run(30)
    assert streams_well(one)
    assert 70 <= one.received.count("beat") <= 76, "every 0.4 s, a third of the 1200 ms"


def test_a_client_that_resumes_is_let_in_and_goes_on():
    one = talk(dialect("telling"))
    one.run(30)
    one.drop()
    one.run(30)
    assert one.session.state is State.STREAMING
    assert "resume=1&session=s-1" in one.targets[1]
    assert one.received.count("ready") == 1
    assert one.received.count("resumed") == 1
    seqs = [value["seq"] for value in one.of("event")]
    assert seqs == list(range(41, 41 + len(seqs)))


def test_what_was_missed_is_told_once_and_in_order():
    one = talk(dialect("logged"))
    one.run(10)
    one.drop()
    one.run(10)
    assert one.session.state is State.STREAMING
    recovered = [m for m in one.shown if m.origin is MessageOrigin.RECOVERED]
    assert len(recovered) >= 3, "a second is missed at four messages a second"
    ids = [message.value["id"] for message in one.shown]
    assert ids == sorted(set(ids))
    assert one.wrong == []
    assert one.said(StateEvent.GAP) == []
    assert one.said(StateEvent.RECOVERED)[0].startswith(f"{len(recovered)} messages missed")


@pytest.mark.parametrize("name", ["pegana", "nexusglass"])
def test_bundled_profiles_recover_what_they_missed(name: str):
    one = bundled(name)
    one.run(10)
    one.drop()
    one.run(20)
    assert one.session.state is State.STREAMING
    assert one.said(StateEvent.GAP) == []
    assert one.said(StateEvent.RECOVERED)
    assert [m for m in one.shown if m.origin is MessageOrigin.RECOVERED]
    assert one.wrong == []


def test_history_is_of_what_was_asked_for_and_in_the_past():
    one = talk(
        dialect("logged"),
        {"symbol": ["AAA", "BBB"]},
        Overrides(url=f"ws://127.0.0.1:{PORT}", history=True),
    )
    one.run(5)
    history = [m.value for m in one.shown if m.origin is MessageOrigin.HISTORY]
    assert len(history) == 20
    assert {value["symbol"] for value in history} == {"AAA", "BBB"}
    assert [value["id"] for value in history] == list(range(501, 521))
    assert history[0]["at"] < history[-1]["at"] < "2026-11-18T11:08:20Z"
    assert [(method, status) for method, _, status in one.asked] == [("GET", 200)] * 2
    assert one.trouble == []
