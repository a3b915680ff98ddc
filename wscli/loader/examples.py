"""Whether each example of a profile is recognised as its own message and fits its schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import orjson

from wscli.errors import ExpressionError, Problem
from wscli.jq.expressions import compile_expression
from wscli.loader.checks import listed
from wscli.loader.yaml_builder import key_path
from wscli.loader.yaml_tree import Tree
from wscli.messages.classify import Classifier
from wscli.messages.match import PatternError, text_of
from wscli.messages.memory import Memory
from wscli.messages.parse import compile_parse
from wscli.model.message import MISSING
from wscli.model.profile import Connect, MessageRule, Profile, Remembered
from wscli.schemas.validate import SchemaError, Validator, compile_schema

_Compiled: TypeAlias = tuple[Classifier, Memory, list[str]]
"""A classifier, its memory, and the paths at which it looks for what is remembered."""


def example_problems(tree: Tree) -> Iterator[Problem]:
    """Give what is wrong with schemas and examples; what has the wrong shape is stepped over."""
    data = tree.data if isinstance(tree.data, dict) else {}
    messages = data.get("messages")
    rules = {
        name: rule
        for name, rule in (messages.items() if isinstance(messages, dict) else ())
        if isinstance(rule, dict)
    }
    schemas = data.get("schemas")
    definitions = schemas if isinstance(schemas, dict) else {}
    classifier = _classifier(data.get("discriminator"), rules)
    for name, rule in rules.items():
        validator: Validator | None = None
        if "schema" in rule:
            try:
                validator = compile_schema(rule["schema"], definitions)
            except SchemaError as error:
                yield from _schema_problems(tree, name, error)
        examples = rule.get("examples")
        for index, example in enumerate(examples if isinstance(examples, list) else ()):
            path = ("messages", name, "examples", index)
            what = _recognised(classifier, name, rule, example)
            if what:
                yield Problem(tree.line(path), key_path(path), what)
            value = _parsed(rule, example)
            if validator is not None and not validator.is_valid(value):
                first = validator.explain(value)[0]
                what = f"the example does not fit the schema: {first.path} {first.what}."
                yield Problem(tree.line(path), key_path(path), what, "Mend the one or the other.")


def _schema_problems(tree: Tree, name: str, error: SchemaError) -> Iterator[Problem]:
    for problem in error.problems:
        in_definitions = problem.keys[:1] == ("schemas",)
        path = problem.keys if in_definitions else ("messages", name, "schema", *problem.keys)
        yield Problem(tree.line(path), key_path(path), f"the schema is wrong: {problem.what}.")


def _parsed(rule: Mapping[str, Any], example: Any) -> Any:
    """Give the example as its message is looked at: with JSON in strings read."""
    paths = [path for path in listed(rule.get("parse")) if isinstance(path, str)]
    try:
        return compile_parse(paths)(orjson.dumps(example, default=str), example)[1]
    except (ExpressionError, TypeError):
        return example  # told already


def _classifier(discriminator: Any, rules: Mapping[str, Any]) -> _Compiled | None:
    """Compile the rules as far as they go; None where a mistake in them is told already."""
    sources = discriminator if isinstance(discriminator, list) else [discriminator]
    profile = Profile(
        name="",
        connect=Connect(url=""),
        discriminator=tuple(key for key in map(_key, sources) if key is not None),
        messages=tuple(
            MessageRule(name=name, match=rule.get("match", MISSING)) for name, rule in rules.items()
        ),
    )
    memory = Memory()
    paths = [key.path for key in profile.discriminator if isinstance(key, Remembered)]
    try:
        return Classifier(profile, memory), memory, paths
    except (ExpressionError, PatternError):
        return None


def _key(source: Any) -> str | Remembered | None:
    if isinstance(source, dict) and isinstance(source.get("remembered"), str):
        return Remembered(source["remembered"])
    return source if isinstance(source, str) else None


def _recognised(
    compiled: _Compiled | None,
    name: str,
    rule: Mapping[str, Any],
    example: Any,
) -> str:
    """Say what is wrong with how an example is recognised, "" where it is its own message."""
    if compiled is None:
        return ""
    classifier, memory, remembered = compiled
    said, found = _named(classifier, rule, example)
    if found == name:
        return ""
    if "match" not in rule and remembered:
        # Only what a step remembers may name it: so let its name be remembered.
        for path in remembered:
            memory.put(compile_expression(path).first(example, {}), name)
        _, by_memory = _named(classifier, rule, example)
        memory.clear()
        if by_memory == name:
            return ""
    if found:
        return f'the example is taken for "{found}", which comes first.'
    why = f'it says "{said}"' if said else "the discriminator finds no name in it"
    return f"the example is not recognised: {why}, and no match fits."


def _named(classifier: Classifier, rule: Mapping[str, Any], example: Any) -> tuple[str, str]:
    if text_of(rule.get("match")) is not None:
        return classifier.name(MISSING, str(example).encode())
    return classifier.name(example, orjson.dumps(example, default=str))
