"""What resources and specs draw, for tests of those who count it and of those who judge it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.specs import CATALOG, quota_file
from weighbridge.quota.demand import demand_of_stacks, spec_demand
from weighbridge.quota.holders import HeldResource, graph_demand
from weighbridge.quota.ledger import StackDemand
from weighbridge.rules.rule_input import Shared
from weighbridge.spec.quota_file import QuotaFile
from weighbridge.spec.root import Spec

QUOTA = quota_file(spot_pools=["NVIDIA_A100"])
A100, SPOT_A100 = "NVIDIA-A100-GPUS-per-project-region", "PREEMPTIBLE-NVIDIA-A100-GPUS-per-project-region"
SSD, LOCAL_SSD = "SSD-TOTAL-GB-per-project-region", "LOCAL-SSD-TOTAL-GB-per-project-region"
ADDRESSES, INSTANCES = "IN-USE-ADDRESSES-per-project-region", "INSTANCES-per-project-region"
CPUS = "CPUS-per-project-region"
LITERAL = "write it as a literal or take it from stack config"


def drawn(*resources: HeldResource) -> dict[str, tuple[int, int]]:
    """(steady, peak) by quota id, provided that nothing is in doubt."""
    demand = graph_demand(resources, QUOTA, CATALOG)
    assert demand.doubts == ()
    found: dict[str, tuple[int, int]] = {}
    for claim in demand.claims:
        assert claim.quota.quota_id == claim.key.quota_id
        steady, peak = found.get(claim.key.quota_id, (0, 0))
        found[claim.key.quota_id] = (steady + claim.steady, peak + claim.peak)
    return found


def demand_of_specs(specs: Mapping[str, Spec], quota: QuotaFile) -> dict[str, StackDemand]:
    return demand_of_stacks(_by_spec(specs, quota), quota, CATALOG)


def shared_by(stack: str, specs: Mapping[str, Spec], quota: QuotaFile) -> Shared:
    return Shared.of(stack, specs.get(stack), _by_spec(specs, quota), quota, CATALOG)


def _by_spec(specs: Mapping[str, Spec], quota: QuotaFile) -> dict[str, StackDemand]:
    return {stack: spec_demand(spec, quota, CATALOG) for stack, spec in specs.items()}


def doubt(*resources: HeldResource) -> str:
    (one,) = graph_demand(resources, QUOTA, CATALOG).doubts
    return one.message


def config(**more: Any) -> dict[str, Any]:
    return {"machineType": "a2-highgpu-1g", "diskSizeGb": 100.0, "diskType": "pd-balanced", **more}
