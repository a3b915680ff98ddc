"""Examples for the help of ``tail NAME``, made of what the profile itself declares."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Any, Final

from wscli.cli.topics import Example
from wscli.errors import WscliError
from wscli.jq.expressions import compile_expression
from wscli.loader.required import must_be_given
from wscli.model.message import SHOWN
from wscli.model.options import Option
from wscli.model.profile import MessageRule, Origin, Profile
from wscli.model.tables import Column

_STATE: Final = re.compile(r"[A-Za-z][A-Za-z_]{1,23}")
"""Texts that look like one of a few: names of states, of sides, of kinds."""


def tail_examples(profile: Profile) -> Sequence[Example]:
    """Give commands that follow the profile with its own options: to try it, to log in, to feed a
    program, to wait for something.
    """
    name = shlex.quote(profile.source if profile.origin is Origin.FILE else profile.name)
    if profile.origin is Origin.URL:
        return ()
    command = " ".join(["wscli tail", name, *_needed(profile)])
    found = [
        Example(f"{command} --simulate", "try it: played on your machine, without network or key")
    ]
    if any(option.secret and must_be_given(option, {}) for option in profile.options):
        found.append(Example(f"wscli login {name}", "keep the key where tail finds it"))
    found.append(
        Example(f"{command} -n5 -o ndjson", "for a program: five messages, a line of JSON each")
    )
    condition = next(_conditions(profile), "")
    if condition:
        wait = f"{command} -n1 --where {shlex.quote(condition)} --timeout 10m"
        found.append(Example(wait, "wait for one message, ten minutes at most"))
    return found[:3] if len(found) < 4 else [found[0], found[1], found[3]]


def _needed(profile: Profile) -> Iterator[str]:
    """Give the options that must be given; where there is none, the first that has an example."""
    plain = [option for option in profile.options if not option.secret]
    needed = [option for option in plain if must_be_given(option, {})]
    telling = [option for option in plain if option.examples]
    for option in needed or telling[:1]:
        yield option.flag
        yield shlex.quote(_word(option))


def _word(option: Option) -> str:
    return next(iter([*option.examples, *option.choices]), option.name.upper())


def _conditions(profile: Profile) -> Iterator[str]:
    """Give comparisons that an example of a message passes: with what stands in a coloured column
    first, then with what stands in any.
    """
    columns = {table.name: table.columns for table in profile.tables}
    rules = [rule for rule in profile.messages if rule.role in SHOWN and rule.rows is not None]
    for coloured in (True, False):
        for rule in rules:
            table = columns.get(rule.rows.table if rule.rows else "", ())
            yield from _of_rule(rule, [each for each in table if bool(each.style) is coloured])


def _of_rule(rule: MessageRule, columns: Sequence[Column]) -> Iterator[str]:
    if rule.rows is None or rule.rows.each is not None:
        return
    for column in columns:
        path = rule.rows.set.get(column.name, "")
        for message in rule.examples:
            value = _at(path, message)
            if isinstance(value, str) and _STATE.fullmatch(value):
                yield f"{path} == {json.dumps(value)}"


def _at(path: str, message: Any) -> Any:
    """Give what a plain path finds, None for any other expression."""
    try:
        expression = compile_expression(path, names=())
    except WscliError:
        return None
    return expression.first(message, {}) if expression.plain else None
