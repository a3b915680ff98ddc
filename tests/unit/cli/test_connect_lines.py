"""What a line means that somebody types or pipes into ``wscli connect``."""

from __future__ import annotations

from typing import Any

import pytest

from tests.session.conversation import make_profile
from wscli.cli.connect_completion import suggestions
from wscli.cli.connect_lines import Wish, help_lines, lines_of, read_line
from wscli.errors import UsageError
from wscli.loader.arguments import arguments_of, read_arguments
from wscli.model.options import Option, OptionType
from wscli.model.requests import HttpStep, Request
from wscli.model.steps import Operation
from wscli.session.events import Unsayable
from wscli.session.sayings import Call, Goodbye, Ping, Text

SUBSCRIBE = Operation("subscribe", {"do": "sub", "topics": "${topic}"}, "Follow a topic")
ORDER = Operation(
    "order",
    {"side": "${side}", "price": "${price}", "depth": "${depth?}", "by": "${who}", "key": "${key}", "pass": "${ticket}"},
)  # fmt: skip
PROFILE = make_profile(
    operations=(SUBSCRIBE, ORDER),
    options=(
        Option("topic", OptionType.LIST, examples=("trades:A", "prices:A"), help="A topic"),
        Option("depth", OptionType.INTEGER, choices={"10": 10, "100": 100}),
        Option("key", secret=True),
    ),
    computed={"who": {"value": "${user}@${price}"}},
    bootstrap=(HttpStep(Request("GET", "https://demo.test/"), capture={"ticket": ".t"}, secret=("ticket",)),),
)  # fmt: skip


def meaning(line: str) -> Any:
    return read_line(line, PROFILE, verbatim=False)


@pytest.mark.parametrize(
    "line", ["a", "", " /help", '{"a": 1}', "a // b", "\u00e9\U0001f600", "\x00"]
)
def test_a_line_is_a_frame(line: str) -> None:
    assert meaning(line) == Text(line)


@pytest.mark.parametrize(
    ("line", "frame"), [("//", "/"), ("//help", "/help"), ("///", "//"), ("// a", "/ a")]
)
def test_two_slashes_send_one(line: str, frame: str) -> None:
    assert meaning(line) == Text(frame)


@pytest.mark.parametrize("line", ["/help", "//", "/nonsense", "/subscribe topic=a"])
def test_verbatim_a_slash_has_no_meaning(line: str) -> None:
    assert read_line(line, PROFILE, verbatim=True) == Text(line)


@pytest.mark.parametrize(
    ("line", "means"),
    [
        ("/help", Wish.HELP),
        ("/quit", Wish.QUIT),
        ("/ping", Ping()),
        ("/ping  a b ", Ping(b"a b")),
        ("/ping " + "x" * 125, Ping(b"x" * 125)),
        ("/close", Goodbye()),
        ("/close 1001", Goodbye(1001)),
        ("/close 4999 all is said", Goodbye(4999, "all is said")),
        ("/subscribe", Call("subscribe")),
        ("/subscribe topic=trades:A", Call("subscribe", {"topic": ["trades:A"]})),
    ],
)
def test_a_slash_begins_a_command(line: str, means: Any) -> None:
    assert meaning(line) == means


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/subscrib topic=a", 'there is no /subscrib, so nothing was sent. Did you mean "subscribe"? A text that begins with a slash is sent where it is written //text.'),
        ("/", "there is no /, so nothing was sent. A text that begins with a slash is sent where it is written //text. See /help."),
        ("/usr/bin", "there is no /usr/bin, so nothing was sent"),
        ("/ping " + "\u00e9" * 63, "a ping carries 125 bytes at most"),
        ("/close 1005", "'1005' is no code that may be sent. Write /close [code [reason]] with 1000, 1001 or 3000 to 4999."),
        ("/close 1e3", "is no code"),
        ("/close \u0661", "is no code"),
        ("/close 99999999999999999999", "is no code"),
        ("/close 1000 " + "x" * 124, "a reason has 123 bytes at most"),
        ("/subscribe topc=a", '/subscribe was not sent: there is no argument "topc". Did you mean "topic"?'),
        ("/subscribe key=a", '/subscribe was not sent: there is no argument "key". It takes topic.'),
        ("/subscribe a", "'a' is no argument. Write key=value or key:=JSON."),
        ('/subscribe topic="a', "the quotes in '\"a' do not end."),
        ("/subscribe topic='a'b", "do not end"),
        ("/order price:=1.5.2", "'1.5.' is no JSON."),
        ("/order price:={", "'{' is no JSON. A text is written key=text."),
        ("/order price:=NaN", "is no JSON"),
        ("/order price:=1e400", "is no JSON"),
        ("/order depth=11", "is not one of 10, 100"),
        ("half \udc80", "a line is no UTF-8 text, so it was not sent"),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_told(line: str, words: str) -> None:
    mistake = meaning(line)
    assert isinstance(mistake, Unsayable)
    assert words in f"{mistake.text}. {mistake.hint}"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("  side=buy   price=1.5 ", {"side": "buy", "price": "1.5"}),
        ("side= price:=1.5", {"side": "", "price": 1.5}),
        ('side="two words" price=\'it is "x"\'', {"side": "two words", "price": 'it is "x"'}),
        (r'side="a \"b\" \\ \n"', {"side": r"a " + '"b" ' + r"\ \n"}),
        ('price:={"a": [1, "x y"]} side=a=b', {"price": {"a": [1, "x y"]}, "side": "a=b"}),
        ("depth=100", {"depth": 100}),
        ("depth:=7", {"depth": 7}),
        ("side=a side=b", {"side": "b"}),
        ("user=me", {"user": "me"}),
    ],
)
def test_arguments_are_typed_by_their_option_or_written_as_json(
    text: str, values: dict[str, Any]
) -> None:
    assert read_arguments(PROFILE, ORDER, text) == values


