"""What addresses draw: those that a program reserves, and those that Cloud NAT would take by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from weighbridge.quota.arithmetic import Claim
from weighbridge.quota.demand import address_claims
from weighbridge.resources.held_resource import HeldResource, Surroundings, project_of
from weighbridge.resources.inputs import CannotJudge, Inputs


def address_resource_claims(resource: HeldResource, around: Surroundings) -> Iterable[Claim]:
    """One regional address. Raises `CannotJudge`."""
    if resource.read.text("addressType") == "INTERNAL":
        return ()
    region = resource.read.text("region") or Inputs(resource.provider_inputs or {}, "provider").text("region")
    if region is None:
        raise CannotJudge("region is not set, so nobody can tell whose quota it takes: set it here or on the provider")
    found = address_claims(resource.known_as, project_of(resource), region, around.catalog)
    # An address that Pulumi named is replaced by a second one before it goes.
    return tuple(replace(claim, peak=2 * claim.peak) if resource.autonamed else claim for claim in found)


def nat_claims(resource: HeldResource, around: Surroundings) -> Iterable[Claim]:  # noqa: ARG001 - an extractor's shape
    """None: a NAT gateway's addresses are resources of their own. Raises `CannotJudge` where it takes them itself."""
    manual = resource.read.text("natIpAllocateOption") == "MANUAL_ONLY"
    if not manual and resource.read.text("type") != "PRIVATE":
        raise CannotJudge(
            "natIpAllocateOption lets Cloud NAT take any number of addresses: set MANUAL_ONLY and natIps with "
            "gcp:compute/address:Address resources"
        )
    return ()
