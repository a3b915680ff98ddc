"""A profile's templates with stand-ins for what is not known yet; all else is left to be rendered
as in a run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, assert_never

from wscli.model.frozen import frozen
from wscli.model.message import MISSING
from wscli.model.profile import Connect
from wscli.model.requests import Request
from wscli.model.secret import MASK
from wscli.session.rehearsal.knowledge import Knowledge, State
from wscli.session.rehearsal.stand_ins import StandIns
from wscli.templates.syntax import NameSource, Part, Placeholder, Root, Source, parse_string

_OPEN: Final = "x"  # stands for a placeholder, where only the text around it is looked at


@frozen
class Around:
    """What of that which stands around a template is not known: the element at hand; the message
    that came.
    """

    item: bool = False
    message: bool = False


@frozen
class _Unknown:
    """What a placeholder stands for, as the profile writes it. ``hidden``: it is a secret."""

    meant: str
    hidden: bool


class Rewriter:
    """Rewrites templates as far as ``knowledge`` goes at the time. ``used``: the names that were
    replaced, in order, and where their values come from.
    """

    def __init__(self, knowledge: Knowledge, stand_ins: StandIns) -> None:
        self._knowledge = knowledge
        self._stand_ins = stand_ins
        self.used: dict[str, str] = {}

    def tree(self, tree: Any, around: Around = Around()) -> Any:  # noqa: B008 - frozen
        """Rewrite the leaf strings of a template."""
        match tree:
            case str():
                return self._string(tree, around)
            case dict():
                return {key: self.tree(item, around) for key, item in tree.items()}
            case list() | tuple():
                return [self.tree(item, around) for item in tree]
            case _:
                return tree

    def url(self, url: str, around: Around = Around()) -> str:  # noqa: B008 - frozen
        """Rewrite a URL: what stands in for a part of it must suit its place."""
        written, literal = "", ""
        parts = parse_string(url, None)
        for index, part in enumerate(parts):
            unknown = self._unknown(part, around, first=not index)
            following = parts[index + 1] if index + 1 < len(parts) else ""
            make = self._maker(index, literal, following)
            written += _escaped(part) if unknown is None else self._put(unknown, make)
            literal += part if isinstance(part, str) else _OPEN
        return written

    def scheme(self, url: str) -> str:
        """Give how the profile writes a URL's scheme, "" where it is known."""
        first, *rest = parse_string(url, None) or ("",)
        following = rest[0] if rest else ""
        unknown = self._unknown(first, Around())
        return unknown.meant if unknown is not None and _is_text(following, "://") else ""

    def request(self, request: Request, around: Around = Around()) -> Request:  # noqa: B008 - frozen
        """Rewrite a request."""
        return replace(
            request,
            url=self.url(request.url, around),
            query=self.tree(dict(request.query), around),
            headers=self.tree(dict(request.headers), around),
            json=request.json if request.json is MISSING else self.tree(request.json, around),
            form=None if request.form is None else self.tree(dict(request.form), around),
        )

    def connect(self, connect: Connect) -> Connect:
        """Rewrite an opening handshake; how often frames may be sent is no matter here."""
        return replace(
            connect,
            url=self.url(connect.url),
            query=self.tree(dict(connect.query)),
            headers=self.tree(dict(connect.headers)),
            origin=None if connect.origin is None else self._string(connect.origin, Around()),
            subprotocols=tuple(self.tree(connect.subprotocols)),
            send_limit=None,
        )

    def later(self, template: str) -> bool:
        """Whether it is not known yet what a template comes to."""
        parts = parse_string(template, None)
        return any(self._unknown(part, Around()) is not None for part in parts)

    def _string(self, text: str, around: Around) -> str:
        parts = parse_string(text, None)
        found = [self._unknown(part, around) for part in parts]
        if not any(found):
            return text
        return "".join(
            _escaped(part) if unknown is None else self._put(unknown, self._stand_ins.text)
            for part, unknown in zip(parts, found, strict=True)
        )

    def _put(self, unknown: _Unknown, make: Callable[[str], str]) -> str:
        if not unknown.hidden:
            return make(unknown.meant)
        return f"${{{self._stand_ins.hide(make(unknown.meant), unknown.meant)}}}"

    def _maker(self, index: int, before: str, following: Part) -> Callable[[str], str]:
        """Give what makes a stand-in for a place in a URL, behind the text that stands before."""
        if index == 0:
            return _scheme if _is_text(following, "://") else self._stand_ins.url
        within = before.partition("://")[2] or before
        if "/" not in within and "?" not in within and within.endswith(":"):
            return self._stand_ins.port
        return self._stand_ins.text

    def _unknown(self, part: Part, around: Around, *, first: bool = False) -> _Unknown | None:
        """Give what cannot be filled in yet, None where a run would fill in the same. ``first``:
        it begins a URL, which what stands in for a secret would not.
        """
        if isinstance(part, str):
            return None
        for source in part.sources:
            match self._state(source, around):
                case State.UNSET:
                    continue
                case State.KNOWN:
                    return None
                case State.SECRET:
                    return _Unknown(MASK, hidden=True) if first else None
                case State.HIDDEN:
                    return _Unknown(MASK, hidden=True)
                case State.LATER | State.TOLD_SECRET as state:
                    if isinstance(source, NameSource):
                        self.used[source.text] = self._knowledge.source(source.text)
                    return _Unknown(_from(part, source), hidden=state is State.TOLD_SECRET)
                case state:  # pragma: no cover
                    assert_never(state)
        return None

    def _state(self, source: Source, around: Around) -> State:
        if isinstance(source, NameSource):
            return self._knowledge.state(source.text)
        open_ = around.item if source.root is Root.ITEM else around.message
        return State.LATER if open_ else State.KNOWN


def _scheme(_meant: str) -> str:
    return "wss"


def _is_text(part: Part, beginning: str) -> bool:
    return isinstance(part, str) and part.startswith(beginning)


def _escaped(part: Part) -> str:
    return part.replace("${", "$${") if isinstance(part, str) else part.text


def _from(placeholder: Placeholder, wanted: Source) -> str:
    """Give a placeholder as written, without the sources before this one, which are not set."""
    text, at = placeholder.text, len("${")
    for source in placeholder.sources[: placeholder.sources.index(wanted)]:
        at = text.index(source.text, at) + len(source.text)
    return "${" + text[text.index(wanted.text, at) :]
