"""Pear Exchange's frames, and the data of its topics. A Decimal is written digit for digit.

Of most data the sheet says no more than when it comes: whatever is not documented is assumed, and
times are milliseconds since 1970 (assumed).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal, TypeAlias

Frame: TypeAlias = dict[str, Any]
Number: TypeAlias = int | float | Decimal


def now() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


# ---- frames ----


def welcome(user_id: str | None) -> Frame:
    """The first frame; without a user the client is anonymous."""
    return {"type": "welcome", "userId": user_id}


def subscribed(accepted: Iterable[str], rejected: Mapping[str, str]) -> Frame:
    """The answer to ``subscribe``; ``rejected`` are reasons by topic, left out when there are
    none.
    """
    frame: Frame = {"type": "subscribed", "topics": list(accepted)}
    if rejected:
        pairs = rejected.items()
        frame["rejected"] = [{"topic": topic, "reason": reason} for topic, reason in pairs]
    return frame


def unsubscribed(remaining: Iterable[str]) -> Frame:
    """The answer to ``unsubscribe``."""
    return {"type": "unsubscribed", "topics": list(remaining)}


def connection_limit(reason: str) -> Frame:
    """What a client gets at the cap."""
    return {"type": "error", "code": "connection_limit", "reason": reason}


def data_frame(topic: str, data: object) -> Frame:
    """A frame of a topic."""
    return {"topic": topic, "data": data}


# ---- data ----


def price(
    price: Number = Decimal("0.10"),
    *,
    bid: Number | None = None,
    ask: Number | None = None,
    last: Number | None = None,
    ts: int | None = None,
) -> Frame:
    """Of ``prices``: what is None is left out, and the time is now if not given."""
    optional = {"bid": bid, "ask": ask, "last": last}
    given = {name: number for name, number in optional.items() if number is not None}
    return {"price": price, **given, "ts": now() if ts is None else ts}


def trade(
    price: Number = Decimal("0.10"), size: Number = 18446744073709551615, side: str = "buy"
) -> Frame:
    """Of ``trades``."""
    return {"price": price, "size": size, "side": side, "ts": now()}


def book(kind: Literal["snapshot", "delta"], **changes: Any) -> Frame:
    """Of ``orderbook``; levels are pairs of price and size, a size of 0 takes a level away."""
    levels = {"bids": [[Decimal("0.10"), 100]], "asks": [[Decimal("0.20"), 0]]}
    return {"type": kind, **levels, "ts": now(), **changes}


def event(kind: Literal["trade", "price"], **changes: Any) -> Frame:
    """Of ``event``."""
    return {"type": kind, "price": Decimal("0.10"), "ts": now(), **changes}


def game_state(event_id: str, **changes: Any) -> Frame:
    """Of ``game_state``, the snapshot and what follows."""
    return {"pearEventId": event_id, "period": 1, "score": {"home": 0, "away": 0}, **changes}


def activity(kind: str, *, user_id: str | None = None, post_id: str | None = None) -> Frame:
    """Of ``social:activity``: what is None is left out."""
    optional = {"userId": user_id, "postId": post_id}
    return {"kind": kind, **{name: text for name, text in optional.items() if text is not None}}


def order(order_id: str, status: Literal["placed", "routing", "filled", "canceled"]) -> Frame:
    """Of ``orders``: placed, then routing, then filled or canceled."""
    return {"orderId": order_id, "status": status, "ts": now()}


def portfolio(**changes: Any) -> Frame:
    """Of ``portfolio``."""
    return {"balance": Decimal("1000.10"), "positions": [], "ts": now(), **changes}
