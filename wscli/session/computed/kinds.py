"""The closed list of computed values: what each kind takes, and how it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Any, Final, TypeAlias

from wscli.errors import TemplateError
from wscli.model.frozen import frozen
from wscli.model.instant import Instant
from wscli.model.message import MISSING
from wscli.model.secret import MASK
from wscli.session.computed import clocks, signing
from wscli.session.computed.words import (
    Word,
    defaulting,
    json_object,
    length_of_time,
    one_of,
    template,
    whole_number,
)
from wscli.templates import Rendered, Scope
from wscli.templates.values import UNSET, join_list, plain, text


@frozen
class Making:
    """What values are made of, beside their words. ``turn`` counts up from 0 by one with each
    call, for one value on one connection.
    """

    scope: Scope
    now: Instant
    rng: Random
    turn: Callable[[], int]


Words: TypeAlias = Mapping[str, Any]
"""What the readers of a kind's words gave; templates are a ``Filling``."""

Make: TypeAlias = Callable[[Words, Making], Rendered]
"""May give UNSET; raises NotSet, TemplateError, and RecursionError where a value is too deep."""


@frozen
class Kind:
    """One kind. ``bare``: it takes one thing, without a word of its own, which is told to ``make``
    under the kind's name. ``others``: what stands at every further key, of which it needs one.
    """

    make: Make
    words: Mapping[str, Word]
    bare: bool = False
    others: Word | None = None


def _now(words: Words, making: Making) -> Rendered:
    return plain(clocks.written(making.now.wall, words["now"]))


def _later(words: Words, making: Making) -> Rendered:
    return plain(clocks.written(making.now.wall + words["by"], words["as"]))


def _uuid(_words: Words, making: Making) -> Rendered:
    from uuid import UUID  # noqa: PLC0415 - 14 ms, paid only where an id is asked for

    return plain(str(UUID(int=making.rng.getrandbits(128), version=4)))


def _random(words: Words, making: Making) -> Rendered:
    count = words["bytes"]
    if words["as"] == "int":
        return plain(making.rng.getrandbits(8 * count))
    return plain(signing.ENCODINGS[words["as"]](making.rng.randbytes(count)))


def _counter(words: Words, making: Making) -> Rendered:
    return plain(words["counter"] + making.turn())


def _value(words: Words, making: Making) -> Rendered:
    found: Rendered = words["value"].fill(making.scope)
    return found


def _pick(words: Words, making: Making) -> Rendered:
    by = words["by"].fill(making.scope)
    arms = {key: arm for key, arm in words.items() if key != "by"}
    chosen = words.get("else")
    if by.value is not MISSING:
        chosen = arms.get(text(by.value), chosen)
    found: Rendered = UNSET if chosen is None else chosen.fill(making.scope)
    if by.masked and found.value is not MISSING:  # which arm it is tells of the secret
        return Rendered(found.value, MASK)
    return found


def _map(words: Words, making: Making) -> Rendered:
    each = words["each"].fill(making.scope)
    if each.value is MISSING:
        return plain([])
    if not isinstance(each.value, list):
        raise TemplateError("what each gives is no list")
    to, scope = words["to"], making.scope
    return join_list([to.fill(replace(scope, item=item)) for item in _elements(each)])


def _elements(found: Rendered) -> list[Rendered]:
    """Give the elements of a list, each with its twin."""
    if isinstance(found.shown, list):
        return [Rendered(*pair) for pair in zip(found.value, found.shown, strict=True)]
    return [Rendered(value, MASK) for value in found.value]


def _hash(words: Words, making: Making) -> Rendered:
    of = words["text"].present(making.scope)
    made = signing.digest(words["with"], text(of.value))
    return _opaque(signing.ENCODINGS[words["as"]](made), of)


def _hmac(words: Words, making: Making) -> Rendered:
    of, key = words["text"].present(making.scope), words["key"].present(making.scope)
    key_bytes = signing.KEY_FORMS[words.get("key_as", "text")](text(key.value))
    made = signing.keyed_digest(words["with"], key_bytes, text(of.value))
    return _opaque(signing.ENCODINGS[words["as"]](made), of, key)


def _sign(words: Words, making: Making) -> Rendered:
    of, key = words["text"].present(making.scope), words["key"].present(making.scope)
    made = signing.signature(words["with"], text(key.value), text(of.value))
    return _opaque(signing.ENCODINGS[words["as"]](made), of, key)


def _jwt(words: Words, making: Making) -> Rendered:
    key, claims = words["key"].present(making.scope), words["claims"].present(making.scope)
    header = words["header"].fill(making.scope) if "header" in words else UNSET
    further = {} if header.value is MISSING else header.value
    made = signing.token(words["with"], text(key.value), claims.value, further)
    return _opaque(made, key, claims, header)


def _opaque(value: str, *parts: Rendered) -> Rendered:
    """Give the twin of what is made of parts: where one of them is masked, all of it is."""
    return Rendered(value, MASK) if any(part.masked for part in parts) else plain(value)


_HASH: Final = one_of(*signing.HASHES)
_FORM: Final = one_of(*clocks.FORMS)
_ENCODING: Final = one_of(*signing.ENCODINGS)
_TEMPLATE: Final = template()
_HEADER: Final = json_object(without={"alg": 'It is what "with" says.'})

KINDS: Final[Mapping[str, Kind]] = {
    "now": Kind(_now, {"now": _FORM}, bare=True),
    "later": Kind(_later, {"by": length_of_time(), "as": _FORM}),
    "uuid": Kind(_uuid, {"uuid": one_of(4)}, bare=True),
    "random": Kind(
        _random, {"bytes": whole_number(1, 1024), "as": one_of(*signing.ENCODINGS, "int")}
    ),
    "counter": Kind(_counter, {"counter": whole_number(-(2**53), 2**53)}, bare=True),
    "value": Kind(_value, {"value": _TEMPLATE}, bare=True),
    "pick": Kind(_pick, {"by": _TEMPLATE, "else": defaulting(_TEMPLATE)}, others=_TEMPLATE),
    "map": Kind(_map, {"each": _TEMPLATE, "to": template(own_item=True)}),
    "hash": Kind(_hash, {"with": _HASH, "text": _TEMPLATE, "as": _ENCODING}),
    "hmac": Kind(
        _hmac,
        {
            "with": _HASH,
            "key": _TEMPLATE,
            "text": _TEMPLATE,
            "as": _ENCODING,
            "key_as": defaulting(one_of(*signing.KEY_FORMS)),
        },
    ),
    "sign": Kind(
        _sign,
        {"with": one_of(*signing.Signature), "key": _TEMPLATE, "text": _TEMPLATE, "as": _ENCODING},
    ),
    "jwt": Kind(
        _jwt,
        {
            "with": one_of(*signing.TokenAlgorithm),
            "key": _TEMPLATE,
            "claims": json_object(),
            "header": defaulting(_HEADER),
        },
    ),
}
"""Every kind by its name."""
