"""What a stack may hold while one update runs.

Pulumi creates and updates in the order of dependencies and deletes at the end, so nothing that goes makes room for what
comes. Of each resource there are an old and a new generation::

    old         new        what it may hold while the update runs
    none        some       the new one
    some        none       the old one: it is deleted last
    some        some       the larger of both: it is changed in place, or deleted before the next one is created
    some        some       both: the old one stays until the new one is there

The sum over all resources is at least what they hold at any moment, however the engine orders the rest. A generation
is counted once: the room for a replacement that may come some day is no part of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from weighbridge.quota.arithmetic import Claim, QuotaKey
from weighbridge.quota.holders import generation_demand
from weighbridge.quota.ledger import Demand, Doubt, largest
from weighbridge.resources.held_resource import HeldResource, Surroundings


@dataclass(frozen=True, slots=True)
class Turn:
    """What becomes of one resource in an update. `both`: the old one stays until the new one is there."""

    old: HeldResource | None
    new: HeldResource | None
    both: bool = False
    interrupted: bool = False  # an earlier update may have made it what `old` says, and nobody knows


@dataclass(frozen=True, slots=True)
class Counted:
    """The demand of one turn: before, after, and at most while the update runs."""

    turn: Turn
    before: Demand
    after: Demand
    during: Demand

    @property
    def name(self) -> str:
        """What people call the resource, as it will be."""
        resource = self.turn.new or self.turn.old
        return resource.known_as if resource is not None else ""

    @property
    def urn(self) -> str | None:
        """Of the resource, as it will be."""
        resource = self.turn.new or self.turn.old
        return resource.urn if resource is not None else None


@dataclass(frozen=True)
class Update:
    """All turns of one update."""

    counted: tuple[Counted, ...]

    @cached_property
    def during(self) -> Demand:
        """The most that the stack may hold while the update runs."""
        return _together(counted.during for counted in self.counted)

    @cached_property
    def before(self) -> Demand:
        """What it holds before the update."""
        return _together(counted.before for counted in self.counted)

    @property
    def grows(self) -> bool:
        """Whether of any limit more may be held than before."""
        return any(peak_of(self.during, key) > peak_of(self.before, key) for key in _keys(self.during))

    @property
    def unsure(self) -> tuple[tuple[Counted, Doubt], ...]:
        """What is there already and can't be counted; not what can't be afterwards either, as that is said anyway."""
        return tuple(
            (counted, doubt)
            for counted in self.counted
            for doubt in counted.before.doubts
            if doubt.message not in {last.message for last in counted.after.doubts}
        )


def count_update(turns: Iterable[Turn], before: Surroundings, after: Surroundings) -> Update:
    """Counts both generations of every resource, each among what surrounds it: in the state, or in the program."""
    return Update(tuple(_count(turn, before, after) for turn in turns))


def peak_of(demand: Demand, key: QuotaKey) -> int:
    """How much of one limit."""
    return sum(claim.peak for claim in demand.claims if claim.key == key)


def _count(turn: Turn, before: Surroundings, after: Surroundings) -> Counted:
    new = _once(turn.new, after)
    old = new if turn.old is turn.new else _once(turn.old, before)
    during = _together((old, new)) if turn.both else largest(old, new)
    return Counted(turn, old, new, during)


def _once(resource: HeldResource | None, around: Surroundings) -> Demand:
    if resource is None:
        return Demand()
    alone = replace(resource, options=replace(resource.options, delete_before_replace=True))
    return generation_demand(alone, around)


def _together(demands: Iterable[Demand]) -> Demand:
    claims: list[Claim] = []
    doubts: list[Doubt] = []
    for demand in demands:
        claims += demand.claims
        doubts += demand.doubts
    return Demand(tuple(claims), tuple(doubts))


def _keys(demand: Demand) -> Iterable[QuotaKey]:
    return dict.fromkeys(claim.key for claim in demand.claims)
