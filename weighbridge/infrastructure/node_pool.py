"""What GKE is asked for: each node pool of a spec with everything that follows from its machine type.

One pool of the spec is one GKE node pool, except TPU slices of several hosts: GKE has one slice per node pool, so
``slices.max`` slices are that many pools. Components write these plans down; quota arithmetic counts them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from weighbridge.catalog import Catalog, MachineType, Provisioning, TpuTopology
from weighbridge.conventions import (
    ENVIRONMENT_LABEL,
    NODE_POOL_LABEL,
    slice_pool_name,
)
from weighbridge.infrastructure.accelerator_networks import node_networks
from weighbridge.infrastructure.node_kinds import (
    NodeTraits,
    runs_of,
    stated_taints,
    tolerated_taints,
    waits_for_capacity,
)
from weighbridge.rollouts.weights import existing, replicas_least
from weighbridge.spec.node_pool import GpuDriver, GpuSharing, Kept, NodePool, Taint, Upgrade
from weighbridge.spec.node_system import NodeSystem
from weighbridge.spec.root import Spec

DEFAULT_SOAK_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Autoscaling:
    """Bounds of the autoscaler: in all zones together, or in each zone."""

    per_zone: bool
    min: int
    max: int


@dataclass(frozen=True, slots=True)
class Surge:
    """Upgrade in steps: nodes added and taken away at a time."""

    max_surge: int
    max_unavailable: int


@dataclass(frozen=True, slots=True)
class BlueGreen:
    """Upgrade by a second pool of the same size, kept for a while."""

    soak_seconds: int


@dataclass(frozen=True, slots=True)
class Gpus:
    """GPUs of each node, and how pods share them."""

    accelerator: str  # GKE's name, such as nvidia-l4
    count: int
    partition: str | None
    sharing: GpuSharing | None
    driver: GpuDriver


@dataclass(frozen=True, slots=True)
class ReservationRef:
    """A reservation and the project it lives in."""

    name: str
    project: str


@dataclass(frozen=True, slots=True)
class NodePoolPlan:
    """One GKE node pool. `key` is the pool's name in the spec, `name` GKE's."""

    key: str
    name: str
    cluster: str
    project: str
    region: str
    location: str  # of its cluster: the region, or the zone of a zonal one
    zones: tuple[str, ...]
    machine: MachineType
    provisioning: Provisioning
    reservation: ReservationRef | None
    max_run_seconds: int | None
    autoscaling: Autoscaling
    initial_nodes_per_zone: int
    location_policy: Literal["BALANCED", "ANY"]
    gpus: Gpus | None
    slice: TpuTopology | None  # of several hosts
    tpu_topology: str | None  # of a slice, or of single hosts where the spec names one
    boot_disk_type: str
    boot_disk_gib: int
    boot_disk_key: str | None  # of Cloud KMS; None: Google's
    local_ssd_disks: int
    local_ssd_use: Literal["ephemeral", "block"]
    compact: bool
    upgrade: Surge | BlueGreen | None  # None: GKE's own, for flex-start
    autonamed: bool
    labels: tuple[tuple[str, str], ...]
    own_taints: tuple[Taint, ...]  # of the spec, beyond those of its kinds
    image_streaming: bool
    max_pods_per_node: int
    version: str | None  # pinned
    private_nodes: bool  # without external addresses
    boot_disk_block: bool  # whether the boot disk is written in a block of its own as well
    unnamed_reservations: Literal["any", "none"] | None
    adopted: bool  # whether it exists, and is imported
    keeps: tuple[Kept, ...]  # settings that stay as somebody else has set them
    system: NodeSystem | None  # of the kubelet and of Linux
    network_names: tuple[str, ...]  # further interfaces of its nodes, as Kubernetes calls them

    @property
    def secure_boot(self) -> bool:
        """Whether its nodes load signed code only; a change later replaces the pool.

        Drivers of GPUs may come from others than Google, unsigned. The image of TPU nodes loads no module from outside,
        as that of CPU nodes (Kubernetes Engine API, NodeKernelModuleLoading), and Google makes TPU pools with it on
        (GoogleCloudPlatform/cluster-toolkit, modules/compute/gke-node-pool and examples/gke-tpu-v6e; 2026-11-27).
        """
        return self.gpus is None

    @property
    def waits_for_capacity(self) -> bool:
        """Whether its nodes come when there is capacity, which GKE refuses together with a reservation."""
        return waits_for_capacity(self.provisioning)

    @property
    def traits(self) -> NodeTraits:
        """What decides what GKE adds to its nodes."""
        gpus = self.gpus
        return NodeTraits(
            machine=self.machine,
            provisioning=self.provisioning,
            region=self.region,
            zones=self.zones,
            boot_disk=self.boot_disk_type,
            pool=None if self.autonamed else self.name,
            gpu=gpus.accelerator if gpus else None,
            gpu_driver=gpus.driver if gpus else None,
            gpu_partition=gpus.partition if gpus else None,
            gpu_sharing=gpus.sharing.strategy if gpus and gpus.sharing else None,
            clients_per_gpu=gpus.sharing.clients_per_gpu if gpus and gpus.sharing else 1,
            tpu_topologies=frozenset({self.tpu_topology}) if self.tpu_topology else frozenset(),
        )

    @property
    def taints(self) -> tuple[Taint, ...]:
        """Taints that the pool states: GKE's of its kinds, then those of the spec."""
        return (*stated_taints(self.traits), *self.own_taints)

    @property
    def tolerations(self) -> tuple[Taint, ...]:
        """What pods that are planned for it tolerate: its taints, and those that GKE adds by itself."""
        return (*tolerated_taints(self.traits), *self.own_taints)

    @property
    def import_id(self) -> str | None:
        """By which Pulumi finds the pool; None: it is created."""
        return f"{self.project}/{self.location}/{self.cluster}/{self.name}" if self.adopted else None

    @property
    def most_nodes(self) -> int:
        """Most nodes that the autoscaler may run, in all zones."""
        return self.autoscaling.max * (len(self.zones) if self.autoscaling.per_zone else 1)


