"""The streams of Shuriken, and the channels that a session gives for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Visibility: TypeAlias = Literal["public", "presence"]


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of the catalog. ``filters`` may be given, ``required`` ones must be.

    A channel is named ``prefix`` + ``name`` (the id, if there is none), and where there is a
    filter ``-`` and its values with commas between them. Prefix and visibility may disagree.
    """

    id: str
    filters: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    visibility: Visibility = "public"
    prefix: str = "public-"
    name: str = ""
    event: str = "update"

    @property
    def schema_id(self) -> str:
        """The ``payloadSchemaId``; its form is assumed."""
        return f"{self.id}.v1"

    def in_catalog(self) -> dict[str, Any]:
        """The stream as the catalog lists it."""
        return {
            "id": self.id,
            "visibility": self.visibility,
            "filters": list(self.filters),
            "event": self.event,
            "payloadSchemaId": self.schema_id,
        }


@dataclass(frozen=True, slots=True)
class Subscription:
    """A stream with a filter, as a session grants it."""

    stream: Stream
    filter: Mapping[str, str] = field(default_factory=dict)

    @property
    def channel(self) -> str:
        """The channel's name. The order of the filter's keys does not matter."""
        values = ",".join(self.filter[key] for key in self.stream.filters if key in self.filter)
        name = self.stream.prefix + (self.stream.name or self.stream.id)
        return f"{name}-{values}" if values else name

    @property
    def has_members(self) -> bool:
        """Whether its members are known to each other, which needs ``channel_data``."""
        return self.stream.visibility == "presence" or self.channel.startswith("presence-")

    @property
    def needs_auth(self) -> bool:
        """Whether the socket takes it with a signature only."""
        return self.has_members or self.channel.startswith("private-")

    def in_session(self) -> dict[str, Any]:
        """The subscription as the session's answer lists it; the payload's format is assumed."""
        return {
            "stream": self.stream.id,
            "channel": self.channel,
            "event": self.stream.event,
            "visibility": self.stream.visibility,
            "payloadFormat": "json",
            "payloadSchemaId": self.stream.schema_id,
        }


def streams(prefix: str, names: str, *filters: str) -> list[Stream]:
    """Streams of one family, which need all of their filters."""
    return [Stream(f"{prefix}.{name}", filters, filters) for name in names.split()]


STREAMS = (
    *streams("svm.token", "swaps poolInfo balances distributionStats holderStats", "tokenAddress"),
    *streams("svm.wallet", "nativeBalance tokenBalances", "walletAddress"),
    *streams("svm.bondingCurve", "creations graduations"),
    *streams("evm.token", "swaps poolInfo balances", "chainId", "tokenAddress"),
    # their filters are not documented: those of the neighbours, none of them required (assumed)
    Stream("evm.wallet.nativeBalance", ("chainId", "walletAddress")),
    Stream("evm.wallet.tokenBalances", ("chainId", "walletAddress")),
    # visibility says public, the name says private: so does the real one
    Stream("alpha.signalFeedGlobal", prefix="private-", name="signal-global"),
    Stream("alpha.signalFeedPersonal", prefix="private-", name="signal-personal"),
    Stream("alpha.signalFeedProfile", ("profileId",), ("profileId",)),
    Stream("alpha.signalFeedNamed", ("feedId",), ("feedId",)),
    Stream("alpha.personal", prefix="private-"),
    Stream("portfolio.notifications", prefix="private-"),
    Stream("automation.updates", visibility="presence", prefix="presence-"),
)
"""All that are documented. Which of them have which prefix is assumed."""
