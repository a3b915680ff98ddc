"""The provider's HTTP side, put together of all the requests that a profile makes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from wscli.model.message import MISSING
from wscli.model.requests import Fetch
from wscli.simulator.answers import Answers
from wscli.simulator.endpoints import Endpoint, Endpoints
from wscli.simulator.fetches import FetchAnswers
from wscli.simulator.needs import http_steps
from wscli.simulator.past import Past
from wscli.simulator.world import World
from wscli.templates import Scope


def make_endpoints(world: World, port: int, scope: Scope) -> Endpoints:
    """Give every endpoint of a world that is played on ``port``; ``scope`` is what is known of the
    names.
    """
    profile = world.profile
    answers = Answers(profile, world.options, port=port, rng=world.rng, tell=world.tell)
    steps = [
        Endpoint(step.request, world.clients, scope, partial(answers.answer, step))
        for step in http_steps(profile)
    ]
    fetches = [
        Endpoint(fetch.request, world.clients, scope, FetchAnswers(fetch, past).answer)
        for fetch, past in _fetches(world)
    ]
    return Endpoints([*steps, *fetches])


def _fetches(world: World) -> Iterator[tuple[Fetch, Past | None]]:
    """Give each request for a list, and what its answers are made of: nothing where the elements
    are no messages.
    """
    profile = world.profile
    for fetch in (profile.resume.backfill, profile.history):
        if fetch is not None:
            yield fetch, world.past
    if profile.catalog is not None:
        shapeless = profile.catalog.shape is MISSING
        yield profile.catalog, None if shapeless else world.past
