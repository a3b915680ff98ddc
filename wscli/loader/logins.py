"""Secrets that the operating system keeps for the user: its keyring, and a list of what is there.

The list holds names and no values. It spares a run that needs nothing of the keyring the import
of a package that may not be there, and the system a question to its owner.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from wscli.errors import UsageError
from wscli.model.options import Option
from wscli.model.profile import Origin, Profile
from wscli.model.secret import MASK, Secret

_LIST: Final = "logins.json"
_OTHERWISE: Final = "Give the secret by a file, a command or an environment variable."


def config_folder() -> Path:
    """Give the folder in which the platform keeps the configuration of wscli."""
    from platformdirs import user_config_path  # noqa: PLC0415 - paid only where it is needed

    return user_config_path("wscli", appauthor=False)


def service_of(profile: Profile) -> str:
    """Give the name under which a profile's secrets are kept. A user's own file never gets what
    was stored for a bundled profile of its name, nor for another file.
    """
    if profile.origin is Origin.BUNDLED:
        return f"wscli:{profile.name}"
    import hashlib  # noqa: PLC0415 - 4 ms, not needed for bundled profiles

    place = os.fsencode(Path(profile.source).expanduser().resolve())
    return f"wscli:{profile.name}:{hashlib.sha256(place).hexdigest()[:16]}"


def login_command(profile: Profile) -> str:
    """Give the command that stores a profile's secrets."""
    by_path = profile.origin in (Origin.FILE, Origin.URL)
    return shlex.join(["wscli", "login", profile.source if by_path else profile.name])


class Logins:
    """What is stored for whom. ``folder`` gives the place of the list, when it is first needed."""

    def __init__(self, folder: Callable[[], Path] = config_folder) -> None:
        self._folder = folder

    def names(self, profile: Profile) -> tuple[str, ...]:
        """Give the options of which a secret is stored; raises UsageError for a list that was
        tampered with.
        """
        return tuple(self._listed().get(service_of(profile), ()))

    def fetch(self, profile: Profile, option: Option) -> Secret:
        """Give a secret that is stored; raises UsageError."""
        with _asking():
            value = _keyring().get_password(service_of(profile), option.name)
        if not value:
            raise UsageError(
                f"the keyring has no {option.flag} for {profile.name} any more.",
                hint=f"Store it again: `{login_command(profile)}`.",
            )
        return Secret(value)

    def ready(self) -> None:
        """Raise UsageError where there is no keyring to be used."""
        with _asking():
            _keyring().get_password("wscli", "login")

    def store(self, profile: Profile, option: Option, secret: Secret) -> None:
        """Keep a secret; raises UsageError."""
        service, value = service_of(profile), secret.reveal()
        with _asking(value):
            _keyring().set_password(service, option.name, value)
            kept = _keyring().get_password(service, option.name)
        if kept != value:  # such as the backend that is there to be none
            raise UsageError(f"the keyring did not keep {option.flag}.", hint=_OTHERWISE)
        listed = self._listed()
        listed[service] = list(dict.fromkeys([*listed.get(service, ()), option.name]))
        self._write(listed)

    def forget(self, profile: Profile) -> tuple[str, ...]:
        """Remove what is stored for a profile; gives the options. Raises UsageError."""
        service, names = service_of(profile), self.names(profile)
        for name in names:
            with _asking():
                if _keyring().get_password(service, name) is not None:
                    _keyring().delete_password(service, name)
        if names:
            self._write({key: kept for key, kept in self._listed().items() if key != service})
        return names

    def _listed(self) -> dict[str, list[str]]:
        place = self._folder() / _LIST
        try:
            listed = json.loads(place.read_bytes())
        except OSError:  # none, or in a home that is not ours to look into
            return {}
        except ValueError:
            listed = None
        if not _is_list_of_names(listed):
            raise UsageError(
                f"{place} is not as wscli wrote it.", hint="Remove it, and log in again."
            )
        return dict(listed)

    def _write(self, listed: Mapping[str, list[str]]) -> None:
        """Replace the list as a whole, readable for its owner alone."""
        from tempfile import NamedTemporaryFile  # noqa: PLC0415 - 10 ms, only where it is written

        folder = self._folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(
                "w", dir=folder, prefix=f"{_LIST}.", encoding="utf-8", delete=False
            ) as new:
                new.write(json.dumps(listed, indent=2) + "\n")
            Path(new.name).replace(folder / _LIST)
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise UsageError(f"{folder / _LIST} cannot be written: {why}.") from None


def _is_list_of_names(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(names, list) and all(isinstance(name, str) for name in names)
        for names in value.values()
    )


def _keyring() -> Any:
    """Give the package; raises UsageError where it is not installed."""
    try:
        return import_module("keyring")
    except ModuleNotFoundError as error:
        if error.name != "keyring":
            raise
        raise UsageError(
            "the keyring needs a package that is not installed.",
            hint='Install it: pip install "wscli-inspector[keyring]".',
        ) from None


@contextmanager
def _asking(value: str = "") -> Iterator[None]:
    """Turn what a keyring may raise, which is whatever its system raises, into UsageError."""
    try:
        yield
    except UsageError:
        raise
    except Exception as error:  # noqa: BLE001 - see above
        if type(error).__name__ == "NoKeyringError":
            raise UsageError(
                "this system has no keyring that could be used.", hint=_OTHERWISE
            ) from None
        said = str(error) or type(error).__name__
        if value:
            said = said.replace(value, MASK)
        first = said.splitlines()[0].rstrip(".")
        raise UsageError(f"the keyring failed: {first}.", hint=_OTHERWISE) from None
