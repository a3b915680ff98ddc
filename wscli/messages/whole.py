"""A message that stands for others."""

from __future__ import annotations

from wscli.model.frozen import frozen
from wscli.model.message import Message


@frozen
class Whole:
    """A message that was split: those it stands for follow it. It is not to be shown itself, but
    whoever is told of messages is told of it.
    """

    message: Message
