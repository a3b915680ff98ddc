"""Whether an option must be given, and how it is told that it was not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wscli.errors import UsageError
from wscli.jq.parser import parse
from wscli.jq.syntax import Comparison, Connective, Literal, Logic, Node, Relation, Variable
from wscli.loader.logins import login_command
from wscli.model.options import Option
from wscli.model.profile import Profile
from wscli.session.conditions import holds


def must_be_given(option: Option, names: Mapping[str, Any]) -> bool:
    """Whether the option is required, the options in ``names`` being set."""
    if isinstance(option.required, str):
        return holds(option.required, None, names)
    return option.required


def in_words(option: Option) -> str:
    """Say in brackets for a help page when the option is required; "" for never."""
    if not isinstance(option.required, str):
        return "[required]" if option.required else ""
    if others := _others(option):
        return f"[required unless {others} is given]"
    return f"[required where {_condition(option.required)}]"


def missing(profile: Profile, option: Option) -> UsageError:
    """Give the error for a required option that was not given, and how to give it."""
    wanted = option.flag
    if others := _others(option):
        wanted += f" (or {others})"
    elif isinstance(option.required, str):
        wanted += f" where {_condition(option.required)}"
    ways = [f"{option.flag}-file PATH" if option.secret else f"{option.flag} VALUE"]
    ways += [f"set {option.env}"] if option.env else []
    ways += [f"run `{login_command(profile)}`"] if option.secret else []
    hint = " or ".join(filter(None, [", ".join(ways[:-1]), ways[-1]]))
    return UsageError(f"{profile.name} needs {wanted}.", hint=f"Give {hint}.")


def _others(option: Option) -> str:
    """Name the options that can be given in its place, where that is all the condition says."""
    if not isinstance(option.required, str):
        return ""
    return " or ".join(Option(name).flag for name in _substitutes(parse(option.required, None)))


def _condition(source: str) -> str:
    """Say a condition in words where it only asks what is given, else as it is written."""
    match parse(source, None):
        case Logic(connective, operands):
            words = [_given(operand) for operand in operands]
            return f" {connective.value} ".join(words) if all(words) else source
        case node:
            return _given(node) or source


def _given(node: Node) -> str:
    match node:
        case Comparison(Relation.EQUAL, Variable(name), Literal(None)):
            return f"{Option(name).flag} is not given"
        case Comparison(Relation.UNEQUAL, Variable(name), Literal(None)):
            return f"{Option(name).flag} is given"
        case _:
            return ""


def _substitutes(node: Node) -> list[str]:
    """Give the names of a condition that holds until one of them is set, and says nothing else;
    none for another condition.
    """
    match node:
        case Comparison(Relation.EQUAL, Variable(name), Literal(None)):
            return [name]
        case Logic(Connective.AND, operands):
            found = [_substitutes(operand) for operand in operands]
            return [name for names in found for name in names] if all(found) else []
        case _:
            return []
