"""Inputs that are secret by what they are, though no program marks them so: they are shown nowhere.

A Kubernetes Secret's data reaches the engine in the clear, as its provider's schema calls only the output a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from weighbridge.preview.state import StateResource
from weighbridge.resources.graph import Graph, Resource
from weighbridge.resources.values import Secret, Value, mapping

SECRET_TYPES = ("kubernetes:core/v1:Secret", "kubernetes:core/v1:SecretPatch")
_BY_TYPE: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(SECRET_TYPES, ("data", "stringData")),
    "gcp:secretmanager/secretVersion:SecretVersion": ("secretData",),
}
_ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"  # the whole object once more


def concealed(resource: StateResource) -> StateResource:
    """The resource with such inputs as `Secret`."""
    names = _BY_TYPE.get(resource.type, ())
    inputs = _hidden(resource.type, resource.inputs, names) if names else resource.inputs
    return resource if inputs is resource.inputs else replace(resource, inputs=inputs)


def concealed_graph(graph: Graph) -> Graph:
    """The graph with such inputs as `Secret`, and those too whose outputs the program calls secret."""
    resources = tuple(map(_concealed, graph.resources))
    changed = any(after is not before for before, after in zip(graph.resources, resources, strict=True))
    return replace(graph, resources=resources) if changed else graph


def _concealed(resource: Resource) -> Resource:
    names = (*_BY_TYPE.get(resource.type, ()), *resource.options.additional_secret_outputs)
    if not any(name in resource.inputs for name in names):
        return resource
    inputs = _hidden(resource.type, resource.inputs, names)
    return resource if inputs is resource.inputs else replace(resource, inputs=inputs)


def _hidden(type_: str, inputs: Mapping[str, Value], names: tuple[str, ...]) -> Mapping[str, Value]:
    found: dict[str, Value] = {
        name: Secret(inputs[name]) for name in names if name in inputs and not isinstance(inputs[name], Secret)
    }
    metadata = mapping(inputs.get("metadata"))
    annotations = mapping(metadata.get("annotations"))
    if type_ in SECRET_TYPES and _ANNOTATION in annotations:
        kept = {**annotations, _ANNOTATION: Secret(annotations[_ANNOTATION])}
        found["metadata"] = {**metadata, "annotations": kept}
    return {**inputs, **found} if found else inputs
