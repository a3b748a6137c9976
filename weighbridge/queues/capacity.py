"""What the jobs of a node pool's pipelines can have at once, all together.

    nodes at most x (allocatable - DaemonSets) - GKE's own Deployments - endpoints on the pool at their most

Rounded down to whole millicores, mebibytes and devices, so that no sum of quotas gains by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from weighbridge.catalog import Catalog
from weighbridge.infrastructure.allocatable import CPU, MEMORY, most_nodes, per_node
from weighbridge.infrastructure.node_pool import plan_node_pool
from weighbridge.serving.endpoint import plan_endpoints
from weighbridge.spec.root import Spec
from weighbridge.units import GIB, LEAST_MEMORY_BYTES, MILLICORE

STEPS: Mapping[str, Decimal] = {CPU: MILLICORE, MEMORY: Decimal(LEAST_MEMORY_BYTES)}
"""The least amounts that quotas are written in; of devices, whole ones."""

DAEMONS: Mapping[str, Decimal] = {CPU: Decimal("0.4"), MEMORY: Decimal("0.6") * GIB}
"""What GKE's DaemonSets ask of each node, with logging, metrics and Dataplane V2. Source: the figure behind
`weighbridge.serving.endpoint.PODS_PART`; in cryptnono/cryptnono#34 (GKE 1.29) the three largest ask for 0.2 cores.
As of 2026-11-26; confidence: unverified."""

SYSTEM_PODS: Mapping[str, Decimal] = {CPU: Decimal(1), MEMORY: Decimal("0.7") * GIB}
"""What GKE's own Deployments ask of the cluster: DNS twice, konnectivity, metrics-server, event-exporter. They run on
any nodes without taints, so each such pool is charged with all of them. Source: cryptnono/cryptnono#34 (GKE 1.29),
rounded up. As of 2026-11-26; confidence: reported."""


def queue_capacity(key: str, spec: Spec, catalog: Catalog) -> Mapping[str, Decimal]:
    """What is left for queues of one pool of a checked spec, by resource name: cores, bytes, devices; never below 0."""
    pool = spec.node_pools[key]
    nodes = most_nodes(pool, spec, catalog)
    taken = {resource: amount * nodes for resource, amount in DAEMONS.items()}
    tainted = any(
        taint.effect != "PreferNoSchedule" for plan in plan_node_pool(key, pool, spec, catalog) for taint in plan.taints
    )
    served = _served(key, spec, catalog)
    left = {}
    for resource, amount in per_node(pool, catalog).items():
        system = Decimal(0) if tainted else SYSTEM_PODS.get(resource, Decimal(0))
        rest = amount * nodes - taken.get(resource, Decimal(0)) - system - served.get(resource, Decimal(0))
        left[resource] = rounded_down(resource, max(Decimal(0), rest))
    return left


def rounded_down(resource: str, amount: Decimal) -> Decimal:
    """An amount in whole steps of its resource."""
    step = STEPS.get(resource, Decimal(1))
    return amount // step * step


def _served(key: str, spec: Spec, catalog: Catalog) -> Mapping[str, Decimal]:
    """What the endpoints of a pool ask for with all replicas of all versions."""
    asked: dict[str, Decimal] = {}
    for endpoint in plan_endpoints(spec, catalog):
        if endpoint.settings.node_pool != key:
            continue
        for version in endpoint.versions:
            pod = version.resources
            one = {CPU: Decimal(pod.cpu_millicores) / 1000, MEMORY: Decimal(pod.memory_mib * LEAST_MEMORY_BYTES)}
            if pod.device is not None:
                one[pod.device] = Decimal(pod.devices)
            for resource, amount in one.items():
                asked[resource] = asked.get(resource, Decimal(0)) + amount * version.hosts * version.replicas_most
    return asked
