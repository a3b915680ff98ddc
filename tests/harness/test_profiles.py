from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.harness.profiles import divided, shortened

PROFILE = """\
wscli: 1
name: sample
about: {checked: 2026-11-22}
messages:
  price: {schema: {pattern: '^5s$'}, rows: {on: id, set: {"no": 0.10, wait: 10s}}}
keepalive:
  silence: 15s
  ping: {every: 30s, idle: true, expect: PONG}
  told: {told: "${activity_timeout} s", most: 120s}
reconnect:
  backoff: [1s..5s, 2m]
  settle: 60s
  attempts: 5
  on_http: [{status: 429, wait: 30s..60s, say: wait 30s}]
"""


@pytest.mark.parametrize(
    ("text", "factor", "short"),
    [
        ("15s", 50, "300ms"),
        ("1m30s", 100, "900ms"),
        ("1s..5s", 10, "100ms..500ms"),
        ("1.5h", 3600, "1500ms"),
        ("5ms", 100, "1ms"),
    ],
)
def test_durations_and_ranges_are_divided(text: str, factor: float, short: str):
    assert divided(text, factor, 0.001) == short


def test_only_the_times_of_keepalive_and_reconnect_change(tmp_path: Path):
    source = tmp_path / "sample.yaml"
    source.write_text(PROFILE)
    (tmp_path / "copy").mkdir()

    copy = shortened(source, tmp_path / "copy", 100)

    assert copy == tmp_path / "copy" / "sample.yaml"
    before = yaml.load(PROFILE, yaml.BaseLoader)
    after = yaml.load(copy.read_text(), yaml.BaseLoader)
    assert after.pop("keepalive") == {
        "silence": "150ms",
        "ping": {"every": "300ms", "idle": "true", "expect": "PONG"},
        "told": {"told": "${activity_timeout} s", "most": "1200ms"},
    }
    assert after.pop("reconnect") == {
        "backoff": ["10ms..50ms", "1200ms"],
        "settle": "1000ms",
        "attempts": "5",
        "on_http": [{"status": "429", "wait": "300ms..600ms", "say": "wait 30s"}],
    }
    del before["keepalive"], before["reconnect"]
    assert after == before


def test_other_parts_are_shortened_where_they_are_named(tmp_path: Path):
    source = tmp_path / "sample.yaml"
    source.write_text("session: [{expect: hello, within: 10s}]\nmessages: {a: {wait: 30s..45s}}\n")
    (tmp_path / "copy").mkdir()

    copy = shortened(source, tmp_path / "copy", 100, "messages")

    assert yaml.load(copy.read_text(), yaml.BaseLoader) == {
        "session": [{"expect": "hello", "within": "10s"}],
        "messages": {"a": {"wait": "300ms..450ms"}},
    }


def test_a_copy_reads_the_variables_that_a_user_s_own_profile_may_read(tmp_path: Path):
    source = tmp_path / "sample.yaml"
    source.write_text("options: {token: {env: SAMPLE_TOKEN}, key: {env: WSCLI_SAMPLE_KEY}}\n")
    (tmp_path / "copy").mkdir()

    copy = shortened(source, tmp_path / "copy", 100)

    assert yaml.load(copy.read_text(), yaml.BaseLoader) == {
        "options": {"token": {"env": "WSCLI_SAMPLE_TOKEN"}, "key": {"env": "WSCLI_SAMPLE_KEY"}}
    }


def test_scalars_keep_their_way_of_being_written(tmp_path: Path):
    source = tmp_path / "sample.yaml"
    source.write_text(PROFILE)
    (tmp_path / "copy").mkdir()

    text = shortened(source, tmp_path / "copy", 100).read_text()

    for kept in ("checked: 2026-11-22", "on: id", '"no": 0.10', "'^5s$'", "wscli: 1\n"):
        assert kept in text
