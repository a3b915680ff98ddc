"""Lengths of time, as a profile says them: fixed, drawn from a range, or told by the provider."""

from __future__ import annotations

from typing import TypeAlias

from wscli.model.frozen import frozen


@frozen
class Span:
    """A length of time in seconds, drawn between both ends; equal ends are a fixed length."""

    least: float
    most: float

    @property
    def fixed(self) -> bool:
        """Whether there is nothing to draw."""
        return self.least == self.most


@frozen
class ToldPart:
    """A number that the provider tells: a template, and how many seconds one of it is."""

    template: str
    unit: float


@frozen
class Told:
    """A length that the provider tells: the sum of its parts, ``most`` seconds where that is less
    or where a part was not told.
    """

    parts: tuple[ToldPart, ...]
    most: float


Length: TypeAlias = Span | Told
