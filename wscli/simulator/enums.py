"""What a JSON Schema says of one place of a message: the values that it lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from wscli.simulator.places import Place

_REFERENCE: Final = "#/schemas/"
_MOST_REFERENCES: Final = 10  # in a row; a schema may refer to itself for ever


def listed(schema: Any, place: Place, definitions: Mapping[str, Any]) -> tuple[Any, ...]:
    """Give the ``enum`` for a place, () where the schema has none or says it in another way than
    by ``properties``, ``items`` and ``$ref: "#/schemas/NAME"``.
    """
    schema = _followed(schema, definitions)
    for key in place:
        below = schema.get("items") if isinstance(key, int) else schema.get("properties")
        if not isinstance(key, int):
            below = below.get(key) if isinstance(below, Mapping) else None
        schema = _followed(below, definitions)
    values = schema.get("enum", ())
    return tuple(values) if isinstance(values, list | tuple) else ()


def _followed(schema: Any, definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    for _ in range(_MOST_REFERENCES):
        reference = schema.get("$ref") if isinstance(schema, Mapping) else None
        if not isinstance(reference, str) or not reference.startswith(_REFERENCE):
            break
        schema = definitions.get(reference.removeprefix(_REFERENCE))
    return schema if isinstance(schema, Mapping) else {}
