"""What the user may give: the options that a profile declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any

from wscli.model.frozen import frozen


class OptionType(StrEnum):
    """The types of an option's value."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DURATION = "duration"
    LIST = "list"
    FLAGS = "flags"


@frozen
class Option:
    """Something the user may give: ``--name`` on the command line, ``${name}`` in the profile.

    ``choices`` maps what the user types to the value it stands for; ``default`` is what the user
    would have typed. ``required`` may be a condition (see ``session.steps.holds``). With
    ``selector`` each element of a list is written ``NAME[,key=value...]`` and becomes ``{"name":
    NAME, "with": {key: value}}``. The value of a ``secret`` option is a ``Secret``.
    """

    name: str
    type: OptionType = OptionType.STRING
    required: bool | str = False
    default: Any = None
    choices: Mapping[str, Any] = field(default_factory=dict)
    selector: bool = False
    secret: bool = False
    env: str = ""
    help: str = ""
    examples: tuple[str, ...] = ()

    @property
    def flag(self) -> str:
        """How it is written on the command line."""
        return "--" + self.name.replace("_", "-")
