"""What zones sell, in few words: a family stands for all machine types of it that the catalog has."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from weighbridge.catalog import Catalog, MachineType
from weighbridge.infrastructure.node_pool import plan_node_pools
from weighbridge.spec.quota_file import QuotaFile
from weighbridge.spec.root import Spec


def in_few_words(names: Collection[str], catalog: Catalog) -> tuple[str, ...]:
    """Families that are sold whole, and single machine types of the others; only what the catalog has."""
    by_family: dict[str, list[str]] = {}
    for machine in catalog.machine_types.values():
        by_family.setdefault(machine.family, []).append(machine.name)
    found: list[str] = []
    for family, members in by_family.items():
        here = [name for name in members if name in names]
        found += [family] if len(here) == len(members) else here
    return tuple(sorted(found))


def not_sold_lines(spec: Spec, quota: QuotaFile, catalog: Catalog) -> Iterator[str]:
    """A line for each pool whose machine type a zone of it doesn't sell, as pulled."""
    found: dict[str, tuple[MachineType, set[str]]] = {}
    for plan in plan_node_pools(spec, catalog):
        lacking = {zone for zone in plan.zones if is_sold(plan.machine, zone, quota.sold) is False}
        if lacking:
            found.setdefault(plan.key, (plan.machine, set()))[1].update(lacking)
    for pool, (machine, zones) in found.items():
        day = f"{quota.pulled_at:%Y-%m-%d}"
        yield f"{pool}: {', '.join(sorted(zones))} sold no {machine.name} when the limits were pulled ({day})"


def is_sold(machine: MachineType, zone: str, sold: Mapping[str, Collection[str]]) -> bool | None:
    """Whether a zone sells a machine type; None: nobody has asked."""
    listed = sold.get(zone)
    return None if listed is None else machine.family in listed or machine.name in listed
