"""In which regions of the quota file a stack, or one of its node pools, fits: the ledger, as if it were there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from weighbridge.catalog import Catalog
from weighbridge.infrastructure.node_pool import NodePoolPlan, plan_node_pools
from weighbridge.pull.sold import is_sold
from weighbridge.quota.arithmetic import GLOBAL, QuotaKey
from weighbridge.quota.demand import collect, demand_of_stacks, node_group, spec_demand
from weighbridge.quota.ledger import Demand, LedgerRow, LimitState, StackDemand, build_ledger, joined
from weighbridge.quota.reservations import group_claims
from weighbridge.spec.cloud import Cloud
from weighbridge.spec.quota_file import QuotaFile
from weighbridge.spec.root import Spec


@dataclass(frozen=True, slots=True)
class PossibleRegion:
    """One region. It fits where nothing is short, nothing is not sold and nothing can't be counted."""

    region: str
    zones: tuple[str, ...]  # that its nodes would be in
    here: bool  # whether it is there already
    short: tuple[LedgerRow, ...]  # limits that it would exceed, or that the file has none of
    not_sold: tuple[str, ...]  # machine types
    doubts: tuple[str, ...]  # what can't be counted there

    @property
    def fits(self) -> bool:
        """Whether everything that is known admits it."""
        return not (self.short or self.not_sold or self.doubts)


def places(
    spec: Spec, pool: str | None, by_spec: Mapping[str, StackDemand], quota: QuotaFile, catalog: Catalog, now: datetime
) -> tuple[PossibleRegion, ...]:
    """Every region of the file, the one that it is in first. `pool`: only this node pool moves, the rest stays."""
    regions = {limit.region for limit in quota.limits if limit.region != GLOBAL}
    order = sorted(regions, key=lambda region: (region != spec.cloud.region, region))
    return tuple(_place(region, spec, pool, by_spec, quota, catalog, now) for region in order)


def _place(
    region: str, spec: Spec, pool: str | None, by_spec: Mapping[str, StackDemand], quota: QuotaFile, catalog: Catalog,
    now: datetime,
) -> PossibleRegion:  # fmt: skip
    machines = _machines(spec, pool)
    zones = _zones(region, spec, machines, quota, catalog)
    moved = spec if region == spec.cloud.region else _moved(spec, region, zones)
    demand: StackDemand = spec_demand(moved, quota, catalog)
    if pool is not None:
        demand = _with_pool_elsewhere(spec, moved, pool, quota, catalog)
    theirs = _moving(moved, pool, demand, quota, catalog)
    demands = demand_of_stacks({**by_spec, spec.environment: demand}, quota, catalog)
    rows = build_ledger(quota, demands, catalog, now).rows
    short = tuple(
        row for row in rows if row.key in theirs and row.state in (LimitState.OVER, LimitState.ABSENT, LimitState.STALE)
    )
    not_sold = tuple(name for name in machines if not _somewhere(name, region, zones, quota, catalog))
    doubts = tuple(f"{doubt.holder}: {doubt.message}" for doubt in demand.doubts)
    return PossibleRegion(region, zones, region == spec.cloud.region, short, not_sold, doubts)


def _machines(spec: Spec, pool: str | None) -> tuple[str, ...]:
    pools = spec.node_pools if pool is None else {pool: spec.node_pools[pool]}
    return tuple(dict.fromkeys(entry.machine_type for entry in pools.values()))


def _zones(region: str, spec: Spec, machines: Iterable[str], quota: QuotaFile, catalog: Catalog) -> tuple[str, ...]:
    """As many zones as the stack has, of those that sell most of its machine types."""
    if region == spec.cloud.region:
        return tuple(spec.cloud.zones)
    named = tuple(machines)
    zones = [zone for zone in catalog.zones(region) if "-ai" not in zone.removeprefix(region)]
    best = sorted(zones, key=lambda zone: (-sum(_sells(zone, name, quota, catalog) for name in named), zone))
    return tuple(sorted(best[: len(spec.cloud.zones)]))


def _sells(zone: str, name: str, quota: QuotaFile, catalog: Catalog) -> bool:
    return is_sold(catalog.machine_types[name], zone, quota.sold) is not False


def _somewhere(name: str, region: str, zones: Iterable[str], quota: QuotaFile, catalog: Catalog) -> bool:
    """Whether one of the zones sells it, as pulled; else, whether the catalog has it in the region."""
    machine = catalog.machine_types[name]
    known = [is_sold(machine, zone, quota.sold) for zone in zones]
    if any(known):
        return True
    return region in machine.regions if None in known or not known else False


def _moved(spec: Spec, region: str, zones: tuple[str, ...]) -> Spec:
    cloud = Cloud.model_construct(project=spec.cloud.project, region=region, zones=zones)
    pools = {
        key: pool if pool.zones is None else pool.model_copy(update={"zones": zones[: len(pool.zones)]})
        for key, pool in spec.node_pools.items()
    }
    return spec.model_copy(update={"cloud": cloud, "node_pools": pools})


def _pool_plans(spec: Spec, pool: str, catalog: Catalog) -> Iterator[NodePoolPlan]:
    yield from (plan for plan in plan_node_pools(spec, catalog) if plan.key == pool)


def _pool_demand(spec: Spec, pool: str, quota: QuotaFile, catalog: Catalog) -> Demand:
    groups = [node_group(plan) for plan in _pool_plans(spec, pool, catalog)]
    return collect((group.name, partial(group_claims, group, quota, catalog)) for group in groups)


def _with_pool_elsewhere(spec: Spec, moved: Spec, pool: str, quota: QuotaFile, catalog: Catalog) -> StackDemand:
    rest = spec.model_copy(update={"node_pools": {key: one for key, one in spec.node_pools.items() if key != pool}})
    return joined(spec_demand(rest, quota, catalog), _pool_demand(moved, pool, quota, catalog))


def _moving(
    moved: Spec, pool: str | None, demand: StackDemand, quota: QuotaFile, catalog: Catalog
) -> frozenset[QuotaKey]:
    """The limits that what moves draws on."""
    drawn = demand.drawn if pool is None else _pool_demand(moved, pool, quota, catalog).drawn
    return frozenset(key for key, part in drawn.items() if part.peak)
