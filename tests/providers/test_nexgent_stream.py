"""``wscli tail nexgent`` end to end: what it prints, how it stays alive, and the table of the open
positions on a terminal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.conftest import ScreenFactory
from tests.harness.exact_json import dump
from tests.harness.process import Runner
from tests.harness.profiles import bundled, shortened
from tests.harness.screen import Screen
from tests.harness.waiting import eventually
from tests.harness.ws_connection import text_frame
from tests.providers import fake_nexgent_frames as frames
from tests.providers.fake_nexgent import EMAIL, REPLACED, SHUT_DOWN, FakeNexgent
from tests.providers.fake_nexgent_frames import AGENT, TOKEN, enriched, position
from tests.providers.nexgent_tail import FASTER, LONG, SOL, Tail, interrupted

HEADER = (
    "symbol address amount bought price price_usd value_usd pnl_usd pnl_pct stop_pct dca updated"
)


@pytest.fixture
def tail(wscli: Runner, nexgent: FakeNexgent) -> Tail:
    return Tail(wscli, nexgent)


@pytest.fixture
def quiet() -> Iterator[FakeNexgent]:
    """A Nexgent without pings."""
    with FakeNexgent(ping_interval=LONG) as fake:
        yield fake


@pytest.fixture
def impatient(tmp_path: Path) -> Path:
    """The profile with its waiting times made short."""
    return shortened(bundled("nexgent"), tmp_path, FASTER)


# ---- what is printed ----


def test_lines_are_the_frames_own_bytes_in_order(tail: Tail, nexgent: FakeNexgent):
    nexgent.book.put(AGENT, [enriched(position(), Decimal("0.20"), Decimal("30.50"))])
    running = tail("-n7")
    sent = [
        nexgent.create(position("pos-2", SOL)),
        nexgent.update({"id": "pos-2", "purchaseAmount": 18446744073709551615, "dcaCount": 1}),
        nexgent.price(SOL, Decimal("1.0"), Decimal("152.50")),
        nexgent.prices((TOKEN, Decimal("0.10"), 15), (SOL, 1, Decimal("1E+2"))),
        nexgent.update({"id": "pos-2", "tokenSymbol": "ünïcode"}),
        nexgent.close_position("pos-2"),
    ]

    done = running.finish()

    first, *others = done.lines
    assert (done.returncode, others) == (0, sent)
    assert first.startswith(b'{"type":"initial_data","data":{"positions":[{"id":"pos-1"')
    assert b'"purchasePrice":0.10,"purchaseAmount":18446744073709551615' in first


def test_kinds_of_events_can_be_asked_for_by_name(tail: Tail, nexgent: FakeNexgent):
    running = tail("--type", "position_c*", "-n2")
    nexgent.price(TOKEN, 1, 2)
    sent = [nexgent.create(position("pos-2"))]
    nexgent.update({"id": "pos-2", "dcaCount": 1})
    sent.append(nexgent.close_position("pos-2"))

    assert running.finish().lines == sent


def test_what_only_keeps_the_connection_is_left_out(tail: Tail, nexgent: FakeNexgent):
    running = tail("-n2")
    nexgent.push(frames.subscribed(AGENT))
    nexgent.push(frames.pong())
    eventually(lambda: nexgent.pings >= 2)
    sent = nexgent.close_position("pos-1")

    done = running.finish()

    assert done.lines[1:] == [sent]
    assert "unknown" not in done.stderr


def test_all_messages_are_printed_when_that_is_asked_for(tail: Tail, nexgent: FakeNexgent):
    running = tail("--all")
    eventually(lambda: nexgent.pings >= 1)
    sent = nexgent.push(frames.subscribed(AGENT))

    lines = [running.read_line()]
    while lines[-1] != sent:
        lines.append(running.read_line())

    types = [json.loads(line)["type"] for line in lines]
    assert types[:2] == ["connected", "initial_data"]
    assert "ping" in types


def test_an_error_is_told_and_the_connection_stays(tail: Tail, nexgent: FakeNexgent):
    running = tail("-n2")
    nexgent.push(frames.error("Invalid message format"))
    sent = nexgent.close_position("pos-1")

    done = running.finish()

    assert (done.returncode, done.lines[1:]) == (0, [sent])
    assert "wscli: nexgent: error: Invalid message format\n" in done.stderr
    assert len(nexgent.handshakes) == 1


def test_an_unknown_event_is_shown_and_named_once(tail: Tail, nexgent: FakeNexgent):
    running = tail("-n3")
    sent = [
        nexgent.push(frames.position_event("position_liquidated", f"pos-{count}"))
        for count in range(2)
    ]

    done = running.finish()

    assert done.lines[1:] == sent
    assert len(re.findall(r"position_liquidated", done.stderr)) == 1


def test_documented_messages_are_valid(tail: Tail, nexgent: FakeNexgent):
    every_null = {key: None for key in position() if key not in {"id", "tokenAddress"}}
    nexgent.book.put(
        AGENT,
        [
            enriched(position(), Decimal("0.20"), Decimal("30.50")),
            {"id": "pos-2", "tokenAddress": SOL},
            position("pos-3", takeProfitLevelsHit=2, somethingNew={"a": [1]}),
            {**position("pos-4"), **every_null, "profitLossPercent": None, "updatedAt": None},
        ],
    )
    running = tail("--validate", "strict", "-n6")
    nexgent.create(position("pos-5"))
    nexgent.update({"id": "pos-5", "currentPrice": None})
    nexgent.price(TOKEN, 1, Decimal("0.10"))
    nexgent.prices((TOKEN, 1, 2), (SOL, Decimal("3.5"), 4))
    nexgent.push(frames.error("a note"))
    nexgent.close_position("pos-5")

    done = running.finish()

    assert (done.returncode, len(done.lines)) == (0, 6)


@pytest.mark.parametrize(
    ("frame", "where"),
    [
        (frames.position_event("position_created", {"id": "pos-1"}), ".data.position"),
        (frames.position_event("position_updated", {"tokenAddress": TOKEN}), ".data.position"),
        (frames.position_event("position_created", position(id=5)), ".data.position.id"),
        ({"type": "price_update_batch", "data": {"updates": [{}]}}, ".data.updates[0]"),
        ({"type": "initial_data", "data": {}}, ".data"),
    ],
    ids=["no token", "no id", "an id that is a number", "a price of nothing", "no positions"],
)
def test_what_lacks_its_id_or_its_token_is_shown_and_told(
    tail: Tail, nexgent: FakeNexgent, frame: frames.Frame, where: str
):
    running = tail("-n2")
    sent = nexgent.push(frame)

    done = running.finish()

    assert (done.returncode, done.lines[1:]) == (0, [sent])
    assert "1 invalid" in done.stderr
    assert where in done.stderr


# ---- staying alive ----


def test_a_ping_is_answered_with_the_time(tail: Tail, nexgent: FakeNexgent):
    running = tail()
    (pong, *_) = eventually(lambda: nexgent.pongs)

    assert set(pong) == {"type", "timestamp"}
    assert pong["type"] == "pong"
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", pong["timestamp"])
    interrupted(running)


def test_each_ping_is_answered_though_all_come_in_one_piece(wscli: Runner, quiet: FakeNexgent):
    running = Tail(wscli, quiet)()
    (peer,) = quiet.peers
    price = dump(frames.price_update((TOKEN, 1, 2)))
    pieces = [dump(frames.ping()), price, dump(frames.ping()), price]

    peer.connection.send_raw(b"".join(map(text_frame, pieces)))

    eventually(lambda: len(quiet.pongs) == 2, what="two pongs")
    running.read_line()
    assert [running.read_line(), running.read_line()] == [price, price]
    assert [json.loads(text)["type"] for text in quiet.received] == ["pong", "pong"]


def test_pongs_keep_the_connection_for_as_long_as_it_is_wanted(wscli: Runner):
    with FakeNexgent(ping_interval=0.05, pong_timeout=0.3) as fake:
        running = Tail(wscli, fake)()
        eventually(lambda: fake.pings >= 20)  # a second

        assert len(fake.handshakes) == 1
        assert "Connection timeout" not in interrupted(running).stderr


def test_pings_alone_are_signs_of_life(tail: Tail, nexgent: FakeNexgent, impatient: Path):
    running = tail(profile=impatient)
    eventually(lambda: nexgent.pings >= 30)  # 1.5 s, more than the shortened silence

    assert len(nexgent.handshakes) == 1
    assert "silent" not in interrupted(running).stderr


def test_silence_leads_to_a_new_connection(tail: Tail, nexgent: FakeNexgent, impatient: Path):
    running = tail(profile=impatient)
    nexgent.silence()

    running.read_line()
    assert running.read_line().startswith(b'{"type":"initial_data"')

    assert "silent for 1 s; reconnecting in " in interrupted(running).stderr
    first, second = nexgent.handshakes
    assert second.at - first.at >= 75 / FASTER


def test_a_connection_that_an_older_server_has_forgotten_is_replaced(
    wscli: Runner, impatient: Path
):
    with FakeNexgent(ping_interval=0.05, orphans_successors=True) as fake:
        tail = Tail(wscli, fake)
        first = tail()
        second = tail(profile=impatient)
        assert first.finish().returncode == 3  # and with it the server forgets the second

        second.read_line()
        assert second.read_line().startswith(b'{"type":"initial_data"')

        sent = fake.close_position("pos-1")
        assert second.read_line() == sent
        assert "silent" in interrupted(second).stderr
        assert len(fake.handshakes) == 3


# ---- on a terminal ----


@pytest.fixture
def two(nexgent: FakeNexgent) -> FakeNexgent:
    """The fake with an agent that has two positions: BONK with a profit, WIF with a loss."""
    bonk = position(purchaseAmount=1000, currentStopLossPercentage=-15)
    wif = position("pos-2", SOL, tokenSymbol="WIF", purchaseAmount=3, dcaCount=2)
    nexgent.book.put(
        AGENT,
        [
            enriched(bonk, Decimal("0.20"), Decimal("30.50")),
            enriched(wif, Decimal("0.05"), Decimal("7.50")),
        ],
    )
    return nexgent


class Watch:
    """Starts ``wscli tail nexgent`` on a terminal and waits until its table is there."""

    def __init__(self, screen: ScreenFactory, fake: FakeNexgent, folder: Path) -> None:
        self._screen = screen
        self._fake = fake
        self._folder = folder

    def __call__(
        self, *args: str, profile: str | Path = "nexgent", columns: int = 150, rows: int = 25
    ) -> Screen:
        token = self._folder / "token"
        token.write_text(self._fake.accounts.access_token(EMAIL))
        token.chmod(0o600)
        where = ("--server", self._fake.url, "--agent", AGENT, "--token-file", token)
        shown = self._screen("tail", profile, *where, *args, columns=columns, rows=rows)
        shown.wait_for("WIF")
        return shown


@pytest.fixture
def watch(screen: ScreenFactory, two: FakeNexgent, tmp_path: Path) -> Watch:
    return Watch(screen, two, tmp_path)


def row_of(lines: list[str], symbol: str) -> str:
    """The words of the table's only line with the symbol, with one space between them."""
    (row,) = [" ".join(line.split()) for line in lines if line.split()[:1] == [symbol]]
    return row


