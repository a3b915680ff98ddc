"""Operations: the frames that a user can send by name, checked before anything connects."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.loader.test_load import GOOD, load, mistakes
from wscli.model.steps import Operation

OPERATIONS = GOOD + "operations: {%s}\n"


def test_an_operation_is_a_template_with_a_help(tmp_path: Path) -> None:
    text = OPERATIONS % 'sub-all_2: {send: {a: "${x}"}, help: Say it.}, bye: {send: null}'
    assert load(tmp_path, text).operations == (
        Operation("sub-all_2", {"a": "${x}"}, "Say it."),
        Operation("bye", None),
    )


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ("help: {send: a}", "operations.help: /help has a meaning in every profile. Choose another name."),
        ("close: {send: a}", "operations.close: /close has a meaning in every profile."),
        ("Sub: {send: a}", "operations"),
        ("sub: {}", 'operations.sub: "send" is missing.'),
        ("sub: {sned: a, send: a}", 'Did you mean "send"?'),
        ("sub: {send: a, help: 1}", "operations.sub.help: 1 must be a text."),
        ("sub: {send: '${a'}", "operations.sub.send: template '${a': this ${ has no closing }, at character 1."),
        ("sub: {send: '${a|nope}'}", "there is no filter 'nope'"),
        ("sub: {send: '${item}'}", "${item} means nothing here."),
        ("sub: {send: '${.a}'}", "${.…} means nothing here."),
        ("sub: {send: '${$.a}'}", "${$.…} means nothing here."),
        ("sub: 1", "operations.sub: 1 must be a mapping."),
    ],
)  # fmt: skip
def test_a_mistake_in_an_operation_is_told_with_its_place(
    tmp_path: Path, operation: str, words: str
) -> None:
    told = "\n".join(map(str, mistakes(tmp_path, OPERATIONS % operation)))
    assert words in told


def test_a_name_that_the_profile_does_not_know_is_an_argument(tmp_path: Path) -> None:
    assert load(tmp_path, OPERATIONS % "sub: {send: '${whatever}'}").operations
