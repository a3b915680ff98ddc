"""Profiles: every mistake is told at once, with its line, its key path and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from wscli.errors import ProfileError, UsageError
from wscli.loader.find import Found, available, find
from wscli.loader.glance import title_of
from wscli.loader.load import is_url, load_profile, read_profile
from wscli.loader.merge import merge
from wscli.model.lengths import Span
from wscli.model.message import MISSING, Role
from wscli.model.options import OptionType
from wscli.model.profile import MessageRule, Origin, ProblemRule, Profile, Then
from wscli.model.tables import ColumnFormat, RowAction

HEAD = "wscli: 1\nname: demo\n"
CONNECT = "connect: {url: 'wss://demo.test'}\n"
GOOD = HEAD + CONNECT


def load(tmp_path: Path, text: str, origin: Origin = Origin.FILE) -> Profile:
    path = tmp_path / "demo.yaml"
    path.write_text(text, encoding="utf-8")
    return read_profile(Found("demo", "demo.yaml", origin, path), environment(tmp_path))


def environment(tmp_path: Path) -> dict[str, str]:
    return {"WSCLI_PROFILES": str(tmp_path / "mine")}


def mistakes(tmp_path: Path, text: str, origin: Origin = Origin.FILE) -> list[str]:
    with pytest.raises(ProfileError) as caught:
        load(tmp_path, text, origin)
    return [str(problem) for problem in caught.value.problems]


SINGLE = [
    # what is written after HEAD and CONNECT (line 4 on), and what is said about it
    ("sesion: []\n", 'line 4, sesion: unknown key "sesion". Did you mean "session"?'),
    ("about: {titel: x}\n", 'line 4, about.titel: unknown key "titel". Did you mean "title"?'),
    ("about: {zzz: x}\n", "Known here: title, docs, checked, caution."),
    ("about: [x]\n", 'line 4, about: ["x"] must be a mapping.'),
    ("options: {Bad: {}}\n", "line 4, options"),
    ("options: {a: {type: text}}\n", 'line 4, options.a.type: "text" must be one of string, integer'),
    ("options: {url: {}}\n", 'line 4, options.url: "url" is an option of every profile.'),
    ("options: {k: {}, k_file: {}}\n", 'line 4, options.k_file: "k_file" would be taken'),
    ("options: {k: {env: HOME}}\n", "a profile may not read HOME: it may belong to another program. Begin it with WSCLI_DEMO_."),
    ("options: {k: {env: DEMO_K}}\n", "a profile may not read DEMO_K"),
    ("options: {k: {choices: [a, b], default: c}}\n", 'the default "c" is none of the choices.'),
    ("options: {k: {type: list, choices: [a, b], default: [a, c]}}\n", 'the default "c" is none of the choices.'),
    ("discriminator: .type |\n", "line 4, discriminator: expression"),
    ("discriminator: [.type, '.a b']\n", "line 4, discriminator[1]: expression"),
    ("discriminator: .type\nmessages: {a: {}}\n", 'line 5, messages.a: "examples" is missing.'),
    ("messages: {a: {examples: [{}]}}\n", "line 4, messages.a: it cannot be recognised"),
    ("discriminator: .t\nmessages: {a: {role: dta, examples: [{t: a}]}}\n", 'line 5, messages.a.role: "dta" must be one of data, snapshot'),
    ("discriminator: .t\nmessages: {a: {time: $x, examples: [{t: a}]}}\n", "line 5, messages.a.time: expression '$x'"),
    ("discriminator: .t\nmessages: {a: {capture: {x: '.['}, examples: [{t: a}]}}\n", "line 5, messages.a.capture.x: expression '.['"),
    ("options: {x: {}}\ndiscriminator: .t\nmessages: {a: {capture: {x: .x}, examples: [{t: a}]}}\n", '"x" is an option or a computed value already.'),
    ("discriminator: .t\nmessages: {a: {match: {t: {$rx: 1}}, examples: [{t: a}]}}\n", "line 5, messages.a.match: .t: there is no test $rx"),
    ("discriminator: .t\nmessages: {a: {where: {t: {$in: x}}, examples: [{t: a}]}}\n", "line 5, messages.a.where: .t: $in takes a list"),
    ("discriminator: .t\nmessages: {a: {where: {t: '${x}'}, examples: [{t: a}]}}\n", "line 5, messages.a.where:"),
    ("discriminator: .t\nmessages: {a: {reply: '${nope}', examples: [{t: a}]}}\n", "line 5, messages.a.reply:"),
    ("discriminator: .t\nmessages: {a: {problem: '.[', examples: [{t: a}]}}\n", "line 5, messages.a.problem: expression"),
    ("discriminator: .t\nmessages: {a: {problem: {each: '.[', text: '${', when: $q}, examples: [{t: a}]}}\n", "line 5, messages.a.problem.each: expression"),
    ("discriminator: .t\nmessages: {a: {wait: 5s, examples: [{t: a}]}}\n", '"wait" makes sense only together with "then".'),
    ("options: {x: {}}\ndiscriminator: .t\nmessages: {a: {time: $x, examples: [{t: a}]}}\n", "line 6, messages.a.time: expression '$x'"),
    ("discriminator: .t\nmessages: {a: {capture: {x: .x}, where: {t: '${x}'}, examples: [{t: a}]}}\n", "line 5, messages.a.where:"),
    ("discriminator: .t\nmessages: {a: {then: stop, wait: 5s..1s, examples: [{t: a}]}}\n", "line 5, messages.a.wait: '5s..1s' is a range that ends before it begins."),
    ("discriminator: .t\nmessages: {a: {then: stop, wait: soon, examples: [{t: a}]}}\n", 'line 5, messages.a.wait: "soon" is not written as it should be. A length of time'),
    ("discriminator: .t\nmessages: {a: {schema: {type: strin}, examples: [{t: a}]}}\n", "line 5, messages.a.schema.type: the schema is wrong"),
    ("discriminator: .t\nmessages: {a: {schema: {$ref: '#/schemas/B'}, examples: [{t: a}]}}\n", "line 5, messages.a.schema.$ref: the schema is wrong"),
    ("discriminator: .t\nmessages: {a: {schema: {required: [n]}, examples: [{t: a}]}}\n", "line 5, messages.a.examples[0]: the example does not fit the schema"),
    ("discriminator: .t\nmessages: {a: {examples: [{t: b}]}}\n", "line 5, messages.a.examples[0]: the example is not recognised"),
    ("discriminator: .t\nmessages: {b: {match: {t: a}, examples: [{t: a}]}, a: {examples: [{t: a}]}}\n", 'line 5, messages.a.examples[0]: the example is taken for "b", which comes first.'),
    ("discriminator: .t\nmessages: {a: {rows: {table: x, set: {c: .c}}, examples: [{t: a}]}}\n", 'line 5, messages.a.rows.table: there is no table "x". Describe it under tables: x.'),
    ("tables: {x: {}}\n", "line 4, tables.x: no message has rows for it."),
    ("session: [{send: '${nope}'}]\n", "line 4, session[0].send:"),
    ("session: [{send: {a: '${.x}', b: '${$.x}', c: '${item}'}}]\n", "line 4, session[0].send: ${$.…} means nothing here."),
    ("session: [{within: 5s}]\n", "line 4, session[0]: needs expect or send or http."),
    ("session: [{send: x, ack: {message: y}}]\n", 'line 4, session[0].ack.message: there is no message "y". Describe it under messages.'),
    ("session: [{expect: y, within: 1s..0s}]\n", 'line 4, session[0].expect: there is no message "y".'),
    ("session: [{send: x, when: '$nope'}]\n", "line 4, session[0].when: expression '$nope'"),
    ("session: [{send: x, require: .a}]\n", '"require" makes sense only together with "expect".'),
    ("keepalive: {silence: never}\n", 'line 4, keepalive.silence: "never" is not written as it should be.'),
    ("keepalive: {silence: 0s}\n", "line 4, keepalive.silence: '0s' must be longer than nothing."),
    ("reconnect: {backoff: [0s..1s]}\n", "line 4, reconnect.backoff[0]: '0s..1s' must be longer than nothing."),
    ("keepalive: {ping: {every: 30s, send: {}}}\n", '"send" makes sense only together with "expect".'),
    ("keepalive: {ping: {send: x, expect: y}}\n", 'line 4, keepalive.ping: "every" is missing. The interval.'),
    ("reconnect: {backoff: []}\n", "line 4, reconnect.backoff: must not be empty."),
    ("reconnect: {on_close: [{code: 99}]}\n", ""),
    ("reconnect: {on_close: [{code: 4299-4200}]}\n", "line 4, reconnect.on_close[0].code: '4299-4200' is a range that ends before it begins."),
    ("reconnect: {on_http: [{status: 429, wait: 9s..1s}]}\n", "line 4, reconnect.on_http[0].wait: '9s..1s' is a range that ends before it begins."),
    ("reconnect: {settle: x}\n", "line 4, reconnect.settle:"),
    ("extends: nobody\n", 'line 4, extends: there is no profile "nobody".'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), [case for case in SINGLE if case[1]])
def test_a_mistake_is_told_with_its_place_and_remedy(tmp_path: Path, text: str, words: str) -> None:
    told = mistakes(tmp_path, GOOD + text)
    assert any(words in each for each in told), told


def test_all_mistakes_come_at_once_in_order_of_line(tmp_path: Path) -> None:
    text = GOOD + (
        "sesion: []\n"
        "discriminator: '.type | ['\n"
        "messages:\n"
        "  a: {role: wrong, examples: [{type: a}]}\n"
        "session: [{send: '${nope}'}, {expect: zzz}]\n"
        "keepalive: {silence: never}\n"
        "keepalive: {silence: 1s}\n"
    )
    lines = [int(told.split(",")[0].removeprefix("line ")) for told in mistakes(tmp_path, text)]
    assert lines == sorted(lines)
    assert {4, 5, 7, 8} <= set(lines)
    assert lines[-1] in {9, 10}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file"),
        ("[]", "must be a mapping"),
        ("just text", "must be a mapping"),
        (HEAD, '"connect" is missing.'),
        (CONNECT, '"wscli" is missing. The version of the format.'),
        ("wscli: 2\nname: demo\n" + CONNECT, "2 must be 1."),
        ("wscli: 1\nname: Demo\n" + CONNECT, '"Demo" is not written as it should be.'),
        (GOOD + "about: {title: a: b}\n", "line 4"),
        (HEAD + "connect: {}\n", 'line 3, connect: "url" is missing.'),
        (HEAD + "connect: {url: '${nope}/ws'}\n", "line 3, connect.url:"),
        (HEAD + "connect: {url: 'wss://x', query: {q: '${nope}'}}\n", "line 3, connect.query:"),
        (HEAD + "connect: {url: 'wss://x', limits: {receive: big}}\n", "line 3, connect.limits.receive:"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_profile_is_told(tmp_path: Path, text: str, words: str) -> None:
    told = mistakes(tmp_path, text)
    assert any(words in each for each in told), told


def test_one_mistake_is_told_once(tmp_path: Path) -> None:
    assert len(mistakes(tmp_path, GOOD + "keepalive: {silence: never}\n")) == 1


def test_tables_and_rows_must_fit_together(tmp_path: Path) -> None:
    text = GOOD + (
        "discriminator: .t\n"
        "messages:\n"
        "  a: {rows: {table: t, set: {x: .x}}, examples: [{t: a}]}\n"
        "  b: {rows: {table: u, do: delete, set: {x: .x}}, examples: [{t: b}]}\n"
        "tables:\n"
        "  t: {key: id, sort: -price, columns: {nmae: {}}}\n"
        "  u: {}\n"
    )
    told = "\n".join(mistakes(tmp_path, text))
    assert 'messages.a.rows.set: the column "id" is missing' in told
    assert "messages.b.rows.do: delete needs a table with a key." in told
    assert 'tables.t.key: no message sets a column "id".' in told
    assert 'tables.t.sort: no message sets a column "price".' in told
    assert 'tables.t.columns.nmae: no message sets a column "nmae".' in told


FULL = (
    GOOD
    + """
