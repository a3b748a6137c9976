"""What is left of each limit for the workloads of one stack, after all stacks, and what to ask Google for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import partial

from weighbridge.catalog import Catalog
from weighbridge.infrastructure.node_pool import plan_node_pool
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.quota.demand import collect, node_group
from weighbridge.quota.ledger import Demand, Ledger, LimitState, part_of
from weighbridge.quota.reservations import MACHINES, group_claims
from weighbridge.spec.quota_file import UNLIMITED_BY_SIZE, QuotaFile
from weighbridge.spec.root import Spec


@dataclass(frozen=True, slots=True)
class LimitRoom:
    """One limit as it stands for these workloads. `limit` is None where the quota file has none: it counts as zero."""

    key: QuotaKey
    display: str
    unit: str
    limit: int | None
    taken: int  # by everything but these workloads
    own: int  # of that, by the rest of this stack
    keep_free: Decimal  # per cent
    share: Decimal | None  # per cent of the limit that this stack may take

    @property
    def left(self) -> int:
        """What these workloads may draw; never below 0."""
        return max(0, self._left(self.limit or 0))

    def limit_for(self, amount: int) -> int | None:
        """The least limit that leaves that much; of a reservation, its machines. None: no limit is enough."""
        low, high = 0, 1
        while self._left(high) < amount:
            high *= 2
            if high > UNLIMITED_BY_SIZE:
                return None  # all of it is kept free, or the stack's share is nothing
        while low < high:
            middle = (low + high) // 2
            if self._left(middle) >= amount:
                high = middle
            else:
                low = middle + 1
        return high

    def _left(self, limit: int) -> int:
        left = limit - part_of(limit, self.keep_free, ROUND_CEILING) - self.taken
        if self.share is not None:
            left = min(left, part_of(limit, self.share, ROUND_FLOOR) - self.own)
        return left


@dataclass(frozen=True)
class QuotaRoom:
    """What is left by limit. `open_questions` are why nothing is admitted yet, whatever is left."""

    stack: str
    project: str
    allowances: Mapping[QuotaKey, LimitRoom] = field(default_factory=dict)
    unbounded: frozenset[QuotaKey] = frozenset()
    open_questions: tuple[str, ...] = ()

    def of(self, key: QuotaKey) -> LimitRoom | None:
        """None where the limit has no bound."""
        return None if key in self.unbounded else self.allowances[key]


def room_of(
    stack: str, spec: Spec, replaced: Iterable[str], keys: Iterable[QuotaKey], quota: QuotaFile, ledger: Ledger,
    catalog: Catalog,
) -> QuotaRoom:  # fmt: skip
    """The room in a stack whose pools of these names go; `keys` are those that somebody might draw on.

    `ledger` has the demand of all stacks, this one's too, and what is claimed beyond it.
    """
    freed = pools_demand(spec, replaced, quota, catalog)
    rows = {row.key: row for row in ledger.rows}
    share = quota.shares.get(stack)
    allowances: dict[QuotaKey, LimitRoom] = {}
    unbounded = set()
    for key in dict.fromkeys([*keys, *freed.drawn]):
        row, facts = rows.get(key), catalog.units_of(key.quota_id, key.dimensions)
        gone = freed.drawn[key].peak if key in freed.drawn else 0
        if row is None:
            if facts is not None and facts.on_some_projects_only:
                unbounded.add(key)
                continue
            display, unit = (facts.display, facts.unit) if facts is not None else (key.quota_id, "")
            allowances[key] = LimitRoom(key, display, unit, None, 0, 0, quota.keep_free, share)
            continue
        if row.state in (LimitState.UNLIMITED, LimitState.NOT_SET):
            unbounded.add(key)
            continue
        machines = key.quota_id.startswith(MACHINES)
        use = row.use(stack)
        own = (use.peak if use is not None else 0) - gone
        allowances[key] = LimitRoom(
            key, row.display, row.unit, row.limit, row.peak + row.claimed_amount + row.outside_amount - gone, own,
            Decimal(0) if machines else quota.keep_free, None if machines else share,
        )  # fmt: skip
    return QuotaRoom(stack, quota.project, allowances, frozenset(unbounded), tuple(_open_questions(ledger)))


def pools_demand(spec: Spec, names: Iterable[str], quota: QuotaFile, catalog: Catalog) -> Demand:
    """What pools of a checked spec draw at their peak."""
    return collect(
        (plan.name, partial(group_claims, node_group(plan), quota, catalog))
        for name in names
        if name in spec.node_pools
        for plan in plan_node_pool(name, spec.node_pools[name], spec, catalog)
    )


def _open_questions(ledger: Ledger) -> Iterable[str]:
    if ledger.stale is not None:
        yield f"the limits admit nothing: {ledger.stale}"
    for stack, doubts in ledger.doubts.items():
        yield from (f"{stack}: {doubt.holder}: {doubt.message}" for doubt in doubts)
    yield from (f"{doubt.holder}: {doubt.message}" for doubt in ledger.uncounted)
