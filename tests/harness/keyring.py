"""Stand-ins for the optional package ``keyring``, for the processes that tests start.

The real one may be installed or not, and would ask the developer's own keyring.
"""

from __future__ import annotations

from pathlib import Path

_KEPT = """
import json, os, pathlib

place = pathlib.Path(os.environ["TEST_KEYRING"])

def _kept():
    return json.loads(place.read_text()) if place.exists() else {}

def get_password(service, name):
    return _kept().get(service, {}).get(name)

def set_password(service, name, value):
    kept = _kept()
    kept.setdefault(service, {})[name] = value
    place.write_text(json.dumps(kept))

def delete_password(service, name):
    kept = _kept()
    del kept[service][name]
    place.write_text(json.dumps(kept))
"""
_MISSING = "raise ModuleNotFoundError(\"No module named 'keyring'\", name='keyring')\n"
_NO_BACKEND = """
class NoKeyringError(RuntimeError):
    pass

def get_password(service, name):
    raise NoKeyringError("No recommended backend was available.")
"""


def working_keyring(folder: Path) -> dict[str, str]:
    """Give the environment in which the package keeps secrets, in ``folder/kept.json``."""
    return {**_package(folder, _KEPT), "TEST_KEYRING": str(folder / "kept.json")}


def missing_keyring(folder: Path) -> dict[str, str]:
    """Give the environment in which the package is not installed."""
    return _package(folder, _MISSING)


def empty_keyring(folder: Path) -> dict[str, str]:
    """Give the environment in which the package finds nothing to keep secrets in."""
    return _package(folder, _NO_BACKEND)


def _package(folder: Path, text: str) -> dict[str, str]:
    place = folder / "site"
    place.mkdir()
    (place / "keyring.py").write_text(text)
    return {"PYTHONPATH": str(place)}
