"""One YAML tree laid over another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def merge(target: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Lay ``patch`` over ``target`` as RFC 7396 does: null takes a key out, a list is replaced
    whole. Unlike there, what is new is taken as it stands, so that a new message's pattern or
    example keeps its nulls.
    """
    merged = dict(target)
    for key, value in patch.items():
        old = merged.get(key)
        if value is None and key in merged:
            del merged[key]
        elif isinstance(value, dict) and isinstance(old, dict):
            merged[key] = merge(old, value)
        else:
            merged[key] = value
    return merged


def without_nulls(tree: Any) -> Any:
    """Give the tree without the members that are null: in a patch they only take something out."""
    if not isinstance(tree, dict):
        return tree
    return {key: without_nulls(value) for key, value in tree.items() if value is not None}
