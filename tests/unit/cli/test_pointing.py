"""A wrong expression is shown with a caret under the place, whatever it holds."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from wscli.cli.pointing import pointed, program_of
from wscli.errors import ExpressionError, UsageError


def shown(marked: str, columns: int = 80, *, hint: str | None = None) -> list[str]:
    """Give the lines for an expression that is wrong at its ``^``."""
    source, position = marked.replace("^", "", 1), marked.index("^")
    return pointed("--where", ExpressionError(source, position, "no", hint=hint), columns).split(
        "\n"
    )


def under(lines: list[str]) -> str:
    """Give what stands over the caret and behind it."""
    _, text, caret = lines
    assert caret.strip() == "^"
    column = len(caret) - 1
    return next(text[at:] for at in range(len(text) + 1) if cell_len(text[:at]) == column)


def test_the_option_the_words_and_the_place_are_three_lines():
    assert shown(".a ^b", hint="Try c.") == ["--where: no. Try c.", "  .a b", "     ^"]


def test_a_place_behind_the_end_is_pointed_at():
    assert shown(".a |^") == ["--where: no", "  .a |", "      ^"]


@pytest.mark.parametrize(
    ("marked", "behind"),
    [
        ("日本 | ^x", "x"),
        ("\t\t.a\t^x", "x"),
        ('"\x1b[31m\u202e" ^x', "x"),
        ('"é" | ^x', "x"),
        ("🟢 ^x", "x"),
    ],
)
def test_the_caret_is_right_below_wide_characters_tabs_and_escapes(marked: str, behind: str):
    lines = shown(marked)
    assert under(lines) == behind
    assert lines[1].isprintable()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_of_several_lines_the_one_with_the_place_is_shown(end: str):
    assert shown(f".a{end}| .b{end}| ^c{end}| .d") == ["--where, line 3: no", "  | c", "    ^"]
    assert shown(f".a^ b{end}| .b")[1] == "  .a b"


@pytest.mark.parametrize("columns", [20, 21, 40, 79])
@pytest.mark.parametrize("at", [0, 1, 5, 60, 120, 150, 198, 199, 200])
@pytest.mark.parametrize("text", ["0123456789" * 20, "日本" * 100])
def test_a_long_expression_is_cut_around_the_place(columns: int, at: int, text: str):
    lines = shown(text[:at] + "^" + text[at:], columns)
    assert all(cell_len(line) <= columns for line in lines[1:])
    assert cell_len(lines[1]) >= columns - 6, "the room is used"
    behind = under(lines)
    before = lines[1].removesuffix(behind).strip()
    assert before.removeprefix("…") in ("", text[at - len(before.removeprefix("…")) : at])
    assert text[at:].startswith(behind.removesuffix("…"))
    assert before.startswith("…") == (len(before.removeprefix("…")) < at)
    assert behind.endswith("…") == (len(behind.removesuffix("…")) < len(text) - at)


def test_a_terminal_without_width_is_no_problem():
    assert shown("0123456789^abcdefghij", 0)[2].endswith("^")


def test_an_option_is_compiled_or_refused():
    assert program_of("--jq", ".a = 1", condition=False).source == ".a = 1"
    with pytest.raises(UsageError) as caught:
        program_of("--jq", ".a |", condition=True)
    assert str(caught.value) == "--jq: it ends too early\n  .a |\n      ^"


def test_a_condition_that_assigns_is_refused():
    with pytest.raises(UsageError, match="Equal is =="):
        program_of("--where", ".a = 1", condition=True)
