"""The further networks of machines with accelerators, and what NCCL needs to use them: `accelerator_networks.yaml`.

Networks are an environment's, not a pool's: pools of machines that take the same kind share them, so that a stack takes
as few as it can of the project's. Each subnetwork has a place of its own in `network.accelerator_range`, whatever else
there is, and grows there::

    vpc1 … vpc8 (a VPC each) | gvnic-1 | rdma-0 … rdma-7 (subnetworks of one VPC, which lies in one zone) | free
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from ipaddress import IPv4Network
from typing import Literal

from pydantic import BaseModel, TypeAdapter

from weighbridge.catalog import Confidence
from weighbridge.conventions import NODE_POOL_LABEL, accelerator_network_name, nccl_installer_name
from weighbridge.errors import WrongInput
from weighbridge.files import yaml_text as yaml
from weighbridge.infrastructure.network import GROWTH, RESERVED_PER_SUBNET
from weighbridge.spec.network import Networking
from weighbridge.spec.node_pool import NodePool
from weighbridge.spec.root import Spec
from weighbridge.units import PART, Image

DeviceMode = Literal["NetDevice", "RDMA"]

_PLACES = 32
"""Into which the range is divided; 17 are taken."""

_PLACE_OF = {"vpc{n}": 0, "gvnic-{n}": 8, "rdma-{n}": 9}
_LEAST_PREFIX = 24
LEAST_RANGE_PREFIX = 18
"""Of `network.accelerator_range`: a place then has 512 addresses."""

INSTALLER_NAMESPACE = "kube-system"
"""Nowhere else may a pod have the priority of a node's own."""

INJECTOR_IMAGE = (
    "gcr.io/gke-release/nri-device-injector@sha256:6e79483d52abdc28454bf186320b10a56b0f117a10e8d65d5c74dbb821a76970"
)
PAUSE_IMAGE = "gke.gcr.io/pause:3.8@sha256:880e63f94b145e46f1b1082bb71b85e21f16b99b180b9996407d61240ceb9830"
"""Source of both: GoogleCloudPlatform/container-engine-accelerators, nri_device_injector and gpudirect-rdma."""


class Preparation(BaseModel):
    """What a node needs first: a command that an image runs on the node itself."""

    model_config = PART
    image: str
    command: str


class NetworkKind(BaseModel):
    """One row of the table; its head says what each column means."""

    model_config = PART
    kind: Literal["tcpx", "tcpxo", "roce", "roce-arm"]
    name: str
    machines: dict[str, int]
    mtu: int
    device_mode: DeviceMode
    networks: str
    first: int
    zonal: bool = False
    profile: str | None = None
    beside: int = 0
    beside_networks: str = "gvnic-{n}"
    installer: Image
    mounts: dict[str, str]
    copies: dict[str, str]
    injector: bool = False
    prepares: Preparation | None = None
    lost: str
    source: str
    as_of: date
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Vpc:
    """A further VPC network. Only one without a profile has firewall rules: the profile's network lets all in."""

    name: str
    mtu: int
    profile: str | None  # of a network that carries RDMA


@dataclass(frozen=True, slots=True)
class NodeNetwork:
    """One further interface of a node: a subnetwork, and what Kubernetes calls it."""

    kubernetes_name: str
    vpc: Vpc
    subnetwork: str
    device_mode: DeviceMode
    cidr: str


@dataclass(frozen=True, slots=True)
class InstallerPlan:
    """What lays NCCL's plugin on the nodes of one pool, on each of them once."""

    name: str
    namespace: str
    node_pool: str  # as the spec calls it
    kind: NetworkKind
    image: str

    @property
    def node_labels(self) -> Mapping[str, str]:
        """Which nodes it runs on."""
        return {NODE_POOL_LABEL: self.node_pool}

    @property
    def script(self) -> str:
        """What the installer runs: the image's own entry, then a copy of what it leaves to where pods look for it."""
        copies = (f"mkdir -p {to} && cp -r {source}/. {to}" for source, to in self.kind.copies.items())
        return " && ".join(("/scripts/container_entry.sh install --install-nccl", *copies))


@dataclass(frozen=True, slots=True)
class AcceleratorNetworkPlan:
    """Everything that the pools of an environment with `accelerator_network` need."""

    project: str  # the nodes' network's: all interfaces of a node belong to one project
    region: str
    range: str
    networks: tuple[NodeNetwork, ...]
    installers: tuple[InstallerPlan, ...]

    @property
    def vpcs(self) -> tuple[Vpc, ...]:
        """The networks, each once."""
        return tuple(dict.fromkeys(network.vpc for network in self.networks))


class AcceleratorRangeTooSmall(WrongInput):
    """The nodes of pools with `accelerator_network` need more addresses than a place of the range has."""


