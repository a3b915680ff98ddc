"""A shell whose lines run the command, and a Pegana that has something to say."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

from tests.harness.environment import clean_environment, installed_command
from tests.providers.fake_pegana import FakePegana


class Shell:
    """Runs a line of sh with the command as `$W` and more variables by name."""

    def __init__(self, tmp_path: Path, **variables: str) -> None:
        self._cwd = tmp_path
        (command,) = installed_command()
        self._env = {**clean_environment(tmp_path), "W": command, **variables}

    def __call__(
        self, line: str, timeout: float = 20, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-c", line],
            cwd=self._cwd,
            env={**self._env, **(env or {})},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )


class Busy:
    """Pegana with three frames for whoever connects."""

    def __init__(self, pegana: FakePegana) -> None:
        self.url = pegana.url
        self.frame = '{"op":"update","asset":"jitoSOL","payload":{"state":"DRIFT","ts":"x"}}'
        self._pegana = pegana
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._push)
        self._thread.start()

    def _push(self) -> None:
        served = 0
        while not self._over.wait(0.01):
            if len(self._pegana.handshakes) > served and self._pegana.connections:
                served = len(self._pegana.handshakes)
                for asset in ("jitoSOL", "mSOL", "bSOL"):  # none is a repetition of another
                    self._pegana.push_raw(self.frame.replace("jitoSOL", asset))

    def close(self) -> None:
        self._over.set()
        self._thread.join()
