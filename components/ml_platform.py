"""The composition root: one environment's spec, made into resources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes as kubernetes

from weighbridge.alerting.alerts import plan_alerts, plan_snoozes
from weighbridge.alerting.channels import plan_channels
from weighbridge.alerting.slo import plan_slos
from weighbridge.catalog import Catalog
from weighbridge.conventions import (
    MONITORS_NAMESPACE,
    NODE_POOL_LABEL,
    SERVING_NAMESPACE,
    pipeline_namespace,
    resource_labels,
)
from weighbridge.dashboards.plan import plan_dashboards
from weighbridge.drift_monitor.plan import plan_monitors
from weighbridge.infrastructure.accelerator_networks import AcceleratorNetworkPlan
from weighbridge.infrastructure.cluster import existing_cluster_path, plan_cluster
from weighbridge.infrastructure.gateway import plan_gateway
from weighbridge.infrastructure.network import network_place
from weighbridge.infrastructure.node_identity import plan_node_identity
from weighbridge.infrastructure.node_pool import plan_node_pools
from weighbridge.infrastructure.operators import KEDA, plan_operators
from weighbridge.infrastructure.priority_classes import plan_priority_classes
from weighbridge.isolation.network_policies import plan_network_policies
from weighbridge.queues.plan import plan_queues
from weighbridge.quota.demand import accelerator_networks_of, nat_addresses_of, network_of
from weighbridge.rollouts.retirement import protects
from weighbridge.serving.endpoint import plan_endpoints
from weighbridge.serving.leader_worker_set import plan_leader_worker_set
from weighbridge.serving.metrics_adapter import plan_metrics_adapter
from weighbridge.serving.outside_queue import plan_queue_reader
from weighbridge.signals.quota_words import quota_lists
from weighbridge.signals.subjects import subjects
from weighbridge.signals.watched import watched
from weighbridge.spec.quota_file import QuotaRequest
from weighbridge.spec.root import Spec

from .accelerator_networks import AcceleratorNetworks, NcclTransport
from .alerts import Alerts
from .cluster import ClusterComponent
from .dashboards import Dashboards
from .destroy_guard import DestroyGuard
from .endpoint import EndpointComponent
from .gateway import GatewayComponent
from .joined_cluster import JoinedCluster
from .metrics_adapter import MetricsAdapter
from .monitor import Monitor
from .namespace import namespace
from .network import Network
from .network_policies import NetworkPolicies
from .node_identity import NodeIdentity
from .node_pool import NodePoolComponent
from .operators import Operator
from .priority_classes import PriorityClasses
from .queue_reader import QueueReader
from .queues import Queues
from .quota_requests import QuotaRequests
from .slo import SloComponent

PLATFORM_TYPE = "weighbridge:index:Platform"
"""By which programs in other languages name it too."""


class Platform(pulumi.ComponentResource):
    """Network, node identity, cluster, node pools and endpoints of one environment. `name` is the environment's.

    `requests` is what the quota file says that this stack asks of Google.

    What makes a part says so, as ``parts``, to the guard that depends on all.
    """

    network: Network
    cluster: ClusterComponent | JoinedCluster
    node_pools: Mapping[str, NodePoolComponent]
    """By GKE name, in the order of the spec."""

    gateway: GatewayComponent | None
    endpoints: Mapping[str, EndpointComponent]
    monitors: Mapping[str, Monitor]
    """By endpoint or pipeline."""

    alerts: Alerts

    def __init__(
        self, name: str, spec: Spec, catalog: Catalog, opts: pulumi.ResourceOptions | None = None,
        *, requests: Sequence[QuotaRequest] = (),
    ) -> None:  # fmt: skip
        super().__init__(PLATFORM_TYPE, name, None, opts)
        labels = resource_labels(spec.environment, spec.owner)
        provider = gcp.Provider(
            f"{name}-gcp",
            project=spec.cloud.project,
            region=spec.cloud.region,
            opts=pulumi.ResourceOptions(parent=self),
        )
        part = pulumi.ResourceOptions(parent=self, providers=[provider])
        place = network_place(spec)
        self.network = Network(
            name,
            place,
            None if place.exists else network_of(spec, catalog),
            nat_addresses=nat_addresses_of(spec, catalog),
            labels=labels,
            flow_logs=spec.cluster.security.flow_logs is True,
            opts=part,
        )
        further = accelerator_networks_of(spec, catalog)
        networks = AcceleratorNetworks(name, further, part) if further is not None else None
        identity = NodeIdentity(name, plan_node_identity(spec), part)
        existing = existing_cluster_path(spec)
        self.cluster = (
            ClusterComponent(name, plan_cluster(spec), self.network, identity, labels=labels, opts=part)
            if existing is None
            else JoinedCluster(name, spec.cluster_name, existing, part)
        )
        self.node_pools = {
            plan.name: NodePoolComponent(
                plan.name, plan, self.cluster, identity, networks=networks, labels=labels, opts=part
            )
            for plan in plan_node_pools(spec, catalog)
        }
        self.gateway, self.endpoints, self.monitors = None, {}, {}
        parts: list[pulumi.Resource] = [self.network, identity, self.cluster, *self.node_pools.values()]
        if networks is not None:
            parts.append(networks)
        if spec.endpoints or spec.pipelines or further is not None or plan_operators(spec):
            parts += self._run(name, spec, catalog, provider, further)
        parts += self._watch(name, spec, catalog, part)
        if requests:
            QuotaRequests(f"{name}-quota-requests", spec.cloud.project, requests, part)
        DestroyGuard(f"{name}-destroy-guard", parts, protect=protects(spec), parent=self)
        self.register_outputs(
            {
                "cluster": self.cluster.cluster_name,
                "node_pools": {name: pool.pool_name for name, pool in self.node_pools.items()},
            }
        )

    def _run(
        self, name: str, spec: Spec, catalog: Catalog, provider: gcp.Provider, further: AcceleratorNetworkPlan | None
    ) -> list[pulumi.Resource]:
        """What lives in the cluster: endpoints, the pipelines' namespaces, the drift monitors."""
        objects = kubernetes.Provider(
            f"{name}-kubernetes",
            kubeconfig=self.cluster.kubeconfig,
            # Pods need nodes; and nothing may outlive the nodes it runs on.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*self.node_pools.values()]),
        )
        part = pulumi.ResourceOptions(parent=self, providers=[provider, objects])
        priorities = PriorityClasses(f"{name}-priorities", plan_priority_classes(spec), part)
        # Whatever is in a namespace comes after it; so do the classes, which pods name.
        first = pulumi.ResourceOptions.merge(part, pulumi.ResourceOptions(depends_on=[priorities]))
        parts: list[pulumi.Resource] = [objects, priorities]
        if further is not None:
            parts.append(NcclTransport(name, further, first))
        self._operators = {plan.stem: Operator(f"{name}-{plan.stem}", plan, part) for plan in plan_operators(spec)}
        operators = [*self._operators.values()]
        parts += operators
        reader = plan_queue_reader(spec)
        if reader is not None:
            # The identity pool comes with the first cluster of a project.
            after = pulumi.ResourceOptions.merge(part, pulumi.ResourceOptions(depends_on=[self.cluster]))
            parts.append(QueueReader(f"{name}-queue-reader", reader, after))
        self._namespaces: dict[str, pulumi.Resource] = {}
        for key, pipeline in spec.pipelines.items():
            own = pipeline_namespace(key)
            # A preview reads from the label which pool's deletion ends the runs.
            labels = {NODE_POOL_LABEL: pipeline.node_pool}
            self._namespaces[own] = namespace(f"{name}-{own}", own, first, pipeline.pod_security, labels)
        if spec.endpoints:
            parts += self._serve(name, spec, catalog, part, first)
        queues = plan_queues(spec, catalog)
        if queues is not None:
            parts.append(
                Queues(f"{name}-queues", queues, namespaces=self._namespaces, controllers=operators, opts=part)
            )
        monitors = plan_monitors(spec, catalog)
        if monitors:
            made = self._namespaces[MONITORS_NAMESPACE] = namespace(
                f"{name}-{MONITORS_NAMESPACE}", MONITORS_NAMESPACE, first
            )
            self.monitors = {
                monitor.subject: Monitor(monitor.name, monitor, namespace=made, opts=part) for monitor in monitors
            }
            parts += self.monitors.values()
        policies = plan_network_policies(spec, catalog)
        if policies:
            parts.append(NetworkPolicies(f"{name}-network-policies", policies, self._namespaces, part))
        return [*parts, *self._namespaces.values()]

    def _serve(
        self,
        name: str,
        spec: Spec,
        catalog: Catalog,
        part: pulumi.ResourceOptions,
        of_namespaces: pulumi.ResourceOptions,
    ) -> list[pulumi.Resource]:
        serving = namespace(f"{name}-{SERVING_NAMESPACE}", SERVING_NAMESPACE, of_namespaces)
        self._namespaces[SERVING_NAMESPACE] = serving
        parts: list[pulumi.Resource] = []
        plan = plan_metrics_adapter(spec)
        if plan is not None:
            adapter = MetricsAdapter(f"{name}-metrics-adapter", plan, of_namespaces)
            self._namespaces[plan.namespace] = adapter.namespace
            parts.append(adapter)
        groups = plan_leader_worker_set(spec, catalog)
        controllers = [] if groups is None else [Operator(f"{name}-{groups.stem}", groups, part)]
        parts += controllers
        controllers += [made for stem, made in self._operators.items() if stem == KEDA.stem]
        gateway_plan = plan_gateway(spec)
        if gateway_plan is None:
            return parts
        gateway = self.gateway = GatewayComponent(
            f"{name}-gateway",
            gateway_plan,
            network=self.network.network_id,
            subnetwork=self.network.subnetwork_id,
            namespace=serving,
            opts=part,
        )
        self.endpoints = {
            endpoint.name: EndpointComponent(
                endpoint.name,
                endpoint,
                namespace=serving,
                gateway=gateway.resource,
                controllers=controllers,
                opts=part,
            )
            for endpoint in plan_endpoints(spec, catalog)
        }
        return [*parts, gateway, *self.endpoints.values()]

    def _watch(self, name: str, spec: Spec, catalog: Catalog, part: pulumi.ResourceOptions) -> list[pulumi.Resource]:
        objectives = [SloComponent(service.name, service, part) for service in plan_slos(spec)]
        watches = subjects(spec, quota_lists(spec, catalog))
        signals = watched(watches)
        alerts = plan_alerts(spec, signals)
        self.alerts = Alerts(f"{name}-alerts", plan_channels(spec), alerts, plan_snoozes(spec, alerts), part)
        dashboards = Dashboards(f"{name}-dashboards", plan_dashboards(spec, watches, signals, catalog), part)
        return [*objectives, self.alerts, dashboards]