def has(symbol: str, *words: str) -> Callable[[list[str]], bool]:
    """Whether there is one line of the symbol, and it holds these words."""

    def look(lines: list[str]) -> bool:
        rows = [line.split() for line in lines if line.split()[:1] == [symbol]]
        return len(rows) == 1 and set(words) <= set(rows[0])

    return look


def lacks(symbol: str) -> Callable[[list[str]], bool]:
    """Whether no line begins with the symbol."""
    return lambda lines: not any(line.split()[:1] == [symbol] for line in lines)


def test_the_table_shows_the_open_positions_in_the_order_of_their_symbols(watch: Watch):
    lines = watch().wait_for(has("WIF", "-50", "2"))

    (at,) = [number for number, line in enumerate(lines) if line.split() == HEADER.split()]
    assert [line.split()[0] for line in lines[at + 1 : at + 3]] == ["BONK", "WIF"]
    bonk = "BONK DezX…B263 1,000 0.10 0.20 30.50 30,500.00 +15,250 +100 -15 0 "
    wif_without_a_stop = "WIF So11…1112 3 0.10 0.05 7.50 22.50 -22.5 -50 2 "
    assert row_of(lines, "BONK").startswith(bonk)
    assert row_of(lines, "WIF").startswith(wif_without_a_stop)


