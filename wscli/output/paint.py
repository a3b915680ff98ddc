"""Styles and widths of text on a terminal, by Rich; imported only by formats for a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.color import ColorSystem
from rich.errors import StyleSyntaxError
from rich.style import Style

from wscli.output.escape import legible

_ELLIPSIS: Final = "…"


class Paint:
    """Puts styles (``bold red``, as Rich names them) around text that is already printable.

    ``colour``: whether colours may be used; ``attributes``: whether bold, dim and underline may.
    ``encoding``: what the terminal shows. Text is never read as Rich markup.
    """

    def __init__(self, *, colour: bool, attributes: bool, encoding: str = "utf-8") -> None:
        self._colour = colour
        self._attributes = attributes
        self._encoding = encoding
        self._codes: dict[str, tuple[str, str]] = {"": ("", "")}

    def __call__(self, text: str, style: str) -> str:
        """Give the text between the escape sequences of a style; what is no style does nothing."""
        codes = self._codes.get(style)
        if codes is None:
            codes = self._codes[style] = self._sequences(style)
        return f"{codes[0]}{text}{codes[1]}"

    def line(self, segments: Iterable[tuple[str, str]], width: int) -> str:
        """Give (text, style) pairs side by side in at most ``width`` cells, or cut off there. What
        the terminal cannot show is written with backslashes, before it is measured.
        """
        legibly = [(legible(text, self._encoding), style) for text, style in segments]
        pairs = [(text, style, width_of(text)) for text, style in legibly]
        if sum(size for _, _, size in pairs) <= width:
            return "".join(self(text, style) for text, style, _ in pairs)
        parts = []
        left = max(width - 1, 0)  # the last cell is the ellipsis
        for text, style, size in pairs:
            shown = text if size <= left else set_cell_size(text, left)
            parts.append(self(shown, style) if shown else "")
            left = max(left - size, 0)
        return "".join(parts) + _ELLIPSIS[:width]

    def _sequences(self, style: str) -> tuple[str, str]:
        if not (self._colour or self._attributes):
            return "", ""
        try:
            parsed = Style.parse(style).update_link(None)  # a link would carry a foreign text along
        except StyleSyntaxError:
            return "", ""
        if not self._colour:
            parsed = parsed.without_color
        before, _, after = parsed.render("x", color_system=ColorSystem.EIGHT_BIT).partition("x")
        return before, after


def width_of(text: str) -> int:
    """Give the number of cells that a printable text takes on the screen."""
    return len(text) if text.isascii() else cell_len(text)


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Bring a printable text to exactly ``width`` cells: padded, or cut with an ellipsis."""
    size = width_of(text)
    if size > width:
        return shorten(text, width)
    padding = " " * (width - size)
    return f"{padding}{text}" if right else f"{text}{padding}"


def shorten(text: str, width: int) -> str:
    """Cut a printable text that is wider than ``width`` cells, with an ellipsis at its end."""
    if width_of(text) <= width:
        return text
    return set_cell_size(text, width - 1) + _ELLIPSIS if width > 1 else _ELLIPSIS[:width]
