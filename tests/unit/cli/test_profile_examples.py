"""Examples in the help of a profile: its own options, what it needs, what its messages say."""

from __future__ import annotations

from wscli.cli.profile_examples import tail_examples
from wscli.model.message import Role
from wscli.model.options import Option
from wscli.model.profile import Connect, MessageRule, Origin, Profile
from wscli.model.tables import Column, Rows, Table


def commands(*options: Option, messages: tuple[MessageRule, ...] = (), **more: object) -> list[str]:
    tables = (Table("t", (Column("at"), Column("name"), Column("state", style={"UP": "green"}))),)
    profile = Profile(
        "demo",
        Connect("ws://x"),
        options=options,
        messages=messages,
        tables=tables,
        **more,  # type: ignore[arg-type]
    )
    return [each.command.removeprefix("wscli ") for each in tail_examples(profile)]


def rule(columns: dict[str, str], *found: object, **more: object) -> MessageRule:
    return MessageRule("m", rows=Rows("t", columns), examples=found, **more)  # type: ignore[arg-type]


def test_a_profile_without_options_is_followed_by_its_name():
    assert commands() == ["tail demo --simulate", "tail demo -n5 -o ndjson"]


def test_the_first_option_with_an_example_is_used():
    given = commands(
        Option("server"), Option("asset", examples=("a b", "c")), Option("x", examples=("y",))
    )
    assert given[0] == "tail demo --asset 'a b' --simulate"


def test_required_options_are_all_given():
    options = (
        Option("one", required=True, examples=("1",)),
        Option("two", required="$one == null", choices={"low": 1, "high": 2}),
        Option("three", required=True),
        Option("four", examples=("4",)),
        Option("five", required="$one != null"),
    )
    assert commands(*options)[0] == "tail demo --one 1 --two low --three THREE --simulate"


def test_a_required_secret_is_kept_by_login():
    given = commands(Option("key", required=True, secret=True), Option("other", secret=True))
    assert given == ["tail demo --simulate", "login demo", "tail demo -n5 -o ndjson"]
    assert "login demo" not in commands(Option("other", secret=True))


def test_a_condition_is_made_of_a_coloured_column_first():
    found = rule({"name": ".name", "state": ".p.state"}, {"name": "ABC", "p": {"state": "UP"}})
    assert (
        commands(messages=(found,))[2] == "tail demo -n1 --where '.p.state == \"UP\"' --timeout 10m"
    )


def test_a_condition_is_made_of_any_column_that_says_one_of_a_few_words():
    found = rule(
        {"at": ".at", "name": ".name"}, {"at": "2026-01-01", "name": 5}, {"at": "x1", "name": "BUY"}
    )
    assert "--where '.name == \"BUY\"'" in commands(messages=(found,))[2]


def test_no_condition_is_made_where_none_can_be_trusted():
    up = {"state": "UP"}
    rows = {"state": ".state"}
    for found in (
        MessageRule("m", examples=(up,)),
        rule(rows, up, role=Role.HEARTBEAT),
        rule(rows),
        rule({"state": ".state // .x"}, up),
        rule({"state": "$.state"}, up),
        rule({"state": ".["}, up),
        MessageRule("m", rows=Rows("t", rows, each=".[]"), examples=(up,)),
        MessageRule("m", rows=Rows("other", rows), examples=(up,)),
    ):
        assert len(commands(messages=(found,))) == 2


def test_there_are_three_at_most():
    found = rule({"state": ".state"}, {"state": "UP"})
    given = commands(Option("key", required=True, secret=True), messages=(found,))
    assert [each.split()[0] for each in given] == ["tail", "login", "tail"]
    assert "--where" in given[2]


def test_a_file_is_followed_by_its_path_and_a_bare_url_has_no_examples():
    assert (
        commands(source="my dir/x.yaml", origin=Origin.FILE)[0] == "tail 'my dir/x.yaml' --simulate"
    )
    assert commands(source="ws://x", origin=Origin.URL) == []
