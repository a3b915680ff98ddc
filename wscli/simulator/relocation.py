"""Examples of answers, led here: hosts, ports and schemes in them become the simulator's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit, urlunsplit

from wscli.errors import WscliError
from wscli.model.frozen import frozen
from wscli.model.instant import Instant
from wscli.model.profile import Profile
from wscli.model.requests import HttpStep
from wscli.session.computed import uses
from wscli.session.hosts import Hosts
from wscli.session.values import Values
from wscli.simulator.lines import captured
from wscli.simulator.needs import http_steps
from wscli.simulator.places import Place, at, nodes, read_places, reader, replaced
from wscli.templates import UrlTemplate, compile_url

_ADDRESS: Final = "127.0.0.1"
_PLAIN: Final = {"http": "http", "https": "http", "ws": "ws", "wss": "ws"}
_LONG_AGO: Final = Instant(0.0, 0.0)
_NO_URL: Final = -1
_ALL: Final = 3  # scheme, host and port are right
_OTHER_WAY: Final = {"true": "false", "false": "true", "yes": "no", "1": "0", "0": "1"}


@frozen
class _Target:
    """A URL of the profile, and the names that it depends on."""

    url: UrlTemplate
    names: frozenset[str]


class Relocation:
    """Finds out by trying: what is captured of an answer is changed until the URLs that the profile
    makes of it lead to ``port`` on this machine. What no change can lead here stays as it is.
    """

    def __init__(
        self, profile: Profile, options: Mapping[str, Any], port: int, rng: Random
    ) -> None:
        self._port = port
        self._values = Values(profile, options, rng)
        self._hosts = Hosts(profile, options, None, cleartext=True)
        self._targets = list(_targets(profile))
        for step in profile.bootstrap:  # what one answer lacks another one may tell
            for example in step.examples[:1]:
                self._learn(step, example)

    def relocated(self, step: HttpStep, example: Any) -> Any:
        """Give the answer to a step's request."""
        sources = {name: reader(path) for name, path in step.capture.items()}
        places = {name: read_places(source, example) for name, source in sources.items()}
        for target in self._targets:
            mine = [place for name in target.names & places.keys() for place in places[name]]
            if mine:
                example = self._led_here(step, example, target, mine)
        for place, leaf in nodes(example):
            if isinstance(leaf, str) and self._is_own_url(leaf):
                example = replaced(example, place, self._moved(urlsplit(leaf)))
        self._learn(step, example)
        return example

    def _led_here(self, step: HttpStep, example: Any, target: _Target, places: list[Place]) -> Any:
        """Change what makes the URL better until it leads here; gives the example as it was where
        nothing does.
        """
        changed, score = example, self._score(step, example, target)
        while 0 <= score < _ALL:
            tries = [
                replaced(changed, place, candidate)
                for place in places
                for candidate in self._candidates(at(changed, place))
            ]
            scored = [(self._score(step, each, target), each) for each in tries]
            best, value = max(scored, key=lambda pair: pair[0], default=(_NO_URL, example))
            if best <= score:
                return example
            score, changed = best, value
        return changed

    def _score(self, step: HttpStep, example: Any, target: _Target) -> int:
        """Say how much of a URL is right, once this answer is given."""
        self._learn(step, example)
        try:
            url = target.url.render(self._values.scope(_LONG_AGO)).value
            parts = urlsplit(url)
            port = parts.port
        except (WscliError, ValueError):
            return _NO_URL
        if not parts.netloc:  # a path leads to the host that was asked before
            return _ALL
        right = (parts.scheme in ("ws", "http"), parts.hostname == _ADDRESS, port == self._port)
        return sum(right)

    def _learn(self, step: HttpStep, example: Any) -> None:
        for name, value in captured(step.capture, example).items():
            self._values.capture(name, value)

    def _candidates(self, value: Any) -> Iterator[Any]:
        """Give what could stand in a place instead, in the form of what stands there."""
        if isinstance(value, bool):
            yield not value
        elif isinstance(value, int):
            yield self._port
            yield 1 - value
        elif isinstance(value, str):
            yield from self._texts(value)

    def _texts(self, value: str) -> Iterator[str]:
        yield from filter(None, [_OTHER_WAY.get(value.lower()), _PLAIN.get(value.lower())])
        parts = _absolute(value)
        if parts is not None:
            yield self._moved(parts)
        elif value.isdecimal():
            yield str(self._port)
        else:
            yield _ADDRESS
            yield f"{_ADDRESS}:{self._port}"

    def _moved(self, parts: SplitResult) -> str:
        netloc = f"{_ADDRESS}:{self._port}"
        return urlunsplit(parts._replace(scheme=_PLAIN[parts.scheme], netloc=netloc))

    def _is_own_url(self, text: str) -> bool:
        parts = _absolute(text)
        return parts is not None and self._hosts.own(parts.hostname or "")


def _absolute(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return parts if parts.scheme in _PLAIN and parts.netloc else None


def _targets(profile: Profile) -> Iterator[_Target]:
    fetches = (profile.resume.backfill, profile.history, profile.catalog)
    requests = [step.request for step in http_steps(profile)]
    requests += [fetch.request for fetch in fetches if fetch is not None]
    connects = (profile.connect, profile.resume.connect)
    urls = [connect.url for connect in connects if connect is not None]
    for url in (*urls, *(request.url for request in requests)):
        template = compile_url(url, relative=True)
        computed = profile.computed
        made_of = (uses(computed, name) for name in template.names & computed.keys())
        yield _Target(template, template.names.union(*made_of))
