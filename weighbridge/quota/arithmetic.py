"""Quota arithmetic: how much of each shared limit a group of nodes may draw, and whether all of it fits.

The same functions serve the spec, the policy pack, the report and the planner::

    NodeGroup ──claims()──▶ Claim (key, steady, peak) ──┐
                                                       ├─▶ the ledger's sum: demand of each key by each stack
    fixed uses (addresses, auto-provisioning limits) ───┘

Formulas (all counts are nodes of one pool):

    steady  = most nodes of the autoscaler: the total maximum, or the maximum per zone x zones
    create  = nodes at creation: the initial count per zone x zones
    held    = max(create, steady): the autoscaler takes no node away because there are more than its maximum
              (kubernetes/autoscaler#5691), so nodes of the creation may be there still when GKE upgrades
    upgrade = extra nodes while GKE upgrades: max_surge, or a second pool (held) for blue-green
    replace = extra nodes while a replacement that creates first is under way: held
    peak    = held + upgrade + replace

An amount is an ``int`` in the quota's own unit: vCPU, GPU, chip, GB, VM or IP.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from weighbridge.catalog import LOCAL_SSD_DISK_GB, Catalog, MachineType, Provisioning, QuotaId, QuotaResource
from weighbridge.infrastructure.node_pool import ReservationRef

GLOBAL = "global"

_EVERY = frozenset(QuotaResource)


@dataclass(frozen=True, slots=True, order=True)
class QuotaKey:
    """What one limit counts. `dimensions` are those beyond the region, such as ``(("gpu_family", "NVIDIA_H100"),)``."""

    project: str
    region: str  # or "global"
    quota_id: str
    dimensions: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        further = "".join(f" {name}={value}" for name, value in self.dimensions)
        return f"{self.quota_id}{further} in {self.region}"

    @property
    def in_region(self) -> str:
        """`` in us-central1``; empty of a limit for all regions, whose display says so."""
        return "" if self.region == GLOBAL else f" in {self.region}"


@dataclass(frozen=True, slots=True)
class NodeCounts:
    """Nodes of one pool, as the formulas above name them."""

    create: int
    steady: int
    upgrade: int
    replace: int

    @property
    def held(self) -> int:
        """The most nodes outside upgrades and replacements."""
        return max(self.create, self.steady)

    @property
    def peak(self) -> int:
        """The most nodes that exist at any moment."""
        return self.held + self.upgrade + self.replace


@dataclass(frozen=True, slots=True)
class Bound:
    """The number that bounds a group of nodes, so that a message can say what to lower.

    `peak_nodes` is how many nodes the peak loses for each one that `value` is lowered by, down to `least`. `value` is
    None where the bound is a number of groups (``slices.max``, where each slice is a group of its own).
    """

    name: str  # as its author wrote it: nodes.max, nodes_per_zone.max, slices.max, autoscaling.maxNodeCount
    value: int | None
    peak_nodes: int
    pool: str = ""  # whose number it is, as its author calls it
    least: int = 1


@dataclass(frozen=True, slots=True)
class NodeGroup:
    """Nodes of one kind in one region, whatever says so: a spec, a resource of a program, a state."""

    name: str  # as people know it
    project: str
    region: str
    machine: MachineType
    provisioning: Provisioning
    nodes: NodeCounts
    gpu: str | None = None  # GKE accelerator name, attached or bundled
    gpus_per_node: int = 0  # whole GPUs; partitions and sharing don't change what is charged
    boot_disk_type: str = "pd-balanced"
    boot_disk_gb: int = 100
    boot_disk_iops: int = 0  # provisioned beyond what the disk type comes with
    boot_disk_throughput: int = 0  # the same, MB/s
    local_ssd_gb: int = 0  # beyond what the machine type brings
    public_addresses: bool = False  # each node has an address of its own
    bound: Bound | None = None
    zones: tuple[str, ...] = ()  # needed where it names a reservation
    reservation: ReservationRef | None = None  # that its nodes are taken from, and from nowhere else


@dataclass(frozen=True, slots=True)
class Claim:
    """A part of one limit that a holder may draw. `per_node` is 0 for what doesn't come by nodes."""

    key: QuotaKey
    quota: QuotaId
    holder: str
    steady: int
    peak: int
    per_node: int = 0
    bound: Bound | None = None
    urn: str | None = None  # of the resource that draws it, where one is known


def node_counts(
    *,
    initial_per_zone: int,
    zones: int,
    total_max: int | None,
    max_per_zone: int | None,
    upgrade: Callable[[int], int],
    creates_first: bool,
) -> NodeCounts:
    """Counts of an autoscaled pool. `upgrade` maps the nodes held to the extra nodes of an upgrade."""
    create = initial_per_zone * zones
    steady = total_max if total_max is not None else (max_per_zone or 0) * zones
    held = max(create, steady)
    return NodeCounts(create, steady, upgrade(held), held if creates_first else 0)


def claims(
    group: NodeGroup, catalog: Catalog, spot_pools: frozenset[str], only: frozenset[QuotaResource] = _EVERY
) -> tuple[Claim, ...]:
    """What a node group draws from each limit, of these resources `only`.

    The reservation that it may name is no part of it: see `reservations`.

    Raises `weighbridge.catalog.UnknownQuota` where nobody knows which quota id Google charges.
    """
    return tuple(
        Claim(
            key=key_of(quota, group.project, group.region),
            quota=quota,
            holder=group.name,
            steady=group.nodes.steady * amount,
            peak=group.nodes.peak * amount,
            per_node=amount,
            bound=group.bound,
        )
        for resource, match, amount in _per_node(group)
        if amount and resource in only
        for quota in catalog.quota_ids(resource, match, group.provisioning, spot_pools)
    )


def extra_local_ssd_gb(disks: int, machine: MachineType) -> int:
    """GB of local SSD beyond those of the machine type; where it brings disks, stating them adds none."""
    return max(0, disks * LOCAL_SSD_DISK_GB - machine.local_ssd_gb)


def accelerator_or_cpus(group: NodeGroup) -> tuple[QuotaResource, str]:
    """What of a group is scarce, as the catalog asks for it: its GPUs, its TPU chips, or else its vCPUs."""
    if group.gpu is not None:
        return QuotaResource.GPU, group.gpu
    return (QuotaResource.TPU if group.machine.tpu is not None else QuotaResource.VCPU), group.machine.family


def _per_node(group: NodeGroup) -> Iterable[tuple[QuotaResource, str, int]]:
    machine = group.machine
    yield QuotaResource.VCPU, machine.family, machine.vcpus
    if group.gpu is not None:
        yield QuotaResource.GPU, group.gpu, group.gpus_per_node
    if machine.tpu is not None:
        yield QuotaResource.TPU, machine.family, machine.tpu_chips
    yield QuotaResource.DISK, group.boot_disk_type, group.boot_disk_gb
    yield QuotaResource.DISK_IOPS, group.boot_disk_type, group.boot_disk_iops
    yield QuotaResource.DISK_THROUGHPUT, group.boot_disk_type, group.boot_disk_throughput
    yield QuotaResource.LOCAL_SSD, machine.family, machine.local_ssd_gb + group.local_ssd_gb
    yield QuotaResource.INSTANCE, "*", 1
    if group.public_addresses:
        yield QuotaResource.ADDRESS, "*", 1


def key_of(quota: QuotaId, project: str, region: str) -> QuotaKey:
    """The key that a quota id has for something in `region`."""
    return QuotaKey(project, GLOBAL if quota.scope == GLOBAL else region, quota.quota_id, quota.dimensions)
