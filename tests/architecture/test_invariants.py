"""What is absent from the code, and where things alone may be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wscli.cli.common_options import COMMON
from wscli.loader.find import available
from wscli.loader.reserved import COMMON_OPTIONS

TOP = Path(__file__).parents[2]
CODE = {
    path.relative_to(TOP).as_posix(): path.read_text() for path in (TOP / "wscli").rglob("*.py")
}
TEXTS = {
    path.relative_to(TOP).as_posix(): path.read_text()
    for kind in ("py", "md", "json")
    for path in (TOP / "wscli").rglob(f"*.{kind}")
    if "_profiles" not in path.parts
}


def places(pattern: str) -> set[str]:
    found = re.compile(pattern, re.MULTILINE)
    return {name for name, text in CODE.items() if found.search(text)}


def test_only_the_connection_imports_websocket_client() -> None:
    assert places(r"^\s*(import|from) websocket\b") <= {
        "wscli/transport/connection.py",
    }


def test_only_the_clock_reads_clocks() -> None:
    reads = (
        r"\btime\.(time|monotonic|perf_counter|clock_gettime)\b|\bdatetime\.(now|utcnow|today)\("
    )
    assert places(reads) == {"wscli/transport/clock.py"}


def test_nothing_sleeps() -> None:
    assert places(r"\bsleep\(") == set()


def test_nothing_is_printed_past_the_outputs() -> None:
    assert places(r"^\s*print\(") == set()
    assert places(r"sys\.stdout\.write") == set()


def test_nothing_left_undone() -> None:
    assert places(r"TODO|FIXME|XXX|NotImplementedError") == set()


def test_the_code_knows_no_providers_name() -> None:
    words = re.compile(rf"(?i)\b({'|'.join(available({}))})\b")
    assert {name for name, text in TEXTS.items() if words.search(text)} == set()


def test_modules_are_small() -> None:
    long = {name: text.count("\n") for name, text in CODE.items() if text.count("\n") > 400}
    assert long == {}


def test_every_common_option_is_reserved_in_profiles() -> None:
    flags = {flag for each in COMMON for flag in each.flags if flag.startswith("--")}
    assert {flag.removeprefix("--").replace("-", "_") for flag in flags} <= COMMON_OPTIONS


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "LICENSE", ".ci/run"])
def test_the_top_level_is_complete(name: str) -> None:
    assert (TOP / name).is_file()


def test_nothing_of_a_machine_is_in_the_tree() -> None:
    patterns = r"/(work|farm|root)/\w|files\.pythonhosted|pypi\.org|registry\.npmjs"
    kinds = {".py", ".md", ".toml", ".yaml", ".json", ".svg"}
    for path in TOP.rglob("*"):
        if (
            path.suffix in kinds
            and ".venv" not in path.parts[len(TOP.parts)]
            and path != Path(__file__)
        ):
            assert not re.search(patterns, path.read_text(errors="replace")), path
