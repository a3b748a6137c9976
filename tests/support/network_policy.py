"""NetworkPolicies as Kubernetes means them: may one pod talk to another, or to an address?

Of `networking.k8s.io/v1`: a pod that some policy of a direction picks may only do in that direction what one of them
allows; others may do all. Selectors by labels and expressions (`In`), ranges with exceptions, ports by number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

NAMESPACE_LABEL = "kubernetes.io/metadata.name"


@dataclass(frozen=True)
class Pod:
    """A pod with the name of its namespace. Ranges never pick pods: on Dataplane V2 they are known by identity."""

    namespace: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outsider:
    """Somebody outside the cluster."""

    ip: str


Policies = Iterable[Mapping[str, Any]]


def connects(
    policies: Policies, source: Pod | Outsider, target: Pod | Outsider, port: int, protocol: str = "TCP"
) -> bool:
    """Whether a connection is let out by its source and in by its target."""
    known = list(policies)
    out = not isinstance(source, Pod) or _allowed(known, "Egress", source, target, port, protocol)
    return out and (not isinstance(target, Pod) or _allowed(known, "Ingress", target, source, port, protocol))


def _allowed(policies: Policies, direction: str, pod: Pod, other: Pod | Outsider, port: int, protocol: str) -> bool:
    about = [policy for policy in policies if _picks(policy, direction, pod)]
    side, key = ("from", "ingress") if direction == "Ingress" else ("to", "egress")
    return not about or any(
        _one_of_peers(rule.get(side), policy["metadata"]["namespace"], other)
        and _one_of_ports(rule.get("ports"), port, protocol)
        for policy in about
        for rule in policy["spec"].get(key) or ()
    )


def _picks(policy: Mapping[str, Any], direction: str, pod: Pod) -> bool:
    spec = policy["spec"]
    return (
        direction in spec["policyTypes"]
        and policy["metadata"]["namespace"] == pod.namespace
        and _selects(spec.get("podSelector") or {}, pod.labels)
    )


def _one_of_peers(peers: list[Mapping[str, Any]] | None, own_namespace: str, other: Pod | Outsider) -> bool:
    return not peers or any(_is_peer(peer, own_namespace, other) for peer in peers)


def _is_peer(peer: Mapping[str, Any], own_namespace: str, other: Pod | Outsider) -> bool:
    if "ipBlock" in peer:
        block = peer["ipBlock"]
        if not isinstance(other, Outsider) or ip_address(other.ip) not in ip_network(block["cidr"]):
            return False
        return not any(ip_address(other.ip) in ip_network(without) for without in block.get("except") or ())
    if not isinstance(other, Pod):
        return False
    if "namespaceSelector" in peer:
        if not _selects(peer["namespaceSelector"], {NAMESPACE_LABEL: other.namespace}):
            return False
    elif other.namespace != own_namespace:
        return False
    return _selects(peer.get("podSelector") or {}, other.labels)


def _one_of_ports(ports: list[Mapping[str, Any]] | None, port: int, protocol: str) -> bool:
    return not ports or any(
        allowed.get("protocol", "TCP") == protocol and allowed.get("port", port) == port for allowed in ports
    )


def _selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    for expression in selector.get("matchExpressions") or ():
        assert expression["operator"] == "In", expression
        if labels.get(expression["key"]) not in expression["values"]:
            return False
    return all(labels.get(key) == value for key, value in (selector.get("matchLabels") or {}).items())
