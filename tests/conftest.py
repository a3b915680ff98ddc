"""Fixtures for tests that start the command or a server. Tests of values use none of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.coverage_floor import pytest_sessionfinish  # noqa: F401 - a hook
from tests.harness.environment import installed_command
from tests.harness.process import Runner
from tests.harness.screen import Screen
from tests.harness.tls import Authority
from tests.providers.fake_nexgent import FakeNexgent
from tests.providers.fake_nexusglass import FakeNexusglass
from tests.providers.fake_pear import FakePear
from tests.providers.fake_pegana import FakePegana
from tests.providers.fake_shuriken import FakeShuriken


class ScreenFactory(Protocol):
    """Starts the command on a terminal."""

    def __call__(self, *args: str | Path, columns: int = 100, rows: int = 30) -> Screen: ...


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that signs the certificates of this run."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def wscli(tmp_path: Path) -> Iterator[Runner]:
    """Runs the installed command with pipes, its home and working folder in tmp_path."""
    with Runner(installed_command(), tmp_path) as runner:
        yield runner


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[ScreenFactory]:
    """Runs the installed command on a pseudo-terminal; all are killed at the end."""
    started: list[Screen] = []

    def start(*args: str | Path, columns: int = 100, rows: int = 30) -> Screen:
        command = [*installed_command(), *map(str, args)]
        started.append(Screen(command, tmp_path, columns=columns, rows=rows))
        return started[-1]

    yield start
    for one in started:
        one.kill()


@pytest.fixture
def pegana() -> Iterator[FakePegana]:
    """Pegana over ws, with a heartbeat every 50 ms."""
    with FakePegana(heartbeat=0.05) as fake:
        yield fake


@pytest.fixture
def nexusglass() -> Iterator[FakeNexusglass]:
    """NexusGlass over ws, with one key of tier PULSE, ``fake_nexusglass.KEY``."""
    with FakeNexusglass() as fake:
        yield fake


@pytest.fixture
def shuriken() -> Iterator[FakeShuriken]:
    """Shuriken over http and ws, with one agent key, ``fake_shuriken_rest.KEY``."""
    with FakeShuriken() as fake:
        yield fake


@pytest.fixture
def nexgent() -> Iterator[FakeNexgent]:
    """Nexgent over http and ws, with a ping every 50 ms."""
    with FakeNexgent(ping_interval=0.05) as fake:
        yield fake


@pytest.fixture
def pear() -> Iterator[FakePear]:
    """Pear Exchange over ws, with a portfolio every 50 ms."""
    with FakePear(portfolio_interval=0.05) as fake:
        yield fake
