"""What may stand in ``${...}``, and how a mistake in it is told."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wscli.errors import TemplateError
from wscli.templates import Scope, compile_template
from wscli.templates.syntax import Root

# template, offset counted from 1, words, hint
MISTAKES = [
    ("${", 3, "a name or a path is missing", None),
    ("${}", 3, "a name or a path is missing", None),
    ("${ }", 4, "a name or a path is missing", None),
    ("${1}", 3, "a name or a path is missing", None),
    ("${x", 1, "this ${ has no closing }", None),
    ("ab ${x ", 4, "this ${ has no closing }", None),
    ("${x?", 1, "this ${ has no closing }", None),
    ("${x y}", 5, "unexpected 'y'", None),
    ("${x?|lower}", 5, "? stands last", None),
    ("${x?:-1}", 5, "? stands last", None),
    ("${x??}", 5, "? stands last", None),
    ("${x.y}", 4, "x has no parts", None),
    ("${x[0]}", 4, "x has no parts", None),
    ("${.a[]}", 5, "unexpected '['", None),
    ("${.a.}", 5, "unexpected '.'", None),
    ("${.a[1:2]}", 5, "unexpected '['", None),
    ("${$x}", 4, "unexpected 'x'", None),
    ("${item?.x}", 8, "? stands last", None),
    (r'${.["\q"]}', 3, "invalid escape", None),
    ("${x // }", 8, "a name or a path is missing", None),
    ('${x // "a"}', 8, "a name or a path is missing", None),
    ("${x|}", 5, "there is no filter ''", "There are base64, base64url, first, int, join,"),
    (
        "${x| trim}",
        6,
        "there is no filter 'trim'",
        "There are base64, base64url, first, int, join,",
    ),
    ("${x|join}", 9, 'join is written join(",")', None),
    ("${x|join(,)}", 9, 'join is written join(",")', None),
    ("${x|join(',')}", 9, 'join is written join(",")', None),
    (r'${x|join("\q")}', 10, "no JSON value", "A text stands in quotes"),
    ('${x|lower("a")}', 10, "unexpected '('", None),
    ("${x:-abc}", 6, "no JSON value", "A text stands in quotes"),
    ("${x:-}", 6, "no JSON value", "A text stands in quotes"),
    ("${x:-NaN}", 6, "no JSON value", "A text stands in quotes"),
    ("${x:-1e999}", 6, "no JSON value", "A text stands in quotes"),
    ("${x:-01}", 7, "unexpected '1'", None),
    ("${x:-" + "[" * 20_000, 6, "no JSON value", "A text stands in quotes"),
    ("${a} and ${b", 10, "this ${ has no closing }", None),
]


@pytest.mark.parametrize(("template", "place", "words", "hint"), MISTAKES)
def test_a_mistake_is_told_with_its_place(template: str, place: int, words: str, hint: str | None):
    with pytest.raises(TemplateError) as caught:
        compile_template({"key": [template]})
    assert words in caught.value.text
    assert caught.value.text.endswith(f", at character {place}")
    assert (caught.value.hint or "").startswith(hint or "")
    assert (caught.value.hint is None) is (hint is None)


def test_an_unknown_name_is_answered_with_a_similar_one():
    with pytest.raises(TemplateError) as caught:
        compile_template("to ${asset // symbl}", {"symbol", "asset"})
    assert (
        caught.value.text
        == "template 'to ${asset // symbl}': symbl is not known here, at character 15"
    )
    assert caught.value.hint == "Did you mean ${symbol}?"


def test_an_unknown_name_that_resembles_none_gets_no_advice():
    with pytest.raises(TemplateError) as caught:
        compile_template("${x}", ["symbol"])
    assert caught.value.hint is None


def test_roots_are_no_names():
    compile_template(["${.}", "${.a}", "${$}", "${$.a}", "${item}", "${item.a}"], names=())


# template, names, required names, roots
USES: list[tuple[Any, set[str], set[str], set[Root]]] = [
    ("text", set(), set(), set()),
    ("${a}", {"a"}, {"a"}, set()),
    ("${a?}", {"a"}, set(), set()),
    ("${a:-1}", {"a"}, set(), set()),
    ("${a|lower}", {"a"}, {"a"}, set()),
    ("${a // b}", {"a", "b"}, set(), set()),
    ("${a // item.b}", {"a"}, set(), {Root.ITEM}),
    ({"x": ["${a}", {"y": "${b?} ${c}"}], "z": 1}, {"a", "b", "c"}, {"a", "c"}, set()),
    (["${.}", "${$.x}"], set(), set(), {Root.ELEMENT, Root.MESSAGE}),
    ({"${key}": 1}, set(), set(), set()),
]


@pytest.mark.parametrize(("tree", "names", "required", "roots"), USES)
def test_a_template_tells_what_it_uses(
    tree: Any, names: set[str], required: set[str], roots: set[Root]
):
    template = compile_template(tree)
    assert template.names == names
    assert template.required == required
    assert template.roots == roots
    assert "lambda" not in repr(template)


@settings(deadline=None)
@given(st.text(alphabet='${}abitem.x|?:-"[]()/, \\0\n', max_size=25))
def test_any_text_is_a_template_or_a_template_error(text: str):
    with suppress(TemplateError):
        compile_template(text)


LITERAL = st.text().filter(lambda text: "${" not in text)


@settings(deadline=None)
@given(LITERAL)
def test_a_text_without_placeholders_comes_out_unchanged(text: str):
    rendered = compile_template(text).render(Scope({}))
    assert rendered.value == rendered.shown == text


@settings(deadline=None)
@given(st.lists(st.sampled_from(["$", "${", "{", "}", "a", "${x}"])).map("".join))
def test_any_text_can_be_written_by_doubling_dollars(text: str):
    template = compile_template(text.replace("${", "$${"))
    assert template.render(Scope({"x": "V"})).value == text
