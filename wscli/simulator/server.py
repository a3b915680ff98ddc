"""The simulator: HTTP and WebSocket on one port of this machine, a thread for each connection."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping
from random import Random
from socketserver import ThreadingTCPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Final, Self

from wscli.errors import UsageError, WscliError
from wscli.model.profile import Profile
from wscli.model.secret import Secret
from wscli.session.target import Overrides, make_target
from wscli.simulator.guests import Guests
from wscli.simulator.handler import Handler, Stage
from wscli.simulator.site import make_endpoints
from wscli.simulator.world import World
from wscli.transport.clock import Clock
from wscli.transport.waker import Waker

_ADDRESS: Final = "127.0.0.1"
_SECRET: Final = Secret("simulated")
_ACCEPTING_ENDS: Final = 1.0  # seconds for the listening thread to notice that it should stop


class Simulator:
    """Plays a profile's provider to everyone on this machine who connects to ``url``.

    ``options`` are the values of the user's options, defaults included, and ``secrets`` the names
    of those secret ones that there are: their values are not looked at. With port 0 a free one is
    taken. It plays from ``start`` to ``stop``, or as a context manager, once. Nothing is printed; a
    bug that was met on a connection's thread is raised by ``stop``. Raises MissingPackageError
    where a package is needed for the profile's frames.
    """

    def __init__(
        self,
        profile: Profile,
        options: Mapping[str, Any],
        *,
        secrets: Collection[str] = (),
        port: int = 0,
        clock: Clock,
        rng: Random,
    ) -> None:
        self._port = port
        self._clock = clock
        self._guests = Guests()
        self._world = World(profile, {**options, **dict.fromkeys(secrets, _SECRET)}, rng)
        self._listener: _Listener | None = None

    @property
    def url(self) -> str:
        """Where it listens: ws://127.0.0.1:PORT without a path, known once it was started."""
        return f"ws://{_ADDRESS}:{self._port}"

    @property
    def stream(self) -> str:
        """Where the stream is: with path and query, secrets masked, as far as they are known."""
        scope = self._world.known().scope(self._clock.now())
        try:
            aim = make_target(self._world.profile.connect, Overrides(url=self.url), scope)
        except WscliError:
            return self.url
        return aim.target.shown

    def start(self) -> None:
        """Begin to listen; raises UsageError where the port cannot be had."""
        try:
            self._listener = _Listener(self._port, self._stage)
        except (OSError, OverflowError) as error:
            raise UsageError(
                f"cannot listen on {_ADDRESS}:{self._port}: {_reason(error)}.",
                hint="Choose another port, or 0 for a free one.",
            ) from error
        self._port = self._listener.socket.getsockname()[1]
        self._listener.begin()

    def _stage(self, port: int) -> Stage:
        """Give what the connections share, once it is known where they come in."""
        world, lock = self._world, Lock()
        scope = world.known().scope(self._clock.now())
        return Stage(world, make_endpoints(world, port, scope), lock, self._clock, self._guests)

    def stop(self) -> None:
        """Close every connection with 1001 and the port; takes a few seconds at most."""
        listener, self._listener = self._listener, None
        if listener is None:
            return
        listener.end()
        self._guests.say_goodbye()
        if listener.bugs:
            raise listener.bugs[0]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class _Listener(ThreadingTCPServer):
    """Accepts on a thread of its own. ``bugs``: what ended a connection's thread and was no error
    of its socket.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64
    timeout = 0.0  # handle_request is only called when somebody has come

    def __init__(self, port: int, stage: Callable[[int], Stage]) -> None:
        self.bugs: list[BaseException] = []
        self._waker = Waker()
        self._ending = False
        self._thread = Thread(target=self._accept, name="simulator", daemon=True)
        try:
            super().__init__((_ADDRESS, port), Handler)  # type: ignore[arg-type]  # see finish_request
            self._stage = stage(self.socket.getsockname()[1])
        except BaseException:
            self._waker.close()
            raise

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._ending = True
        self._waker.wake()
        self._thread.join(_ACCEPTING_ENDS)
        self.server_close()
        self._waker.close()

    def _accept(self) -> None:
        while not self._ending:
            if self._waker.wait(self.socket, None) and not self._ending:
                self.handle_request()

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002 - inherited
        return self._stage.guests.arrive(request)

    def finish_request(self, request: Any, client_address: Any) -> None:
        Handler(self._stage, request, client_address, self)

    def shutdown_request(self, request: Any) -> None:
        self._stage.guests.leave(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - inherited
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            self.bugs.append(error)


def _reason(error: OSError | OverflowError) -> str:
    words = error.strerror if isinstance(error, OSError) else None
    return (words or str(error)).lower()
