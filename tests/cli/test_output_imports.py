"""What starting up may not cost: Rich comes with the formats for a person, and with them alone."""

from __future__ import annotations

import subprocess
import sys

import pytest

IMPORTED = """
import sys
from wscli.inspection.statistics import Statistics
from wscli.model.instant import Instant
from wscli.model.profile import Connect, Profile
from wscli.output import base, escape, formats, sink, status
from wscli.tables.tables import Tables

profile = Profile("url", Connect("ws://localhost"))
statistics = Statistics(Instant(0.0, 0.0))
stage = base.Stage(sink.Sink(2), profile, Tables((), ()), statistics)
formats.FORMATS[sys.argv[1]].make(stage)
print(",".join(sorted({name.partition(".")[0] for name in sys.modules})))
"""


@pytest.mark.parametrize(
    ("name", "rich"),
    [("ndjson", False), ("pretty", False), ("raw", False), ("table", True), ("log", True)],
)
def test_rich_is_imported_only_by_formats_for_a_person(name, rich):
    command = [sys.executable, "-c", IMPORTED, name]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    assert ("rich" in done.stdout.strip().split(",")) == rich


def test_the_formats_for_a_person_bring_no_more_of_rich_than_they_use():
    code = IMPORTED.replace('.partition(".")[0]', "")
    command = [sys.executable, "-c", code, "table"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    modules = done.stdout.strip().split(",")
    assert "rich.style" in modules
    assert "rich.console" not in modules
