"""A rehearsal goes through a run with nobody at the other end, by the same walks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.session.computing import NOW
from tests.unit.loader.everything import EVERYTHING
from tests.unit.loader.test_load import HEAD, load
from wscli.errors import TemplateError, UsageError
from wscli.session.hosts import SecretStays
from wscli.session.rehearsal import (
    Asking,
    Begins,
    LeftOut,
    Pausing,
    Rehearsal,
    Rejecting,
    Sending,
    Waiting,
)
from wscli.session.target import Overrides

Options = Mapping[str, Any]


class Stage:
    """Makes rehearsals of a profile's text, below the first two lines."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(
        self, text: str, options: Options | None = None, secrets: Collection[str] = (), **parts: Any
    ) -> Rehearsal:
        text = text if text.lstrip().startswith("wscli:") else HEAD + text
        text = text if "connect:" in text else f"{text}connect: {{url: 'wss://demo.test/ws'}}\n"
        profile = load(self._folder, text)
        return Rehearsal(
            profile, options or {}, Overrides(**parts), NOW, Random(1), secrets=secrets
        )


@pytest.fixture
def rehearse(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def frames(rehearsal: Rehearsal) -> list[str]:
    return [item.text for item in rehearsal.steps() if isinstance(item, Sending)]


def asked(items: Any) -> list[Asking]:
    return [item for item in items if isinstance(item, Asking)]


def url(rehearsal: Rehearsal) -> str:
    """Where it connects to, once all that comes before was asked."""
    list(rehearsal.before())
    return rehearsal.connection().target.shown


TOLD = "bootstrap: [{request: 'POST https://demo.test/s', capture: {x: .x, y: .y}, examples: [{x: 1, y: 2}]}]\n"
TOLD_SECRETLY = TOLD.replace("examples", "secret: [x], examples")
WELCOME = "discriminator: .type\nmessages:\n  welcome: {capture: {x: .x}, role: control, examples: [{type: welcome, x: 1}]}\n  ok: {role: ack, examples: [{type: ok}]}\n"


# --- what is known, and what stands for itself -------------------------------------------------


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("wss://demo.test/${x}", "wss://demo.test/${x}"),
        ("wss://demo.test:${x}/a", "wss://demo.test:${x}/a"),
        ("wss://${x}:${y}/a", "wss://${x}:${y}/a"),
        ("wss://${x}.demo.test", "wss://${x}.demo.test"),
        ("${x}://demo.test/${y}", "${x}://demo.test/${y}"),
        ("${x}", "${x}"),
        ("${x}/ws", "${x}/ws"),
        ("wss://demo.test/?a=${x|lower}", "wss://demo.test/?a=${x|lower}"),
        ("wss://demo.test/${gone // x // y}", "wss://demo.test/${x // y}"),
        ("wss://demo.test/${known // x}", "wss://demo.test/k"),
        ("wss://demo.test/$${x}", "wss://demo.test/${x}"),
    ],
)
def test_a_url_holds_what_is_told_by_name(rehearse: Stage, template: str, shown: str) -> None:
    options = "options: {gone: {}, known: {}}\n"
    text = f"{options}{TOLD}connect: {{url: '{template}'}}\n"
    assert url(rehearse(text, {"known": "k"})) == shown


def test_the_user_s_own_url_takes_the_place_of_the_host(rehearse: Stage) -> None:
    text = TOLD + "connect: {url: '${x}://${y}/a'}\n"
    rehearsal = rehearse(text, url="ws://localhost:1")
    assert [each.url for each in asked(rehearsal.before())] == ["http://localhost:1/s"]
    assert rehearsal.connection().target.shown == "ws://localhost:1/a"


def test_everything_of_a_handshake_is_shown_masked(rehearse: Stage) -> None:
    text = (
        "options: {pw: {secret: true}}\n"
        + TOLD
        + "connect: {url: 'wss://demo.test', query: {k: '${pw}', x: '${x}'}, headers: {A: 'is ${pw}', B: '${x}'}, origin: 'https://${x}', subprotocols: ['a.${y}']}\n"
    )
    rehearsal = rehearse(text, secrets=["pw"])
    list(rehearsal.before())
    target = rehearsal.connection().target
    assert target.url == "wss://demo.test?k=***&x=${x}"
    assert target.headers == (("A", "is ***"), ("B", "${x}"))
    assert (target.origin, target.subprotocols) == ("https://${x}", ("a.${y}",))


