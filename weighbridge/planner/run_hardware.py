"""What a run occupies: machines, a TPU slice by its name, or GPUs, as devices of one kind and their price."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from weighbridge.catalog.lookup import Catalog
from weighbridge.catalog.model_speed import llm_devices
from weighbridge.catalog.rows import Confidence, MachineType, Price, Provisioning, TpuTopology
from weighbridge.errors import WrongInput
from weighbridge.planner.accelerator_names import meant_accelerator
from weighbridge.spec.planned_runs import RunHardware
from weighbridge.spelling import did_you_mean

VCPU = "vcpu"
"""What machines without accelerators are counted in."""


class WrongHardware(WrongInput):
    """What is named there isn't, or isn't sold; carries the key."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True, slots=True)
class UnitPool:
    """What runs share: units of one kind, in one region, of one kind of quota."""

    unit: str  # accelerator, or `vcpu`
    region: str  # empty: not stated
    quota: Literal["on demand", "preemptible", "reserved"]

    @property
    def words(self) -> str:
        """Such as ``nvidia-l4 in us-central1, preemptible``."""
        where = f" in {self.region}" if self.region else ""
        return f"{self.unit}{where}{'' if self.quota == 'on demand' else f', {self.quota}'}"


_QUOTAS: Mapping[Provisioning, Literal["on demand", "preemptible", "reserved"]] = {
    Provisioning.STANDARD: "on demand", Provisioning.SPOT: "preemptible", Provisioning.FLEX_START: "preemptible",
    Provisioning.QUEUED: "preemptible", Provisioning.RESERVATION: "reserved",
}  # fmt: skip
"""Flex-start and queued nodes draw preemptible quota where a project has any."""


@dataclass(frozen=True, slots=True)
class Occupied:
    """What one run occupies, and US dollars an hour of that; None: nobody knows the price, and `unpriced` says why."""

    pool: UnitPool
    units: int  # devices, chips or vCPUs
    machine_type: str  # empty: not chosen
    nodes: int
    words: str
    counted: str  # of a TPU slice, what its name counts; else empty
    usd_per_hour: float | None
    price: Price | None
    unpriced: str

    @property
    def accelerator(self) -> str | None:
        return None if self.pool.unit == VCPU else self.pool.unit


@dataclass(frozen=True, slots=True)
class TpuGeneration:
    """How the names of slices count: `per_chip` cores, or 1 where they count chips."""

    accelerator: str
    machine_type: str
    per_chip: int


TPU_GENERATIONS: Mapping[str, TpuGeneration] = {
    "v5e": TpuGeneration("tpu-v5-lite-podslice", "ct5lp-hightpu-4t", 1),
    "v5litepod": TpuGeneration("tpu-v5-lite-podslice", "ct5lp-hightpu-4t", 1),
    "v5p": TpuGeneration("tpu-v5p-slice", "ct5p-hightpu-4t", 2),
    "v6e": TpuGeneration("tpu-v6e-slice", "ct6e-standard-4t", 1),
    "tpu7x": TpuGeneration("tpu7x", "tpu7x-standard-4t", 2),
    "v7x": TpuGeneration("tpu7x", "tpu7x-standard-4t", 2),
}
"""Cloud TPU's pages name v5p slices by their TensorCores, two a chip, and v5e and v6e by their chips; TPU7x, which has
two a chip as well, is named like v5p (xpk: tpu7x-128 is 4x4x4)."""


def occupied(hardware: RunHardware, catalog: Catalog) -> Occupied:
    """What is meant, in devices. Raises `WrongHardware`."""
    given = [key for key in ("machine_type", "tpu", "accelerator") if getattr(hardware, key) is not None]
    if len(given) != 1:
        got = " and ".join(f"`{key}`" for key in given) or "none of them"
        raise WrongHardware("", f"expected one of `machine_type`, `tpu` and `accelerator`, got {got}")
    for key, of in (("nodes", "machine_type"), ("devices", "accelerator")):
        if key in hardware.model_fields_set and of not in given:
            raise WrongHardware(key, f"it belongs to `{of}`: leave it out")
    if hardware.region is not None and hardware.region not in catalog.regions:
        raise WrongHardware(
            "region", f"the catalog has no region {hardware.region!r}.{did_you_mean(hardware.region, catalog.regions)}"
        )
    if hardware.accelerator is not None:
        return _devices(hardware, hardware.accelerator)
    if hardware.tpu is not None:
        machine, nodes, counted = _slice(hardware.tpu, catalog)
        words = hardware.tpu
    else:
        name = hardware.machine_type or ""
        if name not in catalog.machine_types:
            raise WrongHardware(
                "machine_type", f"the catalog has no {name!r}.{did_you_mean(name, catalog.machine_types)}"
            )
        machine, nodes = catalog.machine_types[name], hardware.nodes
        words, counted = f"{nodes} x {name}", ""
    shown = words if hardware.provisioning == "standard" else f"{words}, {hardware.provisioning}"
    return _machines(hardware, _Machines(machine, nodes, shown, counted), catalog)


