"""What resources draw, for tests of the readers of their inputs."""

from __future__ import annotations

from typing import Any

from tests.support.specs import CATALOG, quota_file
from weighbridge.quota.holders import HeldResource, graph_demand

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
        steady, peak = found.get(claim.key.quota_id, (0, 0))
        found[claim.key.quota_id] = (steady + claim.steady, peak + claim.peak)
    return found


def doubt(*resources: HeldResource) -> str:
    (one,) = graph_demand(resources, QUOTA, CATALOG).doubts
    return one.message


def config(**more: Any) -> dict[str, Any]:
    return {"machineType": "a2-highgpu-1g", "diskSizeGb": 100.0, "diskType": "pd-balanced", **more}
