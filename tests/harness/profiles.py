"""Copies of bundled profiles whose waiting times a test can afford."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.harness.environment import REPOSITORY

TIMED = frozenset({"keepalive", "reconnect"})
OWN = "WSCLI_"  # with which every variable of a user's profile begins
SETTLE_LEAST = 1.0  # seconds; the format allows no less
MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
ONE = r"(?:\d+(?:\.\d+)?(?:ms|s|m|h))+"
DURATION = re.compile(rf"{ONE}(?:\.\.{ONE})?")
PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")


def bundled(name: str) -> Path:
    """Where the source of a bundled profile is."""
    path = REPOSITORY / "profiles" / f"{name}.yaml"
    assert path.is_file(), f"{path} is missing"
    return path


def shortened(profile: Path, folder: Path, factor: float, *also: str) -> Path:
    """Write a copy into ``folder`` with every duration in ``keepalive`` and ``reconnect``, and in
    the parts that ``also`` names, divided by ``factor``; return its path. The name stays, and all
    else is kept to the letter: scalars are never converted, so that an unquoted ``on`` remains one.
    But for the environment: a copy is a user's own profile, which may read ``WSCLI_NAME_…`` alone,
    so the bundled profile's ``NAME_TOKEN`` is ``WSCLI_NAME_TOKEN`` there.
    """
    document = yaml.compose(profile.read_text(encoding="utf-8"), yaml.SafeLoader)
    assert isinstance(document, yaml.MappingNode), f"{profile} is no mapping"
    for key, value in document.value:
        if key.value in TIMED.union(also):
            for name, scalar in scalars(value, key.value):
                if DURATION.fullmatch(scalar.value):
                    least = SETTLE_LEAST if name == "settle" else 0.001
                    scalar.value = divided(scalar.value, factor, least)
        elif key.value == "options":
            for name, scalar in scalars(value, key.value):
                if name == "env" and not scalar.value.startswith(OWN):
                    scalar.value = OWN + scalar.value
    copy = folder / profile.name
    copy.write_text(yaml.serialize(document, allow_unicode=True), encoding="utf-8")
    return copy


def scalars(node: yaml.Node, name: str) -> Iterator[tuple[str, yaml.ScalarNode]]:
    """Every scalar value below ``node``, beside the nearest key above it."""
    match node:
        case yaml.ScalarNode():
            yield name, node
        case yaml.SequenceNode():
            for item in node.value:
                yield from scalars(item, name)
        case yaml.MappingNode():
            for key, value in node.value:
                yield from scalars(value, key.value)


def divided(text: str, factor: float, least: float) -> str:
    """A duration or a range of durations (``1m30s``, ``1s..5s``) divided; none below ``least``
    seconds.
    """
    spans = [
        sum(float(number) * MILLISECONDS[unit] for number, unit in PART.findall(one))
        for one in text.split("..")
    ]
    return "..".join(f"{max(round(span / factor), round(least * 1_000))}ms" for span in spans)
