"""Machine types, accelerators and TPU topologies, with the quota that each draws."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from weighbridge.catalog import Catalog, MachineType, Provisioning, Resource, UnknownQuota, load
from weighbridge.errors import WrongInput
from weighbridge.render.columns import Column, table
from weighbridge.render.preview.text import BOLD, Style, to_ascii

PRICED_IN = "us-central1"


class NothingFound(WrongInput):
    """No machine type matches; the text says what there is."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One machine type. Prices are US dollars an hour in us-central1, None where unknown."""

    machine_type: str
    vcpus: int
    memory_gib: float
    accelerators: str
    draws: tuple[str, ...]  # standard provisioning: amount and quota id
    draws_spot: tuple[str, ...]
    usd_per_hour: str | None
    usd_per_hour_spot: str | None
    topologies: tuple[str, ...]
    regions: tuple[str, ...]
    confidence: str


def entries(family: str | None, gpu: str | None) -> tuple[Entry, ...]:
    """The machine types of a family, or with a GPU, or all. Raises `NothingFound`."""
    catalog = load()
    wanted = None
    if gpu is not None:
        wanted = next((name for name in (gpu, f"nvidia-{gpu}", f"nvidia-tesla-{gpu}") if name in catalog.gpus), None)
        if wanted is None:
            near = get_close_matches(gpu, [*catalog.gpus], n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise NothingFound(f"there is no GPU {gpu!r}; there are {', '.join(sorted(catalog.gpus))}.{hint}")
    families = sorted({machine.family for machine in catalog.machine_types.values()})
    if family is not None and family not in families:
        raise NothingFound(f"there is no machine family {family!r}; there are {', '.join(families)}.")
    attaches = catalog.gpus[wanted].attaches_to if wanted else {}
    found = [
        machine
        for machine in catalog.machine_types.values()
        if (family is None or machine.family == family)
        and (wanted is None or machine.gpu == wanted or (machine.family in attaches and machine.gpu is None))
    ]
    if not found:
        raise NothingFound("no machine type matches both the family and the GPU")
    found.sort(key=lambda machine: (machine.family, machine.vcpus, machine.memory_gib, machine.name))
    return tuple(_entry(machine, catalog) for machine in found)


def _entry(machine: MachineType, catalog: Catalog) -> Entry:
    accelerators = ""
    if machine.gpu is not None:
        count = machine.gpu_fraction if machine.gpu_fraction is not None else machine.gpu_count
        accelerators = f"{count} x {catalog.gpus[machine.gpu].display}"
    elif machine.tpu is not None:
        accelerators = f"{machine.tpu_chips} TPU chips"
    return Entry(
        machine_type=machine.name,
        vcpus=machine.vcpus,
        memory_gib=machine.memory_gib,
        accelerators=accelerators,
        draws=tuple(_draws(machine, catalog, Provisioning.STANDARD)),
        draws_spot=tuple(_draws(machine, catalog, Provisioning.SPOT)),
        usd_per_hour=_price(machine, catalog, Provisioning.STANDARD),
        usd_per_hour_spot=_price(machine, catalog, Provisioning.SPOT),
        topologies=tuple(
            f"{each.topology} ({each.hosts} hosts)" for each in catalog.topologies(machine.name) if each.listed
        ),
        regions=tuple(sorted(machine.regions)),
        confidence=machine.confidence.value,
    )


def _draws(machine: MachineType, catalog: Catalog, provisioning: Provisioning) -> Iterator[str]:
    """With every preemptible pool granted, as that is what spot quota is for."""
    for resource, match, amount in (
        (Resource.VCPU, machine.family, machine.vcpus),
        (Resource.GPU, machine.gpu or "", machine.gpu_count),
        (Resource.TPU, machine.family, machine.tpu_chips),
        (Resource.LOCAL_SSD, machine.family, machine.local_ssd_gb),
    ):
        if not amount or not match:
            continue
        try:
            ids = catalog.quota_ids(resource, match, provisioning, frozenset(catalog.spot_pools))
        except UnknownQuota:
            yield f"{amount} of an unknown {resource.value} quota"
            continue
        for each in ids:
            further = "".join(f" {name}={value}" for name, value in each.dimensions)
            yield f"{amount} {each.quota_id}{further}" + (" (if set)" if each.on_some_projects_only else "")


def _price(machine: MachineType, catalog: Catalog, provisioning: Provisioning) -> str | None:
    price = catalog.price(machine.name, PRICED_IN, provisioning)
    return None if price is None else f"{price.usd_per_hour:.3f}"


def as_json(listed: Sequence[Entry]) -> str:
    """One object for each machine type."""
    content = [
        {name: list(value) if isinstance(value := getattr(entry, name), tuple) else value for name in Entry.__slots__}
        for entry in listed
    ]
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def as_text(listed: Sequence[Entry], style: Style) -> str:
    """A table; below each accelerator machine what it draws."""
    text = "\n".join(_lines(listed, style)) + "\n"
    return text if style.unicode else to_ascii(text)


def _lines(listed: Sequence[Entry], style: Style) -> Iterator[str]:
    yield style.paint("Machine types", BOLD) + f"  {len(listed)}; US dollars an hour in {PRICED_IN}, ? is unknown"
    columns = (
        Column("", right=False), Column("vCPU"), Column("GiB"), Column("accelerators", right=False), Column("standard"),
        Column("spot"), Column("regions"),
    )  # fmt: skip
    rows = [
        (entry.machine_type, f"{entry.vcpus}", f"{entry.memory_gib:g}", entry.accelerators, entry.usd_per_hour or "?",
         entry.usd_per_hour_spot or "?", f"{len(entry.regions)}")
        for entry in listed
    ]  # fmt: skip
    yield from table(columns, rows, style.width)
    draws: dict[str, list[str]] = {}
    for entry in listed:
        for one in (*entry.draws, *entry.draws_spot):
            name = one.partition(" ")[2]
            family = entry.machine_type.partition("-")[0]
            draws.setdefault(name, [])
            if family not in draws[name]:
                draws[name].append(family)
    yield ""
    yield style.paint("Quota", BOLD) + " that they draw on (each also disk, VM and, if public, address quota)"
    yield from (f"  {name}: {', '.join(families)}" for name, families in sorted(draws.items()))
    shapes = [entry for entry in listed if entry.topologies]
    if shapes:
        yield ""
        yield style.paint("TPU topologies", BOLD)
        for entry in shapes:
            shown = ", ".join(entry.topologies[:12])
            more = f", {len(entry.topologies) - 12} more" if len(entry.topologies) > 12 else ""  # noqa: PLR2004
            yield f"  {entry.machine_type}: {shown}{more}"