@pytest.mark.parametrize(
    ("computed", "shown"),
    [
        ("{now: ms}", '"${c}"'),
        ("{later: {by: 10s, as: s}}", '"${c}"'),
        ("{uuid: 4}", '"${c}"'),
        ("{random: {bytes: 4, as: hex}}", '"${c}"'),
        ("{counter: 7}", "7"),
        ("{value: 'a${known}'}", '"ak"'),
        ("{value: 'a${x}'}", '"${c}"'),
        ("{value: '${known // x}'}", '"k"'),
        ("{value: 'a${pw}'}", '"a***"'),
        ("{value: '${pw}${x}'}", '"***"'),
        ("{value: '${known|int}'}", None),
        ("{pick: {by: '${x}', a: b}}", '"${c}"'),
        ("{pick: {by: '${known}', k: b}}", '"b"'),
        ("{pick: {by: '${pw}', a: b, else: c}}", '"***"'),
        ("{hash: {with: sha256, text: 'a${x}', as: hex}}", '"${c}"'),
        ("{hmac: {with: sha256, key: '${pw}', text: 'a', as: hex}}", '"***"'),
        ("{hmac: {with: sha256, key: '${pw}', text: '${x}', as: hex}}", '"***"'),
        ("{hmac: {with: sha256, key: '${known}', text: '${x}', as: hex}}", '"${c}"'),
        ("{hmac: {with: sha256, key: '${pw}', key_as: base64, text: a, as: hex}}", '"***"'),
        ("{map: {each: '${list}', to: {a: '${item}'}}}", '[{"a":1}]'),
        ("{map: {each: '${x}', to: {a: '${item}'}}}", '"${c}"'),
        ("{value: '${d}'}", '"${c}"'),
    ],
)
def test_a_computed_value_is_made_where_it_can_be(
    rehearse: Stage, computed: str, shown: str | None
) -> None:
    options = "options: {known: {}, pw: {secret: true}, list: {type: list}}\n"
    values = f"computed: {{c: {computed}, d: {{now: s}}}}\n"
    text = f"{options}{values}{TOLD}session: [{{send: {{v: '${{c}}'}}}}]\n"
    rehearsal = rehearse(text, {"known": "k", "list": [1]}, ["pw"])
    url(rehearsal)
    if shown is None:
        with pytest.raises(TemplateError, match="c cannot be computed"):
            frames(rehearsal)
    else:
        assert frames(rehearsal) == [f'{{"v":{shown}}}']


def test_a_value_that_needs_what_is_not_given_is_not_set(rehearse: Stage) -> None:
    text = "options: {pw: {secret: true}}\ncomputed: {c: {hmac: {with: sha256, key: '${pw}', text: '${t}', as: hex}}, t: {now: s}}\nsession: [{send: {a: 1, v: '${c?}'}}]\n"
    rehearsal = rehearse(text)
    url(rehearsal)
    assert frames(rehearsal) == ['{"a":1}']


def test_what_is_told_is_kept_secret_where_the_profile_says_so(rehearse: Stage) -> None:
    text = f"computed: {{c: {{value: 'a${{x}}'}}}}\n{TOLD_SECRETLY}connect: {{url: 'ws://demo.test', query: {{t: '${{x}}'}}}}\nsession: [{{send: {{v: '${{c}}', x: '${{x?}}'}}}}]\n"
    rehearsal = rehearse(text)
    list(rehearsal.before())
    with pytest.raises(SecretStays, match=r"demo\.test in clear text"):
        rehearsal.connection()
    rehearsal = rehearse(text, cleartext=True)
    assert url(rehearsal) == "ws://demo.test?t=${x}"
    assert frames(rehearsal) == ['{"v":"${c}","x":"${x?}"}']
    assert rehearsal.later == {
        "x": "told by the answer to POST https://demo.test/s",
        "c": "computed then of x",
    }


