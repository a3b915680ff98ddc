"""What names stand for: options, secrets, captured and computed values, and how long each lasts."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from tests.session.conversation import make_profile
from wscli.errors import TemplateError
from wscli.model.instant import Instant
from wscli.model.message import MISSING
from wscli.model.profile import Resume
from wscli.model.secret import MASK, Secret
from wscli.session.conditions import holds
from wscli.session.values import Values, as_item, as_secret, items_of
from wscli.templates import Rendered, compile_template

NOW = Instant(5.0, 1_795_305_600.0)


def values_of(options: Any = None, **parts: Any) -> Values:
    return Values(make_profile(**parts), options or {}, Random(1))


def filled(values: Values, template: Any, **parts: Any) -> Rendered:
    return compile_template(template).render(values.scope(NOW, **parts))


# --- how long a value lasts ----------------------------------------------------------------------


def test_what_is_captured_lasts_until_the_next_attempt() -> None:
    values = values_of({"symbol": "BTC"})
    values.capture("token", "t1")
    assert filled(values, "${symbol} ${token}").value == "BTC t1"
    values.begin()
    assert filled(values, "${symbol} ${token?}").value is MISSING
    assert filled(values, "${symbol}").value == "BTC"


def test_secrets_are_read_anew_for_each_attempt() -> None:
    values = values_of()
    values.take_secrets({"key": Secret("k1"), "pin": Secret("p1")})
    assert filled(values, "${key}${pin}") == Rendered("k1p1", "******")
    values.begin()
    values.take_secrets({"key": Secret("k2")})
    assert filled(values, ["${key}", "${pin?}"]).value == ["k2"]


def test_what_the_profile_keeps_survives_the_next_attempt() -> None:
    values = values_of(resume=Resume(keep=("last_id",)))
    values.capture("last_id", 7)
    values.capture("other", 8)
    values.begin()
    assert filled(values, ["${last_id}", "${other?}"]).value == [7]


def test_a_kept_value_stays_as_it_was_while_nothing_is_printed() -> None:
    values = values_of(resume=Resume(keep=("last_id",)))
    values.capture("last_id", 7)
    values.capture("last_id", 9, keep=False)
    values.capture("other", 8, keep=False)
    assert filled(values, ["${last_id}", "${other}"]).value == [7, 8]


def test_a_stream_can_be_resumed_once_every_kept_value_is_set() -> None:
    values = values_of(resume=Resume(keep=("session", "seq")))
    told = [values.resumable]
    for name in ("session", "seq"):
        values.capture(name, 1)
        told.append(values.resumable)
    values.forget()
    assert [*told, values.resumable] == [False, False, True, False]


def test_a_profile_that_keeps_nothing_can_always_be_resumed() -> None:
    assert values_of().resumable


def test_what_is_to_be_forgotten_is_gone_with_the_next_attempt() -> None:
    values = values_of(resume=Resume(keep=("seq",)))
    values.capture("seq", 1)
    values.forget()
    values.begin()
    assert filled(values, "${seq:-null}").value is None


def test_counters_begin_again_with_each_attempt() -> None:
    values = values_of(computed={"n": {"counter": 1}})
    first = [filled(values, "${n}").value for _ in range(3)]
    values.begin()
    assert first == [1, 2, 3]
    assert filled(values, "${n}").value == 1


# --- where values are looked up ------------------------------------------------------------------


def test_what_a_step_captured_for_its_element_goes_before_the_names() -> None:
    values = values_of({"auth": "mine"})
    assert filled(values, "${auth}", local={"auth": "its own"}).value == "its own"
    assert filled(values, "${auth}").value == "mine"


def test_a_computed_value_is_made_once_for_each_rendering() -> None:
    values = values_of(computed={"n": {"counter": 1}})
    assert filled(values, ["${n}", "${n}"]).value == [1, 1]
    assert filled(values, "${n}").value == 2


def test_a_computed_value_sees_the_element_at_hand() -> None:
    values = values_of(computed={"name": {"value": "for ${item.id}"}})
    assert filled(values, "${name}", item={"id": 5}).value == "for 5"


def test_expressions_see_the_names_and_the_element() -> None:
    values = values_of({"kind": "a"})
    assert holds('$kind == "a"', None, values.for_expressions(NOW))
    names = values.for_expressions(NOW, item={"kind": "b"})
    assert holds('$item.kind == "b" and $kind == "a"', None, names)


def test_expressions_see_what_a_step_captured_for_its_element() -> None:
    names = values_of().for_expressions(NOW, local={"auth": "x"})
    assert holds("$auth", None, names)


def test_expressions_see_computed_values() -> None:
    values = values_of(
        {"tls": True}, computed={"scheme": {"pick": {"by": "${tls}", "true": "wss"}}}
    )
    assert holds('$scheme == "wss"', None, values.for_expressions(NOW))


def test_a_computed_value_that_cannot_be_made_says_so_where_it_is_looked_up() -> None:
    values = values_of({"x": [1]}, computed={"n": {"value": "${x|int}"}})
    with pytest.raises(TemplateError, match="n cannot be computed"):
        holds("$n", None, values.for_expressions(NOW))


@pytest.mark.parametrize("secret", ["s3cret", 5, {"a": ["s3cret"]}, False])
@pytest.mark.parametrize("computed", [{}, {"n": {"counter": 1}}])
def test_expressions_see_of_a_secret_only_that_it_is_there(secret: Any, computed: Any) -> None:
    values = values_of(computed=computed)
    values.capture("token", as_secret(secret))
    names = values.for_expressions(NOW)
    assert holds("$token", None, names)
    assert not holds("$token == null", None, names)
    assert "s3cret" not in repr(names.get("token"))


@pytest.mark.parametrize("secret", ["s3cret", 5, {"a": ["s3cret"]}, [1, 2]])
def test_a_captured_secret_is_sent_and_never_shown(secret: Any) -> None:
    values = values_of()
    values.capture("token", as_secret(secret))
    found = filled(values, {"token": "${token}"})
    assert found.value == {"token": secret}
    assert found.shown == {"token": MASK}


# --- the elements of a list ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "items"),
    [([1, "a"], [1, "a"]), ([], []), ("one", ["one"]), ({"a": 1}, [{"a": 1}]), (None, [])],
)
def test_a_list_stands_for_its_elements_and_all_else_for_itself(value: Any, items: Any) -> None:
    found = items_of(filled(values_of({"x": value}), "${x}"))
    assert [as_item(each) for each in found] == items


def test_a_list_that_is_left_out_has_no_elements() -> None:
    assert items_of(filled(values_of(), "${x?}")) == []


def test_the_elements_of_a_secret_list_are_secrets() -> None:
    values = values_of({"x": as_secret(["a", {"b": 1}])})
    found = items_of(filled(values, "${x}"))
    assert found == [Rendered("a", MASK), Rendered({"b": 1}, MASK)]
    assert filled(values, "${item.b}", item=as_item(found[1])) == Rendered(1, MASK)


def test_of_a_list_with_secrets_in_it_only_these_are_masked() -> None:
    values = values_of({"x": ["a", Secret("s"), {"key": Secret("k"), "id": 1}]})
    plain, secret, mixed = map(as_item, items_of(filled(values, "${x}")))
    assert plain == "a"
    assert secret == Rendered("s", MASK)
    assert mixed == Rendered({"key": "k", "id": 1}, {"key": MASK, "id": 1})
    names = values.for_expressions(NOW, item=mixed)
    assert holds("$item.id == 1", None, names)
    assert names["item"] == {"key": Secret("k"), "id": 1}


# --- conditions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [1, 0, "x", [0], {"a": None}, True, Secret("s")])
def test_a_name_that_is_set_and_not_empty_holds(value: Any) -> None:
    assert holds("$x", None, {"x": value})


@pytest.mark.parametrize("value", ["", [], {}, None, False, MISSING])
def test_a_name_that_is_not_set_or_empty_does_not_hold(value: Any) -> None:
    assert not holds("$x", None, {"x": value})


def test_a_condition_that_fails_does_not_hold() -> None:
    assert not holds('.a | startswith("x")', {"a": 5}, {})
