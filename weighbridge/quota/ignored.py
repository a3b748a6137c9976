"""Which paths of `ignoreChanges` decide how much quota a resource draws.

For those the engine takes the input that the state has, not the program's: who doesn't know the state can't count them.
Inputs that matter only when something is made are no such paths: for what is made, the program's value is taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.quota.holders import resource_demand
from weighbridge.quota.holders_node_pool import TYPE as NODE_POOL
from weighbridge.quota.ledger import Demand
from weighbridge.resources.held_resource import CLUSTER_TYPE, HeldResource, Surroundings
from weighbridge.resources.property_path import Path, after_ignoring, parse, with_unknown
from weighbridge.resources.values import Unknown, Value, bare


def ignored_quota_paths(resource: HeldResource, around: Surroundings) -> tuple[str, ...]:
    """The ignored paths, as the program gives them, without whose values its demand can't be told."""
    counted = _amounts(resource_demand(resource, around))
    found = []
    for text, path in _deciding(resource):
        unsure = replace(resource, inputs=with_unknown(resource.inputs, path))
        if _amounts(resource_demand(unsure, around)) != counted:
            found.append(text)
    return tuple(found)


def with_outputs(resource: HeldResource, outputs: Mapping[str, Value]) -> HeldResource:
    """The resource, counted by what its outputs say at the ignored paths as well.

    They may differ from its inputs: somebody else changed it, or it was replaced, which takes the program's value after
    all. What they don't say is as in the inputs.
    """
    paths = [text for text, _ in _deciding(resource)]
    if not paths or not outputs:
        return resource
    known = _known(after_ignoring(resource.inputs, outputs, paths), resource.inputs)
    if not isinstance(known, Mapping) or known == resource.inputs:
        return resource
    return replace(resource, otherwise=known)


def _known(value: Value, otherwise: Value) -> Value:
    """A value with the other's in place of what is unknown; what neither knows is left out."""
    value, otherwise = bare(value), bare(otherwise)
    if isinstance(value, Unknown):
        return otherwise
    if isinstance(value, Mapping):
        inputs = otherwise if isinstance(otherwise, Mapping) else {}
        merged = {name: _known(item, inputs.get(name)) for name, item in value.items()}
        return {name: item for name, item in merged.items() if item is not None}
    if isinstance(value, list):
        items = otherwise if isinstance(otherwise, list) and len(otherwise) == len(value) else [None] * len(value)
        return [_known(item, other) for item, other in zip(value, items, strict=True)]
    return value


def _deciding(resource: HeldResource) -> tuple[tuple[str, Path], ...]:
    found = ((text, parse(text)) for text in resource.options.ignore_changes)
    return tuple((text, path) for text, path in found if path is not None and not _at_creation_only(resource, path))


def _at_creation_only(resource: HeldResource, path: Path) -> bool:
    inputs = resource.inputs
    if resource.type == NODE_POOL:
        return path == ("initialNodeCount",) and any(_given(inputs, name) for name in ("autoscaling", "nodeCount"))
    if resource.type == CLUSTER_TYPE:  # the default pool is gone a few minutes later
        removed = bare(inputs.get("removeDefaultNodePool")) is True
        return removed and path[0] in ("initialNodeCount", "nodeConfig")
    return False


def _given(inputs: Mapping[str, Value], name: str) -> bool:
    value = bare(inputs.get(name))
    return value is not None and not isinstance(value, Unknown)


def _amounts(demand: Demand) -> tuple[Mapping[QuotaKey, int], Mapping[str, int]]:
    """How much of what, and what can't be told; not who."""
    amounts: Counter[QuotaKey] = Counter()
    for claim in demand.claims:
        amounts[claim.key] += claim.peak
    return amounts, Counter(doubt.message for doubt in demand.doubts)