def plan_node_pools(spec: Spec, catalog: Catalog) -> tuple[NodePoolPlan, ...]:
    """Every GKE node pool of a checked spec, in the order of the spec."""
    return tuple(plan for key, pool in spec.node_pools.items() for plan in plan_node_pool(key, pool, spec, catalog))


def plan_node_pool(key: str, pool: NodePool, spec: Spec, catalog: Catalog) -> Iterator[NodePoolPlan]:
    """The GKE node pools of one pool of the spec: one, or one for each TPU slice."""
    machine = catalog.machine_types[pool.machine_type]
    provisioning = Provisioning(pool.provisioning)
    gpus = _gpus(pool, machine)
    accelerated = gpus is not None or machine.tpu is not None
    zones, existing = pool.zones or spec.cloud.zones, spec.cluster.existing
    slice_shape = catalog.topology(machine.name, pool.tpu_topology) if pool.slices and pool.tpu_topology else None
    if slice_shape is not None or pool.placement == "compact":
        zones = zones[:1]  # a slice, like a compact placement, lies in one zone
    for name, autoscaling in _pools(key, pool, slice_shape):
        yield NodePoolPlan(
            key=key,
            name=name,
            cluster=spec.cluster_name,
            project=spec.cloud.project,
            region=spec.cloud.region,
            location=(existing.zone if existing else None) or spec.cloud.region,
            zones=zones,
            machine=machine,
            provisioning=provisioning,
            reservation=ReservationRef(pool.reservation.name, pool.reservation.project or spec.cloud.project)
            if pool.reservation
            else None,
            max_run_seconds=_max_run_seconds(pool, provisioning),
            autoscaling=autoscaling,
            initial_nodes_per_zone=initial_nodes_per_zone(autoscaling, len(zones), accelerated, provisioning),
            location_policy=_location_policy(key, pool, spec, provisioning, accelerated=accelerated),
            gpus=gpus,
            slice=slice_shape,
            tpu_topology=pool.tpu_topology,
            boot_disk_type=pool.boot_disk.type or catalog.boot_disk_types(machine)[0],
            boot_disk_gib=pool.boot_disk.size,
            boot_disk_key=spec.cluster.boot_disk_key,
            local_ssd_disks=pool.local_ssd.disks if pool.local_ssd else 0,
            local_ssd_use=pool.local_ssd.use if pool.local_ssd else "ephemeral",
            compact=pool.placement == "compact",
            upgrade=upgrade_of(pool.upgrade, provisioning, accelerated=accelerated),
            autonamed=pool.replacement == "create-first",
            labels=tuple(sorted({**pool.labels, ENVIRONMENT_LABEL: spec.environment, NODE_POOL_LABEL: key}.items())),
            own_taints=pool.taints,
            image_streaming=pool.image_streaming,
            max_pods_per_node=pool.max_pods_per_node,
            version=pool.version,
            private_nodes=not (pool.adopted and pool.adopted.external_addresses),
            boot_disk_block=pool.adopted is not None and pool.adopted.boot_disk_block,
            unnamed_reservations=pool.adopted.unnamed_reservations if pool.adopted is not None else None,
            adopted=pool.adopted is not None,
            keeps=pool.adopted.keeps if pool.adopted is not None else (),
            system=pool.node_system,
            network_names=tuple(network.kubernetes_name for network in node_networks(spec, pool)),
        )


