"""What addresses draw: those that a program reserves, and those that Google takes by itself for what has none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from weighbridge.quota.arithmetic import Claim
from weighbridge.quota.demand import address_claims
from weighbridge.resources.held_resource import HeldResource, Surroundings, depends_on_address, project_of
from weighbridge.resources.inputs import CannotJudge, Inputs
from weighbridge.resources.values import Unknown, bare

_INTERNAL = frozenset({"INTERNAL", "INTERNAL_MANAGED", "INTERNAL_SELF_MANAGED"})
_EXTERNAL = frozenset({"EXTERNAL", "EXTERNAL_MANAGED"})
_SERVICE_ATTACHMENT = "gcp:compute/serviceAttachment:ServiceAttachment"
_MESH = "OPEN_MESH"


def address_resource_claims(resource: HeldResource, around: Surroundings) -> Iterable[Claim]:
    """One regional address. Raises `CannotJudge`."""
    if resource.read.text("addressType") == "INTERNAL":
        return ()
    return _one_address(resource, around)


def forwarding_rule_claims(resource: HeldResource, around: Surroundings) -> Iterable[Claim]:
    """One address for an external rule that names none. Raises `CannotJudge`.

    A rule without a scheme is external, but one with an empty scheme leads to a service of another network (Private
    Service Connect), by an address of the own one.
    """
    inputs = resource.read
    scheme = inputs.text("loadBalancingScheme")
    if scheme is None and inputs.has("loadBalancingScheme"):
        if _leads_to_service(resource):
            return ()
        raise CannotJudge(
            'loadBalancingScheme "" is for a target that is a service attachment, which this one is not known to be: '
            "name one, or state the scheme"
        )
    if scheme in _INTERNAL:
        return ()
    if scheme is not None and scheme not in _EXTERNAL:
        allowed = ", ".join(sorted(_INTERNAL | _EXTERNAL))
        raise CannotJudge(f"loadBalancingScheme {scheme!r} is unknown: use one of {allowed}")
    if isinstance(bare(inputs.values.get("ipAddress")), Unknown) and depends_on_address(resource, "ipAddress"):
        return ()
    return () if inputs.text("ipAddress") is not None else _one_address(resource, around)


def _leads_to_service(resource: HeldResource) -> bool:
    target = bare(resource.inputs.get("target"))
    if isinstance(target, str):
        return "/serviceAttachments/" in target
    return any(f"{_SERVICE_ATTACHMENT}::" in urn for urn in resource.property_dependencies.get("target", ()))


def _one_address(resource: HeldResource, around: Surroundings) -> Iterable[Claim]:
    region = resource.read.text("region") or Inputs(resource.provider_inputs or {}, "provider").text("region")
    if region is None:
        raise CannotJudge("region is not set, so nobody can tell whose quota it takes: set it here or on the provider")
    found = address_claims(resource.known_as, project_of(resource), region, around.catalog)
    # One that is created first is replaced by a second one before it goes.
    return tuple(replace(claim, peak=2 * claim.peak) if resource.creates_first else claim for claim in found)


def nat_claims(resource: HeldResource, around: Surroundings) -> Iterable[Claim]:  # noqa: ARG001 - an extractor's shape
    """None: a NAT gateway's addresses are resources of their own. Raises `CannotJudge` where it takes them itself."""
    manual = resource.read.text("natIpAllocateOption") == "MANUAL_ONLY"
    if not manual and resource.read.text("type") != "PRIVATE":
        raise CannotJudge(
            "natIpAllocateOption lets Cloud NAT take any number of addresses: set MANUAL_ONLY and natIps with "
            "gcp:compute/address:Address resources"
        )
    return ()


def proxy_claims(resource: HeldResource, around: Surroundings) -> Iterable[Claim]:  # noqa: ARG001 - an extractor's shape
    """None for a gateway of a mesh. Raises `CannotJudge` for a Secure Web Proxy, which makes a Cloud NAT of its own."""
    kind = resource.read.text("type")
    if kind != _MESH:
        raise CannotJudge(
            f"type {kind} lets Google make a Cloud NAT that takes any number of addresses: use {_MESH}, or let nodes "
            "out by a gcp:compute/routerNat:RouterNat with MANUAL_ONLY"
        )
    return ()
