"""The REST side of Pegana as its documentation describes it; what is left open is "assumed"."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from urllib.parse import unquote

from tests.harness.http_exchange import HttpAnswer, Request

Rows: TypeAlias = Sequence[Mapping[str, Any]]

HISTORY_MOST = 5000
ALERTS_MOST = 500
ALERTS_DEFAULT = 100  # assumed
JSON = {"Content-Type": "application/json"}


def answer(
    request: Request, *, history: Mapping[str, Rows], alerts: Rows, assets: Rows
) -> HttpAnswer:
    """The answer to a request, from these rows with the documented keys, in any order."""
    if request.method != "GET":
        return refuse(405, "method not allowed")
    try:
        match [unquote(part) for part in request.path.split("/")[1:]]:
            case ["v1", "assets"]:
                return give(assets)
            case ["v1", "assets", symbol, "history"] if symbol in history:
                return give(history_page(history[symbol], request.query))
            case ["v1", "alerts"]:
                return give(alerts_page(alerts, request.query))
            case _:
                return refuse(404, "not found")
    except ValueError as error:
        return refuse(400, str(error))


def history_page(rows: Rows, query: Mapping[str, str]) -> Rows:
    """The rows of the asked time (24 hours if none is given, both ends included: assumed), newest
    first. Raises ValueError for a parameter outside its range.
    """
    if query.get("bucket", "raw") not in {"raw", "1m"}:
        raise ValueError("bucket must be raw or 1m")
    now = datetime.now(UTC)
    first = instant(query["from"]) if "from" in query else now - timedelta(hours=24)
    last = instant(query["to"]) if "to" in query else now
    kept = [row for row in rows if first <= instant(row["ts"]) <= last]
    kept.sort(key=lambda row: instant(row["ts"]), reverse=True)
    return kept[: limit(query, most=HISTORY_MOST, default=HISTORY_MOST)]


def alerts_page(rows: Rows, query: Mapping[str, str]) -> Rows:
    """The alerts of the asset since a time (that time included: assumed), newest first."""
    kept = list(rows)
    if "asset" in query:
        kept = [row for row in kept if row["asset"] == query["asset"]]
    if "since" in query:
        since = instant(query["since"])
        kept = [row for row in kept if instant(row["detected_at"]) >= since]
    kept.sort(key=lambda row: instant(row["detected_at"]), reverse=True)
    return kept[: limit(query, most=ALERTS_MOST, default=ALERTS_DEFAULT)]


def limit(query: Mapping[str, str], *, most: int, default: int) -> int:
    """The parameter ``limit``. Raises ValueError unless it is from 1 to ``most``."""
    wanted = int(query.get("limit", default))
    if not 1 <= wanted <= most:
        raise ValueError(f"limit must be from 1 to {most}")
    return wanted


def instant(text: str) -> datetime:
    """RFC 3339 with an offset. Raises ValueError."""
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError(f"no offset in {text}")
    return parsed


def give(rows: Rows) -> HttpAnswer:
    """A good answer."""
    return 200, JSON, json.dumps(rows, ensure_ascii=False).encode()


def refuse(status: int, why: str) -> HttpAnswer:
    """An error; its body is assumed."""
    return status, JSON, json.dumps({"error": why}).encode()
