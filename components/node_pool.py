"""One GKE node pool: CPU, GPU or TPU, whatever its plan says."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_gcp import compute, container

from weighbridge.catalog import Provisioning
from weighbridge.conventions import workload_policy_name
from weighbridge.infrastructure.gke_spelling import BLUE_GREEN
from weighbridge.infrastructure.node_pool import BlueGreen, NodePoolPlan, Surge

from .accelerator_networks import AcceleratorNetworks
from .cluster import ClusterComponent
from .joined_cluster import JoinedCluster
from .kept_settings import ignored, leave_off
from .node_config import node_config
from .node_identity import NodeIdentity

TIMEOUTS = pulumi.CustomTimeouts(create="45m", update="6h", delete="60m")
"""A stockout ends in 45 minutes rather than two hours; an upgrade takes about ten minutes a node."""


class NodePoolComponent(pulumi.ComponentResource):
    """One node pool, bounded by its autoscaler. `name` is the plan's, its identity."""

    pool_name: pulumi.Output[str]
    """GKE's name of it; known in a preview unless the pool is replaced create-first."""

    def __init__(
        self,
        name: str,
        plan: NodePoolPlan,
        cluster: ClusterComponent | JoinedCluster,
        identity: NodeIdentity,
        *,
        networks: AcceleratorNetworks | None = None,
        labels: Mapping[str, str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("weighbridge:index:NodePool", name, None, opts)
        replacing = _replaced_by_program(plan)
        arguments = container.NodePoolArgs(
            # Without a name of ours Pulumi makes one up, and can create the next pool before it deletes this one.
            name=None if plan.autonamed else plan.name,
            project=plan.project,
            location=plan.location,
            node_locations=list(plan.zones),
            cluster=cluster.cluster_name,
            initial_node_count=plan.initial_nodes_per_zone,
            autoscaling=_autoscaling(plan),
            placement_policy=self._placement_policy(name, plan),
            queued_provisioning=container.NodePoolQueuedProvisioningArgs(enabled=True)
            if plan.provisioning is Provisioning.QUEUED
            else None,
            max_pods_per_node=plan.max_pods_per_node,
            version=plan.version,
            # Else GKE upgrades past the version, and the next update would take the nodes back.
            maintenance_policies=None if plan.version is None else _until_end_of_support(),
            management=container.NodePoolManagementArgs(
                # A repair would give back the node that the queue was waited for.
                auto_repair=not plan.waits_for_capacity,
                auto_upgrade=True,
            ),
            upgrade_settings=_upgrade_settings(plan),
            network_config=container.NodePoolNetworkConfigArgs(
                enable_private_nodes=plan.private_nodes,
                additional_node_network_configs=[networks.interfaces[network] for network in plan.network_names]
                if networks is not None and plan.network_names
                else None,
            ),
            node_config=node_config(plan, identity.email, labels),
        )
        leave_off(arguments, plan.keeps)
        pool = container.NodePool(
            name,
            arguments,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[identity],
                # The first matters at creation only, and a change replaces the pool.
                ignore_changes=["initialNodeCount", *ignored(plan.keeps)],
                import_=plan.import_id,
                replace_on_changes=replacing,
                # The provider says it of what it replaces itself: a name that is taken has to be given back first.
                delete_before_replace=True if replacing and not plan.autonamed else None,
                custom_timeouts=TIMEOUTS,
            ),
        )
        self.pool_name = pool.name
        self.register_outputs({"pool_name": self.pool_name})

    def _placement_policy(self, name: str, plan: NodePoolPlan) -> container.NodePoolPlacementPolicyArgs | None:
        if plan.slice is None:
            return container.NodePoolPlacementPolicyArgs(type="COMPACT") if plan.compact else None
        if not plan.slice.needs_workload_policy:
            return container.NodePoolPlacementPolicyArgs(type="COMPACT", tpu_topology=plan.slice.topology)
        policy_name = workload_policy_name(plan.cluster, plan.name)
        policy = compute.ResourcePolicy(
            name,
            name=policy_name,
            project=plan.project,
            region=plan.region,
            workload_policy=compute.ResourcePolicyWorkloadPolicyArgs(
                type="HIGH_THROUGHPUT", accelerator_topology=plan.slice.topology
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        # The policy carries the topology; GKE refuses it in both places.
        return container.NodePoolPlacementPolicyArgs(type="COMPACT", policy_name=policy.name)


def _until_end_of_support() -> list[container.NodePoolMaintenancePolicyArgs]:
    exclusion = container.NodePoolMaintenancePolicyExclusionUntilEndOfSupportArgs(enabled=True)
    return [container.NodePoolMaintenancePolicyArgs(exclusion_until_end_of_supports=[exclusion])]


def _replaced_by_program(plan: NodePoolPlan) -> list[str] | None:
    """Inputs whose change the provider accepts and never sends, so that `up` would end well with the old pool.

    Only the topology: with a workload policy the API leaves `type` out when it is read, which must replace nothing.
    """
    carries_topology = plan.slice is not None and not plan.slice.needs_workload_policy
    return ["placementPolicy.tpuTopology"] if carries_topology else None


def _autoscaling(plan: NodePoolPlan) -> container.NodePoolAutoscalingArgs:
    bounds = plan.autoscaling
    if bounds.per_zone:
        return container.NodePoolAutoscalingArgs(
            min_node_count=bounds.min, max_node_count=bounds.max, location_policy=plan.location_policy
        )
    return container.NodePoolAutoscalingArgs(
        total_min_node_count=bounds.min, total_max_node_count=bounds.max, location_policy=plan.location_policy
    )


def _upgrade_settings(plan: NodePoolPlan) -> container.NodePoolUpgradeSettingsArgs | None:
    match plan.upgrade:
        case Surge(max_surge, max_unavailable):
            return container.NodePoolUpgradeSettingsArgs(
                strategy="SURGE", max_surge=max_surge, max_unavailable=max_unavailable
            )
        case BlueGreen(soak_seconds):
            return container.NodePoolUpgradeSettingsArgs(
                strategy=BLUE_GREEN,
                blue_green_settings=container.NodePoolUpgradeSettingsBlueGreenSettingsArgs(
                    node_pool_soak_duration=f"{soak_seconds}s",
                    # GKE's own default, stated: the provider wants a policy.
                    standard_rollout_policy=container.NodePoolUpgradeSettingsBlueGreenSettingsStandardRolloutPolicyArgs(
                        batch_node_count=1, batch_soak_duration="0s"
                    ),
                ),
            )
    return None
