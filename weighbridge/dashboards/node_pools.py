"""What the platform runs on, drawn: nodes by pool, what they cost at list price, how busy accelerators are.

GKE names nodes after cluster and pool, cut where both together are long, and TPU nodes after neither: no metric has
the pool as a label. So pools of such long names are left out, and TPU nodes of as many cores are one curve, priced
where all of them cost the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from weighbridge.catalog import Catalog
from weighbridge.conventions import SERVING_NAMESPACE, version_name
from weighbridge.dashboards.tile import Chart, Line, Query
from weighbridge.files.model_problems import few
from weighbridge.infrastructure.allocatable import GPU, TPU
from weighbridge.infrastructure.node_pool import NodePoolPlan, plan_node_pools
from weighbridge.quota.cost import HOURS_PER_MONTH, usd_per_node_hour
from weighbridge.quota.demand import node_group
from weighbridge.spec.root import Spec

NODES = "kubernetes_io:node_cpu_total_cores"
"""GKE's system metrics: one series a node."""

BUSY = "kubernetes_io:container_accelerator_duty_cycle"
"""Percent of the time that a container's GPU or TPU was busy."""

MEMORY_USED, MEMORY = (
    "kubernetes_io:container_accelerator_memory_used",
    "kubernetes_io:container_accelerator_memory_total",
)
"""Bytes of the memory of a container's GPU or TPU."""

LONGEST_NODE_NAME = 35
"""Of cluster and pool together, from which on GKE may cut them in names of nodes. Confidence: unverified."""

TPU_NODE_NAMES = "gke-tpu-[0-9a-f]{8}-[0-9a-z]{4}"
"""Of the TPU nodes of any pool. Confidence: reported, by logs that others have published."""

HOURLY = "USD/h"
"""Unit of charts of cost."""


@dataclass(frozen=True, slots=True)
class _NodesAlike:
    """Nodes that can be counted together. `price`: of each, by the hour, and its day; None where nobody knows it."""

    pools: tuple[str, ...]
    names: str  # a pattern of their names
    cores: int | None  # that tell them from others of such names; None: nothing has to
    price: tuple[Decimal, date] | None

    @property
    def legend(self) -> str:
        return ", ".join(self.pools)


def pools_and_cost(spec: Spec, catalog: Catalog) -> tuple[str, tuple[Chart, ...]]:
    """What is to be known of the prices, what has none first; and the charts of all node pools of a checked spec."""
    plans = plan_node_pools(spec, catalog)
    counted = tuple(_counted(spec, plans, catalog))
    return _about(spec, counted), tuple(_charts(spec, counted))


def accelerators(spec: Spec, name: str) -> Iterator[Chart]:
    """How busy the accelerators of an endpoint's versions are, and how full; nothing where it asks for none."""
    versions = {key: version for key, version in spec.endpoints[name].versions.items() if version.gpu or version.tpu}
    if versions:
        of = {key: _of_pods(spec, version_name(name, key)) for key in versions}
        busy = tuple(Query(key, f"avg({BUSY}{{{pods}}}) / 100") for key, pods in of.items())
        yield Chart("Accelerators busy", "share", busy)
        full = tuple(Query(key, f"sum({MEMORY_USED}{{{pods}}}) / sum({MEMORY}{{{pods}}})") for key, pods in of.items())
        yield Chart("Accelerator memory used", "share", full)


