"""What an expression sees of the names: values, and of secrets only that they are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wscli.model.secret import Secret
from wscli.templates import Rendered
from wscli.templates.values import text


def for_expressions(names: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the names for ``$name``: a ``Rendered`` becomes its value, in which each part that is
    masked is a ``Secret``. As lazy as ``names`` itself, and raises what that raises.
    """
    return _Revealed(names)


class _Revealed(Mapping[str, Any]):
    def __init__(self, names: Mapping[str, Any]) -> None:
        self._names = names

    def __getitem__(self, name: str) -> Any:
        value = self._names[name]
        return _concealed(value.value, value.shown) if isinstance(value, Rendered) else value

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _concealed(value: Any, shown: Any) -> Any:
    """Give a value with a ``Secret`` in the place of each part that its twin masks; one that is no
    text becomes the secret of its JSON.
    """
    if shown is value:
        return value
    if isinstance(value, list) and isinstance(shown, list):
        return [_concealed(*pair) for pair in zip(value, shown, strict=True)]
    if isinstance(value, dict) and isinstance(shown, dict):
        return {key: _concealed(part, shown[key]) for key, part in value.items()}
    return Secret(text(value))
