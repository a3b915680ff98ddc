"""Why a message is not as it should be, for a person."""

from __future__ import annotations

from typing import Final

from wscli.model.record import MessageRecord
from wscli.output.escape import printable
from wscli.output.words import plural

_REASONS: Final = 5  # that are given for one message


def reasons(record: MessageRecord, *, typed: bool) -> list[str]:
    """Give printable lines: how it breaks its schema, and that it is no JSON where the stream is
    ``typed``; in one that is not, any frame is as good as another.
    """
    texts = [f"{each.path} {each.what}" for each in record.violations[:_REASONS]]
    hidden = len(record.violations) - _REASONS
    if hidden > 0:
        texts.append(f"and {plural(hidden, 'more reason')}")
    if record.message.problem and typed:
        texts.append(record.message.problem)
    return [printable(text) for text in texts]
