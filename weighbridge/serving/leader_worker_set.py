"""The controller of LeaderWorkerSets, which groups of pods need that form one replica together.

It restarts a group as a whole, and gives each pod its place in it (LWS_WORKER_INDEX, LWS_LEADER_ADDRESS, and those of
TPU hosts). Source: kubernetes-sigs/lws v0.7.0, charts/lws, api/ and its installation page; confidence: confirmed.
"""

from __future__ import annotations

from dataclasses import dataclass

from weighbridge.catalog import Catalog
from weighbridge.serving.endpoint import replica_hosts
from weighbridge.spec.root import Spec

CHART, VERSION = "oci://registry.k8s.io/lws/charts/lws", "0.7.0"
NAMESPACE = "lws-system"


@dataclass(frozen=True, slots=True)
class LeaderWorkerSetPlan:
    """The release of its chart, with the chart's own values, which are known to hold no quota."""

    chart: str
    version: str
    namespace: str


def plan_leader_worker_set(spec: Spec, catalog: Catalog) -> LeaderWorkerSetPlan | None:
    """The controller of a checked spec; None where no replica has several pods, or the spec has it there already."""
    if spec.cluster.leader_worker_set == "present" or not any(_groups(spec, catalog)):
        return None
    return LeaderWorkerSetPlan(CHART, VERSION, NAMESPACE)


def _groups(spec: Spec, catalog: Catalog) -> list[bool]:
    return [
        replica_hosts(version, spec.node_pools[endpoint.node_pool], catalog) > 1
        for endpoint in spec.endpoints.values()
        for version in endpoint.versions.values()
    ]