about: {title: Demo, docs: "https://demo.test", checked: 2026-11-22, caution: Careful}
options:
  topic: {type: list, help: Topics, examples: [a]}
  env: {choices: {prod: "wss://p", test: "wss://t"}, default: prod}
  kind: {choices: [x, y]}
discriminator: [.type, .topic]
messages:
  pong: {match: {$text: pong}, role: heartbeat, examples: [pong]}
  gone: {match: {type: gone}, rows: {table: t, do: delete, set: {id: .id}}, examples: [{type: gone, id: 1}]}
  update:
    time: .ts
    where: {id: {$in: "${topic?}"}}
    capture: {seq: .seq}
    rows: {table: t, each: ".items[]", set: {id: .id, price: .p}}
    examples: [{type: update, items: [{id: 1}]}]
  error: {role: error, problem: {when: $seq, each: ".e[]", text: "${.x}"}, then: stop, wait: 1s..2s, examples: [{type: error}]}
  note: {role: control, problem: .msg, reply: {ok: "${.id?}"}, examples: [{type: note}]}
session:
  - {expect: [note, update], within: 5s, require: .ok, send: {t: "${topic}"}, when: $topic, ack: {message: note, same: {.id: .t}, within: 1s}}
tables:
  t: {key: id, sort: -price, limit: 9, columns: {price: {format: price, style: sign}, id: {hide: true, style: {a: red}}}}
