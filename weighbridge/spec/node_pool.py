"""A node pool as the spec writes it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints
from pydantic.config import JsonDict

from weighbridge.spec.gke_version import NodeVersion
from weighbridge.spec.node_system import NodeSystem
from weighbridge.units import (
    PART,
    SHARED,
    Count,
    DiskSizeGib,
    DnsLabel,
    Duration,
    Expected,
    Image,
    ProjectId,
    WholeNumber,
    Zone,
)

TaintEffect = Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]
GpuSharingStrategy = Literal["time-sharing", "mps"]
GpuDriver = Literal["default", "latest", "none"]
MOST_SLICES = 100
"""Of one pool; each is a GKE node pool of its own, whose name ends with its ordinal."""

MOST_UPGRADED_AT_ONCE = 20
"""Nodes of one pool that GKE adds and takes away at a time, together."""

ProvisioningName = Literal["standard", "spot", "flex-start", "queued", "reservation"]
LabelKey = Annotated[
    str,
    StringConstraints(
        pattern=r"^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$",
        max_length=253,
    ),
    Expected("a Kubernetes label key such as team or example.com/team"),
]
LabelValue = Annotated[
    str,
    StringConstraints(pattern=r"^(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?)?$", max_length=63),
    Expected("text of letters, digits, `-`, `_` and `.`, at most 63 characters; quoted if it looks like a number"),
]


class NodeRange(BaseModel):
    """Between how many nodes the autoscaler may choose."""

    model_config = PART

    min: Count = Field(examples=[0])
    """Fewest nodes."""

    max: WholeNumber = Field(ge=1, le=1_000_000, examples=[4])
    """Most nodes: what the quota is charged for."""


class SliceRange(BaseModel):
    """Between how many TPU slices may run; a slice is all or nothing."""

    model_config = PART

    min: Count = Field(examples=[0])
    """Slices that stay up."""

    max: WholeNumber = Field(ge=1, le=MOST_SLICES, examples=[1])
    """Most slices: what the quota is charged for."""


class Reservation(BaseModel):
    """`reservation`: a Compute Engine reservation that holds the machines already."""

    model_config = PART

    name: DnsLabel = Field(examples=["training-block"])
    """Its name."""

    project: ProjectId | None = None
    """Its project when it is shared from another. Left out: this stack's project."""


class AttachedGpu(BaseModel):
    """`gpu`: GPUs attached to a machine type that brings none (N1)."""

    model_config = PART

    type: str = Field(examples=["nvidia-tesla-t4"])
    """GKE accelerator name, such as `nvidia-tesla-t4`."""

    count: WholeNumber = Field(ge=1, le=16, examples=[1])
    """GPUs per node."""


class GpuSharing(BaseModel):
    """`gpu_sharing`: several pods on one GPU. Quota is charged for whole GPUs all the same."""

    model_config = PART

    strategy: GpuSharingStrategy = Field(examples=["time-sharing"])
    """`time-sharing` takes turns on a GPU; `mps` splits its memory and threads between clients."""

    clients_per_gpu: WholeNumber = Field(ge=2, le=48, examples=[2])
    """Pods per GPU (or per partition)."""


class BootDisk(BaseModel):
    """`boot_disk`: every node's, and every GB of it is charged."""

    model_config = PART

    type: str | None = None
    """Disk type. Left out: `pd-balanced`, or `hyperdisk-balanced` where the machine takes nothing else."""

    size: Annotated[DiskSizeGib, Expected("a disk size from 10Gi to 64Ti, such as 100Gi")] = Field(
        default=100, ge=10, le=65536
    )
    """Size in GiB, such as `100Gi`."""


class LocalSsd(BaseModel):
    """`local_ssd`: 375 GB disks beyond those that come with the machine type."""

    model_config = PART

    disks: WholeNumber = Field(ge=1, le=32, examples=[1])
    """Disks per node."""

    use: Literal["ephemeral", "block"] = "ephemeral"
    """As the pods' scratch space, or as raw block devices."""


