"""The table of ``wscli tail nexgent``: the open positions of an agent, on a terminal."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from tests.conftest import ScreenFactory
from tests.harness.profiles import bundled, shortened
from tests.harness.screen import Screen
from tests.harness.waiting import eventually
from tests.providers import fake_nexgent_frames as frames
from tests.providers.fake_nexgent import EMAIL, REPLACED, SHUT_DOWN, FakeNexgent
from tests.providers.fake_nexgent_frames import AGENT, TOKEN, enriched, position

SOL = "So11111111111111111111111111111111111111112"
FASTER = 25  # the profile's first wait of 5 s becomes 200 ms
HEADER = (
    "symbol address amount bought price price_usd value_usd pnl_usd pnl_pct stop_pct dca updated"
)


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
    assert any("Another client connected as this agent and took over." in x for x in shown.display)


def test_a_narrow_terminal_keeps_the_symbol_and_the_price(watch: Watch, two: FakeNexgent):
    shown = watch(columns=60, rows=10)
    two.prices((TOKEN, Decimal("0.33"), 51))

    assert has("BONK", "0.33")(shown.wait_for(has("BONK", "0.33")))
