"""Pusher's frames and signatures as they go over the wire, without any state."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tests.harness.exact_json import digits, dump_text

DataForm: TypeAlias = Literal["string", "object", "text"]
"""``data`` as a JSON string that holds JSON; as the value itself; as text that is not JSON."""

MEMBER = '{"user_id": "18446744073709551615", "user_info": {"name": "Zo\\u00eb", "share": 0.10}}'
"""``channel_data`` of a presence channel: whoever parses and rewrites it breaks the signature."""


def swap(token: str = "So111", **changes: object) -> dict[str, object]:
    """The payload of svm.token.swaps, with digits that doubles cannot hold."""
    return {
        "tokenMint": token,
        "signature": "5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnb",
        "slot": digits("18446744073709551615"),
        "blockTime": 1779805931,
        "isBuy": True,
        "sizeSol": digits("0.10"),
        "sizeUsd": digits("16.420"),
        "priceUsd": digits("0.000012345678901234567890"),
        "priceSol": digits("7.5e-8"),
        "network": "svm",
        **changes,
    }


def frame(
    event: str, data: object, *, channel: str | None = None, form: DataForm = "string"
) -> str:
    """A frame in the documented form. Raises TypeError when the form is text and data is not."""
    named = {} if channel is None else {"channel": channel}
    if form == "string":
        data = dump_text(data)
    elif form == "text" and not isinstance(data, str):
        raise TypeError(f"no text: {data!r}")
    return dump_text({"event": event, **named, "data": data})


def sign(secret: str, socket_id: str, channel_name: str, channel_data: str | None = None) -> str:
    """The channel's signature in hexadecimal."""
    parts = [socket_id, channel_name] + ([] if channel_data is None else [channel_data])
    return hmac.new(secret.encode(), ":".join(parts).encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a subscription is refused: by which event, in which form, with which words.

    ``pusher:error`` has ``code`` (unless it is None) and ``message``, and no channel unless
    ``names_channel``. ``pusher:subscription_error`` always names its channel; what its data holds
    is assumed. In the form "text" the data is the message alone.
    """

    message: str = "The connection is unauthorized."
    event: Literal["pusher:subscription_error", "pusher:error"] = "pusher:subscription_error"
    form: DataForm = "object"
    code: int | None = 4009
    names_channel: bool = False

    def frame(self, channel: str) -> str:
        """The frame that refuses the channel."""
        if self.event == "pusher:error":
            named = channel if self.names_channel else None
            return error(self.message, self.code, channel=named, form=self.form)
        data = {"type": "AuthError", "error": self.message, "status": 401}
        told = self.message if self.form == "text" else data
        return frame(self.event, told, channel=channel, form=self.form)


def error(
    message: str,
    code: int | None = None,
    *,
    channel: str | None = None,
    form: DataForm = "object",
) -> str:
    """A ``pusher:error``; its data is an object in the specification, a string on some servers."""
    data = {"message": message} if code is None else {"code": code, "message": message}
    return frame("pusher:error", message if form == "text" else data, channel=channel, form=form)
