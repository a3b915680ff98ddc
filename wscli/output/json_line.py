"""A message as one line of JSON, whatever came."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence

from wscli.model.message import MISSING, Message
from wscli.model.wire import Binary


def json_of(message: Message) -> bytes:
    """Give the message's own bytes where they are JSON; else a JSON string of its text, or of the
    base64 of a binary frame.
    """
    raw = message.raw
    if message.value is not MISSING:
        return raw
    if isinstance(raw, Binary):
        return b'"' + b64encode(raw) + b'"'
    return json.dumps(raw.decode(errors="replace"), ensure_ascii=False).encode()


def on_one_line_each(texts: Sequence[bytes]) -> Sequence[bytes]:
    """Write JSON texts without line breaks. In JSON a line break is only ever found between tokens,
    where a space says the same.
    """
    together = b"".join(texts)  # one search through all is ten times cheaper than counting
    if b"\n" in together or b"\r" in together:
        return [text.replace(b"\r", b" ").replace(b"\n", b" ") for text in texts]
    return texts
