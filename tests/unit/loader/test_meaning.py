"""What a profile says about requests, steps, times and tables is checked before anything connects."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.loader.everything import EVERYTHING
from tests.unit.loader.test_load import GOOD, HEAD, load, mistakes
from wscli.model.lengths import Span, Told, ToldPart
from wscli.model.profile import Codec, Gap, Origin, Rate, Remembered, Then

BOOT = "bootstrap: [{request: POST https://demo.test/x, capture: {a: .a}, examples: [{a: 1}]}]\n"
KIND = "discriminator: .t\nmessages: {a: {examples: [{t: a}]%s}}\n"
STEP = "session: [{%s}]\n"

MISTAKES = [
    # options
    ("options: {a: {of: selector}}\n", "options.a.of: only a list has elements."),
    ("options: {a: {secret: true, type: integer}}\n", "options.a.type: a secret is a string."),
    ("options: {a: {secret: true, default: x}}\n", "a secret has no default: a profile is no place for it."),
    ("options: {a: {secret: true, choices: [x]}}\n", "a secret has no choices"),
    ("options: {a: {type: flags}}\n", "flags need choices that map names to whole numbers."),
    ("options: {a: {type: flags, choices: {A: x}}}\n", "flags need choices"),
    ("options: {a: {required: $b == null}}\n", "options.a.required: expression '$b == null'"),
    ("options: {item: {}}\n", '"item" is the element at hand.'),
    ("options: {a: {type: list, of: selector, choices: [x], default: ['y,k=v']}}\n", 'the default "y" is none'),
    # computed
    ("options: {a: {}}\ncomputed: {a: {now: s}}\n", '"a" has a meaning already.'),
    ("computed: {a: {value: '${b}'}}\n", "computed.a"),
    ("computed: {a: {noow: s}}\n", "computed.a"),
    # requests
    ("bootstrap: [{request: https://demo.test/x}]\n", "bootstrap[0].request: "),
    ("bootstrap: [{request: POST demo.test}]\n", "bootstrap[0].request: "),
    ("bootstrap: [{request: POST /x}]\n", "/x is a path, but there is no earlier request"),
    ("session: [{http: {request: POST /x}}]\n", "/x is a path, but there is no earlier request"),
    (BOOT.replace("}]\n", ", json: 1, form: {a: b}}]\n"), "a request has one body. Say json or form."),
    (BOOT.replace(", examples: [{a: 1}]", ""), "something is captured of the answer, so it needs an example."),
    (BOOT.replace("[{a: 1}]", "[{b: 1}]"), "nothing of what is captured is in this example."),
    (BOOT.replace("}]\n", ", require: .ok == true}]\n"), ".ok == true does not hold for this example."),
    (BOOT.replace("}]\n", ", secret: [b]}]\n"), 'there is no capture "b".'),
    (BOOT.replace("}]\n", ", within: 0s}]\n"), "bootstrap[0].within: '0s' must be longer than nothing."),
    (BOOT.replace("}]\n", ", headers: {X: '${nope}'}}]\n"), "bootstrap[0].headers"),
    ("options: {a: {}}\n" + BOOT, '"a" is an option or a computed value already.'),
    # connecting
    ("resume: {connect: {url: nonsense}}\n", "resume.connect.url"),
    # messages
    (KIND % ", parse: ['.a |']", "messages.a.parse[0]: expression"),
    (KIND % ", parse: ['.a // .b']", "parse takes a path of keys, indexes and []"),
    (KIND % ", split: {each: '.x |'}", "messages.a.split.each: expression"),
    (KIND % ", split: {each: '.x[]', as: '${nope}'}", "messages.a.split.as"),
    (KIND % ", sequence: {at: $x}", "messages.a.sequence.at"),
    (KIND % ", sequence: {at: .n, gap: wait}", '"wait" must be one of warn, reconnect, backfill.'),
    (KIND % ", accepted: '.a |'", "messages.a.accepted"),
    (KIND % ", then: move", '"to" and "then: move" need each other.'),
    (KIND % ", then: stop, to: wss://x", '"to" and "then: move" need each other.'),
    (KIND % ", capture: {item: .x}", ""),
    ("discriminator: {remembered: '.c |'}\n", "discriminator.remembered: expression"),
    # rows and tables
    (KIND % ", rows: {table: t, set: {x: .x}, on: y}" + "tables: {t: {}}\n", 'no message sets a column "y".'),
    (KIND % ", rows: {table: t, set: {x: .x}, on: x, do: delete}" + "tables: {t: {key: x}}\n", "on changes rows, so it does not go with do: delete."),
    (KIND % ", rows: {table: t, set: {x: .x}, fold: true}" + "tables: {t: {}}\n", '"fold" makes sense only together with "on".'),
    (KIND % ", rows: {table: t, set: {x: '$.x |'}}" + "tables: {t: {}}\n", "messages.a.rows.set.x"),
    (KIND % ", rows: {table: t, set: {x: .x}}" + "tables: {t: {where: {y: 1}}}\n", 'no message sets a column "y".'),
    (KIND % ", rows: {table: t, set: {x: .x}}" + "tables: {t: {where: {x: '${nope}'}}}\n", "tables.t.where"),
    (KIND % ", rows: {table: t, set: {x: .x}}" + "tables: {t: {where: {x: {$nope: 1}}}}\n", "there is no test $nope"),
    # steps
    (STEP % "send: x, needs: [nope]", 'there is no value "nope".'),
    (STEP % "send: '${item}'", "${item} means nothing here."),
    (STEP % "send: x, chunk: 2", '"chunk" makes sense only together with "each".'),
    (STEP % "send: x, each: '${nope}'", "session[0].each"),
    (STEP % "send: x, each: '${a}', pace: 0s", "session[0].pace"),
    (STEP % "send: x, remember: {for: '${$.x}', as: y}", "${$.…} means nothing here."),
    (STEP % "http: {request: GET https://demo.test/x, when: $item}", "session[0].http.when"),
    # times
    ("keepalive: {silence: {told: '${x} s', most: 1m}}\n", "keepalive.silence.told"),
    ("keepalive: {silence: {told: '${x}', most: 1m}}\n", "'${x}' has no unit"),
    ("keepalive: {silence: {most: 1m}}\n", '"told" is missing.'),
    ("keepalive: {silence: {told: 1 s, most: 0s}}\n", "keepalive.silence: '0s' must be longer than nothing."),
    ("reconnect: {backoff: '${x} ms'}\n", "reconnect.backoff"),
    ("reconnect: {backoff: '${x}'}\n", "has no unit"),
    ("reconnect: {max_age: 0s}\n", "reconnect.max_age: '0s' must be longer than nothing."),
    # limits, frames
    ("frames: [gunzap]\n", "frames: "),
    ("frames: [array, json]\n", "frames: "),
    ("frames: {send: [gunzip]}\n", "frames: "),
    # after a drop
    ("resume: {keep: [nope]}\n", 'there is no captured value "nope".'),
    ("resume: {dedupe: ['.a |']}\n", "resume.dedupe: expression"),
    ("resume: {backfill: {request: GET https://demo.test/x, sort: '.a |'}}\n", "resume.backfill.sort"),
    ("resume: {backfill: {request: GET https://demo.test/x, as: '${item}'}}\n", "${item} means nothing here."),
    ("resume: {session: [{expect: nope}]}\n", 'there is no message "nope".'),
    ("history: {request: GET https://demo.test/x, for: '${nope}'}\n", "history.for"),
    ("catalog: {request: GET https://demo.test/x, each: '.a |'}\n", "catalog.each"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), [case for case in MISTAKES if case[1]])
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    told = mistakes(tmp_path, GOOD + text)
    assert any(words in each for each in told), told


@pytest.mark.parametrize("limit", ["20 per second", "0 per 1s", "20 per 0s", "x"])
def test_a_rate_says_how_many_in_a_time(tmp_path: Path, limit: str) -> None:
    told = mistakes(
        tmp_path, HEAD + f"connect: {{url: 'wss://d.test', limits: {{send: {limit}}}}}\n"
    )
    assert "connect.limits.send" in told[0]


def test_a_profile_that_uses_every_word_holds(tmp_path: Path) -> None:
    profile = load(tmp_path, EVERYTHING)
    assert profile.connect.send_limit == Rate(20, 1.0)
    assert profile.connect.trust == ("*.everything.test",)
    assert not profile.connect.deflate
    assert profile.frames.receive[1] == Codec("lines", "\x1e")
    assert profile.discriminator == (Remembered(".channel"), ".type")
    assert profile.rule("item").sequence is not None
    assert profile.rule("item").sequence.gap is Gap.BACKFILL  # type: ignore[union-attr]  # asserted
    assert profile.rule("moved").then is Then.MOVE
    assert profile.reconnect.told == ToldPart("${waits:-[1000]}", 0.001)
    ping = profile.keepalive.ping
    assert ping is not None
    assert ping.every == Told((ToldPart("${beat}", 1.0),), 60.0)
    assert profile.keepalive.data_silence == Span(3600.0, 3600.0)


def test_what_resume_connect_does_not_say_stays(tmp_path: Path) -> None:
    profile = load(tmp_path, EVERYTHING)
    again = profile.resume.connect
    assert again is not None
    assert again.url == "wss://everything.test/again"
    assert set(again.query) == {"ticket", "symbols", "flags", "since"}
    assert again.origin == profile.connect.origin


BASED = "extends: pusher\nconnect: {url: 'wss://demo.test'}\n"


def test_a_base_brings_its_messages_before_the_profiles_own(tmp_path: Path) -> None:
    text = HEAD + BASED + "messages: {mine: {match: {event: x}, examples: [{event: x}]}}\n"
    names = [rule.name for rule in load(tmp_path, text).messages]
    assert names[0] == "pusher:connection_established"
    assert names[-1] == "mine"


def test_a_base_alone_does_not_say_where_to_connect(tmp_path: Path) -> None:
    told = mistakes(tmp_path, HEAD + "extends: pusher\n")
    assert any('connect: "url" is missing.' in each for each in told), told


def test_what_a_base_has_is_not_asked_for_again(tmp_path: Path) -> None:
    text = HEAD + BASED + "messages: {'pusher:error': {then: ignore}}\n"
    assert load(tmp_path, text).rule("pusher:error").then is Then.IGNORE


def test_what_a_base_lacks_is_asked_for(tmp_path: Path) -> None:
    told = mistakes(tmp_path, HEAD + BASED + "messages: {mine: {match: {event: x}}}\n")
    assert any('messages.mine: "examples" is missing.' in each for each in told), told


def test_a_message_that_only_memory_names_needs_an_example_that_fits_its_schema(
    tmp_path: Path,
) -> None:
    wrong = EVERYTHING.replace(
        "trades: {examples: [{channel: c-1, data: 1}]}",
        "trades: {schema: {required: [nope]}, examples: [{channel: c-1}]}",
    )
    (told,) = mistakes(tmp_path, wrong)
    assert "the example does not fit the schema" in told


def test_an_example_with_json_in_a_text_is_checked_as_it_is_read(tmp_path: Path) -> None:
    wrong = EVERYTHING.replace("""extra: '{"a":1}'""", """extra: '[1]'""")
    (told,) = mistakes(tmp_path, wrong)
    assert ".extra is an array" in told or ".extra" in told


def test_the_environment_of_a_bundled_profile_may_bear_its_name(tmp_path: Path) -> None:
    text = GOOD + "options: {k: {env: DEMO_K, secret: true}}\n"
    assert load(tmp_path, text, Origin.BUNDLED).options[0].env == "DEMO_K"


@pytest.mark.parametrize(
    "patch",
    [
        "messages: {'pusher:error': null}\n",
        "keepalive: null\n",
        "keepalive: {ping: null, silence: 30s}\n",
        "reconnect: {on_close: null}\n",
    ],
)
def test_null_takes_something_of_the_base_out(tmp_path: Path, patch: str) -> None:
    profile = load(tmp_path, HEAD + BASED + patch)
    gone = {"pusher:error"} if "messages" in patch else set()
    assert not gone & {rule.name for rule in profile.messages}
    if "keepalive" in patch:
        assert profile.keepalive.ping is None


def test_choices_may_be_numbers(tmp_path: Path) -> None:
    text = GOOD + "options: {depth: {type: integer, choices: [10, 25], default: 10}}\n"
    assert load(tmp_path, text).options[0].choices == {"10": 10, "25": 25}
