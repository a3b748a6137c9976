"""What each endpoint and pipeline takes of its node pool, at least, as expected and at most; and what a pool may cost.

Nobody knows a month before it is over. What is expected rests on the spec alone:

- replicas of a version that takes traffic are halfway between the fewest and the most of its autoscaler, of one that
  takes none at the fewest;
- a run takes halfway between what its pipeline is guaranteed and the most it may use, for `expected_duration` of
  each `runs_every`; where the spec lacks one of them, for half of the time, and that is said;
- a pool has nodes for that, never fewer or more than its autoscaler allows.

A pod's part of a node is that of the resource of which it takes most.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from math import ceil
from typing import Literal

from weighbridge.conventions import APP_LABEL, SERVING_NAMESPACE, VERSION_LABEL
from weighbridge.preview.result import CostShare
from weighbridge.quota.cost import HOURS_PER_MONTH, Cost, NodePools, Pool
from weighbridge.quota.prices import NodePrices
from weighbridge.resources.held_resource import HeldResource, Surroundings
from weighbridge.resources.inputs import CannotJudge
from weighbridge.rollouts.weights import weights
from weighbridge.rules.placement import place
from weighbridge.scheduling.pool_nodes import PoolNodes, pool_nodes
from weighbridge.scheduling.workload import Workload, workloads
from weighbridge.spec.pipeline import Pipeline, ResourceName
from weighbridge.spec.root import Spec

HALF = Decimal("0.5")
ASSUMED = "half of the time, as the spec has no {}"
_CENT = Decimal("0.01")
_NodePrice = tuple[Decimal, date | None]
"""US dollars a month of one node, and the day of the price."""


@dataclass(frozen=True, slots=True)
class ExpectedCost:
    """US dollars a month; `by_pool` by URN, without pools that have no price."""

    by_pool: Mapping[str, Decimal]
    shares: tuple[CostShare, ...]

    def total(self, cost: Cost) -> Decimal | None:
        """Of all pools, with committed nodes that none takes; None where no pool has a price."""
        return max(sum(self.by_pool.values(), cost.idle), cost.least) if self.by_pool else None


@dataclass(frozen=True, slots=True)
class _NodesTaken:
    """Nodes of one pool, parts of nodes too, that something takes at least, as expected and at most."""

    least: Decimal
    expected: Decimal
    most: Decimal

    def plus(self, other: _NodesTaken) -> _NodesTaken:
        return _NodesTaken(self.least + other.least, self.expected + other.expected, self.most + other.most)


_NONE = _NodesTaken(Decimal(0), Decimal(0), Decimal(0))
_ByPool = dict[str, _NodesTaken]


def expected_cost(
    spec: Spec, resources: Sequence[HeldResource], around: Surroundings, pools: NodePools, prices: NodePrices
) -> ExpectedCost:
    """Of a stack by its own spec. What can't be placed on a pool takes nothing of any.

    A node costs what the pool's nodes do on average at their most, where some of them are committed.
    """
    nodes = {pool.urn: pool for pool in pool_nodes(resources, around)[0]}
    per_node = dict(_per_node(pools.read, prices))
    served, others = _served(spec, resources, nodes)
    piped = {name: _of_pipeline(pipeline, nodes) for name, pipeline in spec.pipelines.items()}
    by_pool = {}
    for pool in pools.read:
        price = per_node.get(pool.urn)
        if price is None:
            continue
        always = sum((taken.get(pool.urn, _NONE).expected for taken in (*served.values(), *others)), Decimal(0))
        runs = sum((taken.get(pool.urn, _NONE).expected for taken in piped.values()), Decimal(0))
        wanted = Decimal(ceil(always)) + runs
        within = min(max(wanted, Decimal(pool.least_nodes)), Decimal(pool.group.nodes.steady))
        by_pool[pool.urn] = _rounded(within * price[0])
    shares = [
        *(_share(name, "endpoint", spec.endpoints[name].node_pool, taken, per_node) for name, taken in served.items()),
        *(
            _share(name, "pipeline", spec.pipelines[name].node_pool, taken, per_node, _assumed(spec.pipelines[name]))
            for name, taken in piped.items()
        ),
    ]
    return ExpectedCost(by_pool, tuple(shares))


def _per_node(pools: Sequence[Pool], prices: NodePrices) -> Iterator[tuple[str, _NodePrice]]:
    most = [(pool.group, max(1, pool.group.nodes.steady)) for pool in pools]
    for pool, (_, nodes), price in zip(pools, most, prices.priced(most).hourly, strict=True):
        if price is not None:
            yield pool.urn, (price.usd / nodes * HOURS_PER_MONTH, price.as_of)


def _served(
    spec: Spec, resources: Sequence[HeldResource], nodes: Mapping[str, PoolNodes]
) -> tuple[dict[str, _ByPool], list[_ByPool]]:
    """What each endpoint takes, in the spec's order, and what all other workloads do that always run."""
    endpoints: dict[str, _ByPool] = {name: {} for name in spec.endpoints}
    others = []
    for workload in workloads(resources)[0]:
        per_replica = dict(_per_replica(workload, nodes))
        name = workload.labels.get(APP_LABEL, "")
        version = workload.labels.get(VERSION_LABEL)
        if workload.namespace != SERVING_NAMESPACE or version is None or name not in endpoints:
            least = Decimal(workload.least)
            others.append({urn: _NodesTaken(*(part * least,) * 3) for urn, part in per_replica.items()})
            continue
        takes_traffic = weights(spec.endpoints[name]).get(version, Decimal(0)) > 0
        expected = (workload.least + workload.most) * HALF if takes_traffic else Decimal(workload.least)
        for urn, part in per_replica.items():
            most = min(part * workload.most, Decimal(nodes[urn].most))
            taken = _NodesTaken(part * workload.least, min(part * expected, most), most)
            endpoints[name][urn] = endpoints[name].get(urn, _NONE).plus(taken)
    for of in endpoints.values():
        of.update({urn: _capped(taken, nodes[urn]) for urn, taken in of.items()})
    return endpoints, others