class Upgrade(BaseModel):
    """`upgrade`: how nodes are replaced by a newer version; the extra nodes are charged."""

    model_config = PART

    strategy: Literal["surge", "blue-green"] = "surge"
    """`surge` in steps, or `blue-green`: a second pool of the same size."""

    max_surge: WholeNumber | None = Field(default=None, ge=0, le=MOST_UPGRADED_AT_ONCE)
    """Surge: extra nodes at a time. Left out: 1 on CPU pools, 0 on accelerator pools (no spare quota needed)."""

    max_unavailable: WholeNumber | None = Field(default=None, ge=0, le=MOST_UPGRADED_AT_ONCE)
    """Surge: nodes taken away at a time. Left out: 0 on CPU pools, 1 on accelerator pools."""

    soak: Duration | None = None
    """Blue-green: how long the old nodes wait before they go. Left out: 1h."""


class Taint(BaseModel):
    """A taint beyond those that follow from the accelerator."""

    model_config = PART

    key: LabelKey = Field(examples=["team"])
    """What repels, such as a team; keys of Kubernetes, GKE and Weighbridge are refused."""

    value: LabelValue = ""
    """Of the key; a toleration has to name the same, or none. Left out: empty."""

    effect: TaintEffect = Field(examples=["NoSchedule"])
    """`NoSchedule` keeps new pods off, `NoExecute` evicts running ones too, `PreferNoSchedule` only discourages."""


Kept = Literal[
    "maintenancePolicies",
    "management",
    "networkConfig",
    "nodeDrainConfigs",
    "placementPolicy",
    "version",
    "nodeConfig.advancedMachineFeatures",
    "nodeConfig.bootDiskKmsKey",
    "nodeConfig.confidentialNodes",
    "nodeConfig.containerdConfig",
    "nodeConfig.enableConfidentialStorage",
    "nodeConfig.fastSocket",
    "nodeConfig.gcfsConfig",
    "nodeConfig.guestAccelerators.gpuDriverInstallationConfig",
    "nodeConfig.gvnic",
    "nodeConfig.imageType",
    "nodeConfig.kubeletConfig",
    "nodeConfig.labels",
    "nodeConfig.linuxNodeConfig",
    "nodeConfig.localSsdEncryptionMode",
    "nodeConfig.loggingVariant",
    "nodeConfig.metadata",
    "nodeConfig.minCpuPlatform",
    "nodeConfig.nodeGroup",
    "nodeConfig.oauthScopes",
    "nodeConfig.resourceLabels",
    "nodeConfig.resourceManagerTags",
    "nodeConfig.sandboxConfig",
    "nodeConfig.serviceAccount",
    "nodeConfig.shieldedInstanceConfig",
    "nodeConfig.soleTenantConfig",
    "nodeConfig.storagePools",
    "nodeConfig.tags",
    "nodeConfig.taints",
    "nodeConfig.workloadMetadataConfig",
]
"""Settings of a pool, as the provider names them, that may stay as somebody else has set them. None says which machines
there are, or how many: those are in the spec, as others count on it."""


class Adopted(BaseModel):
    """`adopted`: a pool that exists and is imported, under its own name; `weighbridge adopt` writes it."""

    model_config = PART

    external_addresses: StrictBool = False
    """Its nodes have external addresses, each of which is charged. A change makes new nodes."""

    boot_disk_block: StrictBool = False
    """GKE tells its boot disk in a block of its own, so that is written as well."""

    unnamed_reservations: Literal["any", "none"] | None = None
    """Whether its nodes may come out of reservations that it doesn't name. Left out: the pool doesn't say; quota is
    charged in any case."""

    keeps: tuple[Kept, ...] = Field(default=(), examples=[["nodeConfig.serviceAccount", "nodeConfig.oauthScopes"]])
    """Settings that stay as they are: an import may change nothing, and setting ours would replace many a pool or its
    nodes. Left out: none."""


_RULES: JsonDict = {
    "oneOf": [{"required": [size]} for size in ("nodes", "nodes_per_zone", "slices")],
    "allOf": [
        {"if": {"required": ["slices"]}, "then": {"required": ["tpu_topology"]}},
        {
            "if": {"properties": {"provisioning": {"const": "reservation"}}, "required": ["provisioning"]},
            "then": {"required": ["reservation"]},
            "else": {"not": {"required": ["reservation"]}},
        },
        {
            "if": {"required": ["max_run_duration"]},
            "then": {"properties": {"provisioning": {"const": "flex-start"}}, "required": ["provisioning"]},
        },
    ],
}
"""What the schema says of keys together; `weighbridge.checks.node_pool` has the words."""


