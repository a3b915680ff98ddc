"""Computed values: what they give, when they are made, and what of them is shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.session.computing import NOW, made, rendering
from wscli.errors import TemplateError
from wscli.jq.expressions import compile_expression
from wscli.jq.values import truthy
from wscli.model.instant import Instant
from wscli.model.message import MISSING
from wscli.model.secret import MASK, Secret
from wscli.session.computed import Computed, for_expressions
from wscli.templates import Rendered, Scope, compile_template

CANARY = "c4n4ry"  # occurs nowhere else
SECRET = Secret(CANARY)
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-4, of "abc"


def hashed(text: str) -> dict[str, Any]:
    return {"hash": {"with": "sha256", "text": text, "as": "hex"}}


NAMES: Mapping[str, Any] = {
    "user": "ann",
    "host": "h.test",
    "tls": True,
    "port": 3,
    "null": None,
    "empty": [],
    "list": [{"name": "trades", "with": {"k": 1}}, {"name": "prices", "with": {}}],
    "unset": MISSING,
    "password": SECRET,
    "secrets": [{"name": SECRET, "kind": "a"}],
    "opaque": Rendered([CANARY], MASK),
}

# what the profile says, what comes out
MADE: list[tuple[Any, Any]] = [
    # clocks
    ({"now": "iso"}, "2026-11-22T00:00:00.123Z"),
    ({"now": "s"}, 1_795_305_600),
    ({"now": "ms"}, 1_795_305_600_123),
    ({"now": "us"}, 1_795_305_600_123_456),
    ({"now": "ns"}, 1_795_305_600_123_456_000),
    ({"later": {"by": "10s", "as": "ms"}}, 1_795_305_610_123),
    ({"later": {"by": 120, "as": "s"}}, 1_795_305_720),
    ({"later": {"by": "1h30m", "as": "iso"}}, "2026-11-22T01:30:00.123Z"),
    # a value is any template
    ({"value": "${user}@${host}"}, "ann@h.test"),
    ({"value": {"a": ["${port}", "${none?}"], "b": "${none?}"}}, {"a": [3]}),
    ({"value": 7}, 7),
    ({"value": "${null}"}, None),
    ({"value": "${none?}"}, MISSING),
    ({"value": "${item.id}"}, "i-1"),
    # pick: by the text itself or by its JSON
    ({"pick": {"by": "${tls}", "true": "wss", "false": "ws"}}, "wss"),
    ({"pick": {"by": "${port}", "3": "${user}", "4": "no"}}, "ann"),
    ({"pick": {"by": "${user}", "ann": {"who": "${user}"}}}, {"who": "ann"}),
    ({"pick": {"by": "${null}", "null": 0}}, 0),
    ({"pick": {"by": "${user}", "bob": 1}}, MISSING),
    ({"pick": {"by": "${user}", "bob": 1, "else": 2}}, 2),
    ({"pick": {"by": "${none?}", "bob": 1, "else": 2}}, 2),
    ({"pick": {"by": "${none?}", "bob": 1}}, MISSING),
    ({"pick": {"by": "${none}", "bob": 1, "else": 2}}, MISSING),
    ({"pick": {"by": "by", "a": 1, "else": 2}}, 2),
    ({"pick": {"by": "else", "a": 1}}, MISSING),
    ({"pick": {"by": "a", "a": "${none?}", "else": 2}}, MISSING),
    ({"pick": {"by": "a", "a": "${none}", "else": 2}}, MISSING),
    ({"pick": {"by": "a", "a": 1, "b": "${none}"}}, 1),
    # map
    ({"map": {"each": "${list}", "to": "${item.name}"}}, ["trades", "prices"]),
    (
        {"map": {"each": "${list}", "to": {"s": "${item.name}", "f": "${item.with}"}}},
        [{"s": "trades", "f": {"k": 1}}, {"s": "prices", "f": {}}],
    ),
    ({"map": {"each": ["a", "b"], "to": "${user}:${item}"}}, ["ann:a", "ann:b"]),
    ({"map": {"each": "${list}", "to": "${item.with.k?}"}}, [1]),
    ({"map": {"each": "${empty}", "to": "${none}"}}, []),
    ({"map": {"each": "${none?}", "to": "${item}"}}, []),
    ({"map": {"each": "${none}", "to": "${item}"}}, MISSING),
    ({"map": {"each": "${list}", "to": "${none}"}}, MISSING),
    # what needs something that is not set is not set itself
    ({"value": "${none}"}, MISSING),
    ({"value": {"deep": ["${user}", "${none // unset}"]}}, MISSING),
    ({"value": "${empty|first}"}, MISSING),
    ({"value": "${item.none}"}, MISSING),
    ({"value": '${none:-"d"}'}, "d"),
    (hashed("abc"), ABC),
    (hashed("a${none}"), MISSING),
    (hashed("a${none?}"), MISSING),
]


@pytest.mark.parametrize(("raw", "value"), MADE)
def test_what_a_computed_value_is(raw: Any, value: Any) -> None:
    found = made(raw, NAMES, item={"id": "i-1"})
    assert found == value
    assert type(found) is type(value)


@given(st.floats(0, 4e9))
@settings(max_examples=100)
def test_all_forms_of_a_moment_agree(wall: float) -> None:
    forms = {form: {"now": form} for form in ("iso", "s", "ms", "us", "ns")}
    view = rendering(forms, now=Instant(0, wall))
    assert abs(view["us"] - wall * 1e6) <= 1
    assert view["ns"] // 1000 == view["us"]
    assert view["us"] // 1000 == view["ms"]
    assert view["ms"] // 1000 == view["s"]
    moment = datetime.fromisoformat(view["iso"])
    assert moment.tzinfo == UTC
    assert view["iso"].endswith("Z")
    assert round(moment.timestamp() * 1000) == view["ms"]


def test_a_moment_is_not_cut_below_what_the_float_stands_for() -> None:
    assert rendering({"ts": {"now": "ms"}}, now=Instant(0, 1.001))["ts"] == 1001


def test_an_id_is_a_random_uuid() -> None:
    ids = [Computed({"x": {"uuid": 4}}, Random(n)).rendering({}, NOW)["x"] for n in range(20)]
    assert all(str(UUID(each)) == each for each in ids)
    assert {UUID(each).version for each in ids} == {4}
    assert len(set(ids)) == 20
    again = Computed({"x": {"uuid": 4}}, Random(0)).rendering({}, NOW)["x"]
    assert again == ids[0], "chance is only what was passed in"


@pytest.mark.parametrize(
    ("form", "pattern"),
    [
        ("hex", "[0-9a-f]{34}"),
        ("base64", "[A-Za-z0-9+/]{23}="),
        ("base64url", "[A-Za-z0-9_-]{23}"),
    ],
)
def test_random_bytes_are_written_as_asked(form: str, pattern: str) -> None:
    for seed in range(20):
        computed = Computed({"x": {"random": {"bytes": 17, "as": form}}}, Random(seed))
        assert re.fullmatch(pattern, computed.rendering({}, NOW)["x"])


def test_a_random_integer_fills_its_bytes() -> None:
    computed = Computed({"x": {"random": {"bytes": 2, "as": "int"}}}, Random(1))
    numbers = [computed.rendering({}, NOW)["x"] for _ in range(200)]
    assert all(type(number) is int for number in numbers)
    assert 0 <= min(numbers) < 2000
    assert 63_000 < max(numbers) < 65_536


def test_each_rendering_that_uses_a_counter_takes_the_next_number() -> None:
    computed = Computed({"n": {"counter": 1}, "m": {"counter": 7}}, Random(1))
    first = computed.rendering({}, NOW)
    assert (first["n"], first["n"]) == (1, 1)
    computed.rendering({}, NOW)  # uses none
    second = computed.rendering({}, NOW)
    assert (second["n"], second["m"]) == (2, 7)
    computed.reset()
    third = computed.rendering({}, NOW)
    assert (third["n"], third["m"]) == (1, 7)
    assert second["n"] == 2, "what was made stays"


def test_a_value_is_made_once_in_a_rendering_and_anew_in_the_next() -> None:
    computed = Computed(
        {
            "nonce": {"random": {"bytes": 8, "as": "hex"}},
            "twice": {"value": "${nonce}-${nonce}"},
            "ts": {"now": "ms"},
        },
        Random(1),
    )
    one = computed.rendering({}, NOW)
    assert one["twice"] == f"{one['nonce']}-{one['nonce']}"
    other = computed.rendering({}, Instant(6.0, 1_795_305_601.0))
    assert other["nonce"] != one["nonce"]
    assert (one["ts"], other["ts"]) == (1_795_305_600_123, 1_795_305_601_000)


def test_a_value_that_nobody_asks_for_is_not_made() -> None:
    view = rendering(
        {"bad": hashed("${host|join(',')}".replace("'", '"')), "good": {"value": 1}}, NAMES
    )
    assert view["good"] == 1
    with pytest.raises(TemplateError):
        view["bad"]


def test_a_value_sees_the_names_as_they_are_when_it_is_made() -> None:
    names: dict[str, Any] = {}
    computed = {"late": {"value": "${token}"}, "early": {"value": "${token?}"}}
    view = rendering(computed, names)
    assert "early" not in view
    names["token"] = "t"
    assert view["late"] == "t"
    assert "early" not in view, "what was looked up stays"


def test_the_view_is_a_mapping_of_what_is_set() -> None:
    view = rendering(
        {"a": {"value": 1}, "b": {"value": "${none}"}},
        {"user": "ann", "unset": MISSING, "left_out": Rendered(MISSING, MISSING)},
    )
    assert dict(view) == {"user": "ann", "a": 1}
    assert len(view) == 2
    assert "b" not in view
    assert "unset" not in view
    assert view.get("left_out", MISSING) is MISSING
    assert view.get("never heard of", MISSING) is MISSING


def test_a_template_is_filled_from_the_view() -> None:
    computed = {"ts": {"now": "s"}, "who": {"value": "${user}@${host}"}}
    template = compile_template({"t": "${ts}", "text": "${ts|str}", "w": "${who}", "n": "${none?}"})
    filled = template.render(Scope(rendering(computed, NAMES))).value
    assert filled == {"t": 1_795_305_600, "text": "1795305600", "w": "ann@h.test"}


# --- what is shown ---------------------------------------------------------------------------

# what the profile says, what is shown of it
SHOWN: list[tuple[Any, Any]] = [
    ({"value": "${user}:${password}"}, "ann:***"),
    ({"value": {"u": "${user}", "p": "${password}"}}, {"u": "ann", "p": "***"}),
    (hashed("${password}"), "***"),
    (hashed("x${password}"), "***"),
    ({"pick": {"by": "${password}", CANARY: "yes", "else": "no"}}, "***"),
    ({"pick": {"by": "${password}", "a": "yes", "else": "no"}}, "***"),
    ({"pick": {"by": "${tls}", "true": "${password}!"}}, "***!"),
    ({"map": {"each": "${secrets}", "to": "${item.kind}${item.name}"}}, ["a***"]),
    ({"map": {"each": "${opaque}", "to": "${item}"}}, ["***"]),
    ({"map": {"each": ["${password}", "b"], "to": "<${item}>"}}, ["<***>", "<b>"]),
]


@pytest.mark.parametrize(("raw", "shown"), SHOWN)
def test_a_secret_is_masked_in_what_is_made_of_it(raw: Any, shown: Any) -> None:
    found = made(raw, NAMES)
    assert isinstance(found, Rendered)
    assert found.shown == shown
    assert found.value != shown
    assert CANARY not in repr(found)


def test_what_holds_no_secret_is_shown() -> None:
    assert made(hashed("${user}"), NAMES) == made(hashed("ann"))
    assert made({"map": {"each": "${secrets}", "to": "${item.kind}"}}, NAMES) == ["a"]


def test_a_pick_by_a_secret_that_fits_nothing_is_not_set() -> None:
    assert made({"pick": {"by": "${password}", "a": 1}}, NAMES) is MISSING


def test_a_mask_goes_on_from_value_to_value() -> None:
    computed = {"a": hashed("${password}"), "b": hashed("${a}"), "c": {"value": "-${b}-"}}
    view = rendering(computed, NAMES)
    assert view["b"].shown == MASK
    assert view["c"].shown == "-***-"
    assert view["c"].value == f"-{view['b'].value}-"


def test_a_secret_in_the_item_of_a_step_is_masked() -> None:
    item = Rendered({"key": CANARY, "name": "n"}, {"key": MASK, "name": "n"})
    assert made({"value": "${item.name} ${item.key}"}, item=item).shown == "n ***"
    assert made({"value": "${item.name}"}, item=item) == "n"


# --- what goes wrong -------------------------------------------------------------------------

# what the profile says, what is said of it
FAILING: list[tuple[Any, str]] = [
    ({"value": '${password|join(",")}'}, r"x cannot be computed: \$\{password\|join.*needs a list"),
    ({"map": {"each": "${user}", "to": 1}}, "x cannot be computed: what each gives is no list"),
    (
        {"map": {"each": "${list}", "to": "${item.with.k}"}},
        r"x cannot be computed: \$\{item.with.k\}: item.with.k is not set",
    ),
    (hashed("${surrogate}"), "x cannot be computed: its text is no valid Unicode"),
    (hashed("${deep}"), "x cannot be computed: a value is nested too deeply"),
]


@pytest.mark.parametrize(("raw", "what"), FAILING)
def test_what_cannot_be_made_is_said_by_name_and_without_the_secret(raw: Any, what: str) -> None:
    deep: Any = []
    for _ in range(10_000):
        deep = [deep]
    with pytest.raises(TemplateError, match=what) as caught:
        made(raw, {**NAMES, "surrogate": "\ud800", "deep": deep})
    assert CANARY not in str(caught.value)


def test_the_value_that_fails_is_named_not_the_one_that_needs_it() -> None:
    computed = {"inner": {"map": {"each": 1, "to": 1}}, "outer": {"value": "${inner}"}}
    with pytest.raises(TemplateError, match=r"^inner cannot be computed: what each gives"):
        rendering(computed)["outer"]


def test_values_that_are_made_of_each_other_end_in_an_error() -> None:
    with pytest.raises(TemplateError, match="cannot be computed: a value is nested too deeply"):
        rendering({"a": {"value": "${b}"}, "b": {"value": "${a}"}})["a"]


def test_computed_values_that_make_no_sense_are_refused() -> None:
    with pytest.raises(TemplateError, match=r"x cannot be computed: .*must be one of"):
        Computed({"x": {"now": "never"}}, Random(1))


# --- expressions -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "condition",
    [
        "$ts > 1795305600000",
        '$who == "ann@h.test"',
        '$user == "ann"',
        "$list[0].with.k == 1",
        "$digest",
        f'$password == "{CANARY}"',
        "$none == null",
    ],
)
def test_an_expression_sees_values(condition: str) -> None:
    computed = {
        "ts": {"now": "ms"},
        "who": {"value": "${user}@${host}"},
        "digest": hashed("${password}"),
        "none": {"value": "${nothing}"},
    }
    names = for_expressions(rendering(computed, NAMES))
    assert truthy(compile_expression(condition).first(None, names))


def test_what_is_masked_is_a_secret_to_an_expression() -> None:
    computed = {
        "digest": hashed("${password}"),
        "frame": {"value": {"user": "${user}", "keys": ["${password}", 1]}},
        "bearer": {"value": "Bearer ${password}"},
    }
    view = rendering(computed, {**NAMES, "number": Rendered(5, MASK)})
    names = for_expressions(view)
    assert names["digest"] == Secret(view["digest"].value)
    assert names["bearer"] == Secret(f"Bearer {CANARY}")
    assert names["frame"] == {"user": "ann", "keys": [SECRET, 1]}
    assert names["number"] == Secret("5")
    assert names["opaque"] == Secret(f'["{CANARY}"]')
    assert names["user"] == "ann"
    assert CANARY not in repr(dict(names))
    assert compile_expression("$digest").first(None, names) == names["digest"]


def test_an_expression_makes_only_what_it_asks_for() -> None:
    computed = {"bad": {"map": {"each": 1, "to": 1}}, "good": {"value": 1}}
    names = for_expressions(rendering(computed))
    assert truthy(compile_expression("$good == 1").first(None, names))
    with pytest.raises(TemplateError, match="bad cannot be computed"):
        compile_expression("$bad").first(None, names)


def test_the_names_of_an_expression_are_those_of_the_view() -> None:
    names = for_expressions(rendering({"a": {"value": 1}}, {"user": "ann"}))
    assert list(names) == ["user", "a"]
    assert len(names) == 2
    assert "none" not in names
