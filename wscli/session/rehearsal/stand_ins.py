"""Texts that stand for values nobody knows yet, in what is rendered; and what they stand for."""

from __future__ import annotations

import re
from random import Random
from typing import Final

from wscli.messages.encode import frame_text
from wscli.model.secret import MASK
from wscli.templates import Rendered

_FIRST_PORT: Final = 64_001
_NAMES: Final = "stand_in_"  # no profile's: theirs have no capitals, see ``StandIns.hidden``


class StandIns:
    """Makes stand-ins, and puts what they stand for back. A stand-in is made of small letters and
    digits, so that it goes unchanged through URLs, headers and JSON.

    ``hidden``: names whose values are stand-ins for secrets.
    """

    def __init__(self, rng: Random) -> None:
        self._prefix = f"q{rng.getrandbits(64):016x}x"
        self._meant: list[str] = []
        self._ports: dict[str, str] = {}
        self.hidden: dict[str, Rendered] = {}
        prefix = self._prefix
        self._found = re.compile(
            rf"(?:ws|http)s?://{prefix}(?P<url>\d+)h/{prefix}(?P=url)p"
            rf"|/?{prefix}(?P<path>\d+)p|{prefix}(?P<text>\d+)[hs]"
        )

    def text(self, meant: str) -> str:
        """Give a stand-in for a part of anything, a URL's host included."""
        return f"{self._prefix}{self._number(meant)}h"

    def url(self, meant: str) -> str:
        """Give a stand-in for a whole URL, or for the beginning of one."""
        number = self._number(meant)
        return f"wss://{self._prefix}{number}h/{self._prefix}{number}p"

    def port(self, meant: str) -> str:
        """Give a stand-in for a port."""
        port = str(_FIRST_PORT + len(self._ports))
        self._ports[port] = meant
        return port

    def hide(self, value: str, meant: str) -> str:
        """Let a stand-in be a secret; gives the name by which it is looked up."""
        name = f"{_NAMES.upper()}{len(self.hidden)}"
        shown = MASK if meant == MASK else f"{self._prefix}{self._number(meant)}s"
        self.hidden[name] = Rendered(value, shown)
        return name

    def restored(self, text: str) -> str:
        """Put what stand-ins stand for in their places."""
        return self._put_back(text, in_json=False)

    def restored_url(self, text: str) -> str:
        """Do the same in a URL, ports included."""
        for port, meant in self._ports.items():
            text = re.sub(rf":{port}(?=[/?]|$)", lambda _: f":{meant}", text)  # noqa: B023 - used at once
        return self.restored(text)

    def restored_frame(self, text: str) -> str:
        """Do the same in a frame, which stays JSON where it is."""
        return self._put_back(text, in_json=text.startswith(("{", "[", '"')))

    def _put_back(self, text: str, *, in_json: bool) -> str:
        def meant(found: re.Match[str]) -> str:
            number = found["url"] or found["path"] or found["text"]
            known = self._meant[int(number)]
            return frame_text([known])[2:-2] if in_json else known

        return self._found.sub(meant, text)

    def _number(self, meant: str) -> int:
        if meant not in self._meant:
            self._meant.append(meant)
        return self._meant.index(meant)
