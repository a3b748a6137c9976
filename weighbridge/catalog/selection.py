"""Which machine types a person asks for, each with what it draws and costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from weighbridge.catalog import Catalog, MachineType, Provisioning, QuotaResource, UnknownQuota, load
from weighbridge.errors import WrongInput
from weighbridge.spelling import did_you_mean

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
            hint = did_you_mean(gpu, catalog.gpus)
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
            f"{topology.topology} ({topology.hosts} hosts)"
            for topology in catalog.topologies(machine.name)
            if topology.listed
        ),
        regions=tuple(sorted(machine.regions)),
        confidence=machine.confidence.value,
    )


def _draws(machine: MachineType, catalog: Catalog, provisioning: Provisioning) -> Iterator[str]:
    """With every preemptible pool granted, as that is what spot quota is for."""
    for resource, match, amount in (
        (QuotaResource.VCPU, machine.family, machine.vcpus),
        (QuotaResource.GPU, machine.gpu or "", machine.gpu_count),
        (QuotaResource.TPU, machine.family, machine.tpu_chips),
        (QuotaResource.LOCAL_SSD, machine.family, machine.local_ssd_gb),
    ):
        if not amount or not match:
            continue
        try:
            ids = catalog.quota_ids(resource, match, provisioning, frozenset(catalog.spot_pools))
        except UnknownQuota:
            yield f"{amount} of an unknown {resource.value} quota"
            continue
        for quota in ids:
            further = "".join(f" {name}={value}" for name, value in quota.dimensions)
            yield f"{amount} {quota.quota_id}{further}" + (" (if set)" if quota.on_some_projects_only else "")


def _price(machine: MachineType, catalog: Catalog, provisioning: Provisioning) -> str | None:
    price = catalog.price(machine.name, PRICED_IN, provisioning)
    return None if price is None else f"{price.usd_per_hour:.3f}"
