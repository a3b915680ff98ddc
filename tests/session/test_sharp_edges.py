"""Places where dialects of real providers differ from what one expects, each with a small profile."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.session.conversation import Conversation, kinds, said, sent
from wscli.errors import ProfileError
from wscli.loader.find import Found
from wscli.loader.load import read_profile
from wscli.model.profile import Origin, Profile, Rate
from wscli.model.record import StateEvent
from wscli.session import commands

HEAD = "wscli: 1\nname: edge\nconnect: {url: 'wss://edge.test'}\n"


def profile(folder: Path, text: str) -> Profile:
    path = folder / "edge.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    return read_profile(Found("edge", "edge.yaml", Origin.FILE, path), {"WSCLI_PROFILES": "none"})


def talk(folder: Path, text: str, values: dict[str, Any] | None = None) -> Conversation:
    one = Conversation(profile(folder, text), values)
    one.connect()
    return one


def test_1_a_ping_of_theirs_is_answered_and_one_of_ours_is_not_taken_for_theirs(
    tmp_path: Path,
) -> None:
    text = (
        "discriminator: .type\nmessages:\n"
        "  ping: {role: heartbeat, reply: {type: pong}, examples: [{type: ping}]}\n"
        "  pong: {role: heartbeat, examples: [{type: pong}]}\n"
        "keepalive: {ping: {every: 30s, send: {type: ping}, expect: pong, within: 10s}}\n"
    )
    one = talk(tmp_path, text)
    assert sent(one.wait(30)) == [{"type": "ping"}]
    assert sent(one.receive({"type": "ping"})) == [{"type": "pong"}]
    assert sent(one.receive({"type": "pong"})) == []
    assert kinds(one.wait(10)) == [], "our ping was answered"


def test_2_a_null_that_must_be_sent_and_a_key_that_must_not(tmp_path: Path) -> None:
    text = "options: {seq: {}, x: {}}\nsession: [{send: {d: '${seq:-null}', x: '${x?}'}}]\n"
    one = Conversation(profile(tmp_path, text))
    assert sent(one.connect()) == [{"d": None}]


def test_3_a_number_that_must_be_a_text(tmp_path: Path) -> None:
    text = "options: {at: {type: integer}}\nsession: [{send: {ts: '${at|str}', n: '${at}'}}]\n"
    one = Conversation(profile(tmp_path, text), {"at": 1795305600})
    assert sent(one.connect()) == [{"ts": "1795305600", "n": 1795305600}]


def test_4_a_rule_that_hides_a_later_one_is_told(tmp_path: Path) -> None:
    text = (
        "discriminator: .type\nmessages:\n"
        "  welcome: {role: control, match: {type: welcome}, examples: [{type: welcome, userId: a}]}\n"
        "  anonymous: {role: control, match: {type: welcome, userId: null}, examples: [{type: welcome, userId: null}]}\n"
    )
    with pytest.raises(ProfileError, match='taken for "welcome", which comes first'):
        profile(tmp_path, text)


SUBSCRIBING = (
    "discriminator: .type\nmessages:\n"
    "  ok: {role: ack, rows: {table: t, set: {x: .x}}, examples: [{type: ok, x: 1}]}\n"
    "  data: {examples: [{type: data}]}\n"
    "tables: {t: {}}\n"
    "session: [{send: sub, ack: {message: ok, within: 10s}}]\n"
)


def test_5_further_acknowledgements_are_ordinary_messages(tmp_path: Path) -> None:
    one = talk(tmp_path, SUBSCRIBING)
    assert "the session is set up" in said(one.receive({"type": "ok", "x": 1}))
    assert said(one.receive({"type": "ok", "x": 2})) == []
    assert one.session.state == "streaming"


def test_6_an_acknowledgement_may_feed_a_table(tmp_path: Path) -> None:
    assert profile(tmp_path, SUBSCRIBING).rule("ok").rows is not None


def test_7_data_that_overtakes_the_acknowledgement_fails_nothing(tmp_path: Path) -> None:
    one = talk(tmp_path, SUBSCRIBING)
    assert kinds(one.receive({"type": "data"})) == []
    assert "the session is set up" in said(one.receive({"type": "ok", "x": 1}))


def test_8_the_same_event_raw_and_wrapped_is_two_rules_of_one_meaning(tmp_path: Path) -> None:
    text = (
        "discriminator: [.e, .data.e]\nmessages:\n"
        "  raw: {match: {e: shutdown}, role: control, then: reconnect_now, examples: [{e: shutdown}]}\n"
        "  wrapped: {match: {stream: {$exists: true}, data: {e: shutdown}}, role: control, then: reconnect_now, examples: [{stream: s, data: {e: shutdown}}]}\n"
    )
    for frame in ({"e": "shutdown"}, {"stream": "s", "data": {"e": "shutdown"}}):
        one = talk(tmp_path, text)
        assert "Close" in kinds(one.receive(frame))


def test_9_an_error_without_a_type_a_success_that_is_empty_and_a_ping_that_is(
    tmp_path: Path,
) -> None:
    text = (
        "messages:\n"
        "  failed: {match: {error: {$exists: true}}, role: error, problem: .error, examples: [{error: no}]}\n"
        "  named: {match: {type: {$exists: true}}, examples: [{type: 1}]}\n"
        "  empty: {match: {}, role: ack, reply: {}, examples: [{}]}\n"
        "session: [{send: {protocol: json}, ack: {message: empty}}]\n"
    )
    one = talk(tmp_path, text)
    done = one.receive({})
    assert sent(done) == [{}]
    assert "the session is set up" in said(done)
    assert said(one.receive({"error": "no"}), StateEvent.PROBLEM) == ["failed: no"]


BOOTSTRAP = (
    "bootstrap: [{request: POST https://edge.test/open, require: .ok == true, capture: {ticket: (.data // .).ticket}, examples: [{ok: true, ticket: t}]}]\n"
    "session: [{send: '${ticket}'}]\n"
)


@pytest.mark.parametrize(
    "answer", [{"ok": True, "ticket": "t"}, {"ok": True, "data": {"ticket": "t"}}]
)
def test_10_an_answer_comes_bare_or_in_a_wrapper(tmp_path: Path, answer: Any) -> None:
    one = Conversation(profile(tmp_path, BOOTSTRAP))
    one.start()
    assert "Connect" in kinds(one.answer(answer))


def test_10_a_no_in_an_answer_of_200_is_a_no(tmp_path: Path) -> None:
    one = Conversation(profile(tmp_path, BOOTSTRAP))
    one.start()
    done = one.answer({"ok": False, "error": "invalid_auth"})
    assert "Connect" not in kinds(done)
    assert any("invalid_auth" in text for text in said(done))


@pytest.mark.parametrize(
    ("told", "seconds"), [(0, 1.0), (0.001, 1.0), (5, 5.0), (10_000_000, 60.0), ("soon", 60.0)]
)
def test_12_a_told_length_that_makes_no_sense_is_clamped(
    tmp_path: Path, told: Any, seconds: float
) -> None:
    text = (
        "discriminator: .type\nmessages: {hello: {role: control, capture: {beat: .beat}, examples: [{type: hello, beat: 1}]}}\n"
        "keepalive: {silence: {told: '${beat} s', most: 60s}}\n"
    )
    one = talk(tmp_path, text)
    one.receive({"type": "hello", "beat": told})
    assert one.session.deadline == one.now + seconds


def test_14_only_the_pong_answers_the_ping_on_a_busy_stream(tmp_path: Path) -> None:
    text = (
        "discriminator: .type\nmessages: {pong: {role: heartbeat, examples: [{type: pong}]}, data: {examples: [{type: data}]}}\n"
        "keepalive: {ping: {every: 30s, send: {type: ping}, expect: pong, within: 10s}}\n"
    )
    one = talk(tmp_path, text)
    one.wait(30)
    one.wait(9)
    one.receive({"type": "data"})
    assert "Drop" in kinds(one.wait(1))


def test_15_replies_to_a_flood_obey_the_limit(tmp_path: Path) -> None:
    text = "discriminator: .type\nmessages: {ping: {role: heartbeat, reply: {type: pong}, examples: [{type: ping}]}}\n"
    whole = profile(tmp_path, text)
    limited = replace(whole, connect=replace(whole.connect, send_limit=Rate(20, 1.0)))
    one = Conversation(limited)
    one.connect()
    flood = [each for _ in range(100) for each in one.receive({"type": "ping"})]
    assert sum(isinstance(each, commands.Send) for each in flood) == 20
