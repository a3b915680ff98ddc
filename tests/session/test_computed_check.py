"""What is wrong with the computed values of a profile, and what each of them is made of."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.session.computing import NOW
from wscli.errors import TemplateError
from wscli.model.secret import Secret
from wscli.session.computed import Computed, check_computed, uses
from wscli.session.computed.kinds import KINDS
from wscli.templates import Rendered
from wscli.templates.values import text

NAMES = {"user", "host", "secret"}

HASH = {"with": "sha256", "text": "${user}", "as": "hex"}
HMAC = {"with": "sha256", "key": "${secret}", "text": "t", "as": "hex"}
JWT = {"with": "ES256", "key": "${secret}", "claims": {"exp": "${user}"}}

SOUND: list[Any] = [
    {"now": "iso"},
    {"later": {"by": "1m30s", "as": "ms"}},
    {"later": {"by": 0.5, "as": "ms"}},
    {"uuid": 4},
    {"random": {"bytes": 1024, "as": "int"}},
    {"counter": -1},
    {"value": {"a": ["${user}", "${item.x}", "${other}"]}},
    {"value": None},
    {"pick": {"by": "${user}", "true": 1}},
    {"pick": {"by": "${user}", "true": {"a": "${host}"}, "else": 2}},
    {"map": {"each": "${user?}", "to": {"a": "${item.name}"}}},
    {"hash": HASH},
    {"hmac": HMAC},
    {"hmac": {**HMAC, "key_as": "base64"}},
    {"sign": {**HASH, "with": "rsa-pss-sha256", "key": "${secret}"}},
    {"jwt": JWT},
    {"jwt": {**JWT, "claims": "${user}", "header": {"kid": "${user}"}}},
]


def told(computed: Any, names: Any = NAMES) -> list[tuple[Any, str, str]]:
    return [tuple(complaint) for complaint in check_computed(computed, names)]  # type: ignore[misc]  # three parts


@pytest.mark.parametrize("raw", SOUND)
def test_what_makes_sense_is_not_told(raw: Any) -> None:
    assert told({"x": raw, "other": {"uuid": 4}}) == []
    assert Computed({"x": raw}, Random(1)).rendering({}, NOW) is not None


# what the profile says, where it is wrong, what is said, what would be right
WRONG: list[tuple[Any, tuple[Any, ...], str, str]] = [
    # kinds
    ("now", (), '"now" must be a mapping.', "Kinds are now, later,"),
    (None, (), "null must be a mapping.", "Kinds are"),
    ({}, (), "must not be empty.", "Kinds are now,"),
    ({"hsah": HASH}, ("hsah",), 'unknown key "hsah".', 'Did you mean "hash"?'),
    ({"md5": HASH}, ("md5",), 'unknown key "md5".', "Kinds are now,"),
    ({"now": "s", "uuid": 4}, (), "says now and uuid.", "Keep one kind."),
    # closed lists and numbers
    ({"now": "m"}, ("now",), '"m" must be one of iso, s, ms, us, ns.', 'Did you mean "ms"?'),
    ({"now": ["s"]}, ("now",), '["s"] must be one of iso, s, ms, us, ns.', ""),
    ({"uuid": 7}, ("uuid",), "7 must be one of 4.", ""),
    ({"counter": "1"}, ("counter",), '"1" must be a whole number from', ""),
    ({"counter": True}, ("counter",), "true must be a whole number from", ""),
    ({"random": {"bytes": 0, "as": "hex"}}, ("random", "bytes"), "0 must be a whole number from 1 to 1024.", ""),
    ({"random": {"bytes": 1025, "as": "hex"}}, ("random", "bytes"), "1025 must be", ""),
    ({"hash": {**HASH, "with": "md5"}}, ("hash", "with"), '"md5" must be one of sha256, sha384, sha512.', ""),
    ({"hash": {**HASH, "with": "sha1"}}, ("hash", "with"), '"sha1" must be one of sha256', "Did you mean"),
    ({"hash": {**HASH, "as": "HEX"}}, ("hash", "as"), '"HEX" must be one of hex, base64, base64url.', ""),
    ({"hmac": {**HMAC, "key_as": "pem"}}, ("hmac", "key_as"), '"pem" must be one of text, base64, hex.', ""),
    ({"jwt": {**JWT, "with": "none"}}, ("jwt", "with"), '"none" must be one of HS256, RS256, ES256, EdDSA.', ""),
    ({"sign": {**HMAC, "with": "rsa"}}, ("sign", "with"), '"rsa" must be one of rsa-pss-sha256, rsa-sha256, ecdsa-sha256, ed25519.', ""),
    # lengths of time
    ({"later": {"by": "soon", "as": "s"}}, ("later", "by"), "'soon' is no length of time; write", ""),
    ({"later": {"by": True, "as": "s"}}, ("later", "by"), "true is no length of time.", "Write 500ms"),
    ({"later": {"by": {}, "as": "s"}}, ("later", "by"), "{} is no length of time.", "Write 500ms"),
    ({"later": {"by": -1, "as": "s"}}, ("later", "by"), "-1 is no length of time.", ""),
    ({"later": {"by": 10**400, "as": "s"}}, ("later", "by"), "int too large", ""),
    ({"later": {"by": "999999999h", "as": "iso"}}, ("later", "by"), '"999999999h" is longer than a century.', ""),
    # words
    ({"later": "10s"}, ("later",), '"10s" must be a mapping.', "It takes by, as."),
    ({"later": {"by": "10s"}}, ("later",), '"as" is missing.', ""),
    ({"later": {"by": "10s", "as": "s", "bye": 1}}, ("later", "bye"), 'unknown key "bye".', 'Did you mean "by"?'),
    ({"later": {"by": "10s", "as": "s", "zone": 1}}, ("later", "zone"), 'unknown key "zone".', "Known here: by, as."),
    ({"pick": {"by": "${user}", "else": 1}}, ("pick",), "there is nothing to choose from.", "Add a key"),
    ({"pick": {"true": 1}}, ("pick",), '"by" is missing.', ""),
    ({"jwt": {**JWT, "claims": [1]}}, ("jwt", "claims"), "[1] must be a mapping.", ""),
    ({"jwt": {**JWT, "header": {"alg": "none"}}}, ("jwt", "header"), '"alg" cannot stand here.', 'It is what "with" says.'),
    # templates
    ({"value": "${usr}"}, ("value",), "template '${usr}': usr is not known here, at character 3.", "Did you mean ${user}?"),
    ({"value": "${user"}, ("value",), "template '${user': this ${ has no closing }", ""),
    ({"value": "${.x}"}, ("value",), "${.…} means nothing here.", "Use an option"),
    ({"value": "${$.x}"}, ("value",), "${$.…} means nothing here.", "Use an option"),
    ({"pick": {"by": "a", "a": "${usr}"}}, ("pick", "a"), "template", ""),
    ({"map": {"each": "${user}", "to": {"a": "${nmae}"}}}, ("map", "to"), "template", ""),
    ({"jwt": {**JWT, "claims": {"a": "${nmae}"}}}, ("jwt", "claims"), "template", ""),
    # itself
    ({"value": "${x}"}, (), '"x" is made of itself.', ""),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "path", "what", "remedy"), WRONG)
def test_what_is_wrong_is_told_with_its_place(
    raw: Any, path: tuple[Any, ...], what: str, remedy: str
) -> None:
    ((found_path, found_what, found_remedy),) = told({"x": raw})
    assert found_path == ("x", *path)
    assert found_what.startswith(what)
    assert found_what.endswith(".")
    assert not found_what.endswith("..")
    assert found_remedy.startswith(remedy)


def test_all_mistakes_are_told_at_once() -> None:
    computed = {
        "a": {"hmac": {"with": "sha1", "text": "${nobody}", "as": "hex", "kee": 1}},
        "b": {"now": "s", "then": 1},
        "c": {"uuid": 4},
    }
    assert [path for path, _, _ in told(computed)] == [
        ("a", "hmac", "with"),
        ("a", "hmac", "text"),
        ("a", "hmac", "kee"),
        ("a", "hmac"),
        ("b", "then"),
        ("b",),
    ]


def test_what_is_long_is_shown_in_part() -> None:
    ((_, what, _),) = told({"x": {"now": "y" * 1000}})
    assert len(what) < 120


def test_what_is_no_mapping_at_all_is_told() -> None:
    assert [path for path, *_ in told(["now"])] == [()]
    assert told({}) == []


def test_circles_are_told_however_long_they_are() -> None:
    computed: dict[str, Any] = {
        "a": {"value": "${b}"},
        "b": {"hash": {"with": "sha256", "text": "${c}${user}", "as": "hex"}},
        "c": {"pick": {"by": "${user}", "x": "${a}", "y": "${free}"}},
        "d": {"value": "${a}${e}"},
        "e": {"value": "${d}"},
        "free": {"value": "${user}"},
        "above": {"value": "${a}${free}"},
    }
    assert told(computed) == [
        (("a",), '"a" is made of itself, by way of "c".', ""),
        (("d",), '"d" is made of itself, by way of "e".', ""),
    ]
    chain = {f"n{i}": {"value": f"${{n{i + 1}}}"} for i in range(3000)}
    assert told(chain | {"n3000": {"value": 1}}) == []
    assert len(told(chain | {"n3000": {"value": "${n0}"}})) == 1


def test_computed_names_may_be_among_the_names_or_not() -> None:
    computed = {"a": {"value": "${b}"}, "b": {"value": "${user}"}}
    assert told(computed, {"user"}) == told(computed, {"user", "a", "b"}) == []


def test_what_a_value_uses_goes_through_other_values() -> None:
    computed = {
        "signature": {
            "hmac": {"with": "sha256", "key": "${secret}", "text": "${ts}${who}", "as": "hex"}
        },
        "ts": {"now": "s"},
        "who": {"pick": {"by": "${tls}", "true": "${user}", "else": {"h": "${host // port?}"}}},
        "list": {"map": {"each": "${topic?}", "to": "${item}:${who}"}},
        "token": {
            "jwt": {
                "with": "HS256",
                "key": "${key}",
                "claims": {"a": "${b}"},
                "header": {"kid": "${id}"},
            }
        },
        "one": {"value": "${two}"},
        "two": {"value": "${one}${ts}"},
        "bad": {"value": "${"},
    }
    who = {"tls", "user", "host", "port"}
    assert uses(computed, "ts") == frozenset()
    assert uses(computed, "signature") == {"secret", "ts", "who", *who}
    assert uses(computed, "list") == {"topic", "who", *who}
    assert uses(computed, "token") == {"key", "b", "id"}
    assert uses(computed, "one") == {"one", "two", "ts"}
    assert uses(computed, "bad") == uses(computed, "nobody") == frozenset()


KEYS = st.sampled_from(
    [*KINDS, *{word for kind in KINDS.values() for word in kind.words}, "true", "other"]
)
TEXTS = st.sampled_from(["${a}", "${item.x}", "${.x}", "${", "s", "hex", "sha256", "HS256", "10s"])
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(TREES | st.dictionaries(KEYS, st.dictionaries(KEYS, TREES, max_size=2), max_size=2))
@settings(max_examples=150)
def test_whatever_stands_there_is_told_and_never_raises(computed: Any) -> None:
    complaints = told(computed)
    assert all(what.endswith(".") for _, what, _ in complaints)
    if not complaints:
        assert Computed(computed, Random(1)).rendering({}, NOW) is not None


CANARY = "c4n4ry"
PLACEHOLDERS = st.sampled_from(
    ["${secret}", "${user}", "${secrets}", "${none?}", "${none}", "${item}", "${item.x?}", "${mixed|json}", "${mixed}", "<${secret}>", "${user|lower}", '${mixed|join(",")}', "${secrets|first}"]
)  # fmt: skip
FILLED = st.recursive(
    PLACEHOLDERS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=2),
    max_leaves=3,
)
FORM = st.sampled_from(["hex", "base64", "base64url"])
VALUES = st.one_of(
    st.builds(lambda value: {"value": value}, FILLED),
    st.builds(lambda each, to: {"map": {"each": each, "to": to}}, FILLED, FILLED),
    st.builds(lambda by, arm: {"pick": {"by": by, "ann": arm, "else": arm}}, FILLED, FILLED),
    st.builds(lambda t, f: {"hash": {"with": "sha256", "text": t, "as": f}}, FILLED, FORM),
    st.builds(
        lambda k, t, f: {"hmac": {"with": "sha256", "key": k, "text": t, "as": f}},
        FILLED,
        FILLED,
        FORM,
    ),
    st.builds(
        lambda key, claims: {"jwt": {"with": "HS256", "key": key, "claims": {"a": claims}}},
        FILLED,
        FILLED,
    ),
)


@given(VALUES, st.sampled_from([{"value": "${a}"}, {"value": {"k": "-${a}"}}]))
@settings(max_examples=200)
def test_what_makes_sense_is_made_and_shows_no_secret(first: Any, second: Any) -> None:
    computed = {"a": first, "b": second}
    secret = Secret(CANARY)
    names = {"user": "ann", "secret": secret, "secrets": [secret], "mixed": ["x", secret]}
    assert told(computed, {*names, "none"}) == []
    view = Computed(computed, Random(1)).rendering(names, NOW)
    for name in computed:
        try:
            value = view.get(name)
            shown = text(value.shown if isinstance(value, Rendered) else value)
        except TemplateError as error:
            shown = str(error)
        assert CANARY not in shown
