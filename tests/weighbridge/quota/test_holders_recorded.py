"""The extractors on what the real engine showed a policy pack."""

from __future__ import annotations

from typing import Any

from tests.support.recordings import registered
from tests.support.specs import CATALOG, quota_file
from weighbridge.quota.holders import graph_demand
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.values import Unknown, Value, mapping


def test_the_recorded_program_draws_what_its_inputs_say():
    recorded = {resource.urn: resource for resource in registered()}
    resources = [
        HeldResource(
            resource.urn,
            resource.type,
            resource.name,
            mapping(_value(resource.inputs)),
            mapping(_value(recorded[resource.provider].inputs)) if resource.provider else None,
            property_dependencies={name: tuple(urns) for name, urns in resource.property_dependencies.items()},
        )
        for resource in recorded.values()
    ]
    demand = graph_demand(resources, quota_file(), CATALOG)
    assert demand.doubts == ()
    a100 = next(claim for claim in demand.claims if claim.key.quota_id == "NVIDIA-A100-GPUS-per-project-region")
    # `bare` says neither location nor zones nor name: two per zone in the cluster's two zones, one node of surge, and
    # all of it once more while it is replaced.
    assert (a100.holder, a100.steady, a100.peak) == ("bare", 4, 9)
    l4 = next(claim for claim in demand.claims if claim.key.quota_id == "NVIDIA-L4-GPUS-per-project-region")
    assert (l4.holder, l4.steady, l4.peak) == ("serve", 4, 5)


def _value(recorded: Any) -> Value:
    match recorded:
        case {"<unknown>": True}:
            return Unknown()
        case dict():
            return {name: _value(inner) for name, inner in recorded.items()}
        case list():
            return [_value(inner) for inner in recorded]
    return recorded
