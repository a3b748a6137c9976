"""What the node pools of a stack cost, at least and at most; and the pools themselves, as their resources say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from weighbridge.alerting.cost import AlertingCost
from weighbridge.catalog import Catalog
from weighbridge.preview.result import Cost
from weighbridge.quota.arithmetic import NodeGroup
from weighbridge.quota.holders_node_pool import TYPE as NODE_POOL
from weighbridge.quota.holders_node_pool import place_of, read_node_group
from weighbridge.resources.held_resource import HeldResource, Surroundings
from weighbridge.resources.inputs import CannotJudge
from weighbridge.spec.quota_file import QuotaFile

HOURS_PER_MONTH = 730
"""Google's own month: 365 days of 24 hours, divided by 12."""


@dataclass(frozen=True, slots=True)
class Pool:
    """A node pool and the fewest nodes that its autoscaler keeps."""

    urn: str
    group: NodeGroup
    least_nodes: int


def pools_of(resources: Iterable[HeldResource], quota: QuotaFile, catalog: Catalog) -> tuple[Pool, ...]:
    """The node pools among resources, by name. One that can't be read is left out: it is a violation already."""
    known = tuple(resources)
    around = Surroundings.of(known, quota, catalog)
    found = []
    for resource in known:
        if resource.type != NODE_POOL or resource.existing:
            continue
        try:
            location = place_of(resource, around)
            group = read_node_group(resource.read, resource.known_as, location, catalog, autonamed=resource.autonamed)
            found.append(Pool(resource.urn, group, _least(resource, len(location.zones))))
        except CannotJudge:
            continue
    return tuple(sorted(found, key=lambda pool: pool.group.name))


def _least(resource: HeldResource, zones: int) -> int:
    autoscaling = resource.read.part("autoscaling")
    if autoscaling is None:
        return (resource.read.count("nodeCount") or resource.read.count("initialNodeCount") or 0) * zones
    return autoscaling.count("totalMinNodeCount") or (autoscaling.count("minNodeCount") or 0) * zones


def cost_of(
    pools: Sequence[Pool],
    before: Sequence[Pool] | None,
    budget: Decimal | None,
    catalog: Catalog,
    alerting: AlertingCost | None = None,
) -> Cost:
    """US dollars a month: the fewest and the most nodes of the autoscalers, surge left out as it lasts minutes.

    Disks, network, licences and the cluster's own fee are not in it; GPUs attached to N1 have no price, nor do some
    machine types: such pools are named.
    """
    hourly = {pool.urn: _usd_per_node_hour(pool.group, catalog) for pool in pools}
    dates = [price[1] for price in hourly.values() if price is not None]
    return Cost(
        least=_monthly((pool.least_nodes, hourly[pool.urn]) for pool in pools),
        most=_monthly((pool.group.nodes.steady, hourly[pool.urn]) for pool in pools),
        most_before=None
        if before is None
        else _monthly((pool.group.nodes.steady, _usd_per_node_hour(pool.group, catalog)) for pool in before),
        budget=budget,
        unpriced=tuple(pool.group.name for pool in pools if hourly[pool.urn] is None),
        prices_of=min(dates, default=None),
        alerting=alerting,
    )


def _monthly(parts: Iterable[tuple[int, tuple[Decimal, date] | None]]) -> Decimal:
    total = sum((price[0] * nodes for nodes, price in parts if price is not None), Decimal(0))
    return (total * HOURS_PER_MONTH).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _usd_per_node_hour(group: NodeGroup, catalog: Catalog) -> tuple[Decimal, date] | None:
    if group.gpu is not None and group.machine.gpu is None:
        return None  # attached GPUs are priced apart, and nobody has listed them
    price = catalog.price(group.machine.name, group.region, group.provisioning)
    return None if price is None else (price.usd_per_hour, price.as_of)