def test_a_secret_that_is_a_url_is_not_taken_for_a_mistake(rehearse: Stage) -> None:
    text = "options: {pw: {secret: true}}\nconnect: {url: '${pw}'}\n"
    rehearsal = rehearse(text, secrets=["pw"])
    with pytest.raises(SecretStays) as caught:
        rehearsal.connection()
    assert "a secret would go to ***, which the profile" in rehearsal.restored(str(caught.value))


def test_a_frame_stays_json_whatever_stands_in_it(rehearse: Stage) -> None:
    text = (
        TOLD
        + "session: [{send: {a: ['${x|join(\",\")}', 1, null]}}, {send: 'say ${x|join(\",\")}'}]\n"
    )
    rehearsal = rehearse(text)
    url(rehearsal)
    assert frames(rehearsal) == ['{"a":["${x|join(\\",\\")}",1,null]}', 'say ${x|join(",")}']


# --- before the connection ---------------------------------------------------------------------


def test_requests_are_told_in_order_with_what_the_earlier_ones_told(rehearse: Stage) -> None:
    text = """
options: {pw: {secret: true}, user: {}}
bootstrap:
  - {request: 'POST https://demo.test/out', when: $user, capture: {z: .z}, examples: [{z: 1}]}
  - {request: 'POST https://demo.test/a', json: {key: '${pw}'}, capture: {x: .x}, require: .x, examples: [{x: 1}]}
  - {request: 'GET ${x}://demo.test/b', when: $x, form: {x: '${x}', k: '${pw}'}, capture: {y: .y}, examples: [{y: 1}]}
  - {request: 'GET /c', query: {y: '${y}', z: '${z?}'}}
  - {request: 'GET /d', when: $user}
"""
    rehearsal = rehearse(text, secrets=["pw"])
    first, *items, last = rehearsal.before()
    assert first == last == LeftOut("$user")
    a, b, c = asked(items)
    assert (a.method, a.url, a.body, a.only) == ("POST", "https://demo.test/a", '{"key":"***"}', "")
    assert a.headers == (("Content-Type", "application/json"),)
    assert (b.url, b.body, b.only) == ("${x}://demo.test/b", "x=${x}&k=***", "$x")
    assert c.url == "https://demo.test/c?y=${y}"
    assert a.step is not None
    assert a.step.require == ".x"


def test_a_value_that_nobody_gave_ends_it(rehearse: Stage) -> None:
    text = "options: {a: {}}\nconnect: {url: 'wss://demo.test/${a}'}\n"
    with pytest.raises(TemplateError, match="a is not set"):
        rehearse(text).connection()
    with pytest.raises(UsageError, match="no WebSocket URL"):
        rehearse("options: {a: {}}\nconnect: {url: '${a}'}\n", {"a": "https://[::1"}).connection()


HISTORY = "history: {request: 'GET https://demo.test/h/${item}', for: '${%s}', each: '.[]', as: {a: '${item}'}, sort: .t}\n"


def test_the_history_is_asked_for_each_of_what_is_wanted(rehearse: Stage) -> None:
    text = "options: {a: {type: list}}\n" + HISTORY % "a"
    wanted = {"a": ["x", "y"]}
    assert not list(rehearse(text, wanted).history())
    urls = [each.url for each in asked(rehearse(text, wanted, history=True).history())]
    assert urls == ["https://demo.test/h/x", "https://demo.test/h/y"]
    (none,) = rehearse(text, {"a": []}, history=True).history()
    assert none == Rejecting("none is given of ${a} to ask for")
    assert not list(rehearse("options: {}\n", history=True).history())


def test_a_history_of_what_is_told_is_asked_for_by_name(rehearse: Stage) -> None:
    rehearsal = rehearse(TOLD + HISTORY % "x", history=True)
    list(rehearsal.before())
    assert [each.url for each in asked(rehearsal.history())] == ["https://demo.test/h/${item}"]


# --- on a connection ---------------------------------------------------------------------------


