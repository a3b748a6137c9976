"""Node pools as a report lists them: machines, counts and prices, and what becomes of those that serve or train."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from weighbridge.catalog import Catalog
from weighbridge.preview.changes import flagged
from weighbridge.preview.headlines import ServingState, headlines
from weighbridge.preview.result import Change, Flag, PoolLine
from weighbridge.quota.cost import Pool, monthly_of
from weighbridge.quota.prices import NodePrices


def pool_lines(pools: Sequence[Pool], prices: NodePrices, expected: Mapping[str, Decimal]) -> tuple[PoolLine, ...]:
    """A line a pool; `expected` is US dollars a month by the pool's URN."""
    monthly = monthly_of(pools, prices)
    return tuple(
        replace(_pool_line(pool, price, prices.catalog), expected_monthly=expected.get(pool.urn))
        for pool, price in zip(pools, monthly, strict=True)
    )


def _pool_line(pool: Pool, price: tuple[Decimal, Decimal, date | None] | None, catalog: Catalog) -> PoolLine:
    group = pool.group
    accelerators = ""
    if group.gpu is not None:
        known = catalog.gpus.get(group.gpu)
        accelerators = f"{group.gpus_per_node} x {known.display if known else group.gpu}"
    elif group.machine.tpu is not None:
        accelerators = f"{group.machine.tpu_chips} TPU chips"
    return PoolLine(
        name=group.name,
        machine_type=group.machine.name,
        accelerators=accelerators,
        provisioning=group.provisioning.value,
        least_nodes=pool.least_nodes,
        most_nodes=group.nodes.steady,
        peak_nodes=group.nodes.peak,
        least_monthly=price[0] if price is not None else None,
        most_monthly=price[1] if price is not None else None,
        priced_on=price[2] if price is not None else None,
    )


def pool_flags(
    changes: Sequence[Change], pools: Sequence[Pool], before: Sequence[Pool], existing: ServingState
) -> tuple[Flag, ...]:
    """What must not be overlooked among the changes; node pools with accelerators say their size."""
    by_urn = {pool.urn: pool.group for pool in (*before, *pools)}
    accelerated = {
        urn: f"up to {group.nodes.steady} nodes of {group.machine.name}"
        for urn, group in by_urn.items()
        if group.gpu is not None or group.machine.tpu is not None
    }
    found = []
    creates_first = {change.urn for change in changes if not change.delete_first}
    for flag in flagged(changes, lambda urn: urn in accelerated):
        group = by_urn.get(flag.urn)
        extra = existing.on_pool(flag.urn) if group is not None else existing.inside()
        if group is not None and flag.urn in creates_first:
            nodes = group.nodes.held
            extra = f" That takes {nodes} nodes of {group.machine.name} more for a while.{extra}"
        found.append(replace(flag, message=flag.message + extra))
    return (*found, *headlines(changes, existing, accelerated))
