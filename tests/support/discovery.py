"""Google's discovery documents, as google-api-python-client ships them: the shapes of its APIs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import googleapiclient


@cache
def document(name: str) -> dict[str, Any]:
    """Such as ``compute.v1``."""
    folder = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
    found: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return found


def unknown_fields(name: str, schema: str, value: Any) -> list[str]:
    """Paths in a value that a schema of a document doesn't have, or has another closed list for."""
    return list(_unknown(document(name)["schemas"], {"$ref": schema}, value, schema))


def _unknown(schemas: dict[str, Any], shape: dict[str, Any], value: Any, path: str) -> Iterator[str]:
    shape = schemas[shape["$ref"]] if "$ref" in shape else shape
    if isinstance(value, dict):
        for key, part in value.items():
            known = shape.get("properties", {}).get(key) or shape.get("additionalProperties")
            if known is None:
                yield f"{path}.{key}"
            else:
                yield from _unknown(schemas, known, part, f"{path}.{key}")
    elif isinstance(value, list):
        for part in value:
            yield from _unknown(schemas, shape.get("items", {}), part, f"{path}[]")
    elif "enum" in shape and value not in shape["enum"]:
        yield f"{path} = {value}"


def methods(name: str) -> set[tuple[str, str]]:
    """HTTP method and path of every call of an API, with ``*`` for what is filled in."""
    found: set[tuple[str, str]] = set()

    def walk(resource: dict[str, Any]) -> None:
        for method in resource.get("methods", {}).values():
            path = method.get("flatPath", method["path"])
            found.add((method["httpMethod"], "/".join("*" if "{" in part else part for part in path.split("/"))))
        for part in resource.get("resources", {}).values():
            walk(part)

    walk(document(name))
    return found
