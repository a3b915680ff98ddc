"""What holds for all tests that run the command against a fake of a provider."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes started here do not count for coverage, which would double their time: there are
    hundreds, and what they run is counted by ``cli/`` and by the tests of each room.
    """
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    monkeypatch.delenv("COVERAGE_PROCESS_START", raising=False)