def _charts(spec: Spec, counted: Sequence[_NodesAlike]) -> Iterator[Chart]:
    if counted:
        yield Chart("Nodes", "count", tuple(Query(nodes.legend, _count(spec, nodes)) for nodes in counted))
    priced = [(nodes, nodes.price[0]) for nodes in counted if nodes.price is not None]
    if priced:
        costs = [Query(nodes.legend, f"{_count(spec, nodes)} * {_plain(usd)}") for nodes, usd in priced]
        yield Chart("Cost by pool", HOURLY, tuple(costs))
        total = " + ".join(f"({cost.text} or vector(0))" for cost in costs)
        budget = spec.budget.monthly_usd / HOURS_PER_MONTH if spec.budget is not None else None
        line = Line(budget, "budget") if budget is not None else None
        there = f"count({NODES}{{{_nodes_of(spec)}}})"  # else a metric that is gone would look like no cost
        yield Chart("Cost of all pools", HOURLY, (Query("", f"{total} and on () {there}"),), line)
    if _asks_for_accelerators(spec):
        busy = f'{BUSY}{{monitored_resource="k8s_container", cluster_name="{spec.cluster_name}"}}'
        yield Chart("Accelerators busy", "share", (Query("", f"avg by (namespace_name, model) ({busy}) / 100"),))


def _about(spec: Spec, counted: Sequence[_NodesAlike]) -> str:
    known = {pool for nodes in counted if nodes.price is not None for pool in nodes.pools}
    unknown = [pool for pool in spec.node_pools if pool not in known]
    days = sorted({nodes.price[1] for nodes in counted if nodes.price is not None})
    parts = [f"no cost is shown of {few(unknown)}"] if unknown else []
    if days:
        parts.append(f"list prices of {days[0]}" + (f" to {days[-1]}" if days[1:] else ""))
        parts.append("no disks, network, fees or discounts")
    return "; ".join(parts)


def _counted(spec: Spec, plans: Iterable[NodePoolPlan], catalog: Catalog) -> Iterator[_NodesAlike]:
    tpus: dict[int, dict[str, tuple[Decimal, date] | None]] = {}
    for plan in {plan.key: plan for plan in plans}.values():
        price = usd_per_node_hour(node_group(plan), catalog)
        if plan.machine.tpu is not None:
            tpus.setdefault(plan.machine.vcpus, {})[plan.key] = price
        elif len(spec.cluster_name) + len(plan.key) <= LONGEST_NODE_NAME:
            yield _NodesAlike((plan.key,), node_names(spec.cluster_name, plan.key), None, price)
    for vcpus, prices in tpus.items():
        (price, *others) = set(prices.values())
        cores = vcpus if len(tpus) > 1 else None
        yield _NodesAlike(tuple(prices), TPU_NODE_NAMES, cores, None if others else price)


def node_names(cluster: str, pool: str) -> str:
    """What matches the names of a pool's nodes and of no other's, whose names go on after this one's."""
    return f"gke-{cluster}-{pool}-[0-9a-f]{{8}}-[0-9a-z]{{4}}"


def _nodes_of(spec: Spec) -> str:
    return f'monitored_resource="k8s_node", cluster_name="{spec.cluster_name}"'


def _count(spec: Spec, nodes: _NodesAlike) -> str:
    cores = f" == {nodes.cores}" if nodes.cores is not None else ""
    return f'count({NODES}{{{_nodes_of(spec)}, node_name=~"{nodes.names}"}}{cores})'


def _of_pods(spec: Spec, workload: str) -> str:
    """Matchers of the pods of a version: of a Deployment, or of a group of hosts."""
    where = f'monitored_resource="k8s_container", cluster_name="{spec.cluster_name}"'
    names = f"{workload}-([0-9a-z]+-[0-9a-z]{{5}}|[0-9]+(-[0-9]+)?)"
    return f'{where}, namespace_name="{SERVING_NAMESPACE}", pod_name=~"{names}"'


def _plain(usd: Decimal) -> str:
    return f"{usd.normalize():f}"


def _asks_for_accelerators(spec: Spec) -> bool:
    versions = (version for endpoint in spec.endpoints.values() for version in endpoint.versions.values())
    of_pipelines = {resource for pipeline in spec.pipelines.values() for resource in pipeline.at_most}
    return any(version.gpu or version.tpu for version in versions) or bool({GPU, TPU} & of_pipelines)
