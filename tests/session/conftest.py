"""These tests are about values: what opens a socket or sleeps fails."""

from __future__ import annotations

import pytest

from tests.harness.values_only import refuse_io


@pytest.fixture(autouse=True)
def values_only(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_io(monkeypatch)
