"""The network that an environment needs: address ranges and NAT addresses sized for the peak of its node pools.

A range can't grow without replacing the cluster, so each is sized for twice the peak, and never below a minimum.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network
from math import ceil

from weighbridge.errors import WrongInput

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


class NetworkTooSmall(WrongInput):
    """The pools need more addresses than 10.0.0.0/8 has."""


def plan_network(shapes: Iterable[NodeShape]) -> NetworkPlan:
    """Ranges for all pools together. Raises `NetworkTooSmall`."""
    known = tuple(shapes)
    nodes = sum(shape.peak_nodes for shape in known)
    pods = sum(shape.peak_nodes * pod_addresses(shape.max_pods_per_node) for shape in known)
    return NetworkPlan(
        nodes=_range(_NODES, nodes * GROWTH + RESERVED_PER_SUBNET, _NODES_LEAST),
        pods=_range(_PODS, pods * GROWTH, _PODS_LEAST),
        services=str(next(_SERVICES.subnets(new_prefix=_SERVICES_PREFIX))),
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
