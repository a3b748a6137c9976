"""What the node pools of a stack cost, at least and at most; and the pools themselves, as their resources say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from weighbridge.catalog import Catalog
from weighbridge.files.model_problems import few
from weighbridge.quota.arithmetic import NodeGroup
from weighbridge.quota.holders_cluster import auto_provisions, cluster_groups
from weighbridge.quota.holders_node_pool import TYPE as NODE_POOL
from weighbridge.quota.holders_node_pool import place_of, read_node_group
from weighbridge.quota.prices import Commitment, NodePrices, Priced
from weighbridge.resources.held_resource import CLUSTER_TYPE, HeldResource, Surroundings
from weighbridge.resources.inputs import CannotJudge
from weighbridge.units import usd

HOURS_PER_MONTH = 730
"""Google's own month: 365 days of 24 hours, divided by 12."""


@dataclass(frozen=True, slots=True)
class Pool:
    """A node pool and the fewest nodes that its autoscaler keeps."""

    urn: str
    group: NodeGroup
    least_nodes: int


@dataclass(frozen=True, slots=True)
class NodePools:
    """The node pools of a stack by name; `unread` are those whose nodes nobody can tell, auto-provisioned ones too."""

    read: tuple[Pool, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cost:
    """US dollars a month (730 hours) of the node pools. `unpriced` names the pools that are in none of the sums."""

    least: Decimal
    most: Decimal
    most_before: Decimal | None = None
    budget: Decimal | None = None
    unpriced: tuple[str, ...] = ()
    prices_of: date | None = None
    unpriced_before: tuple[str, ...] = ()
    """Of what `most_before` adds up."""
    commitments: tuple[Commitment, ...] = ()
    """Committed-use prices in the sums, and those that have ended and are no more."""
    idle: Decimal = Decimal(0)
    """Of `most`, what is committed by number of nodes and no pool takes."""

    expected: Decimal | None = None
    """Between the two, of a stack that has a spec (`preview/expected_cost`)."""

    @property
    def over_budget(self) -> Decimal | None:
        """By how much the most exceeds the budget, at least; None if it doesn't, as far as prices are known."""
        return self.most - self.budget if self.budget is not None and self.most > self.budget else None

    @property
    def keeps_budget(self) -> bool | None:
        """Whether the most is within the budget. None: there is none, or a price is unknown, so nobody can tell."""
        if self.budget is None:
            return None
        if self.over_budget is not None:
            return False
        return None if self.unpriced else True


def pools_of(resources: Iterable[HeldResource], around: Surroundings) -> NodePools:
    """The node pools among resources, those inside a cluster too."""
    found: list[Pool] = []
    unread: list[str] = []
    for resource in resources:
        if resource.existing or resource.type not in (NODE_POOL, CLUSTER_TYPE):
            continue
        if resource.type == CLUSTER_TYPE and auto_provisions(resource):
            unread.append(f"{resource.known_as} auto-provisioning")
        try:
            found.extend(_read(resource, around))
        except CannotJudge:
            unread.append(resource.known_as)
    return NodePools(tuple(sorted(found, key=lambda pool: pool.group.name)), tuple(sorted(unread)))


def _read(resource: HeldResource, around: Surroundings) -> Iterator[Pool]:
    if resource.type == CLUSTER_TYPE:  # how few nodes its pools keep is not read
        groups = cluster_groups(resource, around)
        yield from (Pool(resource.urn, group, least_nodes=0) for group in groups if group.nodes.steady)
        return
    place = place_of(resource, around)
    first = resource.creates_first
    group = read_node_group(resource.read, resource.known_as, place, around.catalog, creates_first=first)
    yield Pool(resource.urn, group, _least(resource, len(place.zones)))


def _least(resource: HeldResource, zones: int) -> int:
    autoscaling = resource.read.part("autoscaling")
    if autoscaling is None:
        return (resource.read.count("nodeCount") or resource.read.count("initialNodeCount") or 0) * zones
    return autoscaling.count("totalMinNodeCount") or (autoscaling.count("minNodeCount") or 0) * zones


def cost_of(pools: NodePools, before: NodePools | None, budget: Decimal | None, prices: NodePrices) -> Cost:
    """US dollars a month: the fewest and the most nodes of the autoscalers, surge left out as it lasts minutes.

    What is committed by number of nodes is in both, taken or not. Disks, network, licences and the cluster's own fee
    are not in it; GPUs attached to N1 have no price, nor do some machine types: such pools are named.
    """
    least, most = (_priced(pools.read, prices, count) for count in (_fewest, _steady))
    most_before = _priced(before.read, prices, _steady) if before is not None else None
    return Cost(
        least=_sum(least),
        most=_sum(most),
        most_before=None if most_before is None else _sum(most_before),
        budget=budget,
        unpriced=(*_unpriced(pools, most), *pools.unread),
        prices_of=min(
            (price.as_of for price in most.hourly if price is not None and price.as_of is not None), default=None
        ),
        unpriced_before=(*_unpriced(before, most_before), *before.unread) if before is not None and most_before else (),
        commitments=prices.named([pool.group for pool in pools.read]),
        idle=_monthly(most.idle),
    )


def monthly_of(pools: Sequence[Pool], prices: NodePrices) -> Iterator[tuple[Decimal, Decimal, date | None] | None]:
    """US dollars a month of each pool's fewest and most nodes, and the day of the price; None where it has none."""
    least, most = (_priced(pools, prices, count).hourly for count in (_fewest, _steady))
    for low, high in zip(least, most, strict=True):
        yield None if low is None or high is None else (_monthly(low.usd), _monthly(high.usd), high.as_of)


def at_least(cost: Cost) -> str:
    """Such as ``at least $98: 2 pools have no price (a, b)``; how every text about a cost that isn't whole begins."""
    count = len(cost.unpriced)
    have = "pool has" if count == 1 else "pools have"
    return f"at least {usd(cost.most)}: {count} {have} no price ({few(cost.unpriced)})"


def _fewest(pool: Pool) -> int:
    return pool.least_nodes


def _steady(pool: Pool) -> int:
    return pool.group.nodes.steady


def _priced(pools: Sequence[Pool], prices: NodePrices, count: Callable[[Pool], int]) -> Priced:
    return prices.priced([(pool.group, count(pool)) for pool in pools])


def _unpriced(pools: NodePools, most: Priced) -> Iterator[str]:
    pairs = zip(pools.read, most.hourly, strict=True)
    return (pool.group.name for pool, price in pairs if price is None and pool.group.nodes.steady)


def _sum(priced: Priced) -> Decimal:
    return _monthly(sum((price.usd for price in priced.hourly if price is not None), priced.idle))


def _monthly(usd_per_hour: Decimal) -> Decimal:
    return (usd_per_hour * HOURS_PER_MONTH).quantize(Decimal("0.01"), ROUND_HALF_UP)


def usd_per_node_hour(group: NodeGroup, catalog: Catalog) -> tuple[Decimal, date] | None:
    """List price of one node, without disks and discounts, and its day; None where nobody knows it."""
    if group.gpu is not None and group.machine.gpu is None:
        return None  # attached GPUs are priced apart, and nobody has listed them
    price = catalog.price(group.machine.name, group.region, group.provisioning)
    return None if price is None else (price.usd_per_hour, price.as_of)
