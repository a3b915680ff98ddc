"""The parts that an expression is made of. Operators of equal rank stand in one node with many
operands, so a long chain is no deep tree.
"""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import Any, TypeAlias, assert_never

from wscli.model.frozen import frozen


@frozen
class Key:
    """``.name``, ``.[0]``; ``optional`` where a ``?`` follows."""

    name: str | int
    optional: bool = False


@frozen
class Iterate:
    """``[]``; ``optional`` where a ``?`` follows."""

    optional: bool = False


PathStep: TypeAlias = Key | Iterate


@frozen
class Path:
    """Steps from ``base``, or from the value itself where that is None. No steps are ``.``."""

    base: Node | None
    steps: tuple[PathStep, ...] = ()


@frozen
class Literal:
    """A text, a number, true, false or null."""

    value: Any


@frozen
class Variable:
    """``$name``."""

    name: str


@frozen
class Try:
    """``(...)?``: what fails inside gives nothing."""

    body: Node


@frozen
class Pipe:
    """``a | b``."""

    stages: tuple[Node, ...]


@frozen
class Alternative:
    """``a // b``."""

    options: tuple[Node, ...]


class Connective(Enum):
    """How conditions are joined."""

    AND = "and"
    OR = "or"


@frozen
class Logic:
    """``a and b``, ``a or b``."""

    connective: Connective
    operands: tuple[Node, ...]


class Relation(StrEnum):
    """How two values are compared."""

    EQUAL = "=="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    GREATER = ">"
    AT_LEAST = ">="


@frozen
class Comparison:
    """``a == b`` and the like."""

    relation: Relation
    left: Node
    right: Node


class Function(Enum):
    """The functions of the language."""

    ARRAYS = "arrays"
    LENGTH = "length"
    NOT = "not"
    OBJECTS = "objects"
    STARTSWITH = "startswith"


@frozen
class Call:
    """A function of the value at hand; ``argument`` is set for ``startswith`` alone."""

    function: Function
    argument: str = ""


Node: TypeAlias = Path | Literal | Variable | Try | Pipe | Alternative | Logic | Comparison | Call


def children(node: Node) -> tuple[Node, ...]:
    """Give the nodes directly inside ``node``."""
    match node:
        case Literal() | Variable() | Call():
            return ()
        case Path(base=base):
            return () if base is None else (base,)
        case Try(body=body):
            return (body,)
        case Pipe(stages=inside) | Alternative(options=inside) | Logic(operands=inside):
            return inside
        case Comparison(left=left, right=right):
            return (left, right)
        case _:
            assert_never(node)


def depth(node: Node) -> int:
    """Give the length of the longest way down, counted without recursion."""
    deepest, level = 0, [node]
    while level:
        deepest += 1
        level = [child for parent in level for child in children(parent)]
    return deepest