class NodePool(BaseModel):
    """`node_pools.<name>`: machines of one type, bounded by `nodes`, `nodes_per_zone` or `slices`."""

    model_config = ConfigDict(**PART, json_schema_extra=_RULES)

    machine_type: str = Field(examples=["e2-standard-4"])
    """Compute Engine machine type; GPUs, vCPUs, memory, TPU chips, quota ids, labels and taints follow from it."""

    nodes: Annotated[NodeRange, SHARED] | None = None
    """Nodes in all zones together. One of `nodes`, `nodes_per_zone` and `slices` is required."""

    nodes_per_zone: Annotated[NodeRange, SHARED] | None = None
    """Nodes in each zone; the pool may reach `max` times the number of its zones."""

    slices: Annotated[SliceRange, SHARED] | None = None
    """TPU slices of several hosts; each is a pool of its own in one zone."""

    tpu_topology: str | None = None
    """TPU topology, such as `4x4`. Required with `slices`."""

    zones: tuple[Zone, ...] | None = Field(default=None, min_length=1, max_length=6)
    """Zones of this pool, among the stack's. Left out: all of them (TPU slices and compact placement: the first)."""

    provisioning: ProvisioningName = "standard"
    """How Google provides the machines; it decides which quota is charged."""

    reservation: Reservation | None = None
    """With `provisioning: reservation`: which one."""

    max_run_duration: Duration | None = None
    """With `provisioning: flex-start`: how long a node may live, 10m to 7d. Left out: 7d."""

    gpu: AttachedGpu | None = None
    """GPUs to attach to an N1 machine."""

    gpu_partition: str | None = None
    """MIG partition size, such as `1g.5gb`: each GPU becomes several."""

    gpu_sharing: GpuSharing | None = None
    """Time-sharing or MPS: each GPU takes several pods."""

    gpu_driver: GpuDriver = "default"
    """NVIDIA driver that GKE installs; `none` leaves it to you. GKE takes no version of it: which driver `default` and
    `latest` are follows from the nodes' version, so `version` pins both."""

    version: NodeVersion | None = Field(default=None, examples=["1.33.5-gke.1080000"])
    """GKE version of the nodes, whole. GKE then upgrades them when you change it, or when its support ends. Left out:
    the control plane's, upgraded by GKE."""

    boot_disk: Annotated[BootDisk, SHARED] = BootDisk()
    """Boot disk of each node. Left out: 100 GiB."""

    local_ssd: LocalSsd | None = None
    """Local SSDs beyond those of the machine type. Left out: none."""

    placement: Literal["none", "compact"] = "none"
    """`compact` keeps the nodes close together, in one zone."""

    accelerator_network: StrictBool = False
    """The further networks that the machine type takes for traffic between accelerators, and what NCCL needs to use
    them. Left out: none, so that training over several nodes is slow. A change replaces the pool."""

    nccl_installer: Image | None = None
    """With `accelerator_network`: image that lays NCCL's plugin on the nodes. Left out: Google's, by tag."""

    location_policy: Literal["balanced", "any"] | None = None
    """How the autoscaler picks zones. Left out: `any` for accelerators and spot, else `balanced`."""

    upgrade: Annotated[Upgrade, SHARED] = Upgrade()
    """How GKE upgrades the nodes."""

    replacement: Literal["delete-first", "create-first"] = "delete-first"
    """When a change replaces the pool: stop first, or run both for a while, which charges the pool twice."""

    labels: dict[LabelKey, LabelValue] = Field(default_factory=dict)
    """Kubernetes labels of the nodes, beyond the derived ones."""

    taints: tuple[Taint, ...] = ()
    """Taints of the nodes, beyond the derived ones."""

    node_system: NodeSystem | None = None
    """Settings of the kubelet and of Linux. Left out: GKE's. A change makes new nodes."""

    image_streaming: StrictBool = True
    """GKE image streaming."""

    adopted: Adopted | None = None
    """A pool that somebody else made, taken over as it is. Left out: the pool is created."""

    max_pods_per_node: WholeNumber = Field(default=110, ge=8, le=256)
    """Pods per node; sizes the pod address range."""
