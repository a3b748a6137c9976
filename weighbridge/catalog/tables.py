"""Reads the CSV tables into rows. They are written by `build`, which checks them, so reading trusts them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

from weighbridge.catalog.rows import (
    Allocatable,
    Confidence,
    Gpu,
    MachineType,
    Price,
    Provisioning,
    QuotaMetric,
    Source,
    TpuTopology,
)

FOLDER = Path(__file__).parent
MIB = 1024**2
GIB = 1024**3

CONFIDENCE = {str(level): level for level in Confidence}


def rows(table: str) -> Iterator[list[str]]:
    """The rows of a table below its header."""
    with (FOLDER / table).open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        yield from reader


def pairs(text: str, between: str = ":") -> Iterator[tuple[str, str]]:
    """The pairs of a cell such as ``1:48 2:96``."""
    for item in text.split():
        name, _, value = item.partition(between)
        yield name, value


def sources() -> Mapping[str, Source]:
    """Where facts come from, of sources.csv, by the key that other tables cite."""
    return MappingProxyType(
        {
            key: Source(key, what, date.fromisoformat(as_of), licence)
            for key, what, as_of, licence in rows("sources.csv")
        }
    )


def machine_types() -> Mapping[str, MachineType]:
    """The rows of machine_types.csv by name; types with the same regions share one set."""
    found = {}
    region_sets: dict[str, frozenset[str]] = {}
    for name, family, vcpus, memory, shared, gpu, gpus, tpu, chips, ssd, sure, source, regions in rows(
        "machine_types.csv"
    ):
        region_set = region_sets.get(regions)
        if region_set is None:
            region_set = region_sets[regions] = frozenset(regions.split())
        fraction = Fraction(gpus) if "/" in gpus else None
        found[name] = MachineType(
            name=name,
            family=family,
            vcpus=int(vcpus),
            memory_gib=float(memory),
            shared_core=shared == "1",
            gpu=gpu or None,
            gpu_count=1 if fraction else int(gpus or 0),
            gpu_fraction=fraction,
            tpu=tpu or None,
            tpu_chips=int(chips or 0),
            local_ssd_gb=int(ssd or 0),
            regions=region_set,
            confidence=CONFIDENCE[sure],
            source=source,
        )
    return MappingProxyType(found)


def gpus() -> Mapping[str, Gpu]:
    """gpus.csv by GKE accelerator name."""
    found = {}
    for accelerator, display, family, _, families, counts, partitions, sure, source, _ in rows("gpus.csv"):
        most_vcpus = {int(count): int(vcpus) for count, vcpus in pairs(counts)}
        found[accelerator] = Gpu(
            accelerator=accelerator,
            display=display,
            family=family,
            attaches_to=MappingProxyType({machines: tuple(sorted(most_vcpus)) for machines in families.split()}),
            partitions=MappingProxyType({size: int(count) for size, count in pairs(partitions)}),
            confidence=CONFIDENCE[sure],
            source=source,
            most_vcpus=MappingProxyType(most_vcpus),
        )
    return MappingProxyType(found)


def tpu_topologies(machines: Mapping[str, MachineType]) -> Mapping[str, Mapping[str, TpuTopology]]:
    """tpu_topologies.csv by machine type and topology."""
    found: dict[str, dict[str, TpuTopology]] = {}
    for machine_type, topology, chips, hosts, needs_policy, listed, _ in rows("tpu_topologies.csv"):
        found.setdefault(machine_type, {})[topology] = TpuTopology(
            accelerator=machines[machine_type].tpu or "",
            machine_type=machine_type,
            topology=topology,
            chips=int(chips),
            hosts=int(hosts),
            multi_host=hosts != "1",
            needs_workload_policy=needs_policy == "1",
            listed=listed == "1",
        )
    return MappingProxyType(found)


def quota_metrics() -> Mapping[str, QuotaMetric]:
    """quota_metrics.csv by quota id."""
    return MappingProxyType(
        {
            quota_id: QuotaMetric(
                quota_id=quota_id,
                surface="family" if surface == "family" else "consumer_quota",
                metric=metric,
                family_label=family_label or None,
                project_label=project_label,
                confidence=CONFIDENCE[sure],
                source=source,
                note=note,
            )
            for quota_id, surface, metric, family_label, project_label, sure, source, note in rows("quota_metrics.csv")
        }
    )


def zones() -> Mapping[str, frozenset[str]]:
    """Full zone names by region, from zones.csv; zones for machine learning only (``-ai``) included."""
    return MappingProxyType(
        {
            region: frozenset(f"{region}-{suffix}" for suffix in suffixes.split())
            for region, suffixes, _, _, _ in rows("zones.csv")
        }
    )


def boot_disks() -> Mapping[str, tuple[str, ...]]:
    """boot_disks.csv by machine family or machine type."""
    return MappingProxyType(
        {
            machines: tuple(types.split())
            for names, types, _, _, _ in rows("boot_disks.csv")
            for machines in names.split()
        }
    )


def compact_placement() -> frozenset[str]:
    """compact_placement.csv: the machine families that can be placed so."""
    return frozenset(family for families, _, _, _ in rows("compact_placement.csv") for family in families.split())


def local_ssd_counts(machines: Mapping[str, MachineType]) -> Mapping[str, tuple[int, ...]]:
    """How many local SSDs a machine type may have, from local_ssd_counts.csv; types that take none are left out."""
    return MappingProxyType(
        {
            name: tuple(int(count) for count in counts.split())
            for patterns, least, most, counts, _, _, _ in rows("local_ssd_counts.csv")
            for name, machine in machines.items()
            if int(least) <= machine.vcpus <= int(most)
            and any(fnmatchcase(name, pattern) for pattern in patterns.split())
        }
    )


def not_sold(machines: Mapping[str, MachineType]) -> Mapping[tuple[str, Provisioning], str]:
    """Why a machine type can't be had in a way, from not_sold.csv."""
    listed = [
        (names.split(), [Provisioning(way) for way in ways.split()], reason)
        for names, ways, reason, _, _ in rows("not_sold.csv")
    ]
    return MappingProxyType(
        {
            (machine, way): reason
            for patterns, ways, reason in listed
            for machine in machines
            if any(fnmatchcase(machine, pattern) for pattern in patterns)
            for way in ways
        }
    )


