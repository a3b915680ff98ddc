"""permessage-deflate: what is offered, and what a server may answer (RFC 7692, section 7.1).

Touches no socket.
"""

from __future__ import annotations

from typing import Any, Final

from wscli.model.frozen import frozen
from wscli.transport.extensions import Extension, NotExtensionsError, parse_extensions

NAME: Final = "permessage-deflate"
OFFER: Final = f"{NAME}; client_max_window_bits"
"""What we offer. That the server may limit our window costs nothing, for we send nothing
compressed, and there are servers that compress only where they may.
"""

_BITS: Final = {str(bits): bits for bits in range(8, 16)}  # without leading zeros
_LONGEST: Final = 40  # characters that are repeated of an answer


class NegotiationError(ValueError):
    """An answer that does not fit the offer, or an offer that cannot be made. The text is a plain
    sentence about a server's choice, without a full stop.
    """


@frozen
class Deflate:
    """The parameters of one offer or answer; in an offer, sizes are the largest that will do.

    ``server_no_context_takeover``: each message of the server's can be inflated by itself.
    ``server_max_window_bits``: the size of the server's window as a power of two, None for 15.
    What is said of the client limits what we compress, which is nothing.
    """

    server_no_context_takeover: bool = False
    client_no_context_takeover: bool = False
    server_max_window_bits: int | None = None
    client_max_window_bits: int | None = None


def is_offer(value: str) -> bool:
    """Whether a header's value offers anything. Raises ``NotExtensionsError``, and
    ``NegotiationError`` where it offers permessage-deflate with parameters that cannot be.
    """
    offers = parse_extensions(value)
    _deflates(offers)
    return bool(offers)


def agreed(offered: str, answered: str) -> Deflate | None:
    """Judge a server's answer to an offer; both are the header's value, "" where there is none.

    None where the server chose nothing. Raises ``NegotiationError``.
    """
    try:
        chosen = parse_extensions(answered)
    except NotExtensionsError:
        raise NegotiationError("the server's Sec-WebSocket-Extensions cannot be read") from None
    offers = parse_extensions(offered)
    names = {offer.name for offer in offers}
    for name in (extension.name for extension in chosen):
        if name not in names:
            raise _chosen(f"the extension {_cut(name)}, which was not offered")
        if name != NAME:
            raise _chosen(f"the extension {_cut(name)}, which wscli does not speak")
    if not chosen:
        return None
    if len(chosen) > 1:
        raise _chosen(f"{NAME} twice")
    answer = _parameters(chosen[0], offer=False)
    if not any(_fits(answer, offer) for offer in _deflates(offers)):
        raise _chosen(f"{NAME} with other parameters than were offered")
    return answer


def _deflates(offers: tuple[Extension, ...]) -> list[Deflate]:
    return [_parameters(offer, offer=True) for offer in offers if offer.name == NAME]


def _parameters(extension: Extension, *, offer: bool) -> Deflate:
    found: dict[str, Any] = {}
    for name, value in extension.parameters:
        if name in found:
            raise _chosen(f"{NAME} with {name} twice")
        match name:
            case "server_no_context_takeover" | "client_no_context_takeover":
                if value is not None:
                    raise _chosen(f"{NAME} with {name}={_cut(value)}, which takes no value")
                found[name] = True
            case "client_max_window_bits" if offer and value is None:
                found[name] = 15
            case "server_max_window_bits" | "client_max_window_bits":
                if value not in _BITS:
                    given = "without a value" if value is None else f"as {_cut(value)}"
                    raise _chosen(f"{NAME} with {name} {given}, it must be 8 to 15")
                found[name] = _BITS[value]
            case _:
                raise _chosen(f"{NAME} with the unknown parameter {_cut(name)}")
    return Deflate(**found)


def _fits(answer: Deflate, offer: Deflate) -> bool:
    """Whether a server that was made this offer may answer so (sections 7.1.1 and 7.1.2). What
    was not offered may be answered all the same, but for ``client_max_window_bits``.
    """
    if offer.server_no_context_takeover and not answer.server_no_context_takeover:
        return False
    most = offer.server_max_window_bits
    if most is not None and (answer.server_max_window_bits or 16) > most:
        return False
    return (answer.client_max_window_bits or 0) <= (offer.client_max_window_bits or 0)


def _chosen(what: str) -> NegotiationError:
    return NegotiationError(f"the server chose {what}")


def _cut(text: str) -> str:
    return repr(text[:_LONGEST])
