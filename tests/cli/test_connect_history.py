"""The lines that were typed are kept for the next time, and for nobody else."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

from wscli.cli.connect_history import LineHistory
from wscli.cli.connect_typist import Kept, Typist


def history(folder: Path, name: str = "demo") -> LineHistory:
    return LineHistory(folder / "state" / "history", name)


def test_each_profile_has_its_own_lines_in_the_order_they_were_typed(tmp_path: Path) -> None:
    history(tmp_path).add("one")
    history(tmp_path, "other").add("not ours")
    history(tmp_path).add('{"a":\n "é"}')
    assert history(tmp_path).load() == ["one", '{"a":\n "é"}']


def test_nobody_else_may_read_them(tmp_path: Path) -> None:
    place = tmp_path / "state" / "history"
    place.parent.mkdir()
    place.write_text("")
    place.chmod(0o644)
    history(tmp_path).add("one")
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_the_file_does_not_grow_for_ever(tmp_path: Path) -> None:
    lines = history(tmp_path)
    for number in range(2001):
        lines.add(str(number))
    assert lines.load()[-1] == "2000"
    kept = history(tmp_path).load()
    assert (len(kept), kept[0], kept[-1]) == (1000, "1001", "2000")
    assert stat.S_IMODE((tmp_path / "state" / "history").stat().st_mode) == 0o600


def test_a_file_that_holds_something_else_or_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    place = tmp_path / "state" / "history"
    place.parent.mkdir()
    place.write_bytes(b'nonsense\n[1]\n{"a": 1}\n["demo", "good"]\n[["x"], 2]\n\xff\n')
    assert history(tmp_path).load() == ["good"]
    assert history(tmp_path / "none").load() == []
    blocked = tmp_path / "file"
    os.close(os.open(blocked, os.O_CREAT))
    LineHistory(blocked / "below", "demo").add("lost")


class Secrets:
    """Knows a secret once it is told."""

    def __init__(self) -> None:
        self.knows_secrets = False

    def veiled(self, text: str) -> str:
        return text.replace("s3cret", "***") if self.knows_secrets else text


def test_no_line_is_kept_before_the_secrets_are_known_nor_one_that_holds_any(
    tmp_path: Path,
) -> None:
    secrets, lines = Secrets(), history(tmp_path)
    profile: Any = None
    kept = Kept(Typist(profile, lambda _text: None, lambda _gone: None, secrets, lines))
    kept.store_string("early s3cret")
    kept.store_string("early")
    assert lines.load() == []
    secrets.knows_secrets = True
    kept.store_string("late s3cret")
    assert lines.load() == ["early"]
    kept.store_string("late")
    assert list(kept.load_history_strings()) == ["late", "early"]


def test_nothing_is_kept_where_the_user_does_not_want_it() -> None:
    profile: Any = None
    kept = Kept(Typist(profile, lambda _text: None, lambda _gone: None, Secrets(), None))
    kept.store_string("a line")
    assert list(kept.load_history_strings()) == []
