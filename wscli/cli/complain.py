"""How errors are said."""

from __future__ import annotations

import sys
from contextlib import suppress

from wscli.output.escape import printable


def complain(text: str) -> None:
    """Print an error on stderr; each of its lines is made safe for a terminal. What cannot be
    printed because stderr is closed is nobody's loss.
    """
    lines = [printable(line) for line in text.split("\n")]
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write("wscli: " + "\n".join(lines) + "\n")
        sys.stderr.flush()
