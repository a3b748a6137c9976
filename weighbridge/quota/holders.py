"""What the resources of a program may draw from each limit: judged by their inputs, never by what a spec says.

Each type is in a class of `resource_classes`: what is COUNTED has an extractor here, what is FREE or holds quota
ELSEWHERE passes, and the rest is refused: by a row that says why, or because nobody has listed it. What can't be
counted for certain is a doubt, and a doubt admits nothing; so is what nobody would count once it is deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeAlias

from weighbridge.catalog import Catalog, UnknownQuota
from weighbridge.quota.abandoned import why_abandoned
from weighbridge.quota.arithmetic import Claim
from weighbridge.quota.declared import allowed_claims, almost_allowed
from weighbridge.quota.holders_address import (
    address_resource_claims,
    forwarding_rule_claims,
    nat_claims,
    proxy_claims,
)
from weighbridge.quota.holders_cloud_run import (
    JOB_TYPE,
    OLD_SERVICE_TYPE,
    SERVICE_TYPE,
    WORKER_POOL_TYPE,
    job_claims,
    old_service_claims,
    serving_claims,
)
from weighbridge.quota.holders_cluster import cluster_claims
from weighbridge.quota.holders_fleet import feature_claims, fleet_namespace_claims, membership_claims
from weighbridge.quota.holders_kubernetes import PREFIX as KUBERNETES
from weighbridge.quota.holders_kubernetes import kubernetes_claims
from weighbridge.quota.holders_network import (
    NETWORK_TYPE,
    SUBNETWORK_TYPE,
    network_resource_claims,
    subnetwork_claims,
)
from weighbridge.quota.holders_node_pool import TYPE as NODE_POOL_TYPE
from weighbridge.quota.holders_node_pool import node_pool_claims
from weighbridge.quota.in_cluster import ALLOW
from weighbridge.quota.known_charts import is_known_chart
from weighbridge.quota.ledger import Demand, Doubt, largest
from weighbridge.quota.request import is_requested
from weighbridge.resources.held_resource import ADDRESS_TYPE, CLUSTER_TYPE, HeldResource, Surroundings, held
from weighbridge.resources.inputs import CannotJudge
from weighbridge.resources.resource_classes import Verdict, class_of, is_cloud_package
from weighbridge.spec.quota_file import QuotaFile

__all__ = ["ALWAYS_COUNTED", "HeldResource", "Surroundings", "demand_within", "graph_demand", "held", "resource_demand"]

Extractor: TypeAlias = Callable[[HeldResource, Surroundings], Iterable[Claim]]
"""Claims of one resource; raises `CannotJudge` or `UnknownQuota`."""

NAT_TYPE = "gcp:compute/routerNat:RouterNat"

HOLDS: Mapping[str, Extractor] = MappingProxyType(
    {
        NODE_POOL_TYPE: node_pool_claims,
        CLUSTER_TYPE: cluster_claims,
        ADDRESS_TYPE: address_resource_claims,
        NETWORK_TYPE: network_resource_claims,
        SUBNETWORK_TYPE: subnetwork_claims,
        "gcp:compute/forwardingRule:ForwardingRule": forwarding_rule_claims,
        NAT_TYPE: nat_claims,
        "gcp:gkehub/feature:Feature": feature_claims,
        "gcp:gkehub/featureMembership:FeatureMembership": membership_claims,
        "gcp:gkehub/namespace:Namespace": fleet_namespace_claims,
        "gcp:gkehub/scope:Scope": fleet_namespace_claims,
        "gcp:networkservices/gateway:Gateway": proxy_claims,
        SERVICE_TYPE: serving_claims,
        WORKER_POOL_TYPE: serving_claims,
        JOB_TYPE: job_claims,
        OLD_SERVICE_TYPE: old_service_claims,
    }
)

ALWAYS_COUNTED = frozenset({NODE_POOL_TYPE, CLUSTER_TYPE, ADDRESS_TYPE, NAT_TYPE})
"""What is nothing but nodes or addresses: no statement of anybody's stands in for counting it."""

RENDERING = frozenset({"Chart", "ConfigFile", "ConfigGroup", "Directory"})
"""Kinds of the Kubernetes SDK's components that make resources of manifests."""

UNLISTED_FIX = f"add it to weighbridge/resources/resource_classes.csv with its group, or {ALLOW}"