def _per_replica(workload: Workload, nodes: Mapping[str, PoolNodes]) -> Iterator[tuple[str, Decimal]]:
    """Nodes of each pool that one replica takes; pods that several pools would take are on the first."""
    try:
        placed = place(workload, tuple(nodes.values()))
    except CannotJudge:
        return
    taken: dict[str, Decimal] = {}
    for pods, (first, *_) in placed.pods if placed is not None else ():
        taken[first] = taken.get(first, Decimal(0)) + pods.count * _part(pods.request, nodes[first].room)
    yield from taken.items()


def _of_pipeline(pipeline: Pipeline, nodes: Mapping[str, PoolNodes]) -> _ByPool:
    """What runs take of its pool, of all slices alike where it is made of some."""
    own = {urn: pool for urn, pool in nodes.items() if _is_of(pool.name, pipeline.node_pool)}
    found = {}
    for urn, pool in own.items():
        most = min(_part(pipeline.at_most, pool.room) / len(own), Decimal(pool.most))
        guaranteed = min(_part(pipeline.guaranteed, pool.room) / len(own), most)
        expected = (guaranteed + most) * HALF * _busy(pipeline)
        found[urn] = _NodesTaken(Decimal(0), expected, most)
    return found


def _is_of(name: str, key: str) -> bool:
    """Whether a pool is the spec's of that key, or one of its slices."""
    return name == key or (name.startswith(f"{key}-s") and name.removeprefix(f"{key}-s").isdecimal())


def _busy(pipeline: Pipeline) -> Decimal:
    """The part of the time that it runs."""
    every, lasts = pipeline.runs_every, pipeline.expected_duration
    if every is None or lasts is None:
        return HALF
    return min(Decimal(1), Decimal(lasts.total_seconds()) / Decimal(every.total_seconds()))


def _assumed(pipeline: Pipeline) -> str:
    """What had to be assumed of it, in words; empty where the spec says all."""
    absent = [f"`{key}`" for key in ("runs_every", "expected_duration") if getattr(pipeline, key) is None]
    return ASSUMED.format(" and no ".join(absent)) if absent else ""


def _part(request: Mapping[str, Decimal] | Mapping[ResourceName, Decimal], room: Mapping[str, Decimal]) -> Decimal:
    """Of a node, or of several; more than one where a node doesn't hold it."""
    return max((amount / room[name] for name, amount in request.items() if room.get(name)), default=Decimal(0))


def _capped(taken: _NodesTaken, pool: PoolNodes) -> _NodesTaken:
    most = Decimal(pool.most)
    return _NodesTaken(min(taken.least, most), min(taken.expected, most), min(taken.most, most))


def _share(
    name: str,
    kind: Literal["endpoint", "pipeline"],
    pool: str,
    taken: _ByPool,
    per_node: Mapping[str, _NodePrice],
    assumed: str = "",
) -> CostShare:
    known = {urn: per_node[urn] for urn in taken if urn in per_node}
    if not taken or len(known) < len(taken):
        return CostShare(name, kind, pool, assumed=assumed)
    return CostShare(
        name, kind, pool,
        least_monthly=_rounded(_sum(known[urn][0] * nodes.least for urn, nodes in taken.items())),
        expected_monthly=_rounded(_sum(known[urn][0] * nodes.expected for urn, nodes in taken.items())),
        most_monthly=_rounded(_sum(known[urn][0] * nodes.most for urn, nodes in taken.items())),
        priced_on=min((day for _, day in known.values() if day is not None), default=None),
        assumed=assumed,
    )  # fmt: skip


def _sum(parts: Iterable[Decimal]) -> Decimal:
    return sum(parts, Decimal(0))


def _rounded(usd: Decimal) -> Decimal:
    return usd.quantize(_CENT, ROUND_HALF_UP)