keepalive:
  ping: {every: 30s, send: ping, expect: pong, within: 5s, idle: true}
  silence: 1m..2m
  data_silence: 5
reconnect:
  backoff: [1s..5s, 2]
  settle: 30s
  attempts: 3
  on_close: [{code: [1000, 4200-4299], reason: "New*", then: reconnect_now, say: hm}]
  on_http: [{status: 429, wait: 30s}]
simulate: {rate: 5, keys: 2}
schemas: {X: {type: string}}
"""
)


def test_every_word_arrives_in_the_typed_profile(tmp_path: Path) -> None:
    profile = load(tmp_path, FULL)
    assert profile.about.title == "Demo"
    topic, env, kind = profile.options
    assert (topic.type, topic.flag, topic.examples) == (OptionType.LIST, "--topic", ("a",))
    assert env.choices == {"prod": "wss://p", "test": "wss://t"}
    assert kind.choices == {"x": "x", "y": "y"}
    assert profile.discriminator == (".type", ".topic")
    update = profile.rule("update")
    assert update.rows is not None
    assert (update.role, update.time, update.rows.each) == (Role.DATA, ".ts", ".items[]")
    assert profile.rule("pong").match == {"$text": "pong"}
    assert update.match is MISSING
    gone = profile.rule("gone").rows
    assert gone is not None
    assert gone.do is RowAction.DELETE
    error = profile.rule("error")
    assert (error.then, error.wait) == (Then.STOP, Span(1, 2))
    assert error.problem == ProblemRule(when="$seq", each=".e[]", text="${.x}")
    assert profile.rule("note").problem == ProblemRule(path=".msg")
    (step,) = profile.session
    assert step.expect == ("note", "update")
    assert step.ack is not None
    assert step.ack.same == {".id": ".t"}
    (table,) = profile.tables
    assert (table.key, table.sort, table.descending, table.limit) == ("id", "price", True, 9)
    columns = {column.name: column for column in table.columns}
    assert list(columns) == ["id", "price"]
    assert columns["price"].format is ColumnFormat.PRICE
    assert columns["price"].by_sign
    assert columns["id"].style == {"a": "red"}
    ping = profile.keepalive.ping
    assert ping is not None
    assert (ping.every, ping.within, ping.send, ping.idle) == (
        Span(30, 30),
        Span(5, 5),
        "ping",
        True,
    )
    assert profile.keepalive.silence == Span(60, 120)
    assert profile.reconnect.backoff == (Span(1, 5), Span(2, 2))
    (close,) = profile.reconnect.on_close
    assert close.codes == ((1000, 1000), (4200, 4299))
    assert profile.simulate.keys == 2
    with pytest.raises(KeyError):
        profile.rule("nobody")


def test_a_small_profile_has_sensible_defaults(tmp_path: Path) -> None:
    profile = load(tmp_path, GOOD)
    assert profile.connect.receive_limit == 16 << 20
    assert profile.reconnect.backoff[0] == Span(1, 1)
    assert profile.reconnect.settle == 60
    assert profile.keepalive.silence is None
    assert profile.messages == ()


# --- where profiles are found --------------------------------------------------------------------


def user_profile(tmp_path: Path, name: str, text: str) -> None:
    folder = tmp_path / "mine"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def test_the_bundled_profiles_hold(tmp_path: Path) -> None:
    known = available(environment(tmp_path))
    assert "pegana" in known
    for name in known:
        assert load_profile(name, environment(tmp_path)).name == name


def test_a_users_profile_comes_before_a_bundled_one(tmp_path: Path) -> None:
    user_profile(tmp_path, "pegana", GOOD.replace("demo\n", "pegana\n"))
    places = available(environment(tmp_path))["pegana"]
    assert [place.origin for place in places] == [Origin.USER, Origin.BUNDLED]
    assert load_profile("pegana", environment(tmp_path)).connect.url == "wss://demo.test"


def test_the_name_must_be_the_files(tmp_path: Path) -> None:
    user_profile(tmp_path, "other", GOOD)
    with pytest.raises(ProfileError, match="the file is called other"):
        load_profile("other", environment(tmp_path))


def test_a_path_may_lead_to_a_file_of_any_name(tmp_path: Path) -> None:
    path = tmp_path / "whatever.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert load_profile(str(path), {}).name == "demo"


@pytest.mark.parametrize("name", ["nobody", "../nobody", "CON", "a\0b", "", "PEGANA"])
def test_a_name_that_nobody_has_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        load_profile(name, environment(tmp_path))


def test_the_nearest_name_is_suggested(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match='Did you mean "pegana"'):
        find("pegnaa", environment(tmp_path))


def test_a_folder_or_a_missing_file_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "gone.yaml"):
        with pytest.raises(UsageError, match="cannot be read"):
            load_profile(f"{path}/" if path.is_dir() else str(path), {})


def test_a_url_is_a_profile_that_knows_nothing() -> None:
    assert is_url("WSS://x")
    assert not is_url("https://x")
    profile = load_profile("ws://x/${a}", {})
    assert profile.origin is Origin.URL
    assert profile.messages == ()


def test_a_glance_gives_the_title_or_says_why_not(tmp_path: Path) -> None:
    user_profile(tmp_path, "a", HEAD + "about: {title: Demo}\n")
    user_profile(tmp_path, "b", "{")
    user_profile(tmp_path, "c", HEAD)
    user_profile(tmp_path, "d", "[]")
    (tmp_path / "mine" / "e.yaml").mkdir()
    known = available(environment(tmp_path))
    titles = {name: title_of(known[name][0]) for name in "abcde"}
    assert titles["a"] == "Demo"
    assert titles["b"] == "has mistakes: see `wscli profiles check b`"
    assert titles["c"] == "c"
    assert titles["d"] == "has mistakes: see `wscli profiles check d`"
    assert "cannot be read" in titles["e"]


# --- extends -------------------------------------------------------------------------------------


def test_a_profile_may_change_another_one(tmp_path: Path) -> None:
    profile = load(tmp_path, HEAD + "extends: pegana\nkeepalive: {silence: 1s}\n")
    assert profile.name == "demo"
    assert profile.keepalive.silence == Span(1, 1)
    assert profile.rule("update").time == ".payload.ts"
    assert profile.connect.origin == "https://pegana.xyz"


def test_a_users_profile_may_change_the_bundled_one_of_its_name(tmp_path: Path) -> None:
    text = "wscli: 1\nname: pegana\nextends: pegana\nkeepalive: {silence: 1s}\n"
    user_profile(tmp_path, "pegana", text)
    profile = load_profile("pegana", environment(tmp_path))
    assert profile.keepalive.silence == Span(1, 1)


def test_one_level_is_all_there_is(tmp_path: Path) -> None:
    user_profile(tmp_path, "middle", "wscli: 1\nname: middle\nextends: pegana\n")
    told = mistakes(tmp_path, HEAD + "extends: middle\n")
    assert "one level is all there is" in told[0]


def test_mistakes_of_the_other_one_are_told(tmp_path: Path) -> None:
    user_profile(tmp_path, "broken", "wscli: 1\nname: broken\nnonsense: 1\n")
    assert '"broken" has mistakes of its own.' in mistakes(tmp_path, HEAD + "extends: broken\n")[0]


def test_an_option_that_was_inherited_keeps_its_variable(tmp_path: Path) -> None:
    base = GOOD.replace("demo\n", "base\n") + "options: {k: {env: WSCLI_BASE_K}}\n"
    user_profile(tmp_path, "base", base)
    assert load(tmp_path, HEAD + "extends: base\n").options[0].env == "WSCLI_BASE_K"


def test_merging_takes_out_what_is_null_and_keeps_new_nulls() -> None:
    target = {"a": 1, "b": {"x": 1, "y": 2}, "c": [1]}
    patch = {"a": None, "b": {"x": None, "z": 3}, "c": [2], "d": {"n": None}}
    assert merge(target, patch) == {"b": {"y": 2, "z": 3}, "c": [2], "d": {"n": None}}
    assert target == {"a": 1, "b": {"x": 1, "y": 2}, "c": [1]}


def test_a_rule_may_be_found_by_its_name() -> None:
    assert MessageRule("a").name == "a"
