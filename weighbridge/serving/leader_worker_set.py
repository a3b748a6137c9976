"""When an endpoint needs the controller of LeaderWorkerSets: groups of pods that form one replica together.

It restarts a group as a whole, and gives each pod its place in it (LWS_WORKER_INDEX, LWS_LEADER_ADDRESS, and those of
TPU hosts). Source: kubernetes-sigs/lws v0.7.0, api/ and its installation page; confidence: confirmed.
"""

from __future__ import annotations

from weighbridge.catalog import Catalog
from weighbridge.infrastructure.operators import LEADER_WORKER_SET, OperatorPlan
from weighbridge.serving.endpoint import replica_hosts
from weighbridge.spec.root import Spec


def plan_leader_worker_set(spec: Spec, catalog: Catalog) -> OperatorPlan | None:
    """The controller of a checked spec; None where no replica has several pods, or the spec has it there already."""
    if spec.cluster.leader_worker_set == "present" or not any(_groups(spec, catalog)):
        return None
    return LEADER_WORKER_SET


def _groups(spec: Spec, catalog: Catalog) -> list[bool]:
    return [
        replica_hosts(version, spec.node_pools[endpoint.node_pool], catalog) > 1
        for endpoint in spec.endpoints.values()
        for version in endpoint.versions.values()
    ]
