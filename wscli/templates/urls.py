"""URLs: a template whose values are percent-encoded where they stand (RFC 3986)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import field
from enum import Enum, auto
from typing import Any, Final
from urllib.parse import quote

from wscli.errors import TemplateError
from wscli.model.frozen import frozen
from wscli.model.message import MISSING
from wscli.model.secret import MASK, without_login
from wscli.templates.fill import fill
from wscli.templates.syntax import Part, Placeholder, Root, parse_string
from wscli.templates.tree import compile_tree, guarded, uses
from wscli.templates.values import Render, Rendered, Scope, plain, text

_SCHEME: Final = re.compile(r"(?:ws|http)s?", re.IGNORECASE)
_ORIGIN: Final = re.compile(r"(?:ws|http)s?://(?:[^/?#]|$)", re.IGNORECASE)
_RELATIVE: Final = re.compile(r"/(?!/)")
_UNFIT: Final = re.compile(r"[\s\\\x00-\x1f\x7f]")  # never part of a URL
_AUTHORITY: Final = re.compile(
    r"(?: \[ [0-9A-Fa-f:.]+ \] | [^\s\x00-\x1f\x7f/?\#@\\%:\[\]]+ ) (?: : [0-9]{1,5} )?",
    re.VERBOSE,
)
"""A host name, an IP address or a port; a host with its port."""


class _Place(Enum):
    """Where in a URL a value stands."""

    AUTHORITY = auto()
    PATH = auto()
    QUERY = auto()


_UNENCODED: Final = {_Place.PATH: "", _Place.QUERY: ",:@"}


@frozen
class UrlTemplate:
    """A compiled URL with its query. ``names``, ``required`` and ``roots`` as in a template."""

    names: frozenset[str]
    required: frozenset[str]
    roots: frozenset[Root]
    parts: tuple[Part, ...] = field(repr=False)
    query: Mapping[str, Render] = field(repr=False, compare=False)
    relative: bool = False

    def render(self, scope: Scope) -> Rendered:
        """Give the URL and its masked twin, both strings without a fragment. TemplateError where
        a value is not set, or cannot stand where it stands.
        """
        return guarded(self._render, scope)

    def _render(self, scope: Scope) -> Rendered:
        base = self._base(scope)
        # a fragment is no part of a WebSocket URL (RFC 6455, section 3), nor of a request's
        url, shown = base.value.partition("#")[0], base.shown.partition("#")[0]
        for key, fill_value in self.query.items():
            for found in _repeated(fill_value(scope)):
                joint = "" if url.endswith(("?", "&")) else "&" if "?" in url else "?"
                parameter = _encoded(found, _Place.QUERY, key)
                name = joint + quote(key, safe=_UNENCODED[_Place.QUERY]) + "="
                url, shown = url + name + parameter.value, shown + name + parameter.shown
        return Rendered(url, shown)

    def _base(self, scope: Scope) -> Rendered:
        """Give what stands before the query of its own."""
        url = shown = ""
        for index, part in enumerate(self.parts):
            if isinstance(part, str):
                piece = plain(part)
            elif index == 0:
                piece = self._beginning(part, scope)
            else:
                piece = _encoded(fill(part, scope), _place(url), part.text)
                if piece.value.startswith("[") and _within_a_host(url):
                    what = f"{part.text}: an address in brackets is no part of a host name"
                    raise TemplateError(what)
            url, shown = url + piece.value, shown + piece.shown
        return Rendered(url, shown)

    def _beginning(self, part: Placeholder, scope: Scope) -> Rendered:
        """Give the value at the very beginning as it is: a URL, an origin, or a scheme where
        ``://`` follows.
        """
        found = fill(part, scope)
        value, shown = text(found.value), text(found.shown)
        following = self.parts[1] if len(self.parts) > 1 else ""
        before_path = isinstance(following, str) and following.startswith("/")
        if isinstance(following, str) and following.startswith("://"):
            fits = _SCHEME.fullmatch(value) is not None
        elif self.relative and _RELATIVE.match(value):
            fits = True
        else:
            fits = _ORIGIN.match(value) is not None and not value.endswith("://")
        if not fits or _UNFIT.search(value):
            what = f"{part.text} begins a URL, but its value is no URL like wss://host"
            raise TemplateError(what)
        if before_path:  # `https://host/` and `/ws`
            value, shown = value.removesuffix("/"), shown.removesuffix("/")
        return Rendered(value, shown)


def _within_a_host(url: str) -> bool:
    """Tell whether part of a host name stands at the end of ``url``. What follows there in brackets
    would be taken for the host itself.
    """
    return _place(url) is _Place.AUTHORITY and not url.endswith(("://", "@"))


def _place(url: str) -> _Place:
    """Tell where a value stands that follows ``url``."""
    if "?" in url:
        return _Place.QUERY
    _, separator, rest = url.partition("://")
    return _Place.AUTHORITY if separator and "/" not in rest else _Place.PATH


def _encoded(found: Rendered, place: _Place, where: str) -> Rendered:
    """Encode a value for its place; the asterisks of a masked twin stay readable."""
    value = text(found.value)
    if place is _Place.AUTHORITY:
        if _AUTHORITY.fullmatch(value) is None:
            raise TemplateError(f"{where}: its value is no host name and no port")
        return Rendered(value, text(found.shown))
    safe = _UNENCODED[place]
    try:
        encoded = quote(value, safe=safe)
    except UnicodeEncodeError:
        raise TemplateError(f"{where}: its value is no valid Unicode") from None
    return Rendered(encoded, quote(text(found.shown), safe=safe + "*") if found.masked else encoded)


def _repeated(found: Rendered) -> list[Rendered]:
    """Give the parameters that one key stands for: none, one, or one for each element."""
    if found.value is MISSING:
        return []
    if not isinstance(found.value, list):
        return [found]
    if isinstance(found.shown, list):
        return [Rendered(*pair) for pair in zip(found.value, found.shown, strict=True)]
    return [Rendered(value, MASK) for value in found.value]


def compile_url(
    url: str,
    query: Mapping[str, Any] | None = None,
    names: Collection[str] | None = None,
    *,
    relative: bool = False,
) -> UrlTemplate:
    """Compile a URL and the parameters that are put behind it. TemplateError as
    ``compile_template``, and for what cannot be a URL. ``relative``: it may also begin with a
    ``/``, for the caller to say where that leads.
    """
    parts = parse_string(url, names)
    placeholders = [part for part in parts if isinstance(part, Placeholder)]
    _check(url, parts, relative=relative)
    rendered = {
        key: compile_tree(value, names, placeholders) for key, value in (query or {}).items()
    }
    return UrlTemplate(*uses(placeholders), parts, rendered, relative)


def _check(url: str, parts: tuple[Part, ...], *, relative: bool) -> None:
    shown = without_login(url)
    first = parts[0] if parts else ""
    if isinstance(first, str):
        host = _ORIGIN.match(first) and not (first.endswith("://") and len(parts) == 1)
        if not host and not (relative and _RELATIVE.match(first)):
            hint = "It begins with wss://, ws://, https:// or http:// and a host."
            raise TemplateError(f"{shown!r} is no URL", hint=hint)
    for part in parts:
        if isinstance(part, str) and _UNFIT.search(part):
            raise TemplateError(f"{shown!r} holds a space, a line break or a backslash")
        if isinstance(part, Placeholder) and part.optional:
            hint = "A part of it may have a default: ${x:-1}."
            raise TemplateError(f"{shown!r}: a URL cannot be left out by {part.text}", hint=hint)


def as_websocket(url: str) -> str:
    """Let http stand for ws and https for wss; every other URL stays as it is."""
    return re.sub(r"(?i)^http(s?)://", lambda match: f"ws{match[1].lower()}://", url)


def as_http(url: str) -> str:
    """Let ws stand for http and wss for https; every other URL stays as it is."""
    return re.sub(r"(?i)^ws(s?)://", lambda match: f"http{match[1].lower()}://", url)
