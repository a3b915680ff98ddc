"""Which topics Pear Exchange has, and who may subscribe to which."""

from __future__ import annotations

VENUES = frozenset({"polymarket", "kalshi", "dflow"})

INVALID = "invalid_topic"
FORBIDDEN = "forbidden"


def rejection(topic: str, user_id: str | None) -> str | None:
    """Why the topic is rejected to this user, or to the anonymous; None when it is accepted.

    ``notify`` and ``social:activity`` are open to the anonymous (assumed).
    """
    kind, _, rest = topic.partition(":")
    match kind:
        case "trades" | "prices" | "orderbook":
            venue, _, market = rest.partition(":")
            known = venue in VENUES and bool(market)
        case "event" | "game_state":
            known = bool(rest)
        case "orders" | "portfolio":
            if rest and rest != user_id:
                return FORBIDDEN
            known = bool(rest)
        case _:
            known = topic in {"social:activity", "notify"}
    return None if known else INVALID
