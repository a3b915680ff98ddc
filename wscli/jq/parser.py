"""Reads the small part of jq that profiles use. Precedence and associativity are jq's:
``|`` binds loosest, then ``//``, ``or``, ``and``, and the comparisons, which do not chain.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from difflib import get_close_matches
from typing import Final

from wscli.errors import ExpressionError
from wscli.jq.lexer import Kind, Token, tokens
from wscli.jq.refusals import error_at, unexpected
from wscli.jq.syntax import (
    Alternative,
    Call,
    Comparison,
    Connective,
    Function,
    Iterate,
    Key,
    Literal,
    Logic,
    Node,
    Path,
    PathStep,
    Pipe,
    Relation,
    Try,
    Variable,
    depth,
)

MAX_NESTING: Final = 100
"""How many parentheses, and how many operators, may stand inside each other."""

_TOO_DEEP: Final = f"it is nested more than {MAX_NESTING} deep"

_COMPARES: Final = 5
_POWERS: Final = {"|": 1, "//": 2, "or": 3, "and": 4} | dict.fromkeys(Relation, _COMPARES)
"""How tightly an operator binds."""

_CONSTANTS: Final = {"true": True, "false": False, "null": None}
_FUNCTIONS: Final = {function.value: function for function in Function}


def parse(source: str, names: Collection[str] | None) -> Node:
    """Give the tree of ``source``. ExpressionError for what does not parse, is outside of the
    language, or uses a ``$name`` that is not in ``names`` (None: every name may be used).
    """
    node = _Parser(source, names).whole()
    if depth(node) > MAX_NESTING:
        raise ExpressionError(source, 0, _TOO_DEEP)
    return node


class _Parser:
    """One walk over the tokens of one source: precedence climbing."""

    def __init__(self, source: str, names: Collection[str] | None) -> None:
        self._source = source
        self._names = names
        self._tokens = tokens(source)
        self._at = 0
        self._open = 0  # parentheses

    def whole(self) -> Node:
        """Read everything."""
        if len(self._tokens) == 1:
            raise error_at(self._source, self._peek(), "it is empty; . is the whole value")
        node = self._expression(0)
        if self._peek().kind is not Kind.END:
            raise unexpected(self._source, self._peek())
        return node

    def _peek(self, further: int = 0) -> Token:
        return self._tokens[min(self._at + further, len(self._tokens) - 1)]

    def _take(self) -> Token:
        token = self._peek()
        self._at += 1
        return token

    def _accept(self, symbol: str) -> bool:
        """Take the next token if it is that symbol."""
        found = self._peek().kind is Kind.SYMBOL and self._peek().text == symbol
        self._at += found
        return found

    def _close(self, opened: Token, symbol: str) -> None:
        if self._accept(symbol):
            return
        token = self._peek()
        if token.kind is Kind.END:
            raise error_at(self._source, opened, f"{opened.text} has no closing {symbol}")
        raise unexpected(self._source, token)

    def _power(self) -> int:
        """Give how tightly the next operator binds, 0 where none comes."""
        token = self._peek()
        return _POWERS.get(token.text, 0) if token.kind in {Kind.SYMBOL, Kind.WORD} else 0

    def _expression(self, least: int) -> Node:
        """Read operators that bind at least so tightly, and what they join."""
        left = self._operand()
        while (power := self._power()) >= max(least, 1):
            operator = self._take()
            left = _joined(operator.text, left, self._expression(power + 1))
            if power == _COMPARES == self._power():
                what = "comparisons do not chain; join them with and"
                raise error_at(self._source, self._peek(), what)
        return left

    def _operand(self) -> Node:
        """Read one operand with the path steps behind it."""
        first = self._peek()
        node = self._primary()
        steps: list[PathStep] = []
        while (step := self._step()) or self._accept("?"):
            if first.kind is Kind.SYMBOL and first.text == "-":
                raise error_at(self._source, first, "nothing may follow a negative number")
            if step:
                steps.append(step)
            elif steps and not steps[-1].optional:
                steps[-1] = replace(steps[-1], optional=True)
            else:  # a second ? covers all that stands before it, as after parentheses
                node, steps = _tried(_path(node, steps)), []
        return _path(node, steps)

    def _step(self) -> PathStep | None:
        token = self._peek()
        if token.kind is Kind.FIELD:
            return Key(self._take().value)
        if self._accept("["):
            return self._bracket(token)
        if not self._accept("."):
            return None
        inner = self._take()
        if inner.kind is Kind.STRING:
            return Key(inner.value)
        if inner.kind is Kind.SYMBOL and inner.text == "[":
            return self._bracket(inner)
        if inner.kind is Kind.END:
            raise unexpected(self._source, inner)
        raise error_at(self._source, token, "a dot stands before a key")

    def _bracket(self, opened: Token) -> PathStep:
        """Read what follows ``[``."""
        if self._accept("]"):
            return Iterate()
        sign = -1 if self._accept("-") else 1
        token = self._take()
        if token.kind is Kind.NUMBER and isinstance(token.value, int):
            step = Key(sign * token.value)
        elif token.kind is Kind.STRING and sign == 1:
            step = Key(token.value)
        elif token.kind is Kind.END:
            raise error_at(self._source, opened, "[ has no closing ]")
        else:
            what = "in profiles only a whole number or a key in quotes may stand in brackets"
            raise error_at(self._source, token, what)
        self._close(opened, "]")
        return step

    def _primary(self) -> Node:
        token = self._peek()
        match token.kind:
            case Kind.FIELD:
                return Path(None)  # the step itself is read with those that follow
            case Kind.NUMBER | Kind.STRING:
                return Literal(self._take().value)
            case Kind.VARIABLE:
                return self._variable(self._take())
            case Kind.WORD:
                return self._word(self._take())
            case _:
                return self._symbol(token)

    def _symbol(self, token: Token) -> Node:
        """Read an operand that begins with a symbol."""
        following = self._peek(1).kind
        if token.text == "." and following is Kind.STRING:
            return Path(None)  # ."key" is a step
        if self._accept("."):
            return Path(None)
        if self._accept("("):
            return self._group(token)
        if following is Kind.NUMBER and self._accept("-"):
            return Literal(-self._take().value)
        raise unexpected(self._source, token)

    def _group(self, opened: Token) -> Node:
        self._open += 1
        if self._open > MAX_NESTING:
            raise error_at(self._source, opened, _TOO_DEEP)
        node = self._expression(0)
        self._close(opened, ")")
        self._open -= 1
        return node

    def _variable(self, token: Token) -> Variable:
        name: str = token.value
        if self._names is None or name in self._names:
            return Variable(name)
        close = get_close_matches(name, self._names, n=1)
        hint = f"Did you mean ${close[0]}?" if close else None
        raise error_at(self._source, token, f"${name} is not known here", hint=hint)

    def _word(self, token: Token) -> Node:
        if token.text in _CONSTANTS:
            return Literal(_CONSTANTS[token.text])
        function = _FUNCTIONS.get(token.text)
        if function is None:
            raise unexpected(self._source, token)
        if function is not Function.STARTSWITH:
            return Call(function)
        opened = self._peek()
        if not self._accept("("):
            raise error_at(self._source, token, 'startswith is written startswith("text")')
        argument = self._take()
        if argument.kind is not Kind.STRING:
            raise error_at(self._source, argument, "startswith takes a text in quotes")
        self._close(opened, ")")
        return Call(function, argument.value)


def _path(base: Node, steps: list[PathStep]) -> Node:
    """Join steps to what stands before them; ``(.a).b`` is ``.a.b``."""
    if not steps:
        return base
    if isinstance(base, Path):
        return Path(base.base, base.steps + tuple(steps))
    return Path(base, tuple(steps))


def _tried(node: Node) -> Try:
    return node if isinstance(node, Try) else Try(node)


def _joined(operator: str, left: Node, right: Node) -> Node:
    """Join two operands; a chain of the same operator becomes one node."""
    match operator, left:
        case "|", Pipe(stages):
            return Pipe((*stages, right))
        case "|", _:
            return Pipe((left, right))
        case "//", Alternative(options):
            return Alternative((*options, right))
        case "//", _:
            return Alternative((left, right))
        case (("and" | "or"), Logic(connective, operands)) if connective.value == operator:
            return Logic(connective, (*operands, right))
        case (("and" | "or"), _):
            return Logic(Connective(operator), (left, right))
        case _:
            return Comparison(Relation(operator), left, right)
