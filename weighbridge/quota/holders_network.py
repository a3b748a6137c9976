"""What networks and subnetworks draw on the project's limits of them, where the quota file lists those."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from weighbridge.catalog import QuotaResource
from weighbridge.quota.arithmetic import Claim
from weighbridge.quota.demand import network_claims
from weighbridge.resources.held_resource import HeldResource, Surroundings, project_of
from weighbridge.resources.inputs import CannotJudge

NETWORK_TYPE = "gcp:compute/network:Network"
SUBNETWORK_TYPE = "gcp:compute/subnetwork:Subnetwork"


def network_resource_claims(resource: HeldResource, around: Surroundings) -> Iterable[Claim]:
    """One network. Raises `CannotJudge` where it makes subnetworks of its own, whose limit is listed."""
    if listed(QuotaResource.SUBNETWORK, around) and resource.read.flag("autoCreateSubnetworks") is not False:
        raise CannotJudge(
            "autoCreateSubnetworks lets Google make a subnetwork in each region, as many as there are: set it to false"
        )
    return _draws(QuotaResource.NETWORK, resource, around)


def subnetwork_claims(resource: HeldResource, around: Surroundings) -> Iterable[Claim]:
    """One subnetwork. Raises `CannotJudge`."""
    return _draws(QuotaResource.SUBNETWORK, resource, around)


def listed(kind: QuotaResource, around: Surroundings) -> bool:
    """Whether the quota file has a limit of networks, or of subnetworks."""
    drawn = around.catalog.quota_ids(kind)
    return not {quota.quota_id for quota in drawn}.isdisjoint(entry.quota for entry in around.quota.limits)


def _draws(kind: QuotaResource, resource: HeldResource, around: Surroundings) -> tuple[Claim, ...]:
    if not listed(kind, around):
        return ()  # nor needs its project be known
    found = network_claims(kind, resource.known_as, project_of(resource), around.quota, around.catalog)
    # One that is created first is replaced by a second one before it goes.
    return tuple(replace(claim, peak=2 * claim.peak) if resource.creates_first else claim for claim in found)
