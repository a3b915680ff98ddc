"""Nexgent's frames and positions with the documented names. A Decimal is written digit for digit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeAlias

Frame: TypeAlias = dict[str, Any]
Number: TypeAlias = int | float | Decimal
Price: TypeAlias = tuple[str, Number, Number]
"""Token address, price in SOL, price in US dollars."""

AGENT = "3f1c2a9e-5b7d-4e80-9c11-2d6a8f04b7e5"
TOKEN = "DezXAZ8z7PnrnRJjz3wXBoRgixCa6xjnB7YaB1pPB263"  # base58: its case matters


def now() -> str:
    """RFC 3339 with milliseconds and Z, as Date.toISOString writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# ---- frames ----


def connected(agent_id: str) -> Frame:
    """The first frame."""
    return {"type": "connected", "data": {"agentId": agent_id, "timestamp": now()}}


def initial_data(positions: Iterable[Frame]) -> Frame:
    """The second frame: the whole state."""
    return {"type": "initial_data", "data": {"positions": list(positions), "timestamp": now()}}


def position_event(kind: str, position_or_id: Frame | str) -> Frame:
    """A ``position_update`` of this ``eventType``; of a closed position there is only the id."""
    key = "positionId" if isinstance(position_or_id, str) else "position"
    return {"type": "position_update", "data": {"eventType": kind, key: position_or_id}}


def price_update(price: Price) -> Frame:
    """The legacy frame of a single price."""
    return {"type": "price_update", "data": {**_priced(price), "timestamp": now()}}


def price_update_batch(prices: Iterable[Price]) -> Frame:
    """The prices of several tokens."""
    updates = [_priced(price) for price in prices]
    return {"type": "price_update_batch", "data": {"updates": updates, "timestamp": now()}}


def _priced(price: Price) -> Frame:
    token, sol, usd = price
    return {"tokenAddress": token.lower(), "price": sol, "priceUsd": usd}


def ping() -> Frame:
    """What the client must answer."""
    return {"type": "ping", "timestamp": now()}


def pong() -> Frame:
    """The answer to the client's ``ping``."""
    return {"type": "pong", "timestamp": now()}


def subscribed(agent_id: str) -> Frame:
    """The answer to the client's ``subscribe``."""
    return {"type": "subscribed", "data": {"agentId": agent_id}}


def error(message: str) -> Frame:
    """An error; the socket stays open unless a close follows."""
    return {"type": "error", "data": {"message": message}}


# ---- positions ----


def position(position_id: str = "pos-1", token: str = TOKEN, **changes: Any) -> Frame:
    """A raw position: what is stored, nothing that follows from a price.

    ``changes`` are laid over it; keys that are not documented are allowed, as on the wire.
    """
    return {
        "id": position_id,
        "agentId": AGENT,
        "walletAddress": "9xQeWvG816bUx9EPjHmaT23yvVM2ZWbrrpZb9PusVFin",
        "tokenAddress": token,
        "tokenSymbol": "BONK",
        "purchasePrice": Decimal("0.10"),
        "purchaseAmount": 18446744073709551615,
        "totalInvestedSol": Decimal("1.50"),
        "dcaCount": 0,
        "currentStopLossPercentage": None,
        "peakPrice": Decimal("0.10"),
        "lowestPrice": None,
        "remainingAmount": None,
        "moonBagAmount": None,
        "takeProfitLevelsHit": 0,
        "createdAt": "2026-05-26T14:32:11.000Z",
        "updatedAt": "2026-05-26T14:32:11.000Z",
        "purchaseTransactionId": "tx-1",
        **changes,
    }


def enriched(raw: Frame, price: Decimal, price_usd: Decimal) -> Frame:
    """A position as ``initial_data`` shows it: with what follows from the token's price in SOL and
    in US dollars, neither of them 0.
    """
    bought, amount = Decimal(raw["purchasePrice"]), Decimal(raw["purchaseAmount"])
    sol_in_usd = price_usd / price
    profit = (price - bought) * amount
    percent = (price - bought) / bought * 100
    return {
        **raw,
        "purchasePriceUsd": bought * sol_in_usd,
        "currentPrice": price,
        "currentPriceUsd": price_usd,
        "positionValueSol": price * amount,
        "positionValueUsd": price_usd * amount,
        "profitLossSol": profit,
        "profitLossUsd": profit * sol_in_usd,
        "profitLossPercent": percent,
        "priceChangePercent": percent,
    }
