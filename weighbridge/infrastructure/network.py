"""The network that an environment needs: address ranges and NAT addresses sized for the peak of its node pools.

A range can't grow without replacing the cluster, so each is sized for twice the peak, and never below a minimum.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network
from math import ceil

from weighbridge.conventions import POD_RANGE, SERVICE_RANGE, network_name, subnetwork_name
from weighbridge.errors import WrongInput
from weighbridge.spec.root import Spec

NAT_PORTS_PER_NODE = 256
"""Cloud NAT ports that each node is given at least; Google's own services are reached without NAT."""

NAT_PORTS_PER_ADDRESS = 64_512
"""TCP ports of one NAT address (65,536 less the 1,024 well-known ones)."""

RESERVED_PER_SUBNET = 4
"""Addresses that Google keeps in each primary range."""

GROWTH = 2

# All in 10/8, apart from each other whatever their sizes: nodes in 10.0/10, services in 10.64/10, pods in 10.128/9.
_NODES, _SERVICES, _PODS = (
    IPv4Network("10.0.0.0/10"),
    IPv4Network("10.64.0.0/10"),
    IPv4Network("10.128.0.0/9"),
)
_NODES_LEAST, _PODS_LEAST, _SERVICES_PREFIX = 22, 16, 20  # prefix lengths
OWN_RANGES = (_NODES, next(_SERVICES.subnets(new_prefix=_SERVICES_PREFIX)), _PODS)
"""Within which a network that is created has its ranges, whatever their sizes."""


@dataclass(frozen=True, slots=True)
class NodeShape:
    """Nodes of one pool as the network sees them."""

    peak_nodes: int
    max_pods_per_node: int


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """CIDR ranges of the subnet, and how many addresses Cloud NAT gets."""

    nodes: str
    pods: str
    services: str
    nat_addresses: int
    peak_nodes: int


@dataclass(frozen=True, slots=True)
class NetworkPlace:
    """Which network the nodes are in, created or there, by names that a preview knows."""

    project: str
    region: str
    network: str
    subnetwork: str
    pod_range: str
    service_range: str
    exists: bool
    creates_nat: bool
    creates_proxies: bool

    @property
    def network_path(self) -> str:
        """The network as Google's APIs name it."""
        return f"projects/{self.project}/global/networks/{self.network}"

    @property
    def subnetwork_path(self) -> str:
        """The nodes' subnetwork as Google's APIs name it."""
        return f"projects/{self.project}/regions/{self.region}/subnetworks/{self.subnetwork}"


class NetworkTooSmall(WrongInput):
    """The pools need more addresses than 10.0.0.0/8 has."""


def network_place(spec: Spec) -> NetworkPlace:
    """Where the nodes of a checked spec get their addresses."""
    settings, existing = spec.network, spec.network.existing
    otherwise = "create" if existing is None else "existing"
    nat, proxies = ((origin or otherwise) == "create" for origin in (settings.nat, settings.proxies))
    if existing is None:
        return NetworkPlace(
            project=spec.cloud.project,
            region=spec.cloud.region,
            network=network_name(spec.environment),
            subnetwork=subnetwork_name(spec.environment),
            pod_range=POD_RANGE,
            service_range=SERVICE_RANGE,
            exists=False,
            creates_nat=nat,
            creates_proxies=proxies,
        )
    return NetworkPlace(
        project=existing.project or spec.cloud.project,
        region=spec.cloud.region,
        network=existing.network,
        subnetwork=existing.subnetwork,
        pod_range=existing.pod_range,
        service_range=existing.service_range,
        exists=True,
        creates_nat=nat,
        creates_proxies=proxies,
    )


def plan_network(shapes: Iterable[NodeShape]) -> NetworkPlan:
    """Ranges for all pools together. Raises `NetworkTooSmall`."""
    known = tuple(shapes)
    nodes = sum(shape.peak_nodes for shape in known)
    pods = sum(shape.peak_nodes * pod_addresses(shape.max_pods_per_node) for shape in known)
    return NetworkPlan(
        nodes=_range(_NODES, nodes * GROWTH + RESERVED_PER_SUBNET, _NODES_LEAST),
        pods=_range(_PODS, pods * GROWTH, _PODS_LEAST),
        services=str(OWN_RANGES[1]),
        nat_addresses=nat_addresses(nodes),
        peak_nodes=nodes,
    )


def nat_addresses(nodes: int) -> int:
    """Addresses that give every node its ports; at least one."""
    return max(1, ceil(nodes * NAT_PORTS_PER_NODE / NAT_PORTS_PER_ADDRESS))


def pod_addresses(max_pods_per_node: int) -> int:
    """Addresses that GKE takes for one node: twice the pods, rounded up to a power of two (110 pods: 256)."""
    return 1 << (2 * max_pods_per_node - 1).bit_length()


def _range(within: IPv4Network, addresses: int, least_prefix: int) -> str:
    prefix = min(least_prefix, 32 - (max(addresses, 1) - 1).bit_length())
    if prefix < within.prefixlen:
        raise NetworkTooSmall(f"{addresses} addresses don't fit {within}")
    return str(next(within.subnets(new_prefix=prefix)))