def test_a_profit_is_green_and_a_loss_is_red(watch: Watch):
    shown = watch()
    shown.wait_for("-22.5")

    assert shown.cell_colour("+15,250") == "green"
    assert shown.cell_colour("-22.5") == "red"


def test_a_position_comes_with_its_creation_and_goes_with_its_end(watch: Watch, two: FakeNexgent):
    shown = watch()

    two.create(position("pos-3", "Jup1", tokenSymbol="JUP", purchaseAmount=18446744073709551615))
    lines = shown.wait_for(has("JUP", "18,446,744,073,709,551,615"))
    assert has("BONK")(lines)

    two.close_position("pos-1")
    lines = shown.wait_for(lacks("BONK"))
    assert has("JUP")(lines)
    assert has("WIF")(lines)


def test_an_update_changes_what_it_speaks_of_and_null_takes_a_value_away(
    watch: Watch, two: FakeNexgent
):
    shown = watch()

    two.update({"id": "pos-1", "dcaCount": 7, "currentStopLossPercentage": None})

    row = row_of(shown.wait_for(has("BONK", "7")), "BONK")
    assert row.startswith("BONK DezX…B263 1,000 0.10 0.20 30.50 30,500.00 +15,250 +100 7 ")


@pytest.mark.parametrize("batch", [True, False], ids=["batch", "legacy"])
def test_a_price_reaches_every_position_of_its_token_whatever_the_case_of_its_letters(
    watch: Watch, two: FakeNexgent, batch: bool
):
    shown = watch()
    two.create(position("pos-4", tokenSymbol="BONK2", purchaseAmount=5))

    price = (TOKEN, Decimal("0.000000031"), Decimal("0.0000047"))
    sent = two.prices(price, ("NoSuchToken", 1, 2)) if batch else two.price(*price)

    assert TOKEN.lower().encode() in sent
    for symbol in ("BONK", "BONK2"):
        lines = shown.wait_for(has(symbol, "0.000000031", "0.0000047"))
        assert row_of(lines, symbol).startswith(f"{symbol} DezX…B263 ")  # as the position has it
    assert has("WIF", "0.05", "7.50")(lines)
    assert sum(line.split()[1:2] == ["DezX…B263"] for line in lines) == 2  # and no row more