def _pools(key: str, pool: NodePool, slice_shape: TpuTopology | None) -> Iterator[tuple[str, Autoscaling]]:
    if pool.slices is not None and slice_shape is not None:
        hosts = slice_shape.hosts
        for ordinal in range(pool.slices.max):
            # Per zone, not in total: GKE refuses a total maximum on a slice pool.
            low = hosts if ordinal < pool.slices.min else 0
            yield slice_pool_name(key, ordinal), Autoscaling(per_zone=True, min=low, max=hosts)
    elif pool.nodes_per_zone is not None:
        yield key, Autoscaling(per_zone=True, min=pool.nodes_per_zone.min, max=pool.nodes_per_zone.max)
    elif pool.nodes is not None:
        yield key, Autoscaling(per_zone=False, min=pool.nodes.min, max=pool.nodes.max)


def _gpus(pool: NodePool, machine: MachineType) -> Gpus | None:
    accelerator, count = machine.gpu, machine.gpu_count
    if pool.gpu is not None:
        accelerator, count = pool.gpu.type, pool.gpu.count
    if accelerator is None:
        return None
    return Gpus(accelerator, count, pool.gpu_partition, pool.gpu_sharing, pool.gpu_driver)


def _max_run_seconds(pool: NodePool, provisioning: Provisioning) -> int | None:
    runs = runs_of(provisioning)
    return None if runs is None else int((pool.max_run_duration or runs.longest).total_seconds())


def initial_nodes_per_zone(autoscaling: Autoscaling, zones: int, accelerated: bool, provisioning: Provisioning) -> int:
    """Nodes per zone at creation. It may not follow ``min``: changing it replaces the pool."""
    most = autoscaling.max * (zones if autoscaling.per_zone else 1)
    on_demand = provisioning in (Provisioning.STANDARD, Provisioning.SPOT)
    return 1 if on_demand and not accelerated and most >= zones else 0


def _location_policy(
    key: str, pool: NodePool, spec: Spec, provisioning: Provisioning, *, accelerated: bool
) -> Literal["BALANCED", "ANY"]:
    if pool.location_policy is not None:
        return "ANY" if pool.location_policy == "any" else "BALANCED"
    if provisioning is not Provisioning.STANDARD:
        return "ANY"
    # Accelerators are taken where there are some, but for replicas that are to outlive a zone.
    return "BALANCED" if not accelerated or _two_always_run(key, spec) else "ANY"


def _two_always_run(key: str, spec: Spec) -> bool:
    return any(
        endpoint.node_pool == key and any(replicas_least(endpoint, version) > 1 for version in existing(endpoint))
        for endpoint in spec.endpoints.values()
    )


def upgrade_of(upgrade: Upgrade, provisioning: Provisioning, *, accelerated: bool) -> Surge | BlueGreen | None:
    """How nodes are replaced by a newer version, where the spec says this much about it."""
    if provisioning is Provisioning.FLEX_START:
        return None  # GKE upgrades flex-start pools by SHORT_LIVED, which the provider can't write
    if upgrade.strategy == "blue-green":
        return BlueGreen(int(upgrade.soak.total_seconds()) if upgrade.soak else DEFAULT_SOAK_SECONDS)
    surge, unavailable = upgrade.max_surge, upgrade.max_unavailable
    if surge is None:
        surge = 0 if (accelerated if unavailable is None else unavailable) else 1
    if unavailable is None:
        unavailable = 0 if surge else 1
    return Surge(surge, unavailable)
