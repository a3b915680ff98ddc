"""The URL of a request, from the other side: which paths it has, and what stands in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote, urlsplit

from wscli.errors import TemplateError
from wscli.model.frozen import frozen
from wscli.templates import Scope, compile_template
from wscli.templates.syntax import Part, Placeholder, parse_string

_MARK: Final = re.compile("\ue000([0-9]+)\ue001")  # of private use: no URL has them


@frozen
class UrlPattern:
    """``path``: what a path matches, percent-decoded, a group for each of ``filled``, the
    templates that stand in it; ``query``: the parameters that the URL itself has, as templates.
    """

    path: re.Pattern[str]
    filled: tuple[str, ...]
    query: Mapping[str, str]

    def read(self, path: str) -> dict[str, str] | None:
        """Give what stands for each of ``filled`` in a path, None where that is another one."""
        found = self.path.fullmatch(unquote(path or "/"))
        return None if found is None else dict(zip(self.filled, found.groups(), strict=True))


def url_pattern(url: str, scope: Scope) -> UrlPattern:
    """Make the pattern of a URL template. What stands at its beginning must be known (or any path
    fits), and what follows may be anything.
    """
    parts = parse_string(url, None)
    marked = "".join(_marked(index, part, scope) for index, part in enumerate(parts))
    base, _, query = marked.partition("?")
    path = urlsplit(base).path or "/"
    if _MARK.match(base):
        path = base
    texts = [part.text if isinstance(part, Placeholder) else "" for part in parts]
    pieces = _MARK.split(unquote(path))  # literal, index, literal, index, ...
    pattern = "".join(
        re.escape(piece) if turn % 2 == 0 else ("([^/]+)" if int(piece) else "(.*)")
        for turn, piece in enumerate(pieces)
    )
    return UrlPattern(
        re.compile(pattern, re.DOTALL),
        tuple(texts[int(index)] for index in pieces[1::2]),
        dict(_parameters(query, texts)),
    )


def _marked(index: int, part: Part, scope: Scope) -> str:
    if isinstance(part, str):
        return part
    if index == 0:
        try:
            return str(compile_template(part.text).render(scope).value).removesuffix("/")
        except TemplateError:
            pass
    return f"\ue000{index}\ue001"


def _parameters(query: str, texts: list[str]) -> list[tuple[str, str]]:
    pairs = [pair.partition("=") for pair in query.partition("#")[0].split("&") if pair]
    return [
        (unquote(key), _MARK.sub(lambda mark: texts[int(mark[1])], unquote(value)))
        for key, _, value in pairs
    ]