def test_a_new_connection_brings_the_whole_state_and_nothing_else(
    watch: Watch, two: FakeNexgent, tmp_path: Path
):
    shown = watch(profile=shortened(bundled("nexgent"), tmp_path, FASTER))

    two.book.remove(AGENT, "pos-2")
    two.book.add(AGENT, position("pos-3", "Jup1", tokenSymbol="JUP"))
    two.drop(*SHUT_DOWN)

    lines = shown.wait_for(has("JUP"))
    assert lacks("WIF")(lines)
    assert has("BONK")(lines)
    status = " ".join(lines[:2])
    assert "connected" in status
    assert "1 reconnect · 1 gap" in status
    assert any("Server shutdown" in line for line in lines)


def test_the_status_tells_the_last_ping_and_an_error(watch: Watch, two: FakeNexgent):
    shown = watch()
    eventually(lambda: two.pings >= 2)
    two.push(frames.error("Invalid message format"))

    lines = shown.wait_for("error: Invalid message format")
    assert "● nexgent  connected to" in lines[0]
    assert "heartbeat 0s ago" in lines[1]


def test_who_was_replaced_keeps_the_last_picture_and_learns_why(watch: Watch, two: FakeNexgent):
    shown = watch()

    two.drop(*REPLACED)

    assert shown.finish() == 3
    assert has("BONK")(shown.display)
    told = shown.display
    assert any("Another client connected as this agent and took over." in x for x in told), (
        "\n".join(told)
    )


def test_a_narrow_terminal_keeps_the_symbol_and_the_price(watch: Watch, two: FakeNexgent):
    shown = watch(columns=60, rows=10)
    two.prices((TOKEN, Decimal("0.33"), 51))

    assert has("BONK", "0.33")(shown.wait_for(has("BONK", "0.33")))
