"""What nodes cost by the hour: list prices, and what the quota file says of committed use.

A commitment of some nodes of a stack is paid whether they run or not, so what no pool takes of it is a cost too. Nodes
beyond it, and everything from the day after its end, are at the list price; what has no price keeps having none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from weighbridge.catalog import Catalog, MachineType, Provisioning
from weighbridge.quota.arithmetic import NodeGroup
from weighbridge.spec.quota_file import CommittedUse, QuotaFile
from weighbridge.units import percent

COMMITTED = (Provisioning.STANDARD, Provisioning.RESERVATION)
"""Ways to buy nodes that committed use covers. Source: Google's page on committed-use discounts, which leaves Spot VMs
and flex-start out; that queued nodes have none is inferred."""


@dataclass(frozen=True, slots=True)
class Commitment:
    """A committed-use price, for people. `price` is in words, such as `37% off`; `nodes` None: all of them."""

    machines: str
    region: str
    years: int
    price: str
    nodes: int | None
    until: date
    ended: bool

    @classmethod
    def of(cls, entry: CommittedUse, today: date) -> Commitment:
        """One entry of the quota file."""
        off = f"at ${entry.usd_per_hour:g} an hour" if entry.discount is None else f"{percent(entry.discount)} off"
        return cls(entry.machines, entry.region, entry.years, off, entry.nodes, entry.until, entry.until < today)

    @property
    def words(self) -> str:
        """Such as ``g2 in us-central1 37% off for 1 year``."""
        nodes = "" if self.nodes is None else f"{self.nodes} nodes of " if self.nodes > 1 else "1 node of "
        return f"{nodes}{self.machines} in {self.region} {self.price} for {self.years} year{'s' * (self.years > 1)}"


@dataclass(frozen=True, slots=True)
class HourlyPrice:
    """US dollars an hour, and the oldest day of the list prices in it; None: it has none in it."""

    usd: Decimal
    as_of: date | None


@dataclass(frozen=True, slots=True)
class Priced:
    """Some nodes of each group, in their order; None where a price is missing. `idle` is committed and not taken."""

    hourly: tuple[HourlyPrice | None, ...]
    idle: Decimal


@dataclass(frozen=True, slots=True)
class NodePrices:
    """NodePrices as one stack pays them on a day; `stack` None: nobody says which one."""

    catalog: Catalog
    commitments: tuple[CommittedUse, ...] = ()
    stack: str | None = None
    today: date = date.min

    @classmethod
    def of(cls, catalog: Catalog, quota: QuotaFile, stack: str | None, today: date) -> NodePrices:
        """As the quota file has them."""
        own = [entry for entry in quota.commitments if entry.stack in (None, stack)]
        # The most special goes first: a stack's own, then a machine type's.
        return cls(
            catalog, tuple(sorted(own, key=lambda one: (one.stack is None, "-" not in one.machines))), stack, today
        )

    def per_node(self, machine: MachineType, region: str, provisioning: Provisioning) -> HourlyPrice | None:
        """Of one node beyond those that are committed by number."""
        for entry in self._covering(machine, region, provisioning):
            if entry.nodes is None:
                committed = self._committed(entry, machine)
                if committed is not None:
                    return committed
        price = self.catalog.price(machine.name, region, provisioning)
        return None if price is None else HourlyPrice(price.usd_per_hour, price.as_of)

    def priced(self, groups: Sequence[tuple[NodeGroup, int]]) -> Priced:
        """What so many nodes of each group cost together; committed nodes go to the groups in their order."""
        left = {
            index: entry.nodes for index, entry in enumerate(self.commitments) if self._counts(entry) and entry.nodes
        }
        hourly: list[HourlyPrice | None] = []
        for group, nodes in groups:
            hourly.append(self._group(group, nodes, left))
        idle = Decimal(0)
        for index, nodes in left.items():
            entry = self.commitments[index]
            price = self._committed(entry, self.catalog.machine_types[entry.machines])
            idle += price.usd * nodes if price is not None else 0
        return Priced(tuple(hourly), idle)

    def named(self, groups: Sequence[NodeGroup]) -> tuple[Commitment, ...]:
        """The commitments that matter to those groups, ended ones too; those by number matter in any case."""
        return tuple(
            Commitment.of(entry, self.today)
            for entry in self.commitments
            if (entry.nodes is not None and self._counts(entry))
            or any(_covers(entry, group.machine, group.region, group.provisioning) for group in groups)
        )

    def named_for(self, nodes: Iterable[tuple[MachineType, str, Provisioning]]) -> tuple[Commitment, ...]:
        """The commitments that nodes of these machines, regions and ways to buy them come under, ended ones too."""
        known = tuple(nodes)
        return tuple(
            Commitment.of(entry, self.today)
            for entry in self.commitments
            if any(_covers(entry, machine, region, way) for machine, region, way in known)
        )

    def _group(self, group: NodeGroup, nodes: int, left: dict[int, int]) -> HourlyPrice | None:
        if group.gpu is not None and group.machine.gpu is None:
            return None  # attached GPUs are priced apart, and nobody has listed them
        usd, days = Decimal(0), []
        for index, entry in enumerate(self.commitments):
            if left.get(index) and _covers(entry, group.machine, group.region, group.provisioning):
                price = self._committed(entry, group.machine)
                if price is not None:
                    taken = min(nodes, left[index])
                    left[index], nodes = left[index] - taken, nodes - taken
                    usd += price.usd * taken
                    days.append(price.as_of)
        beyond = self.per_node(group.machine, group.region, group.provisioning)
        if beyond is not None:
            usd += beyond.usd * nodes
            days.append(beyond.as_of)
        elif nodes or not days:
            return None
        return HourlyPrice(usd, min((day for day in days if day is not None), default=None))

    def _covering(self, machine: MachineType, region: str, provisioning: Provisioning) -> Iterator[CommittedUse]:
        return (e for e in self.commitments if self._counts(e) and _covers(e, machine, region, provisioning))

    def _counts(self, entry: CommittedUse) -> bool:
        return entry.until >= self.today

    def _committed(self, entry: CommittedUse, machine: MachineType) -> HourlyPrice | None:
        if entry.usd_per_hour is not None:
            return HourlyPrice(Decimal(str(entry.usd_per_hour)), None)
        listed = self.catalog.price(machine.name, entry.region, Provisioning.STANDARD)
        if listed is None or entry.discount is None:
            return None
        return HourlyPrice(listed.usd_per_hour * (1 - entry.discount / 100), listed.as_of)


def _covers(entry: CommittedUse, machine: MachineType, region: str, provisioning: Provisioning) -> bool:
    return entry.machines in (machine.name, machine.family) and entry.region == region and provisioning in COMMITTED
