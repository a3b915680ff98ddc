"""Keeps what an expression costs in proportion to the message it reads.

One ``[]`` after another walks down the message and sees each part once. Two that multiply (two
lists compared each with each, a list run through again for each element of another) would let a
profile be slow, so they are refused.
"""

from __future__ import annotations

from typing import NamedTuple, assert_never

from wscli.errors import ExpressionError
from wscli.jq.syntax import (
    Alternative,
    Call,
    Comparison,
    Iterate,
    Literal,
    Logic,
    Node,
    Path,
    PathStep,
    Pipe,
    Try,
    Variable,
    children,
)


class _Spread(NamedTuple):
    """How often a value may stand for many: ``fixed`` factors that stay whatever follows, and
    whether the walk down that is under way has met a ``[]``.
    """

    fixed: int = 0
    walking: bool = False

    @property
    def factors(self) -> int:
        """How many lists multiply."""
        return self.fixed + self.walking


def check_growth(source: str, node: Node) -> None:
    """ExpressionError where the number of results could be a product."""
    if _after(node, _Spread()).factors > 1:
        what = "[] in two places that multiply each other makes it slow on long lists"
        raise ExpressionError(source, source.rindex("["), what)


def _after(node: Node, before: _Spread) -> _Spread:
    """Give what each result of ``node`` may stand for; never fewer factors than before."""
    match node:
        case Path(base, steps):
            after = before if base is None else _after(base, before)
            return after._replace(walking=after.walking or _has_iteration(steps))
        case Literal() | Variable():
            return _Spread(before.factors)  # from here on another value is walked
        case Call():
            return before
        case Try(body):
            return _after(body, before)
        case Pipe(stages):
            for stage in stages:
                before = _after(stage, before)
            return before
        case Alternative(options):
            return max(
                (_after(option, before) for option in options),
                key=lambda spread: (spread.factors, spread.fixed),
            )
        case Comparison() | Logic():
            operands = children(node)
            most = max(_after(operand, before).factors for operand in operands)
            return _Spread(most + (sum(map(_iterates, operands)) > 1))
        case _:
            assert_never(node)


def _iterates(node: Node) -> bool:
    if isinstance(node, Path) and _has_iteration(node.steps):
        return True
    return any(map(_iterates, children(node)))


def _has_iteration(steps: tuple[PathStep, ...]) -> bool:
    return any(isinstance(step, Iterate) for step in steps)
