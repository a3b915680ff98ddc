"""docs/profile-format.md says what the program does: its words, examples and expressions hold."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

import pytest

from tests.unit.simulator.talk import Talk
from wscli.errors import ExpressionError
from wscli.jq.expressions import compile_expression
from wscli.loader.find import Found, bundled_bases
from wscli.loader.load import read_profile
from wscli.loader.units import parse_span
from wscli.messages.codecs import CODECS
from wscli.messages.match import TESTS
from wscli.model.profile import Connect, Origin, Profile
from wscli.model.record import StateEvent
from wscli.model.wire import Close, Ended, Failure, FailureKind, Lost
from wscli.session.retry import judge_end, judge_failure
from wscli.session.states import State
from wscli.templates import compile_template
from wscli.templates.filters import FILTERS

TOP: Final = Path(__file__).parents[2]
TEXT: Final = (TOP / "docs" / "profile-format.md").read_text("utf-8")
SCHEMA: Final[Mapping[str, Any]] = json.loads(
    (TOP / "wscli" / "loader" / "profile.schema.json").read_text("utf-8")
)
WORDS: Final = re.compile(r"word in (?:the profile|`(?P<place>.+)`)")
ENUMERATIONS: Final = ("type", "role", "then", "do", "format", "gap")


class Row(NamedTuple):
    """One line of a table: the heading of its first column, and the texts of its cells."""

    heading: str
    cells: list[str]


def cells_of(line: str) -> list[str]:
    parts = re.split(r"(?<!\\)\|", line.strip())[1:-1]
    return [part.strip().replace("\\|", "|") for part in parts]


def table_rows(text: str) -> Iterator[Row]:
    heading = ""
    lines = [*text.splitlines(), ""]
    for line, following in pairwise(lines):
        if not line.startswith("|"):
            heading = ""
        elif following.startswith("|--"):
            heading = cells_of(line)[0]
        elif not line.startswith("|--"):
            yield Row(heading, cells_of(line))


def code(cell: str) -> str:
    """Give what a cell holds, which is one piece of code and nothing else."""
    found = re.fullmatch("`([^`]+)`", cell)
    assert found, f"{cell} is no piece of code"
    return found[1]


ROWS: Final = list(table_rows(TEXT))
YAML: Final = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
PROFILES: Final = [block for block in YAML if block.startswith("wscli: 1\n")]


def first_column(heading: str) -> list[str]:
    return [code(row.cells[0]) for row in ROWS if row.heading == heading]


def resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    target: Mapping[str, Any] = SCHEMA["$defs"][reference.removeprefix("#/$defs/")]
    return target


def words_of_schema(
    schema: Mapping[str, Any], place: str = "", seen: set[str] | None = None
) -> Iterator[tuple[str, set[str]]]:
    """Walk the format: each place that has words of its own, and those words. What stands in
    several places has its words told at the first.
    """
    seen = set() if seen is None else seen
    reference = schema.get("$ref", "")
    if reference in seen:
        return
    seen |= {reference} - {""}
    schema = resolved(schema)
    properties = schema.get("properties", {})
    if properties and not (place.endswith("[]") and "remembered" in properties):
        yield place, set(properties)
    inner = {f"{place}.{word}".removeprefix("."): sub for word, sub in properties.items()}
    if isinstance(schema.get("additionalProperties"), dict):
        inner[f"{place}.NAME"] = schema["additionalProperties"]
    if "items" in schema:
        inner[f"{place}[]"] = schema["items"]
    for below, sub in inner.items():
        yield from words_of_schema(sub, below, seen)


def words_of_document() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in ROWS:
        if heading := WORDS.fullmatch(row.heading):
            found.setdefault(heading["place"] or "", []).append(code(row.cells[0]))
    return found


def enumeration(schema: Any, name: str) -> set[str]:
    """Give all values of the words of that name which are a closed list."""
    found: set[str] = set()
    if isinstance(schema, list):
        return found.union(*(enumeration(item, name) for item in schema))
    if isinstance(schema, dict):
        for word, sub in schema.get("properties", {}).items():
            found.update(sub.get("enum", ()) if word == name else ())
        return found.union(*(enumeration(sub, name) for sub in schema.values()))
    return found


def read(text: str, folder: Path) -> Profile:
    """Read a profile of the document; raises ProfileError with its mistakes."""
    place = folder / "documented.yaml"
    place.write_text(text, "utf-8")
    found = Found("documented", str(place), Origin.FILE, place)
    return read_profile(found, {"WSCLI_PROFILES": str(folder / "none")})


def test_every_word_of_the_format_has_one_line_where_it_belongs() -> None:
    documented = words_of_document()
    assert {place: sorted(words) for place, words in documented.items()} == {
        place: sorted(words) for place, words in words_of_schema(SCHEMA)
    }


def test_every_line_about_a_word_says_what_it_takes_means_and_is_by_default() -> None:
    for row in ROWS:
        if WORDS.fullmatch(row.heading):
            assert len(row.cells) == 4, row
            assert all(row.cells), row


@pytest.mark.parametrize("name", ENUMERATIONS)
def test_every_closed_list_of_values_is_whole(name: str) -> None:
    assert sorted(first_column(name)) == sorted(enumeration(SCHEMA, name))


def test_every_filter_and_every_test_has_its_line() -> None:
    assert sorted(first_column("filter")) == sorted(FILTERS)
    assert sorted(first_column("test")) == sorted(set(TESTS) - {"$any"}), "$any is our own"


COMPILERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "expression": compile_expression,
    "template": compile_template,
    "time": parse_span,
}


@pytest.mark.parametrize(
    ("kind", "source"), [(kind, source) for kind in COMPILERS for source in first_column(kind)]
)
def test_what_is_shown_as_possible_compiles(kind: str, source: str) -> None:
    COMPILERS[kind](source)


@pytest.mark.parametrize("source", first_column("not in it"))
def test_what_is_shown_as_outside_of_the_small_jq_is_refused(source: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(source)


def ended(code: int) -> Ended:
    if code == 1006:
        return Lost("reset")
    return Close(None if code == 1005 else code)


def test_close_codes_and_statuses_mean_what_is_said_of_them() -> None:
    rng = Random(0)
    for row in ROWS:
        if row.heading == "close code":
            verdict = judge_end((), ended(int(code(row.cells[0]))), rng)
        elif row.heading == "HTTP status":
            status = int(code(row.cells[0]))
            verdict = judge_failure((), Failure(FailureKind.STATUS, "no", status=status), rng)
        else:
            continue
        assert verdict.then == code(row.cells[1]), row


def test_every_table_is_of_a_kind_that_is_checked() -> None:
    checked = {*ENUMERATIONS, *COMPILERS, "filter", "test", "not in it"}
    headings = {row.heading for row in ROWS if not WORDS.fullmatch(row.heading)}
    assert headings == checked | {"close code", "HTTP status", "stage", "base"}


def test_every_stage_of_a_frame_and_every_base_has_its_line() -> None:
    assert set(first_column("stage")) == {name for name in CODECS if name != "append"}
    assert set(first_column("base")) == set(bundled_bases())


@pytest.mark.parametrize("block", PROFILES, ids=range(len(PROFILES)))
def test_every_profile_in_the_document_is_without_mistakes(block: str, tmp_path: Path) -> None:
    assert read(block, tmp_path).messages


def test_the_complete_profile_can_be_played(tmp_path: Path) -> None:
    profile = replace(read(PROFILES[0], tmp_path), connect=Connect("wss://stage.test/"))
    talk = Talk(profile, {"api_key": "k", "symbol": ["ABC"]})
    talk.run(120)
    assert talk.session.state is State.STREAMING
    assert set(talk.received) == {"welcome", "subscribed", "ping", "prices", "price"}
    assert talk.said(StateEvent.PROBLEM) == talk.said(StateEvent.RECONNECTING) == []


def test_the_complete_profile_stops_for_a_bad_key_and_waits_for_429(tmp_path: Path) -> None:
    rules = read(PROFILES[0], tmp_path).reconnect
    assert judge_end(rules.on_close, Close(4401), Random(0)).then == "refused"
    failure = Failure(FailureKind.STATUS, "no", status=429)
    verdict = judge_failure(rules.on_http, failure, Random(0))
    assert verdict.then == "reconnect"
    assert 30 <= verdict.at_least <= 60


def test_a_profile_that_only_extends_is_what_it_extends(tmp_path: Path) -> None:
    (minimal,) = (block for block in PROFILES if set(keys(block)) == {"wscli", "name", "extends"})
    mine = read(minimal, tmp_path)
    base = read((TOP / "profiles" / "pegana.yaml").read_text("utf-8"), tmp_path)
    assert (mine.messages, mine.connect) == (base.messages, base.connect)


def keys(block: str) -> list[str]:
    return re.findall(r"^(\w+):", block, re.MULTILINE)


def test_the_links_inside_of_the_document_lead_somewhere() -> None:
    titles = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
    places = {title.lower().replace(" ", "-") for title in titles}
    assert set(re.findall(r"\]\(#([^)]+)\)", TEXT)) <= places
    for path in re.findall(r"\]\((?!#)([^)#]+)", TEXT):
        assert (TOP / "docs" / path).exists(), path


def test_the_default_waits_are_the_programs_own(tmp_path: Path) -> None:
    (row,) = (row for row in ROWS if row.cells[0] == "`backoff`")
    said = code(row.cells[-1]).strip("[]").split(", ")
    text = "wscli: 1\nname: plain\nconnect: {url: 'wss://host.test'}\n"
    plain = read(text, tmp_path).reconnect
    assert tuple(parse_span(each) for each in said) == plain.backoff
    assert plain.settle == 60
