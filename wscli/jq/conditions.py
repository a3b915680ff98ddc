"""Comparisons and functions, each as a closure over values that were already found."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, TypeAlias, assert_never

from wscli.jq.paths import Fail
from wscli.jq.syntax import Call, Function, Relation
from wscli.jq.values import NOTHING, Inexact, NumberOrder, order, truthy
from wscli.model.secret import Secret

Compare: TypeAlias = Callable[[Any, Any], Any]
Apply: TypeAlias = Callable[[Any], Any]

_DIRECT: Final = (str, int)  # what Python compares as jq does, and what is compared most

_TESTS: Final[dict[Relation, Callable[[Any, Any], bool]]] = {
    Relation.EQUAL: operator.eq,
    Relation.UNEQUAL: operator.ne,
    Relation.LESS: operator.lt,
    Relation.AT_MOST: operator.le,
    Relation.GREATER: operator.gt,
    Relation.AT_LEAST: operator.ge,
}


def comparison(relation: Relation, numbers: NumberOrder, unsure: Fail) -> Compare:
    """Compile a comparison of any two values. ``unsure`` says what happens where they are nested
    too deeply to be compared.
    """
    test = _TESTS[relation]

    def compare(left: Any, right: Any) -> Any:
        if type(left) is type(right) and type(left) in _DIRECT:
            return test(left, right)
        try:
            return test(order(left, right, numbers), 0)
        except (TypeError, RecursionError):
            return unsure()

    return compare


def function(call: Call, fail: Fail, *, exact: bool) -> Apply:
    """Compile a function of the value at hand."""
    match call.function:
        case Function.ARRAYS:
            return lambda value: value if isinstance(value, list) else NOTHING
        case Function.OBJECTS:
            return lambda value: value if isinstance(value, dict) else NOTHING
        case Function.NOT:
            return lambda value: not truthy(value)
        case Function.LENGTH:
            return _length(fail, exact=exact)
        case Function.STARTSWITH:
            return _starts_with(call.argument, fail)
        case _:
            assert_never(call.function)


def _length(fail: Fail, *, exact: bool) -> Apply:
    def length(value: Any) -> Any:
        if not truthy(value) and value is not False:
            return 0
        if isinstance(value, str | list | dict):
            return len(value)
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            return fail()
        # of a number it is the absolute value, which libjq gives digit by digit
        if exact and (not isinstance(value, int) or abs(value) >= 2**53):
            raise Inexact
        return value.copy_abs() if isinstance(value, Decimal) else abs(value)

    return length


def _starts_with(prefix: str, fail: Fail) -> Apply:
    def starts_with(value: Any) -> Any:
        if isinstance(value, Secret):
            value = value.reveal()
        return value.startswith(prefix) if isinstance(value, str) else fail()

    return starts_with
