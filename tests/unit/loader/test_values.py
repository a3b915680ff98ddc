"""From the words of the command line to the values that a profile uses."""

from __future__ import annotations

from typing import Any

import pytest

from wscli.errors import UsageError
from wscli.loader.values import option_values
from wscli.model.options import Option, OptionType
from wscli.model.profile import Connect, Profile


def values_of(option: Option, given: Any = None, environment: dict[str, str] | None = None) -> Any:
    profile = Profile("demo", Connect("ws://x"), options=(option,))
    return option_values(profile, {option.name: given}, environment or {}).get(option.name, "unset")


CHOICES = {"production": "wss://api", "staging": "wss://staging"}
CASES: list[tuple[Option, Any, Any]] = [
    (Option("a"), "x", "x"),
    (Option("a"), None, "unset"),
    (Option("a", default="d"), None, "d"),
    (Option("a", OptionType.INTEGER), "7", 7),
    (Option("a", OptionType.NUMBER), "0.5", 0.5),
    (Option("a", OptionType.BOOLEAN), True, True),
    (Option("a", OptionType.BOOLEAN), "no", False),
    (Option("a", OptionType.DURATION), "1m", 60.0),
    (Option("a", OptionType.LIST), ["x", "y,z"], ["x", "y,z"]),
    (Option("a", OptionType.LIST), [], "unset"),
    (Option("a", OptionType.LIST, default=["d"]), [], ["d"]),
    (Option("a", choices=CHOICES), "staging", "wss://staging"),
    (Option("a", choices=CHOICES, default="production"), None, "wss://api"),
    (Option("a", OptionType.LIST, choices=CHOICES), ["staging"], ["wss://staging"]),
]


@pytest.mark.parametrize(("option", "given", "value"), CASES)
def test_a_word_becomes_a_value(option: Option, given: Any, value: Any) -> None:
    assert values_of(option, given) == value


def test_the_environment_stands_in_for_what_was_not_given() -> None:
    option = Option("a", env="WSCLI_DEMO_A", default="d")
    assert values_of(option, "x", {"WSCLI_DEMO_A": "e"}) == "x"
    assert values_of(option, None, {"WSCLI_DEMO_A": "e"}) == "e"
    assert values_of(option, None, {"WSCLI_DEMO_A": ""}) == "d"
    many = Option("a", OptionType.LIST, env="WSCLI_DEMO_A")
    assert values_of(many, [], {"WSCLI_DEMO_A": "e"}) == ["e"]


@pytest.mark.parametrize(
    ("option", "given", "words"),
    [
        (Option("a_b", required=True), None, "demo needs --a-b. Give --a-b VALUE."),
        (Option("a", required=True, env="WSCLI_DEMO_A"), None, "or set WSCLI_DEMO_A"),
        (Option("a", OptionType.INTEGER), "x", "--a 'x' is no integer"),
        (Option("a", OptionType.DURATION), "x", "--a 'x' is no duration"),
        (Option("a", OptionType.BOOLEAN), "maybe", "--a 'maybe' is no boolean"),
        (Option("a", choices=CHOICES), "stagin", 'Did you mean "staging"?'),
        (Option("a", choices=CHOICES), "zzz", "is not one of production, staging"),
    ],
)
def test_what_does_not_fit_is_said(option: Option, given: Any, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        values_of(option, given)
    assert words in str(caught.value)
