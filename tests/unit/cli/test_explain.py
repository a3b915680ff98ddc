"""A profile in words: what is sent where, with which secrets, and what each message means."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.loader.everything import EVERYTHING
from tests.unit.loader.test_load import GOOD, load
from wscli.cli.explain import explain


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return list(explain(load(tmp_path_factory.mktemp("explain"), EVERYTHING)))


def part(lines: list[str], title: str) -> str:
    start = lines.index(title) + 1
    end = lines.index("", start) if "" in lines[start:] else len(lines)
    return "\n".join(lines[start:end])


def test_it_begins_with_what_a_person_should_know(lines: list[str]) -> None:
    assert lines[:3] == [
        "everything: Everything",
        "  demo.yaml · https://everything.test/docs · checked 2026-11-22",
        "  It is no provider.",
    ]


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("You may give", ["--api-key: Your key; required unless --user is given; a secret, from --api-key-file, --api-key-cmd, $WSCLI_EVERYTHING_API_KEY or the keyring", "--stream: required; list; one of trades, prices", "--mask: flags; one of ONE, TWO; ONE if not given"]),
        ("Before every connection", ["1. POST https://api.everything.test/session, where $api_key", "header Authorization: Bearer ${api_key}", "secrets that go there: api_key", "its answer must have .ok == true", "keeps ticket (a secret): .ticket", "the answer is kept until an attempt to connect fails"]),
        ("It connects to", ["${scheme}://${host}/ws", "query ticket: ${ticket}", "header X-Signature: ${signature}", "header Origin: https://everything.test", "subprotocols: everything.v1", "secrets that go there: api_key, ticket", "secrets may also go to: *.everything.test", "no more than 20 frames of ours in 1 s", "the provider allows 5 connections"]),
        ("On every connection, in this order", ["1. waits 10 s for welcome, which must have .session != null", "2. only where $channels:", "rejected without session:", "for each of ${channels}, 1 of them at once, 10 ms between two:", 'asks POST /auth, where $item.stream == "trades"', "form {", "secrets in it: auth", "calls what comes on ${$.channel} by the name trades", "waits 5 s for granted whose .channel is the frame's .channel"]),
        ("wscli connect everything", ['/say text=… user=…: Say something; sends {"type": "say"', "/leave: sends leave"]),
        ("What comes", ["welcome: in the background; keeps session", "granted: an acknowledgement; feeds the table state", 'ping: a sign of life; answered with {"type": "pong"', "batch: shown; stands for .items[]", "numbered by .n; a missing number: backfill", 'slow: an error, told on stderr; where .type is "error" and .code is "slow"; then a new connection after a wait', "moved: in the background; then a new connection where the message says", "anything else: shown unchecked, its type named once"]),
        ("Whether it lives", ['every ${beat} s, at most 1 min without a frame it sends {"type": "ping"}', "without any frame for ${beat} s + ${beat} s, at most 2 min the connection is dead", "without data for 1 h it is said"]),
        ("When the connection ends", ["it is made again after ${waits:-[1000]}, else 1 s", 'close 4000-4099 "bad*": a new connection that remembers nothing; Begin anew.', "HTTP 401: secrets are read and the bootstrap is run again, once; Log in again.", "after 10 attempts in a row it gives up", "a connection that is 82800 s old is replaced"]),
        ("After a drop", ["it still knows last", "wss://everything.test/again", "it says, in place of the steps above", "it asks for what was missed", "what was shown with the same .n and .symbol is not shown again"]),
        ("With --history", ["GET https://api.everything.test/history/${item}, for each of ${symbol?}"]),
        ("wscli streams everything", ["GET https://api.everything.test/streams", "secrets that go there: api_key"]),
    ],
)  # fmt: skip
def test_each_part_is_told(lines: list[str], title: str, words: list[str]) -> None:
    told = part(lines, title)
    for word in words:
        assert word in told, told


def test_a_small_profile_has_few_words(tmp_path: Path) -> None:
    text = GOOD + (
        "messages:\n"
        "  hello: {match: {$text: hello}, examples: [hello]}\n"
        "  list: {match: [EVENT, {$glob: 'a*'}], role: snapshot, rows: {table: t, set: {x: .x}}, examples: [[EVENT, ab]]}\n"
        "  rest: {match: {a: {$exists: true}, b: {$exists: false}, c: {$type: array}, d: {$in: [1]}, e: {$not: 1}}, examples: [{a: 1, c: [], d: 1, e: 2}]}\n"
        "tables: {t: {}}\n"
        "session: [{send: hi}]\n"
        "keepalive: {ping: {every: 1s..5s}}\n"
    )
    told = "\n".join(explain(load(tmp_path, text)))
    assert 'hello: shown; where the frame is the text "hello"' in told
    assert (
        'list: shown; where [0] is "EVENT" and [1] looks like "a*"; feeds the table t, in place of all it held'
        in told
    )
    assert (
        'rest: shown; where .a is there and .b is not there and .c is of the type "array"' in told
    )
    assert "1. sends hi" in told
    assert "every 1 s to 5 s it sends a WebSocket ping" in told
    assert "and without its pong within 10 s the connection is dead" in told
    assert "You may give" not in told
