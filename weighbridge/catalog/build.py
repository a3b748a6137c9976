"""Makes machine_types, prices, tpu_topologies and quota_ids from source tables, and checks all tables.

    python -m weighbridge.catalog.build SOURCE_FOLDER

The source tables are CSV files in SOURCE_FOLDER: machine_types, prices_by_region, tpu_topologies and quota_map. The
tables beside this file that are not made here are written by hand; they say what the source tables leave out.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from weighbridge.catalog.check import Tables, problems
from weighbridge.catalog.rows import Confidence
from weighbridge.errors import WrongInput

FOLDER = Path(__file__).parent
CENT_FRACTION = Decimal("0.000001")
"""Prices are kept to a millionth of a dollar an hour, less than a cent a year."""

HAND_WRITTEN = (
    "accelerator_prices",
    "boot_disks",
    "bundled_local_ssd",
    "compact_placement",
    "gke_reserved",
    "gpus",
    "llm_devices",
    "llm_measured",
    "llm_models",
    "llm_speed",
    "llm_speed_errors",
    "local_ssd_counts",
    "local_ssd_quotas",
    "machine_type_corrections",
    "machine_type_variants",
    "model_throughput",
    "network_quotas",
    "not_sold",
    "price_skus",
    "quota_facts",
    "quota_metrics",
    "sources",
    "train_mfu",
    "tpus",
    "zones",
)

Row = Mapping[str, str]

_RESOURCES = {
    "instances": "instance",
    "external_ip": "address",
    "resize_requests": "resize_request",
}
_EVERYTHING = frozenset({"*", "all", "all-except-accelerator-optimized"})
_NAMED = ("unit", "display", "on_some_projects_only", "spot_pool", "note")
_NOT_BY_KIND = frozenset({"instance", "address", "resize_request"})


class CatalogWrong(WrongInput):
    """The tables contradict each other or miss something. The text lists all problems, one a line."""


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file by column name."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def build(source: Path, facts: Path = FOLDER) -> Mapping[str, str]:
    """The four made tables as CSV text by name, checked together with the hand-written ones in `facts`.

    Raises `CatalogWrong`; `FileNotFoundError` where a source table is missing.
    """
    hand = {name: read(facts / f"{name}.csv") for name in HAND_WRITTEN}
    keys = {row["what"]: row["key"] for row in hand["sources"]}
    machines = list(_machine_types(read(source / "machine_types.csv"), hand))
    machines += _variants({row["machine_type"]: row for row in machines}, hand["machine_type_variants"])
    made: dict[str, list[dict[str, str]]] = {
        "machine_types": machines,
        "prices": list(_prices(read(source / "prices_by_region.csv"), machines, hand)),
        "tpu_topologies": list(_topologies(read(source / "tpu_topologies.csv"), keys)),
        "quota_ids": [*_quota_ids(read(source / "quota_map.csv"), hand, keys), *map(dict, hand["network_quotas"])],
    }
    found = problems(Tables({**hand, **made}))
    if found:
        raise CatalogWrong("\n".join(found))
    return {name: _text(rows) for name, rows in made.items()}


def _text(rows: Sequence[Mapping[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _machine_types(rows: Iterable[Row], hand: Mapping[str, Sequence[Row]]) -> Iterator[dict[str, str]]:
    own_ssd = {row["machine_type"]: row for row in hand["bundled_local_ssd"]}
    corrected = {row["machine_type"]: row for row in hand["machine_type_corrections"]}
    for row in rows:
        name = row["machine_type"]
        sure = Confidence.CONFIRMED if row["gpu_type"] and row["spec_crosscheck"] == "ok" else Confidence.REPORTED
        sources = ["cyclenerd"]
        if row["gpu_type"]:
            sources.append("cluster-toolkit-names")
        if row["tpu_chips_per_vm"]:
            sources.append("xpk")
        local_ssd = row["bundled_local_ssd_gb"]
        if name in own_ssd:
            local_ssd = own_ssd[name]["local_ssd_gb"]
            sure = _weaker(sure, Confidence(own_ssd[name]["confidence"]))
            sources.append(own_ssd[name]["source"])
        vcpus = row["vcpus"]
        if name in corrected:
            vcpus = corrected[name]["vcpus"]
            sure = _weaker(sure, Confidence(corrected[name]["confidence"]))
            sources.append(corrected[name]["source"])
        yield {
            "machine_type": name,
            "family": row["family"],
            "vcpus": vcpus,
            "memory_gib": str(float(row["memory_gb"])),
            "shared_core": "1" if row["shared_cpu"] == "True" else "0",
            "gpu": row["gpu_type"],
            "gpus": str(Fraction(row["gpu_count"])) if row["gpu_count"] else "",
            "tpu": row["tpu_gke_accelerator"],
            "tpu_chips": row["tpu_chips_per_vm"],
            "local_ssd_gb": local_ssd,
            "confidence": sure,
            "source": " ".join(dict.fromkeys(" ".join(sources).split())),
            "regions": " ".join(sorted(row["regions"].split())),
        }


def _variants(machines: Mapping[str, Row], variants: Iterable[Row]) -> list[dict[str, str]]:
    """Machines that differ from another one in their name and local SSD only; nobody says what they cost."""
    return [
        {
            **machines[row["like"]],
            "machine_type": row["machine_type"],
            "local_ssd_gb": row["local_ssd_gb"],
            "confidence": _weaker(Confidence(machines[row["like"]]["confidence"]), Confidence(row["confidence"])),
            "source": row["source"],
        }
        for row in variants
        if row["machine_type"] not in machines
    ]


def _weaker(one: Confidence, other: Confidence) -> Confidence:
    return max(one, other, key=list(Confidence).index)


def _prices(
    rows: Iterable[Row], machines: Sequence[Row], hand: Mapping[str, Sequence[Row]]
) -> Iterator[dict[str, str]]:
    cells: dict[str, dict[str, str]] = {}
    for row in rows:
        cells.setdefault(row["machine_type"], {})[row["region"]] = _cell(
            Decimal(row["usd_h_on_demand"]), Decimal(row["usd_h_spot"])
        )
    source = "karpenter"
    as_of = next(row["as_of"] for row in hand["sources"] if row["key"] == source)
    regions = sorted({region for machine in machines for region in machine["regions"].split()})
    for name, by_region in sorted(cells.items()):
        head = {"machine_type": name, "as_of": as_of, "confidence": "reported", "source": source}
        yield head | {region: by_region.get(region, "") for region in regions}


def _cell(on_demand: Decimal, spot: Decimal) -> str:
    return "/".join(f"{price.quantize(CENT_FRACTION):f}".rstrip("0").rstrip(".") for price in (on_demand, spot))


def _topologies(rows: Iterable[Row], keys: Mapping[str, str]) -> Iterator[dict[str, str]]:
    for row in sorted(rows, key=lambda shape: (shape["machine_type"], int(shape["chips"]), shape["topology"])):
        yield {
            "machine_type": row["machine_type"],
            "topology": row["topology"],
            "chips": row["chips"],
            "hosts": row["hosts"],
            "needs_workload_policy": row["requires_workload_policy"],
            "listed": "1" if row["origin"] == "listed" else "0",
            "source": _source_keys(row["source"], keys),
        }


def _source_keys(text: str, keys: Mapping[str, str]) -> str:
    if text in keys:
        return keys[text]
    parts = text.split("; ")
    unknown = [part for part in parts if part not in keys]
    if unknown:
        raise CatalogWrong("\n".join(f"sources.csv has no row for {part!r}" for part in unknown))
    return " ".join(keys[part] for part in parts)


def _quota_ids(
    rows: Iterable[Row], hand: Mapping[str, Sequence[Row]], keys: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    names = _Names(hand)
    for row in rows:
        made = _quota_id(row, names, keys)
        if row["resource"] != "local_ssd" or row["match"] == "*":
            yield made
            continue
        surface = "classic" if row["quota_id"] else "family"
        for families in hand["local_ssd_quotas"]:
            if families["surface"] == surface:
                yield made | {
                    "match": families["families"],
                    "confidence": families["confidence"],
                    "source": families["source"],
                    "note": families["note"],
                }


class _Names:
    """What people read for a limit, and how a quota file names its preemptible pool."""

    def __init__(self, hand: Mapping[str, Sequence[Row]]) -> None:
        self._facts = {row["quota_id"]: row for row in hand["quota_facts"]}
        self._kinds = {row["accelerator"]: (row["display"], row["family"]) for row in hand["gpus"]} | {
            row["machine_family"]: (row["display"], row["spot_pool"]) for row in hand["tpus"]
        }

    def of(self, resource: str, match: str, quota_id: str, unit: str) -> dict[str, str]:
        """The columns display, unit, spot_pool and on_some_projects_only, and the note to add."""
        fact = self._facts.get(quota_id)
        if fact is not None:
            return {name: fact[name] for name in _NAMED}
        display, pool = self._kinds.get(match, (f"{match.upper()} vCPU" if resource == "vcpu" else "", ""))
        spot = quota_id.startswith("PREEMPTIBLE-")
        return {
            "unit": unit,
            "display": f"{display} (spot)" if spot else display,
            "on_some_projects_only": "0",
            "spot_pool": pool if spot else "",
            "note": "",
        }


def _quota_id(row: Row, names: _Names, keys: Mapping[str, str]) -> dict[str, str]:
    resource = _RESOURCES.get(row["resource"], row["resource"])
    match = " ".join(name.strip() for name in row["match"].split(","))
    for measure in ("iops", "throughput"):
        if match.endswith(f" {measure}"):
            resource, match = f"disk_{measure}", match.removesuffix(f" {measure}")
    if match in _EVERYTHING or resource in _NOT_BY_KIND:
        match = "*"
    places = [dimension.strip() for dimension in row["dimensions"].split(",") if dimension.strip()]
    named = names.of(resource, match, row["quota_id"], row["unit"])
    if not row["quota_id"]:
        named |= {"display": "", "spot_pool": ""}
    note = "; ".join(note for note in (named.pop("note"), row["note"]) if note)
    return {
        "resource": resource,
        "match": match,
        "draws": _draws(resource, match, row),
        "quota_id": row["quota_id"],
        "scope": next((place for place in places if "=" not in place), "global" if row["quota_id"] else ""),
        "dimensions": " ".join(place for place in places if "=" in place),
        **named,
        "confidence": row["confidence"],
        "source": _source_keys(row["source"], keys),
        "note": note,
    }


def _draws(resource: str, match: str, row: Row) -> str:
    match row["provisioning"]:
        case "standard":
            return "standard"
        case "spot,flex_start":
            return "preemptible"
        case _ if resource == "vcpu" and not row["quota_id"]:
            return "nothing"
        case _ if match == "*" and resource in {"vcpu", "gpu"}:
            return "always"
    return "standard"


def main(arguments: Sequence[str]) -> int:
    """Rebuilds the tables from the folder given; 0 if they are good."""
    if len(arguments) != 1:
        print("usage: python -m weighbridge.catalog.build SOURCE_FOLDER", file=sys.stderr)  # noqa: T201 - a tool's own output
        return 2
    try:
        made = build(Path(arguments[0]))
    except (CatalogWrong, FileNotFoundError) as wrong:
        print(wrong, file=sys.stderr)  # noqa: T201 - a tool's own output
        return 1
    for name, text in made.items():
        (FOLDER / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
