"""Resources of a graph picked by kind and name, in an order that stays."""

from __future__ import annotations

from collections.abc import Sequence

from weighbridge.errors import WrongInput
from weighbridge.files.model_problems import few
from weighbridge.resources.graph import STACK_TYPE, Graph, Resource
from weighbridge.resources.values import mapping
from weighbridge.spelling import did_you_mean


class NothingSelected(WrongInput):
    """No resource is of the kind or has the name; the text says which there are."""


def select(graph: Graph, kind: str | None = None, name: str | None = None) -> Sequence[Resource]:
    """The resources of a kind and a name, by type and name. Raises `NothingSelected`.

    A kind is the last part of a type (`NodePool`) or all of it, in any case; a name is the logical one or the one in a
    Kubernetes object's metadata.
    """
    everything = sorted(
        (resource for resource in graph.resources if resource.type != STACK_TYPE),
        key=lambda resource: (resource.type, resource.name, resource.urn),
    )
    found = everything
    if kind is not None:
        found = [
            resource for resource in everything if kind.lower() in (resource.type.lower(), _kind(resource).lower())
        ]
        if not found:
            kinds = sorted({_kind(resource) for resource in everything})
            raise NothingSelected(
                f"--kind {kind}: {graph.stack} has no such resource; it has {few(kinds)}.{did_you_mean(kind, kinds)}"
            )
    if name is not None:
        named = [resource for resource in found if name in _names(resource)]
        if not named:
            names = sorted({resource.name for resource in found})
            of = f" of kind {kind}" if kind is not None else ""
            raise NothingSelected(
                f"--name {name}: {graph.stack} has no resource{of} of that name; it has {few(names)}."
                f"{did_you_mean(name, names)}"
            )
        found = named
    return found


def _kind(resource: Resource) -> str:
    return resource.type.rpartition(":")[2]


def _names(resource: Resource) -> tuple[str, ...]:
    own = mapping(resource.inputs.get("metadata")).get("name") if resource.type.startswith("kubernetes:") else None
    return (resource.name, own) if isinstance(own, str) else (resource.name,)
