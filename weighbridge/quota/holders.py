"""What the resources of a program may draw from each limit: judged by their inputs, never by what a spec says.

Each type is in one of three classes: it HOLDS quota and has an extractor here, it is FREE by a row of
`resource_classes.csv`, or it is refused: by a row that says why, or because nobody has listed it. What can't be
counted for certain is a doubt, and a doubt admits nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeAlias

from weighbridge.catalog import Catalog, UnknownQuota
from weighbridge.quota.arithmetic import Claim
from weighbridge.quota.declared import allowed_claims
from weighbridge.quota.holders_address import address_resource_claims, nat_claims
from weighbridge.quota.holders_cluster import cluster_claims
from weighbridge.quota.holders_kubernetes import PREFIX as KUBERNETES
from weighbridge.quota.holders_kubernetes import kubernetes_claims
from weighbridge.quota.holders_node_pool import TYPE as NODE_POOL_TYPE
from weighbridge.quota.holders_node_pool import node_pool_claims
from weighbridge.quota.ledger import Demand, Doubt
from weighbridge.resources.held_resource import CLUSTER_TYPE, HeldResource, Surroundings, held
from weighbridge.resources.inputs import CannotJudge
from weighbridge.resources.resource_classes import class_of, is_cloud_package
from weighbridge.spec.quota_file import QUOTA_FILE, QuotaFile

__all__ = ["HOLDS", "HeldResource", "Surroundings", "demand_within", "graph_demand", "held", "resource_demand"]

Extractor: TypeAlias = Callable[[HeldResource, Surroundings], Iterable[Claim]]
"""Claims of one resource; raises `CannotJudge` or `UnknownQuota`."""

HOLDS: Mapping[str, Extractor] = MappingProxyType(
    {
        NODE_POOL_TYPE: node_pool_claims,
        CLUSTER_TYPE: cluster_claims,
        "gcp:compute/address:Address": address_resource_claims,
        "gcp:compute/routerNat:RouterNat": nat_claims,
    }
)

ALLOW = f"let the quota's owners list it under allow in {QUOTA_FILE}, with the demand that it is taken to hold"
"""The way on for what can't be counted."""


def graph_demand(resources: Iterable[HeldResource], quota: QuotaFile, catalog: Catalog) -> Demand:
    """What all resources of a stack may draw together, and what can't be told."""
    known = tuple(resources)
    return demand_within(known, Surroundings.of(known, quota, catalog))


def demand_within(resources: Iterable[HeldResource], around: Surroundings) -> Demand:
    """As `graph_demand`, for resources whose surroundings are more than themselves."""
    parts = [resource_demand(resource, around) for resource in resources]
    return Demand(
        claims=tuple(claim for part in parts for claim in part.claims),
        doubts=tuple(doubt for part in parts for doubt in part.doubts),
    )


def resource_demand(resource: HeldResource, around: Surroundings) -> Demand:
    """What one resource may draw; where that can't be told, what the quota file allows it."""
    found = _counted(resource, around)
    if found.doubts and resource.type not in HOLDS:
        allowed = allowed_claims(resource, around.quota, around.catalog)
        if allowed is not None:
            return Demand(tuple(replace(claim, urn=resource.urn) for claim in allowed))
    return found


def _counted(resource: HeldResource, around: Surroundings) -> Demand:
    if resource.existing:
        return Demand()
    extract = HOLDS.get(resource.type)
    if extract is None:
        refusal = _refusal(resource)
        if refusal is not None:
            return _doubt(resource, refusal)
        if not resource.type.startswith(KUBERNETES):
            return Demand()
        extract = kubernetes_claims
    if resource.empty:
        return _doubt(
            resource,
            f"{resource.type} came without inputs, so it cannot be judged under --target: deploy the whole stack",
        )
    try:
        return Demand(tuple(replace(claim, urn=resource.urn) for claim in extract(resource, around)))
    except (CannotJudge, UnknownQuota) as unsure:
        return _doubt(resource, str(unsure))


def _refusal(resource: HeldResource) -> str | None:
    row = class_of(resource.type)
    if row is not None:
        refused = f"{resource.type} is refused: {row.why}. Instead, {row.fix}; or {ALLOW}"
        return None if row.verdict == "free" else refused
    if resource.provider_inputs is None and not is_cloud_package(resource.type):
        return None  # a component, whose children are judged one by one
    return f"{resource.type} may hold quota, as nobody has said otherwise: {ALLOW}"


def _doubt(resource: HeldResource, message: str) -> Demand:
    return Demand(doubts=(Doubt(resource.known_as, message, resource.urn),))
