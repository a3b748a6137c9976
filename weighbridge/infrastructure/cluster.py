"""The GKE cluster of an environment with everything that its spec leaves to be derived."""

from __future__ import annotations

from dataclasses import dataclass

from weighbridge.rollouts.retirement import protects
from weighbridge.spec.cluster import AutoProvisioning, Cluster
from weighbridge.spec.root import Spec


@dataclass(frozen=True, slots=True)
class ClusterPlan:
    """One regional Standard cluster."""

    name: str
    project: str
    region: str
    zones: tuple[str, ...]
    settings: Cluster
    deletion_protection: bool
    auto_provisioning: AutoProvisioning | None


def plan_cluster(spec: Spec) -> ClusterPlan:
    """The cluster of a checked spec."""
    return ClusterPlan(
        name=spec.environment,
        project=spec.cloud.project,
        region=spec.cloud.region,
        zones=spec.cloud.zones,
        settings=spec.cluster,
        deletion_protection=protects(spec),
        auto_provisioning=spec.cluster.auto_provisioning,
    )
