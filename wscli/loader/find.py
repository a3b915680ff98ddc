"""Where profiles are found: beside the package, in the user's folders, or in a file of their own.

``$WSCLI_PROFILES`` is a list of folders like PATH; then comes ``profiles/`` in the platform's
config folder. The first that has a name wins, bundled profiles come last.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wscli.errors import UsageError
from wscli.loader.package import package_folder
from wscli.loader.shape import closest
from wscli.model.frozen import frozen
from wscli.model.profile import Origin
from wscli.model.secret import without_login

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable  # 6 ms, needed only where wscli is zipped

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]*\.yaml")
_ENDING: Final = ".yaml"
_HOST: Final = re.compile(r"(?:[\w-]+(?:\.[\w-]+)+|localhost)(?::\d+)?/(?!.*\.ya?ml$)")
"""How an address begins that is no path of a profile: example.org/feed, localhost:8080/."""

_LARGEST: Final = 1024 * 1024 + 1  # one byte more than a profile may have, so that it is noticed


@frozen
class Found:
    """A profile that exists: its name, where it is (for messages) and its place."""

    name: str
    source: str
    origin: Origin
    place: Traversable

    def read(self) -> bytes:
        """Give the file's bytes; raises UsageError where it cannot be read."""
        try:
            with self.place.open("rb") as stream:
                return stream.read(_LARGEST)
        except OSError as error:
            raise UsageError(
                f"the profile {self.source} cannot be read: {error.strerror or error}.",
                hint=f"Did you mean wss://{self.source}?" if _HOST.match(self.source) else None,
            ) from None


def find(name: str, environment: Mapping[str, str]) -> Found:
    """Give the profile that a word on the command line means: a name, or the path of a file.
    Raises UsageError with the nearest name where there is none.
    """
    if name.lower().startswith(("http://", "https://")):
        shown = without_login(name)
        wanted = "ws" + shown[4:]
        raise UsageError(f"{shown} is no WebSocket URL.", hint=f"Did you mean {wanted}?")
    if _is_path(name):
        path = Path(name).expanduser()
        return Found(path.stem, str(path), Origin.FILE, path)
    known = available(environment)
    if name in known:
        return known[name][0]
    remedy = closest(name, known) or "See `wscli profiles list`."
    raise UsageError(f'there is no profile "{name}".', hint=remedy)


def available(environment: Mapping[str, str]) -> dict[str, list[Found]]:
    """Give every profile by name, in order of name, the one in force first and what it hides
    behind it.
    """
    found: dict[str, list[Found]] = {}
    for folder, origin in _folders(environment):
        for entry in _entries(folder):
            name = entry.name.removesuffix(_ENDING)
            source = str(entry) if origin is Origin.USER else f"{name}{_ENDING} (bundled)"
            found.setdefault(name, []).append(Found(name, source, origin, entry))
    return dict(sorted(found.items()))


def user_folders(environment: Mapping[str, str]) -> list[Path]:
    """Give the folders in which the user's own profiles are looked for, first one first."""
    from platformdirs import user_config_path  # noqa: PLC0415 - paid only where names are looked up

    listed = environment.get("WSCLI_PROFILES", "").split(os.pathsep)
    folders = [Path(folder).expanduser() for folder in listed if folder]
    return [*folders, user_config_path("wscli", appauthor=False) / "profiles"]


def _is_path(name: str) -> bool:
    separators = [os.sep, os.altsep or os.sep, "/"]
    return any(sign in name for sign in separators) or name.endswith((_ENDING, ".yml"))


def _folders(environment: Mapping[str, str]) -> Iterator[tuple[Traversable, Origin]]:
    for folder in user_folders(environment):
        yield folder, Origin.USER
    yield bundled_folder(), Origin.BUNDLED


def bundled_folder() -> Traversable:
    """Give the folder of the bundled profiles: inside the package where it was installed from a
    wheel (zipped or not), beside it in a source tree.
    """
    package = package_folder()
    inside = package / "_profiles"
    if inside.is_dir() or not isinstance(package, Path):
        return inside
    return package.parent / "profiles"


def bundled_bases() -> dict[str, list[Found]]:
    """Give what profiles can extend besides other profiles: families of protocols, by name. They
    do not say where to connect, so they are no profiles themselves.
    """
    names = {
        entry.name.removesuffix(_ENDING): entry for entry in _entries(bundled_folder() / "bases")
    }
    return {
        name: [Found(name, f"{name}{_ENDING} (bundled base)", Origin.BUNDLED, entry)]
        for name, entry in names.items()
    }


def _entries(folder: Traversable) -> list[Traversable]:
    try:
        entries = [entry for entry in folder.iterdir() if _NAME.fullmatch(entry.name)]
    except OSError:  # a folder that is not there, or may not be looked into, has no profiles
        return []
    return sorted(entries, key=lambda entry: entry.name)
