"""What a message asks for, and what it means for the connection."""

from __future__ import annotations

from collections.abc import Sequence

from wscli.errors import TemplateError
from wscli.model.frozen import frozen
from wscli.model.message import MISSING, Message, Role
from wscli.model.profile import MessageRule, Then
from wscli.model.record import StateEvent
from wscli.session.desk import Desk
from wscli.session.retry import Verdict
from wscli.session.said import in_short
from wscli.session.spans import draw
from wscli.session.target import Move, make_move


@frozen
class Order:
    """The connection is to be ended; ``move``: where the next one goes, if it says so."""

    verdict: Verdict
    move: Move | None = None


def reply(desk: Desk, rule: MessageRule, message: Message) -> None:
    """Send what the message wants back."""
    if rule.reply is not MISSING:
        scope = desk.scope(element=message.value, message=message.value)
        desk.fill_and_send(rule.reply, scope, f"the answer to {in_short(message.name)}")


def tell(desk: Desk, rule: MessageRule, message: Message, texts: Sequence[str]) -> None:
    """Tell problems; what an acknowledgement rejects is told once, not on each connection."""
    for text in texts:
        if rule.role is Role.ACK:
            desk.rejected(f"rejected: {text}")
        else:
            desk.say(StateEvent.PROBLEM, f"{in_short(message.name)}: {text}")


def order(desk: Desk, rule: MessageRule, message: Message, texts: Sequence[str]) -> Order | None:
    """Give how the message ends the connection, None where it does not."""
    then = rule.then
    if then is None or then is Then.IGNORE:
        return None
    name, move = in_short(message.name), None
    if rule.to is not None:
        scope = desk.scope(element=message.value, message=message.value)
        try:
            move = make_move(rule.to, scope)
        except TemplateError as error:
            desk.say(StateEvent.PROBLEM, f"{name}: {error.text}")
            then = Then.RECONNECT_NOW
    least = draw(rule.wait, desk.rng) if rule.wait else 0.0
    said = in_short("; ".join(texts)) or in_short(message.value)
    hint = _remedy(desk) if then in (Then.REFUSED, Then.RENEW) else ""
    return Order(Verdict(then, f"{name}: {said}", hint, least), move)


def _remedy(desk: Desk) -> str:
    """Name the secrets that the user gave, which may be what is refused."""
    given = [each for each in desk.profile.options if each.secret]
    given = [each for each in given if each.name in desk.values.names]
    named = [f"{each.flag} ({each.env})" if each.env else each.flag for each in given]
    return f"Check what you gave as {' and '.join(named)}." if named else ""
