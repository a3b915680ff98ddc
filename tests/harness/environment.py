"""Which command is tested, and the environment that it is started in."""

from __future__ import annotations

import os
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def installed_command() -> tuple[str, ...]:
    """The ``wscli`` script that belongs to the interpreter that runs the tests.

    There is no second choice: tests that quietly ran something else would prove nothing.
    """
    script = Path(sys.executable).with_name("wscli")
    assert script.is_file(), f"{script} is missing: install the project first, pip install -e ."
    return (str(script),)


def clean_environment(home: Path) -> dict[str, str]:
    """The variables of a started process: PATH, a home of its own under ``home``, UTF-8.

    Everything else of the developer's environment stays out, above all proxies, NO_COLOR,
    COLUMNS, LINES and PYTHONUNBUFFERED (which hides output that was never flushed). Coverage's
    own variables stay in, so that code which runs in the process is counted.
    """
    measured = {name: text for name, text in os.environ.items() if name.startswith("COVERAGE_")}
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        **measured,
    }
