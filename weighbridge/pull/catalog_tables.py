"""The catalog's prices and machine types as they should be, by what Google lists now; dated, and never in part.

A machine's price is that of its cores, memory and GPUs. What can't be told whole keeps its row and its day: a part
without a price, a machine that brings local SSDs or a part of a core, a price that jumped so far that another SKU is
likelier than another price.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from weighbridge.catalog.build import CENT_FRACTION, HAND_WRITTEN, CatalogWrong, read
from weighbridge.catalog.check import CPU_FAMILIES, PRICE_COLUMNS, Tables, problems
from weighbridge.cloud_api.billing import ListPrice
from weighbridge.cloud_api.machines import SoldMachine

Row = Mapping[str, str]
MADE = ("machine_types", "prices", "tpu_topologies", "quota_ids")
FARTHEST = Decimal("0.5")
"""A price that moved by more than this part of itself is kept, and named."""

MIB_PER_GIB = 1024


@dataclass(frozen=True, slots=True)
class PulledTables:
    """Texts of the tables that differ, by name, and what to say of them."""

    texts: Mapping[str, str]
    dated: int  # price rows that are of today now
    moved: tuple[str, ...]  # machine types with another price
    kept: tuple[str, ...]  # machine types whose price can't be told whole
    jumped: tuple[str, ...]  # prices that are not believed
    machines: tuple[str, ...]  # what changed of machine types
    unknown: tuple[str, ...]  # machine types that the catalog doesn't have, and can't have without more facts


def pull_tables(
    folder: Path, prices: Iterable[ListPrice], sold: Mapping[str, Sequence[SoldMachine]], today: date
) -> PulledTables:
    """Raises `CatalogWrong` where the tables would contradict each other then: nothing is to be written."""
    tables = {name: read(folder / f"{name}.csv") for name in (*HAND_WRITTEN, *MADE)}
    changed: list[str] = []
    machines = list(_machines(tables["machine_types"], sold, changed))
    added, unknown = _added(tables["machine_types"], sold)
    changed += [f"{row['machine_type']}: new" for row in added]
    machines += added
    by_name = {row["machine_type"]: row for row in machines}
    kept: list[str] = []
    jumped: list[str] = []
    parts = _parts(prices, tables["price_skus"])
    new = [_priced(row, by_name.get(row["machine_type"]), parts, today, kept, jumped) for row in tables["prices"]]
    sources = [
        row | {"as_of": today.isoformat()} if row["key"] in ("billing-api", "compute-api") else row
        for row in tables["sources"]
    ]
    made = {"machine_types": machines, "prices": new, "sources": sources}
    wrong = problems(Tables({**tables, **made}))
    if wrong:
        raise CatalogWrong("\n".join(["what Google lists contradicts the tables, so nothing was changed:", *wrong]))
    return PulledTables(
        texts={name: _text(rows) for name, rows in made.items() if rows != tables[name]},
        dated=sum(row["source"] == "billing-api" and row["as_of"] == today.isoformat() for row in new),
        moved=tuple(
            row["machine_type"]
            for row, before in zip(new, tables["prices"], strict=True)
            if any(row[column] != before[column] for column in row if column not in PRICE_COLUMNS)
        ),
        kept=tuple(kept),
        jumped=tuple(jumped),
        machines=tuple(changed),
        unknown=tuple(unknown),
    )


def _machines(
    rows: Sequence[Row], sold: Mapping[str, Sequence[SoldMachine]], changed: list[str]
) -> Iterator[dict[str, str]]:
    """Rows with sizes and regions as sold. One that no zone sells stays: a project may not see every type."""
    found = _by_name(sold)
    for row in rows:
        name = row["machine_type"]
        if name not in found:
            yield dict(row)
            continue
        machine, regions = found[name]
        size = {"vcpus": str(machine.guest_cpus), "memory_gib": str(machine.memory_mb / MIB_PER_GIB)}
        new = {**row, "regions": " ".join(sorted({*row["regions"].split(), *regions}))}
        if machine.guest_cpus and machine.memory_mb and not _same_size(row, machine):
            new |= size
        if new != row:
            what = [f"{key} {row[key]} → {new[key]}" for key in size if new[key] != row[key]]
            more = set(new["regions"].split()) - set(row["regions"].split())
            what += [f"sold in {', '.join(sorted(more))} too"] if more else []
            changed.append(f"{name}: {'; '.join(what)}")
        yield new


def _same_size(row: Row, machine: SoldMachine) -> bool:
    """Whether sizes agree, but for how many digits of memory a table keeps."""
    near = abs(Decimal(row["memory_gib"]) - Decimal(machine.memory_mb) / MIB_PER_GIB) <= Decimal("0.05")
    return int(row["vcpus"]) == machine.guest_cpus and near


def _by_name(sold: Mapping[str, Sequence[SoldMachine]]) -> Mapping[str, tuple[SoldMachine, set[str]]]:
    found: dict[str, tuple[SoldMachine, set[str]]] = {}
    for zone, machines in sold.items():
        for machine in machines:
            found.setdefault(machine.name, (machine, set()))[1].add(zone.rpartition("-")[0])
    return found


def _added(rows: Sequence[Row], sold: Mapping[str, Sequence[SoldMachine]]) -> tuple[list[dict[str, str]], list[str]]:
    """New machine types of families that the catalog knows, with nothing but cores and memory; names of the others."""
    known = {row["machine_type"] for row in rows}
    added, unknown = [], []
    for name, (machine, regions) in sorted(_by_name(sold).items()):
        family = name.partition("-")[0]
        if name in known:
            continue
        plain = not (machine.accelerators or machine.bundled_local_ssds.partition_count or machine.is_shared_cpu)
        if family not in CPU_FAMILIES or not plain or not machine.guest_cpus or name.endswith("-metal"):
            unknown.append(name)
            continue
        added.append(
            dict.fromkeys(rows[0], "")
            | {
                "machine_type": name, "family": family, "vcpus": str(machine.guest_cpus),
                "memory_gib": str(machine.memory_mb / MIB_PER_GIB), "shared_core": "0", "confidence": "confirmed",
                "source": "compute-api", "regions": " ".join(sorted(regions)),
            }
        )  # fmt: skip
    return added, unknown


_Parts = Mapping[tuple[str, str, bool, str], Decimal]
"""USD by kind, what it is of, whether Spot, and region."""


def _parts(prices: Iterable[ListPrice], skus: Sequence[Row]) -> _Parts:
    meant = {row["words"]: (row["what"], row["match"]) for row in skus}
    found: dict[tuple[str, str, bool, str], Decimal] = {}
    for price in prices:
        if price.words in meant:
            what, match = meant[price.words]
            for region in price.regions:
                found[what, match, price.spot, region] = price.usd
    return found


def _priced(
    row: Row, machine: Row | None, parts: _Parts, today: date, kept: list[str], jumped: list[str]
) -> dict[str, str]:
    """A row with every price that it had, as listed now; the old row where one of them can't be told."""
    name = row["machine_type"]
    if machine is None or machine["shared_core"] == "1" or machine["local_ssd_gb"]:
        kept.append(name)
        return dict(row)
    new = dict(row)
    for region in (column for column in row if column not in PRICE_COLUMNS):
        cell = row[region]
        if not cell:
            continue
        before = cell.split("/")
        now = [_whole(machine, parts, region, spot=spot) for spot in (False, True)][: len(before)]
        texts = []
        for old, price in zip(before, now, strict=True):
            if not old:
                texts.append("")
                continue
            if price is None:
                kept.append(name)
                return dict(row)
            if abs(price - Decimal(old)) > Decimal(old) * FARTHEST:
                jumped.append(f"{name} in {region}: {old} → {price}")
                return dict(row)
            texts.append(f"{price.normalize():f}")
        new[region] = "/".join(texts)
    return new | {"as_of": today.isoformat(), "confidence": "confirmed", "source": "billing-api"}


def _whole(machine: Row, parts: _Parts, region: str, *, spot: bool) -> Decimal | None:
    """Price of a whole machine, None where a part of it has none."""
    core = parts.get(("core", machine["family"], spot, region))
    ram = parts.get(("ram", machine["family"], spot, region))
    gpu = parts.get(("gpu", machine["gpu"], spot, region)) if machine["gpu"] else Decimal(0)
    if core is None or ram is None or gpu is None or "/" in machine["gpus"]:
        return None
    whole = core * int(machine["vcpus"]) + ram * Decimal(machine["memory_gib"]) + gpu * int(machine["gpus"] or 0)
    return whole.quantize(CENT_FRACTION)


def _text(rows: Sequence[Row]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
