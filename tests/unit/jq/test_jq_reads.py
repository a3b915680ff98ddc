"""Which fields a program reads from the message."""

from __future__ import annotations

import pytest

from wscli.jq.engine import compile_program
from wscli.jq.reads import written


def reads(source: str) -> list[str]:
    return [written(keys) for keys in compile_program(source).reads]


@pytest.mark.parametrize(
    ("source", "paths"),
    [
        (".", []),
        ("true", []),
        ("length", []),
        (".a", [".a"]),
        (".a.b == 1", [".a.b"]),
        ('.a."b c" == .d', ['.a."b c"', ".d"]),
        (".a and .b or .a", [".a", ".b"]),
        (".items[].name", [".items"]),
        (".[0].name", []),
        (".a[0].b", [".a"]),
        (".a | .b", [".a.b"]),
        (".a | .b | .c == 1", [".a.b.c"]),
        (".a | .b == 1 and .c == 2", [".a.b", ".a.c"]),
        (".a | not", [".a"]),
        (".a | length > 0", [".a"]),
        (".a[] | .b", [".a"]),
        ("(.a == 1) | .b", [".a"]),
        ("(.a == 1).b", [".a"]),
        ("(.a | .b).c", [".a.b"]),
        (".a // .b", []),
        (".a? == 1", []),
        (".a.b? == 1", [".a"]),
        ("((.a == 1)?)?", []),
    ],
)
def test_paths_of_keys_are_found_in_the_tree(source: str, paths: list[str]):
    assert reads(source) == paths


@pytest.mark.parametrize(
    ("source", "paths"),
    [
        ('.a.b | test("x")', [".a.b"]),
        (".a .b + 1", [".a.b"]),
        (".a as $x | .b", [".a"]),
        ("select(.a)", []),
        ('.a? | test("x")', []),
        (".a // empty", []),
        (".a //= 1", []),
        ('. | test("x")', []),
        (r'.a | test("\(1)")', []),
    ],
)
def test_of_other_programs_the_path_that_they_begin_with_is_found(source: str, paths: list[str]):
    assert reads(source) == paths
