"""The composition root: one environment's spec, made into resources."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_gcp as gcp

from components.cluster import Cluster
from components.network import Network
from components.node_identity import NodeIdentity
from components.node_pool import NodePool
from weighbridge.catalog import Catalog
from weighbridge.cluster_plan import plan_cluster
from weighbridge.conventions import resource_labels
from weighbridge.demand import network_of
from weighbridge.node_identity import plan_node_identity
from weighbridge.node_pool_plan import plan_node_pools
from weighbridge.spec import Spec


class Platform(pulumi.ComponentResource):
    """Network, node identity, cluster and node pools of one environment. `name` is the environment's."""

    network: Network
    cluster: Cluster
    node_pools: Mapping[str, NodePool]
    """By GKE name, in the order of the spec."""

    def __init__(self, name: str, spec: Spec, catalog: Catalog, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("weighbridge:index:Platform", name, None, opts)
        labels = resource_labels(spec.environment, spec.owner)
        provider = gcp.Provider(
            f"{name}-gcp",
            project=spec.cloud.project,
            region=spec.cloud.region,
            opts=pulumi.ResourceOptions(parent=self),
        )
        part = pulumi.ResourceOptions(parent=self, providers=[provider])
        self.network = Network(name, network_of(spec, catalog), spec.cloud, labels=labels, opts=part)
        identity = NodeIdentity(name, plan_node_identity(spec), part)
        self.cluster = Cluster(name, plan_cluster(spec), self.network, identity, labels=labels, opts=part)
        self.node_pools = {
            plan.name: NodePool(plan.name, plan, self.cluster, identity, labels=labels, opts=part)
            for plan in plan_node_pools(spec, catalog)
        }
        self.register_outputs(
            {
                "cluster": self.cluster.cluster_name,
                "node_pools": {name: pool.pool_name for name, pool in self.node_pools.items()},
            }
        )
