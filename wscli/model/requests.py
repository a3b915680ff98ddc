"""What a profile asks over HTTP: templates for requests, and what is done with the answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from wscli.model.frozen import frozen
from wscli.model.lengths import Span
from wscli.model.message import MISSING

TEN_SECONDS = Span(10.0, 10.0)


@frozen
class Request:
    """Templates for one HTTP request. A ``url`` that begins with ``/`` goes to the host of the
    first bootstrap request. At most one of ``json`` and ``form`` is the body.
    """

    method: str
    url: str
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = MISSING
    form: Mapping[str, Any] | None = None
    within: Span = TEN_SECONDS


@frozen
class HttpStep:
    """A request before the connection, or in a step of the session: what must hold of its answer,
    and what is kept of it. ``secret`` names the captures that must never be shown; ``cache``: once
    answered it is not asked again until an attempt to connect fails.
    """

    request: Request
    when: str | None = None
    require: str | None = None
    capture: Mapping[str, str] = field(default_factory=dict)
    secret: tuple[str, ...] = ()
    cache: bool = False
    examples: tuple[Any, ...] = ()


@frozen
class Fetch:
    """A request whose answer is a list: what was missed, what was before, what there is.

    ``over``: a template for a list; one request for each element, which is ``${item}``. ``each``:
    an expression for the elements of an answer. ``shape``: a template that makes a message of an
    element (``${.}``), MISSING where the element is one. ``sort``: an expression on the message
    made, ascending. ``more``: ask again while a page brought something new.
    """

    request: Request
    over: str | None = None
    each: str | None = None
    shape: Any = MISSING
    sort: str | None = None
    more: bool = False
    examples: tuple[Any, ...] = ()
