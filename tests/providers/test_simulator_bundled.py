"""The installed command and its simulator, for every bundled profile: from the profile alone."""

from __future__ import annotations

import json
import re
import shlex
import signal
import sys
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.harness.process import Finished, Runner
from tests.harness.profiles import bundled


def tail(
    wscli: Runner, profile: str | Path, *words: str | Path, count: int = 5, code: int = 0
) -> list[Any]:
    """The messages that a strict run shows; and nothing is wrong with them."""
    limits = ["-n", str(count), "--for", "10s", "--validate", "strict"]
    done = wscli.run("tail", profile, *words, "--simulate", *limits)
    assert done.returncode == code, done
    assert code or len(done.lines) == count, done  # a refusal may come behind the first of them
    assert well(done) is (not code), done
    return [json.loads(line) for line in done.lines]


def quick(name: str, folder: Path) -> Path:
    """A copy of a bundled profile whose provider says a lot."""
    path = folder / f"{name}.yaml"
    text = bundled(name).read_text(encoding="utf-8")
    text = re.sub(r"(?m)^simulate:.*$|env: [A-Z_]+, ", "", text)  # a copy may not read these
    path.write_text(f"{text}\nsimulate: {{rate: 200, keys: 4}}\n", encoding="utf-8")
    return path


def well(done: Finished) -> bool:
    words = ("error", "problem", "reject", "unknown", "missing", "reconnect")
    return not any(word in done.stderr for word in words)


def secrets(folder: Path, **texts: str) -> list[str | Path]:
    """Options that name a file for each secret."""
    words: list[str | Path] = []
    for name, text in texts.items():
        path = folder / name
        path.write_text(text)
        path.chmod(0o600)
        words += [f"--{name.replace('_', '-')}-file", path]
    return words


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["pegana"], {"update"}),
        (["nexgent"], None),
        (["nexusglass", "--symbol", "BTCUSDT"], {"EVENT"}),
        (["pear", "--topic", "prices:kalshi:X"], {"prices:kalshi:X"}),
        (["shuriken"], {"public-svm-swaps"}),
    ],
)
def test_a_bundled_profile_plays_itself(wscli: Runner, words: list[str], shown: set[str] | None):
    messages = tail(wscli, *words)
    told = {m.get("channel") or m.get("topic") or m.get("op") or m.get("type") for m in messages}
    assert shown is None or told <= shown


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nexusglass", []),
        ("nexusglass", ["--event", "WHALE_POSITION_SHIFT", "--symbol", "ETHUSDT"]),
        ("pear", ["--topic", "trades:kalshi:X", "--topic", "orderbook:polymarket:0x1"]),
        ("shuriken", ["--stream", "automation.updates", "--stream", "svm.token.balances"]),
        ("shuriken", ["--stream", "alpha.signalFeedGlobal", "--stream", "svm.token.swaps"]),
    ],
)
def test_what_is_asked_for_is_played_with_not_a_word_wrong(
    wscli: Runner, tmp_path: Path, name: str, words: list[str]
):
    messages = tail(wscli, quick(name, tmp_path), *words, count=300)
    asked = {word for word in words if ":" in word}
    assert not asked or {message["topic"] for message in messages} == asked


def test_the_table_s_rows_come_first_and_move(wscli: Runner, tmp_path: Path):
    first, *updates = tail(wscli, quick("nexgent", tmp_path), count=200)
    assert first["type"] == "initial_data"
    kinds = {"position_update", "price_update", "price_update_batch"}
    assert {update["type"] for update in updates} == kinds


def test_a_login_is_played(wscli: Runner, tmp_path: Path):
    login = secrets(tmp_path, email="me@x.test", password="p")
    tail(wscli, quick("nexgent", tmp_path), *login, "--agent", "a-1")


def test_what_only_a_known_user_may_see_is_played_to_one_with_a_token(
    wscli: Runner, tmp_path: Path
):
    quickly = quick("pear", tmp_path)
    messages = tail(wscli, quickly, "--portfolio", *secrets(tmp_path, token="t"))
    assert {message["topic"] for message in messages} == {"portfolio:did:privy:abc123"}
    tail(wscli, quickly, "--portfolio", code=4)


def test_history_is_played(wscli: Runner, tmp_path: Path):
    words = (quick("pegana", tmp_path), "--asset", "jitoSOL", "--history")
    done = wscli.run("tail", *words, "--simulate", "-n4", "--for", "10s", "--validate", "strict")
    assert done.returncode == 0
    times = [json.loads(line)["payload"]["ts"] for line in done.lines]
    assert times == sorted(times)
    assert "from history" in done.stderr


def test_a_secret_is_read_by_the_client_alone(wscli: Runner, tmp_path: Path):
    log = tmp_path / "log"
    code = f"open({str(log)!r}, 'a').write('read\\n'); print('sk_x')"
    command = f"{shlex.quote(sys.executable)} -c {shlex.quote(code)}"
    tail(wscli, "shuriken", "--api-key-cmd", command, count=1)
    assert log.read_text() == "read\n"


def test_a_provider_that_is_played_for_others_leads_them_here(wscli: Runner):
    with wscli.start("simulate", "shuriken", "--stream", "svm.token.swaps") as provider:
        line = provider.read_line().decode()
        place = line.split()[3]
        url = urlsplit(place)
        assert url.path == "/app/app-1", "the path that an answer tells is known as well"
        command = shlex.split(provider.read_line().decode())
        done = wscli.run(*command[1:], "-n2", "--validate", "strict")
        assert (done.returncode, len(done.lines)) == (0, 2)
        answer = session(url.port or 0, ["evm.token.swaps", "alpha.personal"])
        assert answer["connection"]["wsHost"] == "127.0.0.1"
        assert answer["connection"]["wsPort"] == url.port
        assert answer["connection"]["forceTls"] is False
        asked = [each["stream"] for each in answer["subscriptions"]]
        assert asked == ["evm.token.swaps", "alpha.personal"]
        assert len({each["channel"] for each in answer["subscriptions"]}) == 2
        provider.signal(signal.SIGINT)
        assert provider.finish().returncode == 130


def session(port: int, streams: list[str]) -> Any:
    """What a client of another kind is answered before it connects."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        body = json.dumps({"subscriptions": [{"stream": each, "filter": {}} for each in streams]})
        headers = {"Authorization": "Bearer sk_other", "Content-Type": "application/json"}
        connection.request("POST", "/api/v2/ws/session", body, headers)
        answer = connection.getresponse()
        assert answer.status == 200
        return json.loads(answer.read())["data"]
    finally:
        connection.close()
