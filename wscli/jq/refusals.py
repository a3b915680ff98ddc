"""Words for what an expression may not hold: each construct of jq is called by its name."""

from __future__ import annotations

from typing import Final

from wscli.errors import ExpressionError
from wscli.jq.lexer import Kind, Token
from wscli.jq.syntax import Function

OUTSIDE: Final = "is not in the small part of jq that profiles use"

_CONSTRUCTS: Final = {
    "..": "recursion (..)",
    ",": "a list of results (,)",
    ":": "a slice ([a:b])",
    "[": "building an array ([...])",
    "{": "building an object ({...})",
    "#": "a comment",
    "=": "assignment (=)",
    "?//": "destructuring (?//, where ? // with a space is the alternative)",
    "as": "a variable's definition (as)",
    "def": "a function's definition (def)",
    **{symbol: f"arithmetic ({symbol})" for symbol in "+-*/%"},
    **{symbol: f"an update ({symbol})" for symbol in ("|=", "+=", "-=", "*=", "/=", "%=", "//=")},
}
"""What jq calls that which we do not have, by the token that it begins with."""

_OWN_WORDS: Final = {"and", "or", "true", "false", "null", *(each.value for each in Function)}


def error_at(source: str, token: Token, what: str, *, hint: str | None = None) -> ExpressionError:
    """Give the error for ``token``, to be raised."""
    return ExpressionError(source, token.position, what, hint=hint)


def unexpected(source: str, token: Token) -> ExpressionError:
    """Give the error for a token that cannot stand where it stands."""
    if token.kind is Kind.END:
        return error_at(source, token, "it ends too early")
    if token.kind is Kind.SYMBOL or token.kind is Kind.WORD:
        if construct := _CONSTRUCTS.get(token.text):
            return error_at(source, token, f"{construct} {OUTSIDE}")
        if token.kind is Kind.WORD and token.text not in _OWN_WORDS:
            known = ", ".join(sorted(each.value for each in Function))
            hint = f"A path begins with a dot: .{token.text}; functions are {known}."
            return error_at(source, token, f"{token.text} {OUTSIDE}", hint=hint)
    return error_at(source, token, f"unexpected {token.text}")
