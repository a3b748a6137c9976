"""What must hold of the catalog's tables, whoever wrote them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase
from fractions import Fraction
from math import prod

from weighbridge.catalog.rows import LOCAL_SSD_DISK_GB, Confidence, Provisioning, QuotaResource

CPU_FAMILIES = frozenset({"c3", "c3d", "c4", "c4a", "c4d", "e2", "n1", "n2", "n2d", "n4", "t2d"})
GPU_FAMILIES = frozenset({"a2", "a3", "a4", "a4x", "g2", "g4"})
TPU_FAMILIES = frozenset({"ct5lp", "ct5p", "ct6e", "tpu7x"})
FAMILIES = CPU_FAMILIES | GPU_FAMILIES | TPU_FAMILIES
"""Machine families that the catalog promises to know."""

PRICE_COLUMNS = ("machine_type", "as_of", "confidence", "source")
QUOTA_ID = re.compile(
    r"[A-Z0-9]+(?:-[A-Z0-9]+)*-per-project(?:-(?P<scope>region|zone))?|[A-Z][A-Za-z0-9]*PerProject(?P<other>Region)"
)
"""Compute Engine's ids, and those of other services."""
QUOTA_METRIC = re.compile(r"(?:compute|run)\.googleapis\.com/(?:quota/)?[a-z0-9_]+")
PROJECT_LABELS = frozenset({"project_id", "resource_container"})
DIMENSION = re.compile(r"(?:vm|gpu|tpu)_family=[A-Za-z0-9_]+")
ZONE_SUFFIX = re.compile(r"[a-z]|ai[0-9][a-z]")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
REGION = re.compile(r"[a-z]+-[a-z]+[0-9]+")

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables by name, as rows of text by column."""

    rows: Mapping[str, Sequence[Row]]

    def __getitem__(self, name: str) -> Sequence[Row]:
        return self.rows[name]

    def column(self, name: str, column: str) -> list[str]:
        """The texts of one column, in the order of the rows."""
        return [row[column] for row in self.rows[name]]


def problems(tables: Tables) -> list[str]:
    """Everything that is wrong, a line each; empty if nothing is."""
    return [
        *_provenance(tables),
        *_machines(tables),
        *_gpus(tables),
        *_topologies(tables),
        *_quota_ids(tables),
        *_quota_metrics(tables),
        *_prices(tables),
        *_accelerator_prices(tables),
        *_places(tables),
        *_ways(tables),
        *_shapes(tables),
    ]


def _provenance(tables: Tables) -> Iterator[str]:
    known = set(tables.column("sources", "key"))
    for row in tables["sources"]:
        try:
            date.fromisoformat(row["as_of"])
        except ValueError:
            yield f"sources: {row['key']}: as_of is {row['as_of']!r}, not a date"
    for name, rows in tables.rows.items():
        for row in rows:
            what = f"{name}: {next(iter(row.values()))}"
            for key in (row.get("source") or "").split():
                if key not in known:
                    yield f"{what}: source {key} is not in sources.csv"
            if "source" in row and not row["source"] and "confidence" in row and row["confidence"]:
                yield f"{what}: no source"
            if row.get("confidence") and row["confidence"] not in set(Confidence):
                yield f"{what}: confidence is {row['confidence']!r}"


def _repeated(name: str, keys: Sequence[object]) -> Iterator[str]:
    for key, count in Counter(keys).items():
        if count > 1:
            yield f"{name}: {key} stands {count} times"


def _machines(tables: Tables) -> Iterator[str]:
    machines = tables["machine_types"]
    yield from _repeated("machine_types", tables.column("machine_types", "machine_type"))
    found = set(tables.column("machine_types", "family"))
    for family in sorted(FAMILIES - found):
        yield f"machine_types: no machine of family {family}"
    for family in sorted(found - FAMILIES):
        yield f"machine_types: family {family} is not one the catalog knows"
    gpus = set(tables.column("gpus", "accelerator"))
    regions = set(tables.column("zones", "region"))
    for row in machines:
        yield from (f"machine_types: {row['machine_type']}: {wrong}" for wrong in _machine(row, gpus, regions))


def _machine(row: Row, gpus: set[str], regions: set[str]) -> Iterator[str]:
    if not row["machine_type"].startswith(row["family"] + "-"):
        yield f"family is {row['family']}"
    if int(row["vcpus"]) < 1 or Decimal(row["memory_gib"]) <= 0:
        yield "no vCPUs or no memory"
    yield from _accelerators(row, gpus)
    if int(row["local_ssd_gb"] or 0) % LOCAL_SSD_DISK_GB:
        yield f"local SSD of {row['local_ssd_gb']} GB is no whole number of disks"
    if not row["regions"]:
        yield "no region"
    for region in row["regions"].split():
        if region not in regions:
            yield f"region {region} is not in zones.csv"


def _accelerators(row: Row, gpus: set[str]) -> Iterator[str]:
    if bool(row["gpu"]) != bool(row["gpus"]) or (row["gpu"] and row["gpu"] not in gpus):
        yield f"GPU {row['gpu']!r} x {row['gpus']!r}"
    if row["gpus"]:
        count = Fraction(row["gpus"])
        if count <= 0 or (count < 1 and count.numerator != 1) or (count > 1 and count.denominator != 1):
            yield f"{count} GPUs"
    if bool(row["tpu"]) != bool(row["tpu_chips"]) or (row["tpu"] and row["gpu"]):
        yield f"TPU {row['tpu']!r} x {row['tpu_chips']!r}"
    chips = re.search(r"-([0-9]+)t$", row["machine_type"])
    if row["tpu_chips"] and (chips is None or chips[1] != row["tpu_chips"]):
        yield f"{row['tpu_chips']} chips, but the name says otherwise"


def _gpus(tables: Tables) -> Iterator[str]:
    yield from _repeated("gpus", tables.column("gpus", "accelerator"))
    yield from _repeated("gpus", tables.column("gpus", "family"))
    for row in tables["gpus"]:
        if bool(row["attaches_to"]) != bool(row["most_vcpus_by_count"]):
            yield f"gpus: {row['accelerator']}: attaches to {row['attaches_to']!r} by {row['most_vcpus_by_count']!r}"
        for partition in row["partitions"].split():
            size, _, count = partition.partition(":")
            shape = re.fullmatch(r"([1-7])g\.([0-9]+)gb", size)
            # NVIDIA rounds the memory in a partition's name, by up to half a gigabyte each.
            if shape is None or int(shape[2]) * int(count) > int(row["memory_gb"]) + int(count) / 2:
                yield f"gpus: {row['accelerator']}: partition {partition}"
            elif int(shape[1]) * int(count) > 7:  # noqa: PLR2004 - a GPU has seven compute slices
                yield f"gpus: {row['accelerator']}: partition {partition} has more than seven slices"


def _topologies(tables: Tables) -> Iterator[str]:
    machines = {row["machine_type"]: row for row in tables["machine_types"]}
    rows = tables["tpu_topologies"]
    yield from _repeated("tpu_topologies", [(row["machine_type"], row["topology"]) for row in rows])
    for row in rows:
        what = f"tpu_topologies: {row['machine_type']} {row['topology']}"
        machine = machines.get(row["machine_type"])
        if machine is None or not machine["tpu_chips"]:
            yield f"{what}: no such TPU machine"
            continue
        chips = prod(int(side) for side in row["topology"].split("x"))
        if chips != int(row["chips"]):
            yield f"{what}: {row['chips']} chips, its sides make {chips}"
        if int(row["hosts"]) * int(machine["tpu_chips"]) != chips:
            yield f"{what}: {row['hosts']} hosts of {machine['tpu_chips']} chips are not {chips} chips"
        if (row["needs_workload_policy"] == "1") != (machine["family"] == "tpu7x" and row["hosts"] != "1"):
            yield f"{what}: only slices of several tpu7x hosts need a workload policy"
    shaped = {row["machine_type"] for row in rows}
    for name, machine in machines.items():
        if machine["tpu_chips"] and name not in shaped:
            yield f"tpu_topologies: none for {name}"


def _quota_ids(tables: Tables) -> Iterator[str]:
    rows = tables["quota_ids"]
    drawn = [(row["resource"], name, row["draws"]) for row in rows for name in row["match"].split()]
    yield from _repeated("quota_ids", drawn)
    for row in rows:
        yield from (f"quota_ids: {row['resource']} {row['match']}: {wrong}" for wrong in _quota_id(row))
    covered = {(resource, name) for resource, name, _ in drawn}
    needed = [("vcpu", family) for family in sorted(FAMILIES)]
    needed += [("gpu", accelerator) for accelerator in tables.column("gpus", "accelerator")]
    needed += [("tpu", row["family"]) for row in tables["machine_types"] if row["tpu"]]
    needed += [("local_ssd", row["family"]) for row in tables["machine_types"] if int(row["local_ssd_gb"] or 0)]
    needed += [("disk", disk_type) for row in tables["boot_disks"] for disk_type in row["boot_disk_types"].split()]
    needed += [("instance", "*"), ("address", "*"), ("gpu", "*")]
    for resource, match in dict.fromkeys(needed):
        if (resource, match) not in covered:
            yield f"quota_ids: no row for {resource} {match}"
    shown: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for row in rows:
        if row["quota_id"]:
            shown.setdefault((row["quota_id"], row["dimensions"]), set()).add((row["display"], row["unit"]))
    for (quota_id, _), texts in shown.items():
        if len(texts) > 1:
            yield f"quota_ids: {quota_id} is shown in several ways: {sorted(texts)}"


def _quota_id(row: Row) -> Iterator[str]:
    if row["resource"] not in set(QuotaResource):
        yield "no such resource"
    if row["draws"] not in {"standard", "preemptible", "always", "nothing"}:
        yield f"draws {row['draws']!r}"
    if not row["quota_id"]:
        if row["draws"] != "nothing" and not row["note"]:
            yield "an id that is not known needs a note that says why"
        return
    named = QUOTA_ID.fullmatch(row["quota_id"])
    if named is None or (named["scope"] or (named["other"] or "global").lower()) != row["scope"]:
        yield f"id {row['quota_id']} of scope {row['scope']}"
    if not row["display"] or not row["unit"]:
        yield "nothing to show"
    if any(not DIMENSION.fullmatch(dimension) for dimension in row["dimensions"].split()):
        yield f"dimensions {row['dimensions']!r}"
    preemptible = row["draws"] == "preemptible"
    if preemptible != row["quota_id"].startswith("PREEMPTIBLE-") or preemptible != bool(row["spot_pool"]):
        yield f"{row['quota_id']} with spot pool {row['spot_pool']!r} is drawn on as {row['draws']}"


def _quota_metrics(tables: Tables) -> Iterator[str]:
    rows = {row["quota_id"]: row for row in tables["quota_metrics"]}
    yield from _repeated("quota_metrics", tables.column("quota_metrics", "quota_id"))
    needed = {row["quota_id"]: row["dimensions"].partition("=")[0] for row in tables["quota_ids"] if row["quota_id"]}
    yield from (f"quota_metrics: no row for {quota_id}" for quota_id in needed.keys() - rows.keys())
    for quota_id, row in rows.items():
        if quota_id not in needed:
            yield f"quota_metrics: {quota_id} is not in quota_ids.csv"
        elif row["family_label"] != needed[quota_id]:
            yield f"quota_metrics: {quota_id}: family label {row['family_label']!r}, but its dimension differs"
        if row["surface"] != ("family" if row["family_label"] else "consumer_quota"):
            yield f"quota_metrics: {quota_id}: surface {row['surface']!r} with family label {row['family_label']!r}"
        if not QUOTA_METRIC.fullmatch(row["metric"]) or row["project_label"] not in PROJECT_LABELS:
            yield f"quota_metrics: {quota_id}: metric {row['metric']!r} with project label {row['project_label']!r}"


def _prices(tables: Tables) -> Iterator[str]:
    machines = {row["machine_type"]: row for row in tables["machine_types"]}
    regions = set(tables.column("zones", "region"))
    yield from _repeated("prices", tables.column("prices", "machine_type"))
    for row in tables["prices"]:
        what = f"prices: {row['machine_type']}"
        if row["machine_type"] not in machines:
            yield f"{what}: no such machine type"
        for region, cell in row.items():
            if region in PRICE_COLUMNS or not cell:
                continue
            on_demand, spot = (Decimal(price) for price in cell.split("/"))
            if region not in regions or not 0 < spot <= on_demand:
                yield f"{what} in {region}: {cell}"


def _accelerator_prices(tables: Tables) -> Iterator[str]:
    machines = {row["machine_type"]: row for row in tables["machine_types"]}
    families = set(tables.column("machine_types", "family"))
    regions, ways = set(tables.column("zones", "region")), set(Provisioning)
    stated: dict[tuple[str, str], dict[str, Decimal]] = {}
    for row in tables["accelerator_prices"]:
        place = (row["machines"], row["region"])
        what = f"accelerator_prices: {row['machines']} in {row['region']}"
        of = {"chip": families, "gpu": {name for name in machines if machines[name]["gpu"]}}.get(row["per"], set())
        if row["region"] not in regions or row["provisioning"] not in ways or not set(row["machines"].split()) <= of:
            yield f"{what}: {row['provisioning']} per {row['per']}"
        if row["provisioning"] in stated.setdefault(place, {}):
            yield f"{what}: {row['provisioning']} stands twice"
        stated[place][row["provisioning"]] = Decimal(row["usd_per_hour"])
        if not row["source"] or not DAY.fullmatch(row["as_of"]):
            yield f"{what}: no source or day"
    for (names, region), prices in stated.items():
        if min(prices.values()) <= 0 or max(prices.values()) > prices.get("standard", max(prices.values())):
            yield f"accelerator_prices: {names} in {region}: {', '.join(map(str, prices.values()))}"


def _places(tables: Tables) -> Iterator[str]:
    yield from _repeated("zones", tables.column("zones", "region"))
    sold = {region for row in tables["machine_types"] for region in row["regions"].split()}
    for row in tables["zones"]:
        suffixes = row["zones"].split()
        if not REGION.fullmatch(row["region"]) or not all(ZONE_SUFFIX.fullmatch(suffix) for suffix in suffixes):
            yield f"zones: {row['region']}: {row['zones']!r}"
        if row["region"] not in sold:
            yield f"zones: {row['region']}: no machine type is sold there"


def _ways(tables: Tables) -> Iterator[str]:
    machines = tables.column("machine_types", "machine_type")
    families = set(tables.column("machine_types", "family"))
    listed = [name for row in tables["boot_disks"] for name in row["machines"].split()]
    yield from _repeated("boot_disks", listed)
    for name in listed:
        if name not in families and name not in machines:
            yield f"boot_disks: no machine type or family {name}"
    for family in sorted(families - set(listed)):
        yield f"boot_disks: no row for family {family}"
    for row in tables["not_sold"]:
        for pattern in row["machines"].split():
            if not any(fnmatchcase(machine, pattern) for machine in machines):
                yield f"not_sold: {pattern} matches no machine type"
        for way in row["provisioning"].split():
            if way not in set(Provisioning):
                yield f"not_sold: {row['machines']}: {way} is no way of provisioning"


def _shapes(tables: Tables) -> Iterator[str]:
    """Of the tables that say more of machine types than their own table."""
    machines = tables.column("machine_types", "machine_type")
    for name in " ".join(tables.column("compact_placement", "families")).split():
        if name not in FAMILIES:
            yield f"compact_placement: no family {name}"
    for row in tables["local_ssd_counts"]:
        for pattern in row["machines"].split():
            if not any(fnmatchcase(machine, pattern) for machine in machines):
                yield f"local_ssd_counts: {pattern} matches no machine type"
    for row in tables["machine_type_corrections"]:
        if row["machine_type"] not in machines:
            yield f"machine_type_corrections: no machine type {row['machine_type']}"
