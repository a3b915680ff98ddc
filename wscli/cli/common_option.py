"""An option that every profile shares, and the panels of the help page."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any, Final

import typer

from wscli.model.frozen import frozen

WHICH: Final = "Which messages"
LOOK: Final = "How they look"
STOP: Final = "When to stop"
CONNECTION: Final = "Connection"
CHECKING: Final = "Checking"
OFFLINE: Final = "Without the network"
TALKING: Final = "Talking"


@frozen
class CommonOption:
    """One option. ``name`` is how the code calls it; ``type`` is list for one that is repeated,
    bool for a flag. ``choices`` are offered by the shell's completion: a function of nothing or
    of Typer's context, whose ``obj`` is the profile.
    """

    name: str
    type: Any
    flags: tuple[str, ...]
    panel: str
    help: str
    metavar: str | None = None
    default: Any = None
    choices: Callable[..., list[str]] | None = None
    least: int | None = None

    def parameter(self) -> inspect.Parameter:
        """Give the parameter that makes Typer offer this option."""
        default, kind = self.default, self.type
        if kind is bool:
            default = False
        elif kind is list:
            default, kind = [], list[str]
        elif default is None:
            kind = kind | None
        option = typer.Option(
            *self.flags,
            help=self.help,
            metavar=self.metavar,
            rich_help_panel=self.panel,
            autocompletion=self.choices,
            min=self.least,
            show_default=bool(default),
        )
        return inspect.Parameter(
            self.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=default,
            annotation=Annotated[kind, option],
        )