def test_steps_are_walked_as_in_a_run(rehearse: Stage) -> None:
    text = (
        "options: {a: {type: list}, b: {}}\ncomputed: {n: {counter: 1}}\n"
        + WELCOME
        + """
session:
  - {expect: welcome, within: 3s, require: .x != null}
  - {send: {n: '${n}', x: '${x}'}, when: $b}
  - {each: '${a}', pace: 1s, send: {n: '${n}', a: '${item}'}, ack: {message: ok, same: {.n: .n}, within: 2s}}
  - {send: {n: '${n}', x: '${x}'}, when: $x}
  - {send: {n: '${n}', x: '${x}'}, needs: [x, b]}
  - {send: {n: '${n}'}}
"""
    )
    rehearsal = rehearse(text, {"a": ["p", "q"], "b": ""})
    rehearsal.connection()
    kinds = [item for item in rehearsal.steps() if not isinstance(item, Begins)]
    assert kinds[0] == Waiting(("welcome",), kinds[0].within, require=".x != null")  # type: ignore[union-attr]
    assert kinds[1] == LeftOut("$b")
    assert [type(item) for item in kinds[2:7]] == [Sending, Waiting, Pausing, Sending, Waiting]
    assert kinds[3].same == {".n": "1"}  # type: ignore[union-attr]
    rest = kinds[7:]
    assert rest[0] == Sending('{"n":3,"x":"${x}"}')
    assert rest[1] == Sending('{"n":"${n}","x":"${x}"}')
    assert rest[2] == Sending('{"n":"${n}"}')
    begins = [item for item in rehearsal.steps() if isinstance(item, Begins)]
    assert [(item.only, item.lacking) for item in begins[2:]] == [
        ("$x", ()),
        ("", ("x",)),
        ("", ()),
    ]
    assert rehearsal.later["n"] == "counted then"


def test_what_is_lacking_beforehand_is_rejected_beforehand(rehearse: Stage) -> None:
    text = "options: {b: {}}\nsession: [{send: {b: '${b}'}, needs: [b]}, {send: hi}]\n"
    rehearsal = rehearse(text)
    items = [item for item in rehearsal.steps() if not isinstance(item, Begins)]
    assert items == [Rejecting('{"b":"${b}"} was left out: b is not known'), Sending("hi")]


def test_an_element_that_cannot_be_asked_for_is_rejected(rehearse: Stage) -> None:
    text = "options: {a: {type: list, of: selector}}\nsession: [{each: '${a}', send: {a: '${item.with.x}'}}]\n"
    items = list(rehearse(text, {"a": [{"name": "p", "with": {}}]}).steps())
    (rejected,) = [item for item in items if isinstance(item, Rejecting)]
    assert "cannot be asked for: ${item.with.x}: item.with.x is not set" in rejected.text


AUTH = """
session:
  - each: '${%s}'
    http: {request: 'POST https://demo.test/auth/${item}', %s headers: {K: '${pw}'}, capture: {auth: .a, y: .b}, secret: [auth], examples: [{a: 1, b: 2}]}
    send: {n: '${n}', c: '${item}', auth: '${auth?}', y: '${y?}'}
"""
ASKS = "options: {pw: {secret: true}, a: {type: list}}\ncomputed: {n: {counter: 1}}\n"


def test_a_request_in_a_step_is_made_for_each_element(rehearse: Stage) -> None:
    rehearsal = rehearse(ASKS + AUTH % ("a", ""), {"a": ["p", "q"]}, ["pw"])
    rehearsal.connection()
    items = list(rehearsal.steps())
    assert [each.url for each in asked(items)] == [
        "https://demo.test/auth/p",
        "https://demo.test/auth/q",
    ]
    assert frames(rehearsal)[0] == '{"n":3,"c":"p","auth":"${auth?}","y":"${y?}"}'
    assert rehearsal.later["auth"] == "told by the answer to POST https://demo.test/auth/${item}"


def test_a_condition_that_an_element_decides_is_decided(rehearse: Stage) -> None:
    text = ASKS + AUTH % ("a", "when: '$item == \"p\"',")
    rehearsal = rehearse(text, {"a": ["p", "q"]}, ["pw"])
    rehearsal.connection()
    assert frames(rehearsal) == ['{"n":1,"c":"p","auth":"***","y":"${y}"}', '{"n":2,"c":"q"}']


