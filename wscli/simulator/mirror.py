"""Lists in an answer that mirror a list of the request: one element for each that was asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from wscli.model.profile import Profile
from wscli.model.steps import Step
from wscli.simulator.keys import is_key, numbered
from wscli.simulator.places import Place, nodes, replaced
from wscli.simulator.readback import keys_of, placeholders
from wscli.templates.syntax import PathSource, Root


def mirrored(example: Any, request: Any, distinct: Collection[str]) -> Any:
    """Give an answer with an element for each that was asked for. A list mirrors another one where
    the objects in both have a text under the same key, or where both are texts under the same key.

    An element that the example has is taken as it is; others are made like its first, with what
    the request says under the keys that both have. ``distinct``: the keys whose values must then
    be different ones.
    """
    asked = list(_lists(request))
    for place, elements in _lists(example):
        for other_place, wanted in asked:
            if _are_texts(elements) and _are_texts(wanted):
                if place[-1:] == other_place[-1:]:
                    example = replaced(example, place, wanted)
                    break
                continue
            key = _common_key(elements, wanted)
            if key is not None:
                example = replaced(example, place, _made(elements, wanted, key, distinct))
                break
    return example


def telling_keys(profile: Profile) -> frozenset[str]:
    """Give the keys of the parts of an element that the profile's steps put into what they say of
    it: these tell one element from another.
    """
    steps: tuple[Step, ...] = (*profile.session, *(profile.resume.session or ()))
    said: list[Any] = []
    for step in steps:
        said.append(step.send)
        if step.http is not None:
            said += [step.http.request.url, step.http.request.json, step.http.request.form]
        if step.remember is not None:
            said.append(step.remember.value)
    sources = [
        source
        for tree in said
        for _, leaf in nodes(tree)
        if isinstance(leaf, str)
        for placeholder in placeholders(leaf)
        for source in placeholder.sources
        if isinstance(source, PathSource) and source.root is Root.ITEM
    ]
    keys = map(keys_of, sources)
    return frozenset(each[0] for each in keys if each)


def _lists(value: Any) -> Iterator[tuple[Place, list[Any]]]:
    """Give the lists in a value that are not empty, but none inside of another one."""
    for place, each in nodes(value):
        if isinstance(each, list) and each and not any(isinstance(key, int) for key in place):
            yield place, each


def _are_texts(elements: list[Any]) -> bool:
    return all(isinstance(each, str) for each in elements)


def _common_key(elements: list[Any], wanted: list[Any]) -> str | None:
    objects = [each for each in (elements[0], *wanted) if isinstance(each, dict)]
    if len(objects) <= len(wanted):
        return None
    common = [key for key in elements[0] if all(isinstance(each.get(key), str) for each in objects)]
    return next(iter(common), None)


def _made(elements: list[Any], wanted: list[Any], key: str, distinct: Collection[str]) -> list[Any]:
    own = {each[key]: each for each in elements if isinstance(each, dict) and key in each}
    made: list[Any] = []
    for number, asked in enumerate(wanted, start=2):
        like = own.get(asked[key], elements[0])
        fresh = like not in made and asked[key] == like[key]
        told = {part: value for part, value in asked.items() if part in like}
        other = {
            part: numbered(value, number)
            for part, value in like.items()
            if part in distinct and part not in told and is_key(value)
        }
        made.append(like if fresh else {**like, **told, **other})
    return made