def test_an_argument_of_a_list_is_repeated() -> None:
    assert read_arguments(PROFILE, SUBSCRIBE, "topic=a topic=b") == {"topic": ["a", "b"]}


def test_secrets_and_computed_values_are_no_arguments_but_what_those_are_made_of_is() -> None:
    assert arguments_of(PROFILE, ORDER) == ["depth", "price", "side", "user"]
    with pytest.raises(UsageError, match='no argument "ticket"'):
        read_arguments(PROFILE, ORDER, "ticket=t")


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        ("a", ["a"]),
        ("", []),
        ("a\n\nb\r\n", ["a", "b"]),
        ('{"a":\n 1}', ['{"a":\n 1}']),
        ("[1,\n2]", ["[1,\n2]"]),
        ("1\n2", ["1", "2"]),
        ('{"a":1}\n{"b":2}', ['{"a":1}', '{"b":2}']),
        ("{\n}", ["{\n}"]),
        ("[" * 5000 + "\n", ["[" * 5000]),
    ],
)
def test_a_pasted_text_is_a_frame_a_line_but_for_one_json_object(
    text: str, frames: list[str]
) -> None:
    assert lines_of(text) == frames


def test_help_says_what_there_is() -> None:
    lines = list(help_lines(PROFILE, verbatim=False))
    assert "/subscribe topic=…: Follow a topic" in lines
    assert "/order depth=… price=… side=… user=…: a frame of the profile" in lines
    assert [line.partition(":")[0] for line in lines[-4:]] == ["/help", "/quit", "/ping", "/close"]
    assert list(help_lines(PROFILE, verbatim=True)) == ["every line is sent as a text frame"]


@pytest.mark.parametrize(
    ("before", "offered"),
    [
        ("", []),
        ("su", []),
        ("/su", ["subscribe"]),
        ("/", ["subscribe", "order", "help", "quit", "ping", "close"]),
        ("/subscribe ", ["topic="]),
        ("/order price=1 s", ["side="]),
        ("/subscribe topic=t", ["trades:A"]),
        ("/order depth=1", ["10", "100"]),
        ("/order side=b", []),
        ("/nope ", []),
        ("//", []),
    ],
)
def test_the_tab_key_offers_what_may_follow(before: str, offered: list[str]) -> None:
    assert [each.text for each in suggestions(before, PROFILE)] == offered


def test_what_is_offered_replaces_what_was_begun_and_says_what_it_means() -> None:
    (found,) = suggestions("/subscribe to", PROFILE)
    assert (found.typed, found.help) == (2, "A topic")
