"""``wscli simulate PROFILE``: plays a provider until it is interrupted."""

from __future__ import annotations

import inspect
import random
import threading
from collections.abc import Sequence
from typing import Annotated, ClassVar

import typer

from wscli.cli.invocation import Invocation, require_provider
from wscli.cli.last_resort import LastResort
from wscli.cli.print import print_text
from wscli.cli.profile_commands import Action, ProfileGroup
from wscli.cli.signals import signals_to
from wscli.runtime.stop import StopBox
from wscli.transport.clock import Clock

_PORT = inspect.Parameter(
    "port",
    inspect.Parameter.KEYWORD_ONLY,
    default=0,
    annotation=Annotated[
        int,
        typer.Option(
            "--port",
            min=0,
            max=65535,
            metavar="PORT",
            help="The port to listen on; a free one if not said.",
        ),
    ],
)


def simulate(invocation: Invocation) -> int:
    """Play the profile's provider on loopback; gives the exit code of the signal that ends it."""
    profile = invocation.profile
    require_provider(profile)
    values, secrets = invocation.values, invocation.secrets.names
    from wscli.simulator.server import Simulator  # noqa: PLC0415 - brings websockets

    done = threading.Event()
    stop = StopBox(done.set)
    clock, rng = Clock(), random.SystemRandom()
    with (
        signals_to(stop, LastResort()),
        Simulator(
            profile,
            values,
            secrets=secrets,
            port=invocation.common["port"],
            clock=clock,
            rng=rng,
        ) as simulator,
    ):
        print_text(
            f"{profile.name} plays at {simulator.stream} until Ctrl-C;"
            " follow it with\n"
            f"  {invocation.tail_command()} --url {simulator.url}"
        )
        while not stop.asked:
            done.wait(0.5)  # short, because some systems deliver signals only between waits
    return stop.wish.ending.exit_code if stop.wish is not None else 0


class SimulateGroup(ProfileGroup):
    """Every profile as a subcommand of ``simulate``."""

    action: ClassVar[Action] = staticmethod(simulate)
    common: ClassVar[Sequence[inspect.Parameter]] = [_PORT]
    plays: ClassVar[bool | None] = True
