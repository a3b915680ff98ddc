"""Where secrets may go: to hosts that the profile names, that it trusts, or that the user named.

What an answer told to keep secret may also go to the hosts that the same answer named.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from wscli.errors import WscliError
from wscli.messages.match import glob
from wscli.model.hosts import is_loopback
from wscli.model.profile import Connect, Profile
from wscli.model.steps import Step
from wscli.session.computed import uses

_LITERAL: Final = re.compile(r"(?i)^\s*(?:ws|http)s?://([^/?#]*)")
_FILLED: Final = re.compile(r"\$\{([^}]*)\}")
_PORT: Final = re.compile(r":(?:[0-9]*|\$\{[^}]*\})$")  # a number, or filled in
_NAME: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(:[0-9]{1,5})?")
_SECURE: Final = frozenset({"https", "wss"})


class SecretStays(WscliError):  # noqa: N818 - it says what happens
    """A secret would go where it must not."""

    exit_code = 3


class Hosts:
    """Which hosts may be told which secrets; and which hosts are the provider's own.

    ``elsewhere``: this machine's own names may lead to another one.
    """

    def __init__(
        self,
        profile: Profile,
        options: Mapping[str, Any],
        url: str | None,
        *,
        cleartext: bool,
        elsewhere: bool = False,
    ) -> None:
        self._computed = profile.computed
        self._cleartext = cleartext
        self._elsewhere = elsewhere
        self._named = {host for text in _urls(profile) for host in _named(text, options)}
        self._trusted = [glob(pattern.lower()) for pattern in profile.connect.trust]
        self._given = {
            host
            for value in (url, *options.values())
            for text in _texts(value)
            for host in _hosts_in(text)
        }
        steps = (*profile.session, *(profile.resume.session or ()))
        asked = (*profile.bootstrap, *(step.http for step in steps if step.http is not None))
        self._captured = {name for request in asked for name in request.secret}
        self._secret = {option.name for option in profile.options if option.secret}
        self._answers: dict[str, frozenset[str]] = {}

    def own(self, host: str) -> bool:
        """Whether a host is one that the profile names or trusts."""
        host = host.lower()
        return host in self._named or any(test(host) for test in self._trusted)

    def answered(self, captured: Mapping[str, Any], secret: Collection[str]) -> None:
        """Tell what an answer said: what it keeps secret may go to the hosts that it named."""
        values = captured.values()
        hosts = [host for value in values for text in _texts(value) for host in _hosts_in(text)]
        for name in secret:
            self._answers[name] = frozenset(hosts)

    def check(self, url: str, names: Collection[str]) -> None:
        """Check that what was rendered of these names may go to the host of a URL, where there is
        a secret in it. Raises SecretStays.
        """
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        stays = is_loopback(host) and not self._elsewhere
        if parts.scheme not in _SECURE and not stays and not self._cleartext:
            raise SecretStays(
                f"a secret would go to {host} in clear text, so nothing was sent",
                hint=f"Use {parts.scheme}s://, or --allow-cleartext if you know what you do.",
            )
        if host in self._given or self.own(host):
            return
        secrets = self._secrets_in(names)
        told = [self._answers.get(name, frozenset()) for name in secrets]
        # That something is masked although no name is that of a secret must not open the door.
        if secrets and all(host in hosts for hosts in told):
            return
        raise SecretStays(
            f"a secret would go to {host}, which the profile does not name, so nothing was sent",
            hint="If that host is the provider's, add it to connect.trust in the profile.",
        )

    def _secrets_in(self, names: Collection[str]) -> set[str]:
        """Give the secrets that a rendering of these names may hold."""
        found: set[str] = set()
        for name in names:
            parts = {name, *uses(self._computed, name)} if name in self._computed else {name}
            found |= parts & (self._secret | self._captured)
        return found


def _urls(profile: Profile) -> Iterator[str]:
    """Give every URL that the profile writes down, as templates."""
    fetches = (profile.history, profile.catalog, profile.resume.backfill)
    requests = [step.request for step in profile.bootstrap]
    requests += [fetch.request for fetch in fetches if fetch is not None]
    steps: tuple[Step, ...] = (*profile.session, *(profile.resume.session or ()))
    requests += [step.http.request for step in steps if step.http is not None]
    connects: list[Connect] = [profile.connect]
    connects += [profile.resume.connect] if profile.resume.connect is not None else []
    yield from (connect.url for connect in connects)
    yield from (request.url for request in requests)
    for option in profile.options:
        yield from _texts(option.default)
        yield from (text for value in option.choices.values() for text in _texts(value))


def _named(url: str, options: Mapping[str, Any]) -> Iterator[str]:
    """Give the host that a template names, what the user gave filled in; none where anybody else
    fills in a part of it.
    """

    def given(part: re.Match[str]) -> str:
        value = options.get(part[1])
        return str(value) if isinstance(value, str | int) else part[0]

    found = _LITERAL.match(_FILLED.sub(given, url))
    host = _PORT.sub("", found[1].rpartition("@")[2]) if found is not None else ""
    if host and "$" not in host:
        yield host.strip("[]").lower()


def _texts(value: Any) -> Iterator[str]:
    """Give the texts in a value, however deeply it is nested."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, list | tuple):
            waiting += part
        elif isinstance(part, dict):
            waiting += part.values()


def _hosts_in(text: str) -> Iterator[str]:
    """Give the host that a value names: a URL's, or one that stands alone with or without port."""
    if "://" in text:
        try:
            host = urlsplit(text).hostname
        except ValueError:
            return
        if host:
            yield host.lower()
    elif (found := _NAME.fullmatch(text)) is not None:
        yield found[1].strip("[]").lower()
