"""Wrong usage: one or two plain lines that say what is wrong and what to do, and exit code 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.process import Runner
from tests.providers.fake_pegana import FakePegana
from wscli.cli.main import run

WRONG: list[tuple[list[str], str]] = [
    (["tial"], 'there is no command "tial". Did you mean "tail"?'),
    (["zzzzz"], 'there is no command "zzzzz". See `wscli help`.'),
    (["pegana"], "To follow that profile: `wscli tail pegana`."),
    (["help", "exitcodes"], 'no topic and no command "exitcodes". Did you mean "exit-codes"?'),
    (["help", "zzzzz"], "See `wscli help`."),
    (["help", "pegana"], "For a profile's options see `wscli tail pegana --help`."),
    (["help", "exit-codes", "tail"], "a topic stands alone. See `wscli help exit-codes`."),
    (["help", "tail", "pegnaa"], 'there is no profile "pegnaa".'),
    (["--nonsense"], "no such option: --nonsense"),
    (["tail"], "missing command. See `wscli tail --help`."),
    (["tail", "pegnaa"], 'there is no profile "pegnaa". Did you mean "pegana"?'),
    (["tail", "zzzzz"], "See `wscli profiles list`."),
    (["tail", "pegana", "--asett", "x"], "no such option: --asett (Possible options: --asset"),
    (["tail", "pegana", "--asset"], "option '--asset' requires an argument"),
    (["tail", "pegana", "jitoSOL"], "unexpected extra argument(s) (jitoSOL). See `wscli tail"),
    (
        ["tail", "pegana", "--where", ".payload.state", "==", "DEPEG"],
        "An expression with spaces stands in single quotes: --where '.price > 100'.",
    ),
    (["tail", "example.org/feed"], "Did you mean wss://example.org/feed?"),
    (["tail", "localhost:8080/feed"], "Did you mean wss://localhost:8080/feed?"),
    (["tail", "some.folder/x.yaml"], "No such file or directory.\n"),
    (["tail", "pegana", "-n", "0"], "0 is not in the range x>=1"),
    (["tail", "pegana", "-n", "many"], "is not a valid int"),
    (["tail", "pegana", "--where", ".a |"], "--where: it ends too early\n  .a |\n      ^\n"),
    (["tail", "pegana", "--jq", ".a ]"], "--jq: ] closes nothing that is open\n  .a ]\n     ^\n"),
    (["tail", "pegana", "--until", "foo("], "--until: ( has no closing )\n  foo(\n     ^\n"),
    (["tail", "pegana", "--for", "soon"], "--for: 'soon' is no length of time; write 500ms"),
    (["tail", "pegana", "--for", "0"], "--for must be longer than nothing."),
    (["tail", "pegana", "--timeout", "-1s"], "--timeout: '-1s' is no length of time"),
    (["tail", "pegana", "--connect-timeout", "0s"], "--connect-timeout must be longer"),
    (["tail", "pegana", "--max-frame", "big"], "--max-frame: 'big' is no size; write 64k"),
    (["tail", "pegana", "--validate", "maybe"], "--validate takes warn, strict, off."),
    (["tail", "pegana", "--color", "blue"], "--color takes auto, always, never."),
    (["tail", "pegana", "-o", "tabel"], "there is no format 'tabel'. Did you mean \"table\"?"),
    (
        ["tail", "pegana", "-o", "xml"],
        "there is no format 'xml'. table, log, ndjson, pretty, raw, csv.",
    ),
    (["tail", "pegana", "--table", "peg"], 'pegana has no table "peg". Did you mean "pegs"?'),
    (
        ["tail", "pegana", "--sort", "assets"],
        'no column "assets" to sort by. Did you mean "asset"?',
    ),
    (["tail", "pegana", "-q", "-v"], "-q and -v contradict each other."),
    (["tail", "pegana", "--no-reconnect", "--max-reconnects", "3"], "contradict each other."),
    (["tail", "pegana", "--simulate", "--url", "ws://x"], "contradict each other."),
    (["tail", "pegana", "--history"], "--history needs --asset. pegana gives the history of one"),
    (["tail", "ws://127.0.0.1", "--history"], "127.0.0.1 has no history: its profile names none."),
    (["tail", "pegana", "-H", "novalue"], "-H takes a header with its value."),
    (["tail", "pegana", "--cacert", "/nowhere.pem"], "--cacert: there is no file /nowhere.pem."),
    (["tail", "pegana", "--url", "ftp://x"], "is no WebSocket URL."),
    (["tail", "pegana", "--url", "ws://[::1"], "is no WebSocket URL."),
    (["tail", "pegana", "--url", "ws://host:99999"], "is no WebSocket URL."),
    (["tail", "ws://[::1"], "is no WebSocket URL."),
    (["tail", "ws://host:x"], "is no WebSocket URL."),
    (["tail", "https://x.test/a"], "Did you mean wss://x.test/a?"),
    (["tail", "ws://"], "'ws://' is no URL."),
    (["tail", "pegana", "--url", "nonsense"], "is no WebSocket URL."),
    (["tail", "ws://127.0.0.1", "-o", "table"], "127.0.0.1 has no table. Use -o log."),
    (["tail", "./nowhere.yaml"], "nowhere.yaml cannot be read"),
    (["profiles", "show", "nobody"], 'there is no profile "nobody".'),
    (["profiles"], "missing command. See `wscli profiles --help`."),
    (["profiles", "check"], "missing argument 'FILE...'"),
    (["simulate", "pegana", "--port", "70000"], "70000 is not in the range"),
]


@pytest.mark.parametrize(
    ("arguments", "words"), WRONG, ids=[" ".join(case[0])[:50] for case in WRONG]
)
def test_wrong_usage_is_told_plainly(
    capfd: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert run(arguments) == 2
    told = capfd.readouterr()
    assert told.out == ""
    assert words in told.err
    assert told.err.startswith("wscli: ")
    assert told.err.count("\n") <= (3 if words.endswith("^\n") else 2)


@pytest.mark.parametrize("arguments", [["tail", "pegnaa"], ["tail", "pegana", "--asett", "x"]])
def test_the_installed_command_says_the_same(wscli: Runner, arguments: list[str]) -> None:
    done = wscli.run(*arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith("wscli: ")
    assert "Traceback" not in done.stderr


def test_an_argument_that_is_repeated_in_an_error_cannot_touch_the_terminal(wscli: Runner) -> None:
    done = wscli.run("tail", "\x1b[31mred\x07")
    assert done.returncode == 2
    assert "\x1b" not in done.stderr
    assert r"\x1b[31mred\x07" in done.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("wscli: 1\nname: [", "mine.yaml: line"),
        ("\x00\x01", "mine.yaml"),
        ("wscli: 1\nname: x\nconnect: {url: ws://x}\nsesion: []\n", 'Did you mean "session"?'),
        ("a: &a [*a]", "mine.yaml"),
        ("[" * 20000, "mine.yaml"),
        ("!!python/object/apply:os.system [id]", "mine.yaml"),
    ],
)
def test_a_profile_with_mistakes_is_told_with_its_lines(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    for arguments in (["tail", str(path)], ["profiles", "check", str(path)]):
        assert run(arguments) == 2
        told = capfd.readouterr().err
        assert words in told
        assert "Traceback" not in told


def test_help_goes_to_stdout_and_ends_well(wscli: Runner) -> None:
    for arguments in (
        [],
        ["--help"],
        ["tail", "-h"],
        ["tail", "pegana", "--help"],
        ["profiles", "-h"],
    ):
        done = wscli.run(*arguments)
        assert done.stdout.decode().lstrip().startswith("Usage: wscli")
        assert done.stderr == ""
        assert done.returncode == 0


def test_the_help_of_a_profile_shows_its_options_above_the_common_ones(wscli: Runner) -> None:
    text = wscli.run("tail", "pegana", "--help").stdout.decode()
    assert "Only this asset, for example jitoSOL." in " ".join(text.split()).replace("│ ", "")
    assert text.index("--asset") < text.index("--type") < text.index("--output")
    assert "https://api.pegana.xyz" in text


def test_the_version_is_told(wscli: Runner) -> None:
    for flag in ("--version", "-V"):
        done = wscli.run(flag)
        assert (done.returncode, done.stdout) == (0, b"wscli 0.1.0\n")


def test_the_list_shows_every_profile_with_its_title(wscli: Runner, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "pegana.yaml").write_text("wscli: 1\nname: pegana\nextends: pegana\n")
    (folder / "broken.yaml").write_text("[")
    done = wscli.run("profiles", "list", env={"WSCLI_PROFILES": str(folder)})
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 0
    assert any(line.startswith("broken") and "has mistakes" in line for line in lines)
    (pegana,) = [line for line in lines if line.startswith("pegana")]
    assert str(folder) in pegana
    assert "in place of 1 other" in pegana


def test_a_profile_is_shown_as_it_is_written(wscli: Runner) -> None:
    source = Path(__file__).parents[2] / "profiles" / "pegana.yaml"
    done = wscli.run("profiles", "show", "pegana")
    assert done.stdout.decode() == source.read_text()


def test_a_users_profile_is_found_in_the_config_folder(
    wscli: Runner, tmp_path: Path, pegana: FakePegana
) -> None:
    folder = tmp_path / "config" / "wscli" / "profiles"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text("wscli: 1\nname: mine\nextends: pegana\n")
    with wscli.start(
        "tail",
        "mine",
        "--url",
        pegana.url,
        "-n1",
        env={"XDG_CONFIG_HOME": str(tmp_path / "config")},
    ) as running:
        pegana.wait_connected()
        pegana.push("jitoSOL", "DRIFT")
        assert running.finish().returncode == 0


def test_a_profiles_own_words_cannot_touch_the_terminal_nor_the_help(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = r"\e[31m[/] [red]x[/red] \u202e \\[/]"
    text = (
        "wscli: 1\nname: mine\nextends: pegana\n"
        f'about: {{title: "{words}", caution: "{words}"}}\n'
        f'options: {{asset: {{help: "{words}"}}}}\n'
    )
    (tmp_path / "mine.yaml").write_text(text)
    monkeypatch.setenv("WSCLI_PROFILES", str(tmp_path))
    for arguments in (["tail", "mine", "--help"], ["tail", "--help"], ["profiles", "list"]):
        assert run(arguments) == 0
        told = capfd.readouterr().out
        assert r"\x1b[31m[/] [red]x[/red] \u202e \[/]" in " ".join(told.split())
