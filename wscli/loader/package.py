"""Where the package's own files are, zipped or not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def package_folder() -> Traversable:
    """Give the folder of the package ``wscli``."""
    folder = Path(__file__).parents[1]
    if folder.is_dir():
        return folder
    from importlib.resources import files  # noqa: PLC0415 - 6 ms, needed only inside a zip

    return files("wscli")