def graph_demand(resources: Iterable[HeldResource], quota: QuotaFile, catalog: Catalog) -> Demand:
    """What all resources of a stack may draw together, and what can't be told."""
    known = tuple(resources)
    return demand_within(known, Surroundings.of(known, quota, catalog))


def demand_within(resources: Iterable[HeldResource], around: Surroundings) -> Demand:
    """As `graph_demand`, for resources whose surroundings are more than themselves."""
    known = tuple(resources)
    inside = {chain for resource in known for chain in _chains(resource.urn)}
    parts = [resource_demand(resource, around) for resource in known if not _is_rendered(resource, inside)]
    return Demand(
        claims=tuple(claim for part in parts for claim in part.claims),
        doubts=tuple(doubt for part in parts for doubt in part.doubts),
    )


def renders(resource: HeldResource) -> bool:
    """Whether this is a component that makes resources of manifests: each of them is judged by itself."""
    package, _, kind = resource.type.rpartition(":")
    return resource.provider_inputs is None and package.startswith(KUBERNETES) and kind in RENDERING


def _is_rendered(resource: HeldResource, inside: Container[str]) -> bool:
    """Whether what the manifests hold is there: a preview without a cluster may lack it, and then nobody can tell."""
    return renders(resource) and resource.urn.rpartition("::")[0] in inside


def _chains(urn: str) -> Iterator[str]:
    """The URNs, without the name, that a resource's parents of these types have."""
    chain = urn.rpartition("::")[0]
    while "$" in chain:
        chain = chain.rpartition("$")[0]
        yield chain


def resource_demand(resource: HeldResource, around: Surroundings) -> Demand:
    """What one resource may draw, its replacement too; where that can't be told, what the quota file allows it."""
    found = generation_demand(resource, around)
    if any(claim.peak for claim in found.claims):
        try:
            left = why_abandoned(resource, around)
        except CannotJudge as unsure:
            left = str(unsure)
        if left is not None:
            return _doubt(resource, left)
    return found


def generation_demand(resource: HeldResource, around: Surroundings) -> Demand:
    """As `resource_demand`, of something that is here now, whatever is left of it later."""
    found = _counted_or_allowed(resource, around)
    if resource.otherwise is None:
        return found
    instead = replace(resource, inputs=resource.otherwise, otherwise=None)
    return largest(found, _counted_or_allowed(instead, around))


def _counted_or_allowed(resource: HeldResource, around: Surroundings) -> Demand:
    found = _counted(resource, around)
    if found.doubts and resource.type not in ALWAYS_COUNTED:
        allowed = allowed_claims(resource, around.quota, around.catalog)
        if allowed is not None:
            return Demand(tuple(replace(claim, urn=resource.urn) for claim in allowed))
        if near := almost_allowed(resource, around.quota):
            return Demand(doubts=tuple(replace(doubt, message=f"{doubt.message}. {near}") for doubt in found.doubts))
    return found


def _counted(resource: HeldResource, around: Surroundings) -> Demand:
    if resource.existing:
        return Demand()
    extract = HOLDS.get(resource.type)
    if extract is None:
        refusal = _refusal(resource, around.quota)
        if refusal is not None:
            return _doubt(resource, refusal)
        if not resource.type.startswith(KUBERNETES):
            return Demand()
        extract = kubernetes_claims
    if resource.empty:
        return _doubt(
            resource,
            f"{resource.type} came without inputs, as under --target, so it cannot be judged: deploy the whole stack, "
            "or give it one, such as its name",
        )
    try:
        return Demand(tuple(replace(claim, urn=resource.urn) for claim in extract(resource, around)))
    except (CannotJudge, UnknownQuota) as unsure:
        return _doubt(resource, str(unsure))


def _refusal(resource: HeldResource, quota: QuotaFile) -> str | None:
    row = class_of(resource.type)
    if row is not None:
        group = row.group
        if group.verdict is not Verdict.REFUSED or is_known_chart(resource) or is_requested(resource, quota):
            return None
        return f"{resource.type} is refused: {group.why}. Instead, {group.fix}, or {ALLOW}"
    if resource.provider_inputs is None and not is_cloud_package(resource.type):
        return None  # a component, whose children are judged one by one
    return f"{resource.type} may hold quota, as nobody has said otherwise: {UNLISTED_FIX}"


def _doubt(resource: HeldResource, message: str) -> Demand:
    return Demand(doubts=(Doubt(resource.known_as, message, resource.urn),))
