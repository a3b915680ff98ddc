"""Every command of the README and of the comparison runs, on a machine without the network.

The providers are played, faster than they would be: what is called ``wscli`` here is a stand-in that
adds ``--simulate`` (or puts an echo server in the place of a bare URL), and an end to what would go
on for ever.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.environment import REPOSITORY, clean_environment, installed_command
from tests.harness.profiles import bundled
from tests.harness.ws_connection import Connection
from tests.harness.ws_server import WsServer

PAGES = ("README.md", "docs/comparison.md")
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
DEMO = re.compile(r"^```yaml\n(wscli: 1\nname: demo\n.*?)^```", re.MULTILINE | re.DOTALL)

STAND_IN = """#!{python}
import os, sys
command, *words = sys.argv[1:]
if command in ("login", "simulate"):  # a keyring, and what goes on until Ctrl-C
    words.append("--help")
elif command in ("tail", "connect"):
    streams = [[]]
    for word in words:
        streams.append([]) if word == "+" else streams[-1].append(word)
    ends = {{"-n", "-n1", "-c", "--count", "--for", "--until", "--dry-run", "--help"}}
    for number, stream in enumerate(streams):
        if stream[0].startswith(("ws://", "wss://")):
            stream[0] = "{echo}"
        elif not {{"--simulate", "--dry-run", "--help"}} & set(stream):
            stream.append("--simulate")
        if "--for" in stream:
            stream[stream.index("--for") + 1] = "800ms"
        if number == 0 and not ends & set(words):
            stream += ["--for", "800ms"]
    words = [word for stream in streams for word in ["+", *stream]][1:]
os.execv("{wscli}", ["{wscli}", command, *words])
"""


JQ = """#!{python}
# Enough of jq for the README, for machines without it.
import json, pathlib, sys
import jq
program, *files = [word for word in sys.argv[1:] if word != "-c"]
text = pathlib.Path(files[0]).read_text() if files else sys.stdin.read()
for result in jq.compile(program).input_text(text):
    print(json.dumps(result))
"""


def blocks() -> Iterator[str]:
    for page in PAGES:
        for block in CONSOLE.findall((REPOSITORY / page).read_text(encoding="utf-8")):
            if "pip install" not in block:  # the gate follows those to the letter
                yield block


def echo(connection: Connection) -> None:
    connection.accept()
    connection.send_text("hello")
    while (frame := connection.receive(30)) is not None:
        connection.send_text(frame)


def executable(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def played_fast(folder: Path) -> Path:
    """Copies of those profiles of which the commands want more than a few messages."""
    folder.mkdir()
    for name in ("pegana", "kraken"):
        text = bundled(name).read_text(encoding="utf-8")
        faster, count = re.subn(
            r"^simulate: \{rate: \d+", "simulate: {rate: 40", text, flags=re.MULTILINE
        )
        assert count == 1
        (folder / f"{name}.yaml").write_text(faster, encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A working folder with the README's own profile, and the programs that its commands call."""
    (demo,) = DEMO.findall((REPOSITORY / "README.md").read_text(encoding="utf-8"))
    (tmp_path / "demo.yaml").write_text(demo, encoding="utf-8")
    (wscli,) = installed_command()
    with WsServer(echo) as server:
        url = f"ws://127.0.0.1:{server.port}/"
        script = STAND_IN.format(python=sys.executable, echo=url, wscli=wscli)
        (tmp_path / "bin").mkdir()
        executable(tmp_path / "bin" / "wscli", script)
        executable(tmp_path / "bin" / "jq", JQ.format(python=sys.executable))
        executable(tmp_path / "bin" / "page-someone", "#!/bin/sh\n")
        yield tmp_path


@pytest.mark.parametrize("block", list(blocks()))
def test_the_commands_run_as_they_are_written(folder: Path, block: str) -> None:
    environment = clean_environment(folder)
    environment["WSCLI_PROFILES"] = str(played_fast(folder / "profiles"))
    environment["PATH"] = f"{folder / 'bin'}:{environment.get('PATH', '')}"
    done = subprocess.run(
        ["sh", "-ec", block],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout or "message" in done.stderr or ">" in block
