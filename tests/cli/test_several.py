"""``wscli tail A + B``: several streams in one run, with fakes of two providers."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

import pytest

from tests.conftest import ScreenFactory
from tests.harness.process import Runner, Running
from tests.providers.fake_pear import FakePear
from tests.providers.fake_pegana import FakePegana
from wscli.cli.main import run
from wscli.cli.several import between_plus

TRADES = "trades:kalshi:KXBTC"


class Both:
    """Follows both fakes. What is said of one of them stands behind its name."""

    def __init__(self, wscli: Runner, pegana: FakePegana, pear: FakePear) -> None:
        self._wscli = wscli
        self.pegana = pegana
        self.pear = pear

    def words(self, *more: str | Path, of_pegana: tuple[str, ...] = ()) -> list[str | Path]:
        pegana = ["tail", "pegana", "--url", self.pegana.url, *of_pegana]
        return [*pegana, "+", "pear", "--url", self.pear.url, "--topic", TRADES, *more]

    def start(self, *more: str | Path, of_pegana: tuple[str, ...] = ()) -> Running:
        running = self._wscli.start(*self.words(*more, of_pegana=of_pegana))
        self.pegana.wait_connected()
        self.pear.wait_subscribed(TRADES)
        return running

    def pegana_says(self, second: int) -> bytes:
        payload = f'{{"state":"DRIFT","ts":"2026-05-26T14:32:{second:02}Z"}}'
        return self.pegana.push_raw(f'{{"op":"update","asset":"jitoSOL","payload":{payload}}}')

    def pear_says(self, price: float) -> bytes:
        return self.pear.push(TRADES, {"price": price, "size": 1, "ts": 1795403441344})


@pytest.fixture
def both(wscli: Runner, pegana: FakePegana, pear: FakePear) -> Both:
    return Both(wscli, pegana, pear)


def test_the_lines_come_in_the_order_in_which_they_were_received(both):
    running = both.start("-n", "4")
    first = both.pegana_says(1)
    assert running.read_line() == first
    second = both.pear_says(0.5)
    assert running.read_line() == second
    third = both.pegana_says(2)
    assert running.read_line() == third
    fourth = both.pear_says(0.75)
    done = running.finish()
    assert done.lines == [first, second, third, fourth]
    assert done.returncode == 0


def test_each_stream_has_its_notes_and_its_summary(both):
    running = both.start()
    both.pegana_says(1)
    running.read_line()
    both.pear_says(0.5)
    running.read_line()
    running.signal(signal.SIGINT)
    done = running.finish()
    assert done.returncode == 130
    told = done.stderr.splitlines()
    counts = {"pegana": "1 message", "pear": "3 messages (1 shown)"}
    for name, count in counts.items():
        assert sum(line.startswith(f"wscli: {name}: connected to ws://127.0.0.1") for line in told)
        summary = [line for line in told if line.startswith(f"wscli: {name}: {count}, ")]
        assert len(summary) == 1
        assert summary[0].endswith("interrupted")
    assert both.pegana.close_codes == both.pear.close_codes == [1000]


def test_filters_belong_to_the_stream_that_they_follow(both):
    running = both.start("--where", ".data.price > 0.6", "-n", "2")
    both.pear_says(0.5)
    mine = both.pegana_says(1)
    assert running.read_line() == mine
    yours = both.pear_says(0.75)
    done = running.finish()
    assert done.lines == [mine, yours]


def test_the_envelope_tells_them_apart_and_all_is_each_ones_own(both):
    running = both.start("--envelope", "--all", "-n", "3")
    both.pegana_says(1)
    lines = [json.loads(running.read_line()) for _ in range(2)]
    lines += map(json.loads, running.finish().lines[2:])
    assert {line["profile"] for line in lines} == {"pegana", "pear"}
    events = [line for line in lines if "event" in line]
    assert events
    assert {line["profile"] for line in events} == {"pear"}
    update = next(line for line in lines if line.get("type") == "update")
    assert (update["profile"], update["seq"], update["connection"]) == ("pegana", 1, 1)


def test_what_holds_for_the_run_may_stand_behind_any_of_them(both):
    running = both.start(of_pegana=("-n", "1", "-q"))
    line = both.pear_says(0.5)
    done = running.finish()
    assert (done.returncode, done.lines, done.stderr) == (0, [line], "")


def test_one_that_is_refused_leaves_the_other_alone_and_decides_the_exit_code(both):
    both.pear.refuse_handshakes(401)
    running = both._wscli.start(*both.words("-n", "1"))
    both.pegana.wait_connected()
    told = running.wait_stderr("wscli: pear: ")
    running.wait_stderr("401")
    assert "pear: never connected" not in told, "the error is told, which says enough"
    line = both.pegana_says(1)
    done = running.finish()
    assert done.returncode == 4
    assert done.lines == [line]
    assert done.stderr.count("401") == 1
    assert "Traceback" not in done.stderr


def test_the_run_ends_when_all_have_ended(both):
    running = both.start("--no-reconnect", of_pegana=("--no-reconnect",))
    both.pegana.cut()
    running.wait_stderr("pegana: ")
    line = both.pear_says(0.5)
    assert running.read_line() == line
    both.pear.drop(1000)
    done = running.finish()
    assert done.returncode == 3, "one of them was lost"
    told = done.stderr.splitlines()
    assert "closed the connection" in told[2]
    assert told[2].startswith("wscli: pegana: ")
    assert re.match(r"wscli: pegana: .*messages?", told[3]), "told at once, not at the end"
    assert told[-1].startswith("wscli: pear: 3 messages (1 shown)")


def test_the_same_profile_twice_is_told_apart_by_a_number(wscli, pegana):
    url = ("--url", pegana.url)
    running = wscli.start(
        "tail", "pegana", *url, "--asset", "jitoSOL", "+", "pegana", *url, "--asset", "mSOL"
    )
    pegana.wait_connected(2)
    running.wait_stderr("wscli: pegana#1: connected")
    running.wait_stderr("wscli: pegana#2: connected")
    running.signal(signal.SIGTERM)
    assert running.finish().returncode == 143


def test_simulated_and_bare_streams_join_in(wscli, pear):
    done = wscli.run("tail", "pegana", "--simulate", "+", "kraken", "--simulate", "-n", "6")
    assert done.returncode == 0, done.stderr
    assert len(done.lines) == 6
    assert all(json.loads(line) for line in done.lines)


def test_a_reader_that_goes_away_ends_all_quietly(both):
    running = both.start()
    both.pegana_says(1)
    running.read_line()
    running.close_stdout()
    done = running.finish()
    assert done.returncode == 141
    assert "Traceback" not in done.stderr


def test_on_a_terminal_several_streams_are_a_log_with_their_names(both, screen: ScreenFactory):
    shown = screen(*both.words())
    both.pegana.wait_connected()
    both.pear.wait_subscribed(TRADES)
    both.pegana_says(1)
    shown.wait_for("state=DRIFT")
    both.pear_says(0.5)
    shown.wait_for("price=0.5")
    lines = [line for line in shown.display if "DRIFT" in line or "price=0.5" in line]
    assert [" pegana " in line for line in lines] == [True, False]
    assert [" pear " in line for line in lines] == [False, True]
    shown.type("\x03")
    assert shown.finish() == 130


WRONG: list[tuple[list[str], str]] = [
    (["pegana", "+"], "`+` stands between two profiles. For example `wscli tail A"),
    (["+", "pegana"], "`+` stands between two profiles."),
    (["pegana", "+", "+", "pear"], "`+` stands between two profiles."),
    (["pegana", "+", "-n1"], "`+` stands between two profiles."),
    (["pegana", "+", "peer"], 'there is no profile "peer". Did you mean "pear"?'),
    (["pegana", "+", "pear", "--topik", "x"], "See `wscli tail pear --help`."),
    (["pegana", "-n", "3", "+", "pear", "-n", "4"], "--count is given twice, and not the same."),
    (["pegana", "-o", "table", "+", "pegana"], "-o table shows one stream, not 2. Use -o log"),
    (["pegana", "--where", "foo(", "+", "pegana"], "foo("),
    (["pegana", "+", "nexusglass"], "--api-key"),
]


@pytest.mark.parametrize(("words", "told"), WRONG, ids=[" ".join(case[0]) for case in WRONG])
def test_wrong_usage_names_the_stream_that_it_is_about(capfd, words, told):
    assert run(["tail", *words]) == 2
    err = capfd.readouterr().err
    assert told in err
    assert err.startswith("wscli: ")


def test_the_same_word_twice_is_no_contradiction(both):
    running = both.start("-n", "1", of_pegana=("-n", "1"))
    both.pegana_says(1)
    assert running.finish().returncode == 0


def test_help_of_one_among_several_is_printed(wscli):
    done = wscli.run("tail", "pegana", "+", "pear", "--help")
    assert done.returncode == 0
    assert b"--topic" in done.stdout
    assert b"Usage: wscli tail pear" in done.stdout


def test_the_words_of_each_stream_are_those_between_the_plus_signs():
    assert between_plus(["a", "-n", "1", "+", "b"]) == [["a", "-n", "1"], ["b"]]
    assert between_plus(["a"]) == [["a"]]
    assert between_plus(["a", "+"]) == [["a"], []]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["tail", "pegana", "+", "pe"], {"pear", "pegana"}),
        (["tail", "pegana", "+", "pear", "--top"], {"--topic"}),
        (["tail", "pegana", "+", "pear", "--topic", "x", "--out"], {"--output"}),
    ],
)
def test_the_shell_completes_behind_a_plus(wscli, words, offered):
    line = ["wscli", *words]
    env = {
        "_WSCLI_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(line),
        "COMP_CWORD": str(len(line) - 1),
    }
    done = wscli.run(env=env)
    assert offered <= set(done.stdout.decode().split()), done
