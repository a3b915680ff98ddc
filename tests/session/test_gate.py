"""What passes: no message twice, and none missing without a word."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from tests.session.conversation import (
    Conversation,
    asked,
    delay,
    delivered,
    kinds,
    make_profile,
    said,
    sent,
    span,
)
from tests.session.recovering import Trading, ids, recovering, skipped
from wscli.model.keepalive import Keepalive, PingRule
from wscli.model.lengths import Told, ToldPart
from wscli.model.message import Message, Role
from wscli.model.profile import Gap, MessageRule, ProblemRule, Profile, Resume, Sequence, Then
from wscli.model.record import StateEvent
from wscli.model.steps import Step
from wscli.model.wire import Close, Lost
from wscli.session import gate
from wscli.session.gate import Dedupe, Sequences

# --- no message twice ----------------------------------------------------------------------------


def passes(dedupe: Dedupe, *ids: Any) -> list[bool]:
    return [dedupe.new({"id": id_}) for id_ in ids]


def test_a_message_passes_once() -> None:
    assert passes(Dedupe((".id",)), 1, 2, 1, 3, 2) == [True, True, False, True, False]


def test_messages_are_told_apart_type_strictly_and_by_value() -> None:
    dedupe = Dedupe((".id",))
    assert all(passes(dedupe, 1, "1", True, False, 0, "true", [1], {"a": 1}, [1, 2], [], "[]"))
    assert not any(passes(dedupe, 1.0, Decimal(1), True, [1], {"a": 1}))


@pytest.mark.parametrize("value", [None, 5, "x", [], {}, {"id": None}, {"other": 1}])
def test_a_message_without_a_key_always_passes(value: Any) -> None:
    dedupe = Dedupe((".id",))
    assert dedupe.new(value)
    assert dedupe.new(value)


def test_a_key_may_have_several_parts_of_which_none_may_be_absent() -> None:
    dedupe = Dedupe((".asset", ".ts"))
    first, second = {"asset": "a", "ts": 1}, {"asset": "b", "ts": 1}
    assert [dedupe.new(each) for each in (first, second, first)] == [True, True, False]
    assert [dedupe.new({"asset": "a"}) for _ in range(2)] == [True, True]
    assert [dedupe.new({"ts": 1}) for _ in range(2)] == [True, True]


def test_without_paths_everything_passes() -> None:
    dedupe = Dedupe(())
    assert dedupe.new({"id": 1})
    assert dedupe.new({"id": 1})


def test_the_message_that_passed_first_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "_KEYS", 3)
    dedupe = Dedupe((".id",))
    passes(dedupe, 1, 2, 3, 1, 4)
    assert passes(dedupe, 2, 3, 4) == [False, False, False]
    assert passes(dedupe, 1) == [True]


LONG = ["x" * 1000, "x" * 999 + "y", "\ud800" * 300, ["x" * 1000], Decimal("9" * 5000)]


def test_what_is_remembered_is_short_whatever_a_provider_takes_for_an_id() -> None:
    dedupe = Dedupe((".id",))
    assert all(passes(dedupe, *LONG))
    assert not any(passes(dedupe, *LONG))
    assert len(repr(dedupe._seen)) < 300 * len(LONG)


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


def test_a_key_that_is_nested_beyond_what_can_be_written_is_none() -> None:
    dedupe = Dedupe((".id",))
    assert dedupe.new({"id": nested(50_000)})
    assert dedupe.new({"id": nested(50_000)})


def test_at_rest_a_message_that_is_new_passes_without_more_ado() -> None:
    talk = Trading()
    talk.connect()

    def passes(number: int) -> bool | None:
        return talk.session.passes(Message(b"", {"type": "trade", "id": number}, "trade", "trade"))

    assert talk.session.plain == {"trade"}
    assert passes(1) is None, "the steps are not through"
    talk.receive({"type": "welcome"})
    assert [passes(1), passes(2), passes(1)] == [True, True, False]
    talk.back()
    talk.receive({"type": "welcome"})
    assert passes(9) is None, "what was missed comes first"
    assert asked(talk.page(3))[0].url.endswith("?since=3")
    talk.page()
    assert passes(4) is True
    talk.back()
    done = talk.receive({"type": "welcome"})
    assert asked(done)[0].url.endswith("?since=4"), "what passed is where we were"


ASKING: list[MessageRule] = [
    MessageRule("trade", sequence=Sequence(".id")),
    MessageRule("trade", reply={"ack": "${.id}"}),
    MessageRule("trade", then=Then.RECONNECT),
    MessageRule("trade", problem=ProblemRule(path=".note")),
]


@pytest.mark.parametrize("trade", ASKING)
def test_a_message_that_asks_for_something_never_passes_like_that(trade: MessageRule) -> None:
    assert Trading(recovering(trade=trade)).session.plain == set()


def test_a_message_that_tells_us_how_long_to_wait_never_passes_like_that() -> None:
    told = Told((ToldPart("${last_id}", 1.0),), 60.0)
    for keepalive in (Keepalive(silence=told), Keepalive(data_silence=told)):
        assert Trading(recovering(keepalive=keepalive)).session.plain == set()
    ping = PingRule(span(30), span(10), {"type": "ping"}, ("trade",))
    assert Trading(recovering(keepalive=Keepalive(ping))).session.plain == set()


def test_only_data_and_snapshots_are_deduped() -> None:
    note = MessageRule("note", Role.CONTROL)
    talk = Trading(recovering(note, session=()))
    talk.connect()
    assert talk.session.gated == {"trade"}
    assert ids(talk.trades(1, 1, 2)) == [1, 2]
    assert skipped(talk.trades(1, 2)) == 2


def test_a_message_that_is_repeated_moves_no_cursor() -> None:
    talk = Trading().streaming(1, 2, 1)
    talk.back()
    assert asked(talk.receive({"type": "welcome"}))[0].url.endswith("?since=2")


def test_repeats_are_known_over_connections() -> None:
    talk = Trading(recovering(session=(), resume={"backfill": None, "keep": ()}))
    talk.connect()
    talk.trades(1, 2)
    talk.back()
    assert ids(talk.trades(1, 2, 3)) == [3]


# --- none missing without a word -----------------------------------------------------------------

RULE = Sequence(".seq")
MISSING_CASES: list[tuple[Sequence, list[Mapping[str, Any]], list[int]]] = [
    (RULE, [{"seq": 1}, {"seq": 2}, {"seq": 5}], [0, 0, 2]),
    (RULE, [{"seq": 7}, {"seq": 5}, {"seq": 7}, {"seq": 8}], [0, 0, 0, 0]),
    (RULE, [{"seq": 7}, {"seq": 5}, {"seq": 9}], [0, 0, 1]),
    (RULE, [{"seq": "1"}, {"seq": "3"}, {"seq": -1}, {"seq": "-2"}], [0, 1, 0, 0]),
    (RULE, [{"seq": 1.0}, {"seq": Decimal(4)}, {"seq": 4.5}], [0, 2, 0]),
    (RULE, [{"seq": 2**63}, {"seq": 2**63 + 2}], [0, 1]),
    (Sequence(".seq", step=10), [{"seq": 10}, {"seq": 20}, {"seq": 50}, {"seq": 55}], [0, 0, 2, 0]),
    (
        Sequence(".seq", per=".channel"),
        [{"seq": 1, "channel": "a"}, {"seq": 9, "channel": "b"}, {"seq": 3, "channel": "a"}],
        [0, 0, 1],
    ),
    (Sequence(".seq", per=".channel"), [{"seq": 1}, {"seq": 3}], [0, 1]),
    (
        Sequence(".u", first=".U"),
        [{"U": 1, "u": 5}, {"U": 6, "u": 9}, {"U": 8, "u": 12}, {"U": 15, "u": 16}, {"u": 17}],
        [0, 0, 0, 2, 0],
    ),
    (RULE, [{"seq": 1}, {"seq": 9 * 10**39}], [0, 9 * 10**39 - 2]),
]


@pytest.mark.parametrize(("rule", "values", "missing"), MISSING_CASES)
def test_what_is_missing_between_two_numbers(
    rule: Sequence, values: list[Mapping[str, Any]], missing: list[int]
) -> None:
    sequences = Sequences()
    assert [sequences.missing(rule, "trade", value) for value in values] == missing


@pytest.mark.parametrize(
    "odd",
    [
        None, True, "x", "", "-", "--5", "5-", "1.5", "9" * 41, [], {}, [1], 10**40, -(10**40),
        float("inf"), float("nan"), 1e300, Decimal("1e400"), Decimal("-1e400"), Decimal("0.5"),
    ],
)  # fmt: skip
def test_what_is_no_number_says_nothing_and_breaks_nothing(odd: Any) -> None:
    sequences = Sequences()
    assert sequences.missing(RULE, "trade", {"seq": 1}) == 0
    assert sequences.missing(RULE, "trade", {"seq": odd}) == 0
    assert sequences.missing(Sequence(".seq", first=".from"), "x", {"seq": 5, "from": odd}) == 0
    assert sequences.missing(RULE, "trade", {"seq": 3}) == 1


def test_a_channel_that_is_nested_beyond_what_can_be_written_has_no_numbering() -> None:
    rule, sequences = Sequence(".seq", per=".channel"), Sequences()
    for number in (1, 5):
        assert sequences.missing(rule, "x", {"seq": number, "channel": nested(50_000)}) == 0


def test_each_kind_of_message_has_its_own_numbering_until_the_connection_ends() -> None:
    sequences = Sequences()
    assert sequences.missing(RULE, "trade", {"seq": 1}) == 0
    assert sequences.missing(RULE, "quote", {"seq": 5}) == 0
    assert sequences.missing(RULE, "trade", {"seq": 3}) == 1
    sequences.clear()
    assert sequences.missing(RULE, "trade", {"seq": 9}) == 0


def test_so_many_numberings_are_watched_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "_SEQUENCES", 2)
    sequences, rule = Sequences(), Sequence(".seq", per=".channel")
    for number, expected in ((1, 0), (3, 1)):
        for channel in "ab":
            value = {"seq": number, "channel": channel}
            assert sequences.missing(rule, "x", value) == expected
        assert sequences.missing(rule, "x", {"seq": number, "channel": "c"}) == 0


# --- what a missing number leads to --------------------------------------------------------------


def numbered(gap: Gap, role: Role = Role.DATA, **parts: Any) -> MessageRule:
    return MessageRule("trade", role, sequence=Sequence(".id", gap=gap), **parts)


def plain(gap: Gap, *others: MessageRule, session: tuple[Step, ...] = ()) -> Profile:
    """Give a profile that cannot recover anything."""
    return make_profile(messages=(numbered(gap), *others), session=session)


@pytest.mark.parametrize("gap", [Gap.WARN, Gap.BACKFILL])
def test_a_missing_number_is_told_before_the_message_that_shows_it(gap: Gap) -> None:
    talk = Trading(plain(gap))
    talk.connect()
    talk.trades(1)
    done = talk.trades(3)
    assert said(done, StateEvent.GAP) == ["1 message is missing before this trade"]
    assert kinds(done) == ["Deliver"]
    assert [type(each).__name__ for each in done] == ["Announce", "Deliver"]
    assert said(talk.trades(9)) == ["5 messages are missing before this trade"]


def test_a_missing_number_may_mean_a_new_connection() -> None:
    talk = Trading(plain(Gap.RECONNECT))
    talk.connect()
    talk.trades(1)
    done = talk.trades(5)
    assert ids(done) == [5]
    assert kinds(done) == ["Deliver", "Close"]
    assert ids(talk.trades(9)) == [9], "what comes until it is closed is shown"
    done = talk.end(Close(1000))
    assert said(done, StateEvent.RECONNECTING) == ["3 messages are missing before this trade"]
    assert delay(done) == 1.0
    talk.wait_for_deadline()
    talk.connect()
    assert said(talk.trades(20)) == [], "each connection has its own numbering"


def test_a_message_that_came_before_is_not_shown_again_because_one_is_missing() -> None:
    resume = Resume(dedupe=(".key",))
    profile = make_profile(messages=(numbered(Gap.RECONNECT),), resume=resume)
    talk = Conversation(profile)
    talk.connect()
    for id_, key in ((1, "a"), (2, "b")):
        talk.receive({"type": "trade", "id": id_, "key": key})
    done = talk.receive({"type": "trade", "id": 5, "key": "a"})
    assert kinds(done) == ["Skip", "Close"]


def test_a_message_that_shows_a_gap_and_ends_the_connection_itself_ends_it_once() -> None:
    rule = MessageRule("trade", sequence=Sequence(".id", gap=Gap.RECONNECT), then=Then.RECONNECT)
    talk = Trading(make_profile(messages=(rule,)))
    talk.connect()
    assert kinds(talk.trades(1)) == ["Deliver", "Close"]
    talk.end(Close(1000))
    talk.wait_for_deadline()
    talk.connect()
    talk.session._intake._sequences._last[("trade", None)] = 1
    assert kinds(talk.trades(5)) == ["Deliver", "Close"]


def test_a_gap_that_the_next_connection_can_fill_keeps_what_follows_back() -> None:
    """Shown, 5 would become the place from where we ask, and 2 to 4 would be lost."""
    trade = numbered(Gap.RECONNECT, capture={"last_id": ".id"})
    talk = Trading(recovering(trade=trade)).streaming(1)
    done = talk.trades(5)
    assert (ids(done), kinds(done)) == ([], ["Close"])
    assert said(done, StateEvent.GAP) == [], "it is not missing yet"
    assert ids(talk.trades(6)) == []
    talk.end(Close(1000))
    talk.wait_for_deadline()
    talk.connect()
    done = talk.receive({"type": "welcome"})
    assert asked(done)[0].url.endswith("?since=1")
    assert ids(talk.page(2, 3, 4, 5, 6)) == [2, 3, 4, 5, 6]


def test_a_gap_found_among_what_was_held_back_closes_the_connection_once() -> None:
    trade = numbered(Gap.RECONNECT)
    profile = recovering(trade=trade, resume={"keep": ()})
    talk = Trading(profile, values={"last_id": 0}).streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    talk.trades(3, 7, 11, 15)
    done = talk.page()
    assert kinds(done).count("Close") == 1
    assert ids(done) == [3]


def test_missing_messages_may_be_asked_for_on_the_same_connection() -> None:
    trade = numbered(Gap.BACKFILL, capture={"last_id": ".id"})
    talk = Trading(recovering(trade=trade)).streaming(1)
    done = talk.trades(5)
    assert ids(done) == []
    assert asked(done)[0].url.endswith("?since=1")
    assert said(done, StateEvent.STEP)[0] == (
        "3 messages are missing before this trade; asking for what was missed"
    )
    assert ids(talk.trades(6)) == []
    done = talk.page(2, 3, 4, 5)
    assert ids(done) == [2, 3, 4, 5, 6]
    assert said(done, StateEvent.RECOVERED) == ["4 messages missed recovered"]
    assert ids(talk.trades(7)) == [7]


def test_another_gap_among_what_was_held_back_is_asked_for_as_well() -> None:
    trade = numbered(Gap.BACKFILL, capture={"last_id": ".id"})
    talk = Trading(recovering(trade=trade)).streaming(1)
    talk.trades(3, 5, 6)
    talk.page(2)
    done = talk.page()
    assert ids(done) == [3]
    assert asked(done)[0].url.endswith("?since=3")
    assert ids(talk.page(4, 5)) == [4, 5, 6]


def test_missing_messages_that_cannot_be_had_are_a_gap_and_asked_for_no_more() -> None:
    """Numbers that are not consecutive after all must not become a request each."""
    trade = numbered(Gap.BACKFILL, capture={"last_id": ".id"})
    talk = Trading(recovering(trade=trade)).streaming(1)
    talk.trades(3)
    done = talk.page()
    assert said(done, StateEvent.GAP) == [
        "what was missed could not be recovered: there is nothing new"
    ]
    assert ids(done) == [3]
    done = talk.trades(5)
    assert asked(done) == []
    assert (ids(done), said(done, StateEvent.GAP)) == (
        [5],
        ["1 message is missing before this trade"],
    )
    talk.back()
    talk.receive({"type": "welcome"})
    talk.page()
    talk.trades(10)
    assert len(asked(talk.trades(12))) == 1, "the next connection may do better"


def test_a_gap_during_the_steps_is_asked_for_once() -> None:
    trade = numbered(Gap.BACKFILL, capture={"last_id": ".id"})
    talk = Trading(recovering(trade=trade))
    talk.connect()
    talk.trades(1)
    assert len(asked(talk.trades(4))) == 1
    assert asked(talk.receive({"type": "welcome"})) == []
    assert talk.session.state == "streaming"
    talk.page(2, 3)
    assert ids(talk.page()) == [4]


def test_a_gap_in_what_is_not_held_back_is_told_while_a_recovery_is_under_way() -> None:
    beat = MessageRule("beat", Role.HEARTBEAT, sequence=Sequence(".n", gap=Gap.BACKFILL))
    talk = Trading(recovering(beat)).streaming(1)
    talk.back()
    talk.receive({"type": "welcome"})
    talk.trades(9)
    assert kinds(talk.receive({"type": "beat", "n": 1})) == ["Deliver"]
    done = talk.receive({"type": "beat", "n": 4})
    assert said(done, StateEvent.GAP) == ["2 messages are missing before this beat"]
    assert kinds(done) == ["Deliver"]
    assert ids(talk.page()) == [9], "what was held back is not forgotten"


def test_a_gap_in_what_is_not_held_back_starts_a_recovery_all_the_same() -> None:
    beat = MessageRule("beat", Role.HEARTBEAT, sequence=Sequence(".n", gap=Gap.BACKFILL))
    talk = Trading(recovering(beat)).streaming(1)
    talk.receive({"type": "beat", "n": 1})
    done = talk.receive({"type": "beat", "n": 3})
    assert kinds(done) == ["Deliver", "Ask"]
    assert ids(talk.page(2)) == [2]


@pytest.mark.parametrize("gap", [Gap.BACKFILL, Gap.RECONNECT])
def test_a_message_that_shows_a_gap_and_ends_the_connection_asks_for_nothing(gap: Gap) -> None:
    beat = MessageRule(
        "beat", Role.HEARTBEAT, sequence=Sequence(".n", gap=gap), problem=None, then=None
    )
    stop = MessageRule("stop", Role.CONTROL, sequence=Sequence(".n", gap=gap), then=Then.RECONNECT)
    talk = Trading(recovering(beat, stop)).streaming(1)
    talk.session._intake._sequences._last[("stop", None)] = 1
    done = talk.receive({"type": "stop", "n": 5})
    assert kinds(done) == ["Deliver", "Close"]


def test_while_closing_a_missing_number_is_told_and_nothing_more() -> None:
    bye = MessageRule("bye", Role.CONTROL, then=Then.RECONNECT)
    talk = Trading(plain(Gap.RECONNECT, bye))
    talk.connect()
    talk.trades(1)
    talk.receive({"type": "bye"})
    done = talk.trades(9)
    assert (ids(done), kinds(done)) == ([9], ["Deliver"])
    assert said(done, StateEvent.GAP) == ["7 messages are missing before this trade"]


@pytest.mark.parametrize("gap", [Gap.BACKFILL, Gap.RECONNECT])
def test_while_closing_nothing_is_asked_for(gap: Gap) -> None:
    bye = MessageRule("bye", Role.CONTROL, then=Then.RECONNECT)
    trade = numbered(gap, capture={"last_id": ".id"})
    talk = Trading(recovering(bye, trade=trade)).streaming(1)
    talk.receive({"type": "bye"})
    done = talk.trades(9)
    assert (ids(done), kinds(done)) == ([9], ["Deliver"])
    assert said(done) == ["7 messages are missing before this trade"]


def test_a_step_sees_a_numbered_message() -> None:
    numbered_ack = MessageRule("ready", Role.ACK, sequence=Sequence(".n"))
    profile = make_profile(messages=(numbered_ack,), session=(Step(expect=("ready",)),))
    talk = Conversation(profile)
    talk.connect()
    done = talk.receive({"type": "ready", "n": 1})
    assert [message.name for message in delivered(done)] == ["ready"]
    assert talk.session.state == "streaming"
    talk.end(Lost("it was cut"))


def test_a_gap_that_the_provider_fills_when_it_resumes_holds_nothing_back_for_ever() -> None:
    trade = numbered(Gap.RECONNECT, capture={"last_id": ".id"})
    resume = {"backfill": None, "dedupe": (), "session": (Step(send={"resume": "${last_id}"}),)}
    talk = Trading(recovering(trade=trade, session=(), resume=resume))
    talk.connect()
    talk.trades(1)
    assert ids(talk.trades(5, 6)) == []
    talk.end(Close(1000))
    talk.wait_for_deadline()
    assert sent(talk.connect()) == [{"resume": 1}]
    assert ids(talk.trades(2, 3, 4, 5, 6)) == [2, 3, 4, 5, 6]
