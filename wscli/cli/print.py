"""What commands other than ``tail`` print on stdout."""

from __future__ import annotations

from wscli.output.sink import Sink


def print_text(text: str) -> None:
    """Print a text and a line break; raises ReaderGone and OutputError as every output does."""
    Sink(1).write(f"{text}\n".encode(errors="backslashreplace"))
