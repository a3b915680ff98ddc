"""An expression's tree as closures.

A node that has at most one result has ``one``, which costs a call and no list; where results can
be many only ``many`` knows them. Both take the value at hand and the values of ``$name``. Results
are values, ``MISSING`` for the null of an absent key, and from ``one`` ``NOTHING`` for none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias, assert_never

from wscli.jq.conditions import comparison, function
from wscli.jq.paths import Fail, finder, iteration, lookup
from wscli.jq.syntax import (
    Alternative,
    Call,
    Comparison,
    Connective,
    Iterate,
    Key,
    Literal,
    Logic,
    Node,
    Path,
    PathStep,
    Pipe,
    Try,
    Variable,
)
from wscli.jq.values import (
    NOTHING,
    Failed,
    Inexact,
    Names,
    NumberOrder,
    order_numbers,
    order_numbers_exactly,
    truthy,
)
from wscli.model.frozen import frozen

One: TypeAlias = Callable[[Any, Names], Any]
Many: TypeAlias = Callable[[Any, Names], list[Any]]


class Closure(NamedTuple):
    """A compiled node; ``one`` is None where results can be many."""

    one: One | None
    many: Many


@frozen
class Rules:
    """In what a profile's expression and a user's program differ: what an error does, and what
    happens where only libjq can tell.
    """

    fail: Fail
    unsure: Fail
    numbers: NumberOrder
    exact: bool


def _nothing() -> Any:
    return NOTHING


def _raise_failed() -> Any:
    raise Failed


def _raise_inexact() -> Any:
    raise Inexact


LENIENT: Final = Rules(_nothing, _nothing, order_numbers, exact=False)
"""For profiles: what fails gives no value, and never raises."""

EXACT: Final = Rules(_raise_failed, _raise_inexact, order_numbers_exactly, exact=True)
"""As jq: ``Failed`` where it raises an error, ``Inexact`` where only libjq can tell."""


def compile_node(node: Node, rules: Rules) -> Closure:
    """Compile a tree. Under ``EXACT`` it raises ``Inexact`` for what is libjq's alone."""
    match node:
        case Path():
            return _path(node, rules)
        case Literal(value):
            return _single(lambda _value, _names: value)
        case Variable(name):
            return _single(lambda _value, names: names.get(name))
        case Call():
            apply = function(node, rules.fail, exact=rules.exact)
            return _single(lambda value, _names: apply(value))
        case Try(body):
            if rules.exact:  # results before an error count, and they are not kept here
                raise Inexact
            return compile_node(body, rules)  # what fails gives nothing anyway
        case Pipe(stages):
            return _pipe([compile_node(stage, rules) for stage in stages])
        case Alternative(options):
            return _alternative([compile_node(option, rules) for option in options])
        case Logic(connective, operands):
            return _logic(connective, [compile_node(operand, rules) for operand in operands])
        case Comparison():
            return _comparison(node, rules)
        case _:
            assert_never(node)


def _single(one: One) -> Closure:
    def many(value: Any, names: Names) -> list[Any]:
        result = one(value, names)
        return [] if result is NOTHING else [result]

    return Closure(one, many)


def _path(path: Path, rules: Rules) -> Closure:
    keys = tuple(step for step in path.steps if isinstance(step, Key))
    guarded = rules.exact and any(key.optional for key in keys)
    if path.base is None and len(keys) == len(path.steps) and not guarded:
        names = [key.name for key in keys if isinstance(key.name, str)]
        if len(names) == len(keys):
            return _single(finder(tuple(names), rules.fail))
    stages = [] if path.base is None else [compile_node(path.base, rules)]
    return _pipe(stages + [_step(step, rules) for step in path.steps])


def _step(step: PathStep, rules: Rules) -> Closure:
    if isinstance(step, Iterate):
        items = iteration(step, rules.fail)
        return Closure(None, lambda value, _names: items(value))
    look = lookup(step, rules.fail)
    return _single(lambda value, _names: look(value))


def _pipe(stages: list[Closure]) -> Closure:
    def many(value: Any, names: Names) -> list[Any]:
        results = [value]
        for stage in stages:
            results = [result for each in results for result in stage.many(each, names)]
        return results

    ones = _ones(stages)
    if ones is None:
        return Closure(None, many)

    def one(value: Any, names: Names) -> Any:
        for stage in ones:
            value = stage(value, names)
            if value is NOTHING:
                break
        return value

    return Closure(one, many)


def _alternative(options: list[Closure]) -> Closure:
    *first, last = options

    def many(value: Any, names: Names) -> list[Any]:
        for option in first:
            if results := [result for result in option.many(value, names) if truthy(result)]:
                return results
        return last.many(value, names)

    ones = _ones(options)
    if ones is None:
        return Closure(None, many)
    *first_ones, last_one = ones

    def one(value: Any, names: Names) -> Any:
        for option in first_ones:
            result = option(value, names)
            if result is not NOTHING and truthy(result):
                return result
        return last_one(value, names)

    return Closure(one, many)


def _logic(connective: Connective, operands: list[Closure]) -> Closure:
    decided = connective is Connective.OR  # the truth that needs no further operand

    def many(value: Any, names: Names) -> list[Any]:
        results = [not decided]
        for operand in operands:
            if (not decided) not in results:
                break
            further = [truthy(result) for result in operand.many(value, names)]
            results = [
                result for known in results for result in ([known] if known is decided else further)
            ]
        return results

    ones = _ones(operands)
    if ones is None:
        return Closure(None, many)

    def one(value: Any, names: Names) -> Any:
        for operand in ones:
            result = operand(value, names)
            if result is NOTHING:
                return NOTHING
            if truthy(result) is decided:
                return decided
        return not decided

    return Closure(one, many)


def _comparison(node: Comparison, rules: Rules) -> Closure:
    compare = comparison(node.relation, rules.numbers, rules.unsure)
    left, right = compile_node(node.left, rules), compile_node(node.right, rules)

    def many(value: Any, names: Names) -> list[Any]:
        rights = right.many(value, names)  # jq looks at the right side first
        lefts = left.many(value, names) if rights else []
        results = [compare(a, b) for b in rights for a in lefts]
        return [result for result in results if result is not NOTHING]

    ones = _ones([left, right])
    if ones is None:
        return Closure(None, many)
    left_one, right_one = ones

    def one(value: Any, names: Names) -> Any:
        b = right_one(value, names)
        if b is NOTHING:
            return NOTHING
        a = left_one(value, names)
        return NOTHING if a is NOTHING else compare(a, b)

    return Closure(one, many)


def _ones(closures: list[Closure]) -> list[One] | None:
    """Give the single-valued form of all of them, None where one of them can give many."""
    ones = [closure.one for closure in closures if closure.one is not None]
    return ones if len(ones) == len(closures) else None
