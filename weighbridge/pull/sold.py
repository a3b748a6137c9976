"""What zones sell, in few words: a family stands for all machine types of it that the catalog has."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from weighbridge.catalog import Catalog, MachineType


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


def is_sold(machine: MachineType, zone: str, sold: Mapping[str, Collection[str]]) -> bool | None:
    """Whether a zone sells a machine type; None: nobody has asked."""
    listed = sold.get(zone)
    return None if listed is None else machine.family in listed or machine.name in listed