@pytest.mark.parametrize(
    ("when", "count", "frame"),
    [
        ("when: $nobody,", 0, '{"n":1,"c":"p"}'),
        ("when: $a,", 1, '{"n":1,"c":"p","auth":"${auth?}","y":"${y?}"}'),
        ("when: $t,", 1, '{"n":1,"c":"p","auth":"${auth?}","y":"${y?}"}'),
    ],
)
def test_a_condition_of_its_own_holds_for_all_elements(
    rehearse: Stage, when: str, count: int, frame: str
) -> None:
    options = ASKS.replace("a: {type", "nobody: {}, a: {type").replace("1}}", "1}, t: {now: s}}")
    rehearsal = rehearse(options + AUTH % ("a", when), {"a": ["p"]}, ["pw"])
    rehearsal.connection()
    items = list(rehearsal.steps())
    assert [each.only for each in asked(items)] == (["$t"] if "$t" in when else [""])[:count]
    assert [item.text for item in items if isinstance(item, Sending)] == [frame]


def test_elements_that_only_the_provider_tells_are_told_once_by_name(rehearse: Stage) -> None:
    rehearsal = rehearse(
        ASKS + TOLD.replace(", y: .y", "") + AUTH % ("x", "when: $item.private,"), secrets=["pw"]
    )
    url(rehearsal)
    begins, request, sent = rehearsal.steps()
    assert isinstance(begins, Begins)
    assert isinstance(request, Asking)
    assert (begins.each, request.only) == ("${x}", "$item.private")
    assert request.url == "https://demo.test/auth/${item}"
    assert sent == Sending('{"n":"${n}","c":"${item}","auth":"${auth?}","y":"${y?}"}')


# --- while it lives, and after ------------------------------------------------------------------


def test_pings_and_answers_are_told(rehearse: Stage) -> None:
    text = (
        "computed: {n: {counter: 1}}\ndiscriminator: .type\nmessages:\n"
        "  ping: {role: heartbeat, reply: {type: pong, of: '${.n}', id: '${$.id}', n: '${n}'}, examples: [{type: ping}]}\n"
        "  odd: {role: control, reply: {a: '${never}'}, capture: {other: .o}, examples: [{type: odd}]}\n"
        "options: {never: {}}\n"
        "keepalive: {ping: {every: 1s, send: {n: '${n}'}, expect: ping, within: 1s}}\n"
    )
    rehearsal = rehearse(text)
    rehearsal.connection()
    lives = rehearsal.alive()
    assert lives.ping == '{"n":"${n}"}'
    assert lives.replies["ping"] == '{"type":"pong","of":"${.n}","id":"${$.id}","n":"${n}"}'
    assert lives.replies["odd"] == "odd cannot be made: ${never}: never is not set"
    assert rehearse("keepalive: {ping: {every: 1s}}\n").alive().ping == ""


def test_every_word_of_the_format_is_rehearsed(rehearse: Stage) -> None:
    stream = [{"name": "trades", "with": {"s": "A"}}]
    options = {"user": "u", "stream": stream, "symbol": ["A"], "mask": [1], "env": "wss://e"}
    rehearsal = rehearse(EVERYTHING, options, ["api_key"], history=True)
    (login,) = rehearsal.before()
    assert isinstance(login, Asking)
    assert [each.url for each in asked(rehearsal.history())] == [
        "https://api.everything.test/history/A"
    ]
    shown = "${scheme}://${host}/ws?ticket=${ticket}&symbols=A&flags=1"
    assert rehearsal.connection().target.url == shown
    (frame,) = [item.text for item in rehearsal.steps() if isinstance(item, Sending)]
    assert (
        frame
        == '{"type":"subscribe","id":"${number}","channel":"${item}","auth":"${auth?}","nonce":"${nonce}","who":"u@everything"}'
    )
    again = rehearsal.resumed_connection()
    assert again is not None
    assert again.target.url.startswith("wss://everything.test/again?ticket=${ticket}")
    assert Sending('{"type":"resume","since":"${last}"}') in list(rehearsal.resumed_steps())
    assert [each.url for each in asked(rehearsal.backfill())] == [
        "https://api.everything.test/items?since=${last}"
    ]
    assert rehearsal.later["last"] == "told by the message item"
    assert rehearsal.later["nonce"] == "drawn at random then"


def test_without_a_word_about_it_nothing_is_other_after_a_drop(rehearse: Stage) -> None:
    rehearsal = rehearse("options: {}\n")
    assert rehearsal.resumed_connection() is None
    assert not list(rehearsal.resumed_steps())
    assert not list(rehearsal.backfill())
