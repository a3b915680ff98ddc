"""libjq, through the ``jq`` package: the whole language, at about twelve microseconds a message.

Programs read a message's own bytes and their results are turned into text by jq itself, so that
digits survive which a Python number would lose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final, NamedTuple

import orjson

from wscli.errors import ExpressionError
from wscli.jq.mistakes import plainer

_PLACE: Final = re.compile(r" at <top-level>, line (\d+)(?:, column (\d+))?:?.*", re.DOTALL)
_PREFIX: Final = "jq: error: "
_LONGEST_ERROR: Final = 300
_TOO_DEEP: Final = "<skipped: too deep>"  # what jq writes below 10,000 levels, which is no JSON


class Results(NamedTuple):
    """``lines``: each result as one line of JSON, those before an error too. ``error``: what made
    the program fail, in one line of jq's words, "" where it did not.
    """

    lines: tuple[bytes, ...]
    error: str = ""


class LibjqProgram:
    """One program, compiled when it is first asked for: loading libjq takes 15 ms."""

    def __init__(self, source: str) -> None:
        self._source = source

    def check(self) -> None:
        """Compile it. ExpressionError where libjq cannot."""
        try:  # alone, or `.a)|(.b` would pass with what is put around it
            self._compile(self._source)
        except ExpressionError as error:
            raise plainer(error, _builtins) from None
        _ = self._lines

    def run(self, raw: bytes) -> Results:
        """Give the results for one JSON text."""
        lines: list[bytes] = []
        try:
            for line in self._outputs(self._lines, raw):
                if _TOO_DEEP in line:
                    orjson.loads(line)  # its ValueError says that it is no JSON
                lines.append(line.encode())
        except ValueError as error:
            return Results(tuple(lines), _run_time_words(str(error)))
        return Results(tuple(lines))

    def holds(self, raw: bytes) -> bool:
        """Tell whether the first result is neither null nor false."""
        try:
            return next(self._outputs(self._negation, raw), True) is False
        except ValueError:
            return False

    @cached_property
    def _lines(self) -> Any:
        return self._compile_with("tojson")

    @cached_property
    def _negation(self) -> Any:
        return self._compile_with("not")

    def _compile_with(self, then: str) -> Any:
        # the first line break ends a comment, the second one that ends in a backslash
        try:
            return self._compile(f"({self._source}\n\n)|{then}")
        except ExpressionError:
            what = "it is more than an expression: modules cannot be named or imported here"
            raise ExpressionError(self._source, 0, what) from None

    def _compile(self, program: str) -> Any:
        import jq  # noqa: PLC0415 - most runs never need it

        if "\0" in program:  # libjq would read only what stands before it
            raise ExpressionError(self._source, program.index("\0"), "it holds a NUL character")
        try:
            return jq.compile(program)
        except UnicodeEncodeError as error:
            what = "it holds bytes that are no UTF-8"
            raise ExpressionError(self._source, error.start, what) from None
        except ValueError as error:
            what, position = _compile_time_words(str(error), program)
            raise ExpressionError(self._source, position, what) from None

    @staticmethod
    def _outputs(program: Any, raw: bytes) -> Iterator[Any]:
        """Give what the program gives. After an error the iterator must not be asked again:
        libjq ends the process.
        """
        return iter(program.input_text(raw.decode()))


def _builtins() -> list[str]:
    """Give jq's functions, as ``name/count``."""
    import jq  # noqa: PLC0415 - as above

    names: list[str] = jq.compile("builtins").input_value(None).first()
    return names


def _compile_time_words(text: str, program: str) -> tuple[str, int]:
    """Give the first of libjq's complaints in one line, and the offset that it speaks of."""
    place = _PLACE.search(text)
    words = _one_line(text[: place.start()] if place else text.partition("\n")[0])
    if place is None or place.group(2) is None:
        return words, 0
    line, column = int(place.group(1)), int(place.group(2))
    before = "".join(program.splitlines(keepends=True)[: line - 1])
    rest = program[len(before) :].encode()[: column - 1]  # libjq counts bytes
    return words, len(before) + len(rest.decode(errors="ignore"))


def _run_time_words(text: str) -> str:
    if text == "break":  # what `input` raises, where jq itself says:
        return "No more inputs"
    words = _one_line(text)
    return words if len(words) <= _LONGEST_ERROR else words[:_LONGEST_ERROR] + "…"


def _one_line(text: str) -> str:
    return " ".join(text.removeprefix(_PREFIX).split())