@dataclass(frozen=True, slots=True)
class KernelReserved:
    """What Linux keeps of a node's memory before Kubernetes sees it: parts of it, and amounts by size."""

    part: Fraction
    mib: Fraction
    above_gib: Fraction
    above_mib: Fraction  # on nodes of more than `above_gib`
    up_to_gib: Fraction
    up_to_mib: Fraction  # on nodes of at most `up_to_gib`
    estimate_part: Fraction
    estimate_most_mib: Fraction

    def kept_bytes(self, memory_gib: Fraction) -> Fraction:
        """Of a node with that much memory."""
        mib = self.mib + min(memory_gib * GIB / MIB * self.estimate_part, self.estimate_most_mib)
        if memory_gib > self.above_gib:
            mib += self.above_mib
        if memory_gib <= self.up_to_gib:
            mib += self.up_to_mib
        return memory_gib * GIB * self.part + mib * MIB


@dataclass(frozen=True, slots=True)
class GkeReserved:
    """What GKE keeps of a node for itself: parts of CPU and memory by tier, and fixed amounts."""

    cpu_tiers: tuple[tuple[Fraction | None, Fraction], ...]  # up to this many cores, this part
    memory_tiers: tuple[tuple[Fraction | None, Fraction], ...]  # up to this many GiB, this part
    small_memory_below_gib: Fraction
    small_memory_mib: Fraction
    eviction_mib: Fraction
    kernel: KernelReserved
    shared_core_millicores: Fraction

    def taken_off(self, vcpus: int, memory_gib: Fraction, *, shared_core: bool) -> Allocatable:
        """What is left for pods; rounded down, as a promise should be."""
        cpu = self.shared_core_millicores if shared_core else _tiered(Fraction(vcpus), self.cpu_tiers) * 1000
        if memory_gib < self.small_memory_below_gib:
            memory = self.small_memory_mib * MIB
        else:
            memory = _tiered(memory_gib, self.memory_tiers) * GIB
        memory += self.eviction_mib * MIB + self.kernel.kept_bytes(memory_gib)
        return Allocatable(
            cpu_millicores=max(0, int(vcpus * 1000 - cpu)),
            memory_bytes=max(0, int(memory_gib * GIB - memory)),
        )


