"""Who may have how much of one node pool, for every resource that its nodes have.

A spec names the resources that matter to a pipeline; Kueue wants all that a job asks for, or never admits it. What a
pipeline doesn't name follows from what it does: its guarantee is the same part of the pool as its largest named one
(of what the others, who do name it, leave), as nobody can use four of eight GPUs without a part of the cores; its
ceiling is the pool. Kueue adds a cohort's own quota to that of its queues, so the three parts are

    queue: guaranteed      queue may borrow: at_most - guaranteed      cohort: capacity - the sum of guarantees
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from weighbridge.queues.capacity import rounded_down

Amounts = Mapping[str, Decimal]
"""Cores, bytes and devices by resource name."""


@dataclass(frozen=True, slots=True)
class ShareRequest:
    """What a pipeline's spec names."""

    guaranteed: Amounts
    at_most: Amounts


@dataclass(frozen=True, slots=True)
class Share:
    """What a queue has of one resource: always, and at most where the others leave it idle."""

    guaranteed: Decimal
    at_most: Decimal

    @property
    def borrowed(self) -> Decimal:
        """The most that it may use beyond its guarantee."""
        return self.at_most - self.guaranteed


@dataclass(frozen=True, slots=True)
class PoolShares:
    """The shares of one pool. `spare` is the cohort's own quota: what nobody is guaranteed and all may borrow.

    `short` is by how much the guarantees exceed the capacity; endpoints at their most can bring that about.
    """

    capacity: Amounts
    of: Mapping[str, Mapping[str, Share]]  # by pipeline and resource
    spare: Amounts
    short: Amounts


def pool_shares(capacity: Amounts, asked: Mapping[str, ShareRequest]) -> PoolShares:
    """The shares of all pipelines of one pool. `asked` names no resource that `capacity` doesn't have."""
    parts = {name: _part(wish, capacity) for name, wish in asked.items()}
    of: dict[str, dict[str, Share]] = {name: {} for name in asked}
    spare: dict[str, Decimal] = {}
    short: dict[str, Decimal] = {}
    for resource, most in capacity.items():
        naming = {name: wish for name, wish in asked.items() if resource in wish.at_most}
        named = {name: wish.guaranteed.get(resource, Decimal(0)) for name, wish in naming.items()}
        others = {name: parts[name] for name in asked if name not in named}
        left = max(Decimal(0), most - sum(named.values()))
        whole = sum(others.values())
        base = min(most, left / whole) if whole else Decimal(0)
        for name, wish in asked.items():
            if name in named:
                of[name][resource] = Share(named[name], wish.at_most[resource])
            else:
                of[name][resource] = Share(rounded_down(resource, others[name] * base), most)
        held = sum((share[resource].guaranteed for share in of.values()), Decimal(0))
        spare[resource] = max(Decimal(0), most - held)
        if held > most:
            short[resource] = held - most
    return PoolShares(capacity, of, spare, short)


def _part(wish: ShareRequest, capacity: Amounts) -> Decimal:
    """The largest part of the pool that it is guaranteed of a resource it names."""
    parts = [amount / capacity[name] for name, amount in wish.guaranteed.items() if capacity.get(name)]
    return min(Decimal(1), max(parts, default=Decimal(0)))
