"""From the words of the command line to the values that a profile uses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wscli.errors import UsageError
from wscli.loader.logins import Logins
from wscli.loader.values import OptionValues, option_values, simulated_values
from wscli.model.options import Option, OptionType
from wscli.model.profile import Connect, Origin, Profile
from wscli.model.secret import Secret


def profile_of(*options: Option) -> Profile:
    return Profile("demo", Connect("ws://x"), options=options)


def nothing_is_stored() -> Path:
    return Path("/nonexistent/wscli")


def found(
    options: list[Option], given: dict[str, Any], environment: dict[str, str] | None = None
) -> OptionValues:
    return option_values(
        profile_of(*options),
        given,
        environment or {},
        logins=Logins(nothing_is_stored),
        warn=lambda _: None,
    )


def values_of(option: Option, given: Any = None, environment: dict[str, str] | None = None) -> Any:
    values = found([option], {option.name: given}, environment).values
    return values.get(option.name, "unset")


CHOICES = {"production": "wss://api", "staging": "wss://staging"}
INTENTS = {"GUILDS": 1, "MEMBERS": 2, "MESSAGES": 512}
SELECTOR = Option("a", OptionType.LIST, selector=True)
CHOSEN = Option("a", OptionType.LIST, selector=True, choices={"trades": "T", "prices": "P"})
FLAGS = Option("a", OptionType.FLAGS, choices=INTENTS)
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
    (Option("a", OptionType.INTEGER, choices={"one": 1}), "one", 1),
    (Option("a", OptionType.LIST, choices=CHOICES), ["staging"], ["wss://staging"]),
    (SELECTOR, ["n,k=v", "m"], [{"name": "n", "with": {"k": "v"}}, {"name": "m", "with": {}}]),
    (CHOSEN, ["trades,k=v"], [{"name": "T", "with": {"k": "v"}}]),
    (Option("a", OptionType.LIST, selector=True, default=["n"]), [], [{"name": "n", "with": {}}]),
    (FLAGS, ["GUILDS", "MESSAGES"], 513),
    (FLAGS, ["GUILDS", "GUILDS"], 1),
    (FLAGS, [], "unset"),
    (Option("a", OptionType.FLAGS, choices=INTENTS, default=["MEMBERS"]), [], 2),
    (Option("a", OptionType.FLAGS, choices={"GUILDS": "0x1"}), ["GUILDS"], 1),
    (Option("a", OptionType.FLAGS), ["1", "0x200"], 513),
    (Option("a", OptionType.FLAGS, default=3), [], 3),
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
        (
            Option("a", required=True, env="WSCLI_DEMO_A"),
            None,
            "Give --a VALUE or set WSCLI_DEMO_A.",
        ),
        (Option("a", OptionType.INTEGER), "x", "--a 'x' is no integer"),
        (Option("a", OptionType.NUMBER), "nan", "--a 'nan' is no number"),
        (Option("a", OptionType.DURATION), "x", "--a 'x' is no duration"),
        (Option("a", OptionType.BOOLEAN), "maybe", "--a 'maybe' is no boolean"),
        (Option("a", choices=CHOICES), "stagin", 'Did you mean "staging"?'),
        (Option("a", choices=CHOICES), "zzz", "is not one of production, staging"),
        (SELECTOR, ["n,k"], "--a 'n,k': 'k' is no key=value. Write --a NAME[,key=value…]"),
        (SELECTOR, [",k=v"], "--a ',k=v': the name is missing."),
        (CHOSEN, ["trade,k=v"], "--a 'trade' is not one of trades, prices."),
        (FLAGS, ["GUILD"], 'Did you mean "GUILDS"?'),
        (Option("a", OptionType.FLAGS), ["x"], "--a 'x' is no number of bits"),
        (Option("a", OptionType.FLAGS), ["-1"], "--a '-1' is no number of bits"),
    ],
)
def test_what_does_not_fit_is_said(option: Option, given: Any, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        values_of(option, given)
    assert words in str(caught.value)


TOKEN = Option("token", secret=True, env="WSCLI_DEMO_TOKEN", required="$email == null")
EMAIL = Option("email", secret=True)
PASSWORD = Option("password", secret=True, required="$email != null and $token == null")
LOGIN = [TOKEN, EMAIL, PASSWORD]


@pytest.mark.parametrize(
    "given",
    [
        {"token": "t"},
        {"token_cmd": "t"},
        {"email": "e", "password": "p"},
        {"email": "e", "token": "t"},
    ],
)
def test_a_condition_says_what_must_be_given(given: dict[str, str]) -> None:
    names = {way.partition("_")[0] for way in given}
    assert found(LOGIN, given).secrets.names == names


def test_a_secret_counts_as_set_whatever_it_is() -> None:
    option = Option("user", required="$token")
    with pytest.raises(UsageError, match="demo needs --user where \\$token"):
        found([Option("token", secret=True), option], {"token": "t"})
    assert found([Option("token", secret=True), option], {}).values == {}


def test_the_error_for_a_missing_secret_says_every_way_to_give_it() -> None:
    with pytest.raises(UsageError) as caught:
        found(LOGIN, {})
    assert str(caught.value) == (
        "demo needs --token (or --email)."
        " Give --token-file PATH, set WSCLI_DEMO_TOKEN or run `wscli login demo`."
    )
    with pytest.raises(UsageError) as caught:
        found(LOGIN, {"email": "e"})
    assert str(caught.value) == (
        "demo needs --password where --email is given and --token is not given."
        " Give --password-file PATH or run `wscli login demo`."
    )


@pytest.mark.parametrize(
    ("condition", "given", "words"),
    [
        ("$b == null and $c == null", {}, "demo needs --a (or --b or --c)."),
        ("$b == null and $c", {"c": "x"}, "demo needs --a where $b == null and $c."),
        (
            "$b == null or $c == null",
            {},
            "demo needs --a where --b is not given or --c is not given.",
        ),
        ("$b != null", {"b": "x"}, "demo needs --a where --b is given."),
        ("$b != null and $b != 1", {"b": "x"}, "demo needs --a where $b != null and $b != 1."),
        ('$b == "x"', {"b": "x"}, 'demo needs --a where $b == "x".'),
    ],
)
def test_others_are_offered_in_its_place_only_where_that_is_all_the_condition_says(
    condition: str, given: dict[str, str], words: str
) -> None:
    options = [Option("a", required=condition), Option("b"), Option("c")]
    with pytest.raises(UsageError) as caught:
        found(options, given)
    assert words in str(caught.value)


def test_the_way_to_log_in_to_a_profile_of_ones_own_is_by_its_path() -> None:
    profile = Profile(
        "demo",
        Connect("ws://x"),
        source="my profiles/demo.yaml",
        origin=Origin.FILE,
        options=(Option("token", secret=True, required=True),),
    )
    with pytest.raises(UsageError) as caught:
        option_values(profile, {}, {}, logins=Logins(nothing_is_stored), warn=lambda _: None)
    assert "`wscli login 'my profiles/demo.yaml'`" in str(caught.value)


def simulated(options: list[Option], given: dict[str, Any]) -> OptionValues:
    return simulated_values(profile_of(*options), given, {}, warn=lambda _: None)


def test_a_simulator_is_shown_no_secret() -> None:
    values = simulated([*LOGIN, Option("other", secret=True)], {})
    assert values.secrets.read() == {"token": Secret("simulated")}
    assert values.assumed == {"token": "simulated"}


def test_a_secret_that_was_given_is_what_a_simulator_is_shown() -> None:
    values = simulated(LOGIN, {"token": "t"})
    assert values.secrets.read() == {"token": Secret("t")}
    assert values.assumed == {}


def test_for_a_simulator_an_example_or_a_choice_stands_for_what_is_missing() -> None:
    options = [
        Option("a", required=True, examples=("x", "y")),
        Option("b", required=True, choices=CHOICES),
        Option("c", OptionType.LIST, required=True, examples=("z",)),
        Option("d", examples=("optional",)),
    ]
    values = simulated(options, {})
    assert values.values == {"a": "x", "b": "wss://api", "c": ["z"]}
    assert values.assumed == {"a": "x", "b": "production", "c": "z"}
    with pytest.raises(UsageError, match="demo needs --e"):
        simulated([Option("e", required=True)], {})


def test_no_secret_is_among_the_values_nor_shown() -> None:
    values = found([TOKEN, Option("a")], {"token": "canary", "a": "x"})
    assert values.values == {"a": "x"}
    assert "canary" not in repr(values)
    assert values.secrets.read()["token"].reveal() == "canary"