def _devices(hardware: RunHardware, accelerator: str) -> Occupied:
    if accelerator not in llm_devices():
        message = f"the catalog knows no accelerator {accelerator!r}.{meant_accelerator(accelerator)}"
        raise WrongHardware("accelerator", message)
    pool = pool_of(accelerator, hardware.region or "", Provisioning(hardware.provisioning))
    words = f"{hardware.devices} x {accelerator}"
    unpriced = "no price: name the `machine_type` that has them"
    return Occupied(pool, hardware.devices, "", 0, words, "", None, None, unpriced)


@dataclass(frozen=True, slots=True)
class _Machines:
    machine: MachineType
    nodes: int
    words: str
    counted: str


def _machines(hardware: RunHardware, given: _Machines, catalog: Catalog) -> Occupied:
    machine, nodes = given.machine, given.nodes
    provisioning = Provisioning(hardware.provisioning)
    if (why := catalog.sold(machine, provisioning)) is not None:
        raise WrongHardware("provisioning", f"{machine.name} isn't sold {hardware.provisioning}: {why}")
    unit, per_machine = units_of(machine)
    if hardware.region is not None and hardware.region not in machine.regions:
        raise WrongHardware(
            "region", f"{machine.name} isn't sold in {hardware.region}; it is in {', '.join(sorted(machine.regions))}"
        )
    price = catalog.price(machine.name, hardware.region, provisioning) if hardware.region else None
    unpriced = ""
    if price is None:
        unpriced = (
            f"nobody has listed a {hardware.provisioning} price of {machine.name} in {hardware.region}"
            if hardware.region
            else "no price: state `region`"
        )
    pool = pool_of(unit, hardware.region or "", provisioning)
    usd = float(price.usd_per_hour) * nodes if price else None
    return Occupied(pool, per_machine * nodes, machine.name, nodes, given.words, given.counted, usd, price, unpriced)


def units_of(machine: MachineType) -> tuple[str, int]:
    """What a machine is counted in, and how many it has."""
    if machine.gpu is not None:
        return machine.gpu, machine.gpu_count
    if machine.tpu is not None:
        return machine.tpu, machine.tpu_chips
    return VCPU, machine.vcpus


def pool_of(unit: str, region: str, provisioning: Provisioning) -> UnitPool:
    """What nodes share that are bought so."""
    return UnitPool(unit, region, _QUOTAS[provisioning])


def flagged(price: Price) -> bool:
    """Whether a price is less than what somebody has seen."""
    return price.confidence in {Confidence.INFERRED, Confidence.UNVERIFIED}


def _slice(name: str, catalog: Catalog) -> tuple[MachineType, int, str]:
    generation, _, size = name.partition("-")
    if generation not in TPU_GENERATIONS:
        names = ", ".join(f"{prefix}-N" for prefix in TPU_GENERATIONS)
        raise WrongHardware("tpu", f"no TPU slice is named {name!r}; known: {names}")
    known = TPU_GENERATIONS[generation]
    if "x" in size:
        shapes = [shape for shape in catalog.topologies(known.machine_type) if shape.topology == size]
        counts = f"is a shape of {shapes[0].chips} chips" if shapes else ""
    else:
        chips = int(size) / known.per_chip
        shapes = [shape for shape in _shapes(known) if shape.chips == chips]
        counts = "counts cores, two a chip:" if known.per_chip > 1 else "counts chips:"
        counts += f" {chips:g} chip{'s' * (chips != 1)}"
    if not shapes:
        sizes = sorted({shape.chips for shape in _shapes(known)})
        wanted = _chips(size, known.per_chip)
        near = sorted(sizes, key=lambda chips: (abs(chips - wanted), chips))[:2]
        named = " and ".join(f"{generation}-{chips * known.per_chip}" for chips in sorted(near))
        raise WrongHardware("tpu", f"no slice has {wanted:g} chips, as {name} would; the nearest are {named}")
    machine = catalog.machine_types[shapes[0].machine_type]
    return machine, shapes[0].hosts, f"{name} {counts}, {shapes[0].hosts} x {machine.name}"


def _shapes(generation: TpuGeneration) -> list[TpuTopology]:
    return list(_all_shapes(generation))


def _all_shapes(generation: TpuGeneration) -> Iterator[TpuTopology]:
    """Of the machine with four chips, then of others: one chip alone is on a smaller one."""
    from weighbridge.catalog import load

    catalog = load()
    yield from catalog.topologies(generation.machine_type)
    for machine in catalog.machine_types.values():
        if machine.tpu == generation.accelerator and machine.name != generation.machine_type:
            yield from catalog.topologies(machine.name)


def _chips(size: str, per_chip: int) -> float:
    chips = 1.0
    for part in re.split("x", size):
        chips *= int(part)
    return chips if "x" in size else chips / per_chip
