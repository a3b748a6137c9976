"""The GKE cluster of an environment with everything that its spec leaves to be derived."""

from __future__ import annotations

from dataclasses import dataclass

from weighbridge.catalog import Catalog, Provisioning
from weighbridge.cluster import AutoProvisioning, Cluster
from weighbridge.quota import NodeCounts, NodeGroup
from weighbridge.spec import Spec

DEFAULT_POOL_MACHINE = "e2-medium"
"""What GKE makes the default pool of. Weighbridge has it removed, but it exists for some minutes at creation."""

DEFAULT_POOL_NODES_PER_ZONE = 1


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
        deletion_protection=spec.production,
        auto_provisioning=spec.cluster.auto_provisioning,
    )


def default_pool(cluster: str, project: str, region: str, nodes: NodeCounts, catalog: Catalog) -> NodeGroup:
    """The default pool's nodes, as GKE makes them when nothing else is said."""
    return NodeGroup(
        name=f"{cluster} default pool",
        project=project,
        region=region,
        machine=catalog.machine_types[DEFAULT_POOL_MACHINE],
        provisioning=Provisioning.STANDARD,
        nodes=nodes,
    )
