"""What GKE gives nodes by itself, and what pods need in answer, by kind of node: the table `node_kinds.yaml`.

Plans that create pools and pods read it, and so do the rules that judge them, so that the two can't differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, TypeAdapter

from weighbridge.catalog import Confidence, MachineType, Provisioning
from weighbridge.files import yaml_text as yaml
from weighbridge.spec.node_pool import NodePool, Taint
from weighbridge.units import PART, Duration

Kind = Literal[
    "every", "spot", "preemptible", "flex-start", "queued",
    "gpu", "partitioned-gpu", "time-sharing", "mps", "tpu", "arm",
]  # fmt: skip


class Runs(BaseModel):
    """How long a node may live before Compute Engine ends it."""

    model_config = PART
    shortest: Duration
    longest: Duration


class NodeKind(BaseModel):
    """One row of the table; its head says what each column means."""

    model_config = PART
    kind: Kind
    families: tuple[str, ...] = ()  # of machines: those that are of this kind whatever else the pool says
    labels: dict[str, str] = {}
    selected: tuple[str, ...] = ()
    taint: Taint | None = None
    stated: bool = False
    tolerated_with: str | None = None
    grace: Duration | None = None
    runs: Runs | None = None
    waits: bool = False
    unserved: str | None = None
    source: str
    as_of: date
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class NodeTraits:
    """What of a pool decides the kinds of its nodes; None and empty: it has none, or nobody knows."""

    machine: MachineType
    provisioning: Provisioning
    region: str
    zones: tuple[str, ...]
    boot_disk: str  # its type
    pool: str | None = None  # GKE's name of it
    preemptible: bool = False  # the older kind of spot
    gpu: str | None = None  # GKE's name, such as nvidia-l4
    gpu_driver: str | None = None  # default, latest; none where GKE installs none
    gpu_partition: str | None = None
    gpu_sharing: str | None = None  # time-sharing, mps
    clients_per_gpu: int = 1
    tpu_topologies: frozenset[str] = frozenset()

    @property
    def values(self) -> Mapping[str, frozenset[str]]:
        """By placeholder of the table, every value that some node of the pool may have."""
        one = {
            "machine": self.machine.name,
            "family": self.machine.family,
            "region": self.region,
            "boot_disk": self.boot_disk,
            "pool": self.pool,
            "gpu": self.gpu,
            "gpu_driver": None if self.gpu_driver == "none" else self.gpu_driver,
            "gpu_partition": self.gpu_partition,
            "clients_per_gpu": str(self.clients_per_gpu),
            "tpu": self.machine.tpu,
        }
        return {
            **{name: frozenset({value}) for name, value in one.items() if value is not None},
            "zone": frozenset(self.zones),
            "tpu_topology": self.tpu_topologies,
        }


@cache
def node_kinds() -> Mapping[Kind, NodeKind]:
    """The rows by kind, in the order in which later ones overrule earlier ones."""
    text = resources.files("weighbridge.infrastructure").joinpath("node_kinds.yaml").read_text(encoding="utf-8")
    rows = TypeAdapter(list[NodeKind]).validate_python(yaml.parse(text).value)
    return {row.kind: row for row in rows}


def kinds_of(traits: NodeTraits) -> Iterator[NodeKind]:
    """The kinds of a pool's nodes, in the order of the table."""
    spot = traits.provisioning is Provisioning.SPOT
    holds: Mapping[Kind, bool] = {
        "every": True,
        "spot": spot and not traits.preemptible,
        "preemptible": spot and traits.preemptible,
        "flex-start": traits.provisioning is Provisioning.FLEX_START,
        "queued": traits.provisioning is Provisioning.QUEUED,
        "gpu": traits.gpu is not None,
        "partitioned-gpu": traits.gpu is not None and bool(traits.gpu_partition),
        "time-sharing": traits.gpu is not None and traits.gpu_sharing == "time-sharing",
        "mps": traits.gpu is not None and traits.gpu_sharing == "mps",
        "tpu": traits.machine.tpu is not None,
        "arm": False,  # by the machine's family
    }
    return (row for row in node_kinds().values() if holds[row.kind] or traits.machine.family in row.families)


def added_labels(traits: NodeTraits) -> Mapping[str, frozenset[str]]:
    """Labels that GKE gives the nodes, each with every value that some of them may have."""
    values, found = traits.values, {}
    for kind in kinds_of(traits):
        for name, text in kind.labels.items():
            has = values.get(text[1:-1], frozenset()) if text.startswith("{") else frozenset({text})
            if has:
                found[name] = has
    return found


def added_taints(traits: NodeTraits) -> tuple[Taint, ...]:
    """Taints that GKE gives the nodes, whether or not the pool states them."""
    return tuple(kind.taint for kind in kinds_of(traits) if kind.taint is not None)


def stated_taints(traits: NodeTraits) -> tuple[Taint, ...]:
    """Those of them that a plan writes on the pool."""
    return tuple(kind.taint for kind in kinds_of(traits) if kind.taint is not None and kind.stated)


def tolerated_taints(traits: NodeTraits) -> tuple[Taint, ...]:
    """Those of them that pods planned for the pool tolerate: all but of nodes on which none is planned."""
    return tuple(kind.taint for kind in kinds_of(traits) if kind.taint is not None and kind.unserved is None)


def machine_taints(machine: MachineType) -> tuple[Taint, ...]:
    """Taints that GKE gives nodes of a machine whatever else their pool says, as those with Arm processors."""
    return tuple(row.taint for row in node_kinds().values() if row.taint is not None and machine.family in row.families)


def pod_selector(traits: NodeTraits) -> Mapping[str, str]:
    """GKE's labels that pods planned for the pool ask for; those whose value differs or isn't known are left out."""
    labels = added_labels(traits)
    names = [name for kind in kinds_of(traits) for name in kind.selected if len(labels.get(name, ())) == 1]
    return {name: next(iter(labels[name])) for name in names}


def tolerated_with(requested: Mapping[str, object]) -> tuple[Taint, ...]:
    """Taints that GKE lets pods tolerate, as they ask for these resources."""
    return tuple(
        kind.taint for kind in node_kinds().values() if kind.taint is not None and kind.tolerated_with in requested
    )


def unserved(pool: NodePool) -> Iterator[tuple[str, str]]:
    """What of a pool an endpoint can't run on, as the spec calls it, and why."""
    for kind in (pool.provisioning, pool.gpu_sharing.strategy if pool.gpu_sharing else None):
        reason = next((row.unserved for row in node_kinds().values() if row.kind == kind), None)
        if reason is not None:
            yield str(kind), reason


def waits_for_capacity(provisioning: Provisioning) -> bool:
    """Whether machines so bought come when there is capacity, and never from a reservation."""
    return any(row.waits for row in node_kinds().values() if row.kind == provisioning)


def runs_of(provisioning: Provisioning) -> Runs | None:
    """How long machines so bought may live; None where nobody ends them."""
    return next((row.runs for row in node_kinds().values() if row.kind == provisioning), None)
