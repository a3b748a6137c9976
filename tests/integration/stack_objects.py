"""The Kubernetes objects of a stack: what its resource graph would hand to a cluster's API server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.integration.client import Manifest
from weighbridge.resources.graph import Graph, Resource
from weighbridge.resources.values import Secret, Unknown, Value

PREFIX = "kubernetes:"
PLACEHOLDERS: Mapping[str, Any] = {"string": "not-known-yet", "number": 1, "bool": False, "array": [], "object": {}}
"""What stands in for an unknown value, by Pulumi's type of it; the string is a good DNS label."""
_OTHER = PLACEHOLDERS["string"]
_AUTO_NAME_SUFFIX = "-0000000"  # as long as the one that the provider adds to a name that the program leaves out


@dataclass(frozen=True, slots=True)
class StackObject:
    """One object of one stack. `repr` leaves the manifest out: it may hold secrets."""

    stack: str
    kind: str
    name: str  # with its namespace, where it has one: "serving/fraud"
    manifest: Manifest | None  # None where there is nothing that a server could judge; then `unchecked` says why
    placeholders: tuple[str, ...] = ()  # paths of values that are not known before the deployment
    secret: bool = False  # some value is secret, so the server's words must not be repeated
    unchecked: str = ""

    def __repr__(self) -> str:
        return f"StackObject({self.stack}: {self.kind} {self.name})"


def plain_objects(stack: str, manifests: Iterable[Manifest]) -> tuple[StackObject, ...]:
    """Objects that are given as they are."""
    return tuple(
        StackObject(stack, str(manifest.get("kind", "?")), _shown_name(manifest), manifest) for manifest in manifests
    )


def objects_of(graph: Graph) -> tuple[StackObject, ...]:
    """Every Kubernetes object that the stack creates, in the order of registration; without those only read."""
    parents = {resource.parent for resource in graph.resources}
    return tuple(
        _object_of(graph.stack, resource)
        for resource in graph.resources
        if resource.type.startswith(PREFIX) and not resource.read and (resource.custom or resource.urn not in parents)
    )


def _object_of(stack: str, resource: Resource) -> StackObject:
    group_version, _, kind = resource.type.removeprefix(PREFIX).rpartition(":")
    if not resource.custom:
        reason = "only the provider knows the objects that it becomes"
        return StackObject(stack, kind, resource.name, None, unchecked=reason)
    if group_version.startswith("helm.sh/"):
        reason = "a chart, which only the provider renders"
        return StackObject(stack, kind, resource.name, None, unchecked=reason)
    if kind.endswith("Patch"):
        reason = "a patch of an object that is not the stack's"
        return StackObject(stack, kind, resource.name, None, unchecked=reason)
    if isinstance(resource.inputs.get("metadata"), Unknown):
        reason = "its metadata is not known before the deployment"
        return StackObject(stack, kind, resource.name, None, unchecked=reason)
    notes = _Notes([], [])
    manifest = {
        key: plain
        for key, value in resource.inputs.items()
        if not key.startswith("__") and (plain := _plain(value, key, notes)) is not None
    }
    manifest.setdefault("apiVersion", group_version.removeprefix("core/"))
    manifest.setdefault("kind", kind)
    manifest.setdefault("metadata", {}).setdefault("name", resource.name + _AUTO_NAME_SUFFIX)
    return StackObject(stack, kind, _shown_name(manifest), manifest, tuple(notes.unknown), bool(notes.secret))


@dataclass(frozen=True, slots=True)
class _Notes:
    """Paths met while values are made plain."""

    unknown: list[str]
    secret: list[str]


def _plain(value: Value, path: str, notes: _Notes) -> Any:
    """The value as JSON, nulls of objects left out as the provider does, and whole floats as the integers they are."""
    match value:
        case Unknown():
            notes.unknown.append(path)
            return PLACEHOLDERS.get(value.kind, _OTHER)
        case Secret():
            notes.secret.append(path)
            return _plain(value.value, path, notes)
        case Mapping():
            items = ((_plain_text(key), _plain(item, f"{path}.{key}", notes)) for key, item in value.items())
            return {key: item for key, item in items if item is not None}
        case list() | tuple():
            return [_plain(item, f"{path}[{index}]", notes) for index, item in enumerate(value)]
        case str():
            return _plain_text(value)
        case float() if value.is_integer():
            return int(value)  # Pulumi's numbers are doubles; the server wants 8000, not 8000.0
    return value


def _plain_text(text: str) -> str:
    """The text itself: a secret one hides from `str`, and the server has to be given it."""
    return str.__str__(text)


def _shown_name(manifest: Manifest) -> str:
    metadata = manifest.get("metadata") or {}
    parts = (metadata.get("namespace"), metadata.get("name", "?"))
    return "/".join(str(part) for part in parts if part)
