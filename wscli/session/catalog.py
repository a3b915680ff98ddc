"""The provider's catalog: what must be known to ask for it, and how it is asked for."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import replace
from typing import Any

from wscli.jq.expressions import compile_expression
from wscli.model.frozen import frozen
from wscli.model.message import MISSING
from wscli.model.profile import Profile
from wscli.model.requests import Fetch, HttpStep
from wscli.session.asking import names_of
from wscli.session.computed import uses
from wscli.session.desk import Desk
from wscli.session.fetching import fetch_texts
from wscli.session.opening import Opening
from wscli.session.waits import Ask, NeedSecrets, Pause
from wscli.templates import compile_template, compile_url


@frozen
class Needs:
    """What asking for a list takes: ``names`` are those that may be looked up (options, captured
    and computed values), ``requests`` is how many of the bootstrap's requests must be made first.
    """

    names: frozenset[str] = frozenset()
    requests: int = 0


def needs_of(profile: Profile, fetch: Fetch) -> Needs:
    """Give what ``fetch`` needs of the profile: no more of the bootstrap than what captures a value
    that the request uses, and all that stands before that.
    """
    bootstrap = profile.bootstrap
    names = _with_computed(profile.computed, _names_of_fetch(fetch))
    if fetch.request.url.startswith("/") and bootstrap:  # it goes where the first request goes
        url = compile_url(bootstrap[0].request.url, relative=True)
        names |= _with_computed(profile.computed, url.names)
    captures = [index for index, step in enumerate(bootstrap) if names & step.capture.keys()]
    requests = captures[-1] + 1 if captures else 0
    for step in bootstrap[:requests]:
        names |= _with_computed(profile.computed, _names_of_step(step))
    return Needs(names, requests)


def for_catalog(profile: Profile) -> Profile:
    """Give the profile with options that are required only where the catalog needs them."""
    fetch = profile.catalog
    names = needs_of(profile, fetch).names if fetch is not None else frozenset()
    options = [
        option if option.name in names else replace(option, required=False)
        for option in profile.options
    ]
    return replace(profile, options=tuple(options))


def catalog(
    desk: Desk, fetch: Fetch, *, secrets: bool
) -> Generator[NeedSecrets | Ask | Pause, Any, list[bytes]]:
    """Ask for the catalog, and before that for what it needs; gives the JSON text of each item.
    ``secrets``: whether the user's are to be read. Raises NoUse, NotFetched, TemplateError and
    SecretStays.
    """
    opening = Opening(desk, secrets=secrets, requests=needs_of(desk.profile, fetch).requests)
    yield from opening.walk()
    return (yield from fetch_texts(desk, fetch))


def _with_computed(computed: Mapping[str, Any], names: frozenset[str]) -> frozenset[str]:
    """Add what the computed values among the names depend on."""
    return names.union(*(uses(computed, name) for name in names & computed.keys()))


def _names_of_fetch(fetch: Fetch) -> frozenset[str]:
    templates = [part for part in (fetch.over, fetch.shape) if part not in (None, MISSING)]
    names = names_of(fetch.request) | compile_template(templates).names
    return names | _names_of_expressions(fetch.each, fetch.sort)


def _names_of_step(step: HttpStep) -> frozenset[str]:
    sources = (step.when, step.require, *step.capture.values())
    return names_of(step.request) | _names_of_expressions(*sources)


def _names_of_expressions(*sources: str | None) -> frozenset[str]:
    used = [compile_expression(source).names for source in sources if source is not None]
    return frozenset().union(*used)