def _tiered(size: Fraction, tiers: tuple[tuple[Fraction | None, Fraction], ...]) -> Fraction:
    kept, below = Fraction(0), Fraction(0)
    for up_to, part in tiers:
        top = size if up_to is None else min(size, up_to)
        if top > below:
            kept += (top - below) * part
            below = top
    return kept


def _kernel(tiers: Mapping[str, Sequence[tuple[Fraction | None, Fraction]]]) -> KernelReserved:
    ((above, above_mib),), ((up_to, up_to_mib),) = tiers["kernel_mib_above"], tiers["kernel_mib_up_to"]
    return KernelReserved(
        part=tiers["kernel_part"][0][1],
        mib=tiers["kernel_mib"][0][1],
        above_gib=above or Fraction(0),
        above_mib=above_mib,
        up_to_gib=up_to or Fraction(0),
        up_to_mib=up_to_mib,
        estimate_part=tiers["kernel_estimate_part"][0][1],
        estimate_most_mib=tiers["kernel_estimate_mib"][0][1],
    )


def gke_reserved() -> GkeReserved:
    """What GKE keeps of a node for itself, in tiers of its size, from gke_reserved.csv."""
    tiers: dict[str, list[tuple[Fraction | None, Fraction]]] = {}
    for what, up_to, amount, _, _, _ in rows("gke_reserved.csv"):
        tiers.setdefault(what, []).append((Fraction(up_to) if up_to else None, Fraction(amount)))
    ((small_below, small_mib),) = tiers["small_memory_mib"]
    return GkeReserved(
        cpu_tiers=tuple(tiers["cpu_part"]),
        memory_tiers=tuple(tiers["memory_part"]),
        small_memory_below_gib=small_below or Fraction(0),
        small_memory_mib=small_mib,
        eviction_mib=tiers["eviction_mib"][0][1],
        kernel=_kernel(tiers),
        shared_core_millicores=tiers["shared_core_millicores"][0][1],
    )


class Prices:
    """prices.csv: one line per machine type, one column per region; a line is taken apart when it is asked for."""

    def __init__(self) -> None:
        header, *lines = (FOLDER / "prices.csv").read_text(encoding="utf-8").splitlines()
        self._fixed = 4
        self._columns = {region: place for place, region in enumerate(header.split(",")[self._fixed :])}
        self._lines = {line.partition(",")[0]: line for line in lines}

    def price(self, machine_type: str, region: str, provisioning: Provisioning) -> Price | None:
        """The price of a machine type in a region, None where it isn't known."""
        line, column = self._lines.get(machine_type), self._columns.get(region)
        if line is None or column is None:
            return None
        _, as_of, sure, source, *cells = line.split(",")
        on_demand, _, spot = cells[column].partition("/")
        usd, confidence = {
            Provisioning.STANDARD: (on_demand, CONFIDENCE[sure]),
            Provisioning.SPOT: (spot, CONFIDENCE[sure]),
            Provisioning.RESERVATION: (on_demand, Confidence.INFERRED),
        }.get(provisioning, ("", Confidence.UNVERIFIED))
        return Price(Decimal(usd), date.fromisoformat(as_of), confidence, source) if usd else None


def accelerator_prices(machines: Mapping[str, MachineType]) -> Mapping[tuple[str, str, Provisioning], Price]:
    """accelerator_prices.csv by machine type, region and provisioning."""
    found = {}
    for names, region, way, usd, per, as_of, sure, source in rows("accelerator_prices.csv"):
        for machine in machines.values():
            if machine.name in names.split() or machine.family in names.split():
                units = machine.tpu_chips if per == "chip" else machine.gpu_count
                price = Price(Decimal(usd) * units, date.fromisoformat(as_of), CONFIDENCE[sure], source)
                found[machine.name, region, Provisioning(way)] = price
    return MappingProxyType(found)