@cache
def network_kinds() -> Mapping[str, NetworkKind]:
    """The rows by machine type."""
    text = resources.files("weighbridge.infrastructure").joinpath("accelerator_networks.yaml").read_text("utf-8")
    rows = TypeAdapter(list[NetworkKind]).validate_python(yaml.parse(text).value)
    return {machine: row for row in rows for machine in row.machines}


def networked_pools(spec: Spec) -> Iterator[tuple[str, NodePool, NetworkKind]]:
    """The pools that take further networks, with the kind; those whose machine takes none are left out."""
    for key, pool in spec.node_pools.items():
        kind = network_kinds().get(pool.machine_type)
        if pool.accelerator_network and kind is not None:
            yield key, pool, kind


def node_networks(spec: Spec, pool: NodePool, nodes: int = 0) -> tuple[NodeNetwork, ...]:
    """The further interfaces of a pool's nodes, in the order in which they are attached; empty: none.

    `nodes` is the peak of all pools that share the networks. Raises `AcceleratorRangeTooSmall`.
    """
    kind = network_kinds().get(pool.machine_type)
    if not pool.accelerator_network or kind is None:
        return ()
    zone = (pool.zones or spec.cloud.zones)[0]
    return (*_beside(spec, kind, nodes), *_between(spec, kind, kind.machines[pool.machine_type], zone, nodes))


def plan_accelerator_networks(spec: Spec, peaks: Mapping[str, int]) -> AcceleratorNetworkPlan | None:
    """Networks and installers of a checked spec; None where no pool takes any. `peaks` are nodes by pool of the spec.

    Raises `AcceleratorRangeTooSmall`.
    """
    pools = tuple(networked_pools(spec))
    if not pools:
        return None
    found: dict[str, NodeNetwork] = {}
    for _, pool, kind in pools:
        shared = sum(peaks[key] for key, _, other in pools if other.networks == kind.networks)
        found |= {network.kubernetes_name: network for network in node_networks(spec, pool, shared)}
    existing = spec.network.existing
    return AcceleratorNetworkPlan(
        project=(existing.project if existing else None) or spec.cloud.project,
        region=spec.cloud.region,
        range=spec.network.accelerator_range,
        networks=tuple(sorted(found.values(), key=lambda network: network.kubernetes_name)),
        installers=tuple(
            InstallerPlan(
                nccl_installer_name(key), INSTALLER_NAMESPACE, key, kind, image=pool.nccl_installer or kind.installer
            )
            for key, pool, kind in pools
        ),
    )


def installer_images(spec: Spec | None) -> frozenset[str]:
    """Images that may have a node to themselves, to lay plugins on it: the table's, and those of the stack's spec."""
    rows = network_kinds().values()
    own = (pool.nccl_installer for pool in spec.node_pools.values()) if spec is not None else ()
    return frozenset(
        {INJECTOR_IMAGE, PAUSE_IMAGE, *(row.installer for row in rows), *preparation_images(), *filter(None, own)}
    )


def preparation_images() -> frozenset[str]:
    """Images that prepare nodes. This package names them, not a spec, so no user can pin them."""
    return frozenset(row.prepares.image for row in network_kinds().values() if row.prepares is not None)


def _beside(spec: Spec, kind: NetworkKind, nodes: int) -> Iterator[NodeNetwork]:
    for ordinal in range(kind.beside):
        called = kind.beside_networks.format(n=ordinal + 1)
        name = accelerator_network_name(spec.environment, called)
        cidr = _cidr(spec.network, kind.beside_networks, ordinal, nodes)
        yield NodeNetwork(called, Vpc(name, kind.mtu, None), name, "NetDevice", cidr)


def _between(spec: Spec, kind: NetworkKind, count: int, zone: str, nodes: int) -> Iterator[NodeNetwork]:
    profile = kind.profile.format(zone=zone) if kind.profile else None
    shared = Vpc(accelerator_network_name(spec.environment, "rdma"), kind.mtu, profile)
    for ordinal in range(count):
        called = kind.networks.format(n=ordinal + kind.first)
        name = accelerator_network_name(spec.environment, called)
        vpc = shared if kind.zonal else Vpc(name, kind.mtu, None)
        yield NodeNetwork(called, vpc, name, kind.device_mode, _cidr(spec.network, kind.networks, ordinal, nodes))


def _cidr(network: Networking, kind: str, ordinal: int, nodes: int) -> str:
    whole = IPv4Network(network.accelerator_range)
    place = whole.prefixlen + (_PLACES - 1).bit_length()
    addresses = nodes * GROWTH + RESERVED_PER_SUBNET
    prefix = min(max(_LEAST_PREFIX, place), 32 - (addresses - 1).bit_length())
    if prefix < place:
        most = (2 ** (32 - place) - RESERVED_PER_SUBNET) // GROWTH
        raise AcceleratorRangeTooSmall(
            f"{whole} has room for {most} nodes in each further network, and they are {nodes}"
        )
    start = int(whole.network_address) + (_PLACE_OF[kind] + ordinal) * 2 ** (32 - place)
    return str(IPv4Network((start, prefix)))
