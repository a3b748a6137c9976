"""The NetworkPolicies of an environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_kubernetes import meta, networking

from weighbridge.isolation.network_policies import NAMESPACE_LABEL, Allowance, NetworkPolicyPlan, PodPeer, RangePeer


class NetworkPolicies(pulumi.ComponentResource):
    """All of them. `namespaces` are those that the plans name, each made before its policies."""

    def __init__(
        self,
        name: str,
        plans: Sequence[NetworkPolicyPlan],
        namespaces: Mapping[str, pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("weighbridge:index:NetworkPolicies", name, None, opts)
        for plan in plans:
            networking.v1.NetworkPolicy(
                f"{plan.namespace}-{plan.name}",
                metadata=meta.v1.ObjectMetaArgs(name=plan.name, namespace=plan.namespace),
                spec=networking.v1.NetworkPolicySpecArgs(
                    pod_selector=meta.v1.LabelSelectorArgs(match_labels=dict(plan.selector) or None),
                    policy_types=["Ingress", "Egress"],
                    ingress=[
                        networking.v1.NetworkPolicyIngressRuleArgs(from_=_peers(allowance), ports=_ports(allowance))
                        for allowance in plan.ingress
                    ]
                    or None,
                    egress=[
                        networking.v1.NetworkPolicyEgressRuleArgs(to=_peers(allowance), ports=_ports(allowance))
                        for allowance in plan.egress
                    ]
                    or None,
                ),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[namespaces[plan.namespace]]),
            )
        self.register_outputs({})


def _peers(allowance: Allowance) -> list[networking.v1.NetworkPolicyPeerArgs]:
    return [_peer(peer) for peer in allowance.peers]


def _peer(peer: PodPeer | RangePeer) -> networking.v1.NetworkPolicyPeerArgs:
    if isinstance(peer, RangePeer):
        return networking.v1.NetworkPolicyPeerArgs(
            ip_block=networking.v1.IPBlockArgs(cidr=peer.cidr, except_=list(peer.excluded) or None)
        )
    return networking.v1.NetworkPolicyPeerArgs(
        namespace_selector=meta.v1.LabelSelectorArgs(match_expressions=[_is_one_of(NAMESPACE_LABEL, peer.namespaces)]),
        pod_selector=meta.v1.LabelSelectorArgs(
            match_expressions=[_is_one_of(label, values) for label, values in peer.labels]
        )
        if peer.labels
        else None,
    )


def _is_one_of(label: str, values: Sequence[str]) -> meta.v1.LabelSelectorRequirementArgs:
    return meta.v1.LabelSelectorRequirementArgs(key=label, operator="In", values=list(values))


def _ports(allowance: Allowance) -> list[networking.v1.NetworkPolicyPortArgs] | None:
    return [
        networking.v1.NetworkPolicyPortArgs(port=allowed.port, protocol=allowed.protocol) for allowed in allowance.ports
    ] or None
