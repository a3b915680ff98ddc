"""Who is turned away from a Nexgent server, and in which words."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from tests.harness.exact_json import dump
from tests.harness.ws_connection import Connection
from tests.providers.fake_nexgent_accounts import Accounts
from tests.providers.fake_nexgent_frames import error

RefusesBy: TypeAlias = Literal["status", "close"]

PLAIN = {"Content-Type": "text/html"}  # the published server's label for a bare line of text


class Problem(NamedTuple):
    """Why a client is turned away: what it is told, and the reason in the close frame."""

    message: str
    reason: str


MISSING = Problem("Missing token or agentId", "Missing authentication")
INVALID = Problem("Invalid or expired token", "Authentication failed")
FOREIGN = Problem("Agent not found or access denied", "Agent not found")


def let_in(connection: Connection, accounts: Accounts, refuses_by: RefusesBy) -> str | None:
    """Answer the opening handshake; returns the agent whose client was let in, or None.

    The token counts in the query alone. That the agent is the user's own is looked up after the
    handshake, whatever ``refuses_by`` says.
    """
    query = connection.request.query
    token, agent_id = query.get("token"), query.get("agentId")
    if connection.request.path != "/ws":
        connection.reject(400, PLAIN, b"Bad Request")
    elif not token or not agent_id:
        turn_away(connection, MISSING, refuses_by)
    elif (user := accounts.user_of(token)) is None:
        turn_away(connection, INVALID, refuses_by)
    elif agent_id not in user.agents:
        turn_away(connection, FOREIGN, "close")
    else:
        connection.accept()
        return agent_id
    return None


def turn_away(connection: Connection, problem: Problem, by: RefusesBy) -> None:
    """Refuse by HTTP 401, or by an ``error`` frame and close 1008."""
    if by == "status":
        connection.reject(401, PLAIN, problem.message.encode())
    else:
        connection.accept()
        connection.send_text(dump(error(problem.message)))
        connection.close(1008, problem.reason)
