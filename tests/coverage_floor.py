"""Holds the pure rooms at full branch coverage; coverage's own `fail_under` holds the rest."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

PURE = (
    "errors.py",
    "inspection",
    "jq",
    "messages",
    "model",
    "schemas",
    "session",
    "tables",
    "templates",
)
FOLDER = Path(__file__).parents[1] / "wscli"


def pure_files() -> list[str]:
    places = [FOLDER / name for name in PURE]
    assert all(place.exists() for place in places)
    return [str(place) if place.is_file() else f"{place}/*" for place in places]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a whole, green, measured run whose pure rooms are not covered to the last branch."""
    plugin = session.config.pluginmanager.getplugin("_cov")
    controller = getattr(plugin, "cov_controller", None)
    whole = session.config.args_source is pytest.Config.ArgsSource.TESTPATHS
    if controller is None or exitstatus or not whole or hasattr(session.config, "workerinput"):
        return
    missing = io.StringIO()
    reached = controller.cov.report(include=pure_files(), file=missing, skip_covered=True)
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    if reached < 100.0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if reporter is not None:
            reporter.write_line(
                f"\nThe pure rooms need full branch coverage:\n{missing.getvalue()}"
            )
    elif reporter is not None:
        reporter.write_line("The pure rooms are covered to the last branch.")
