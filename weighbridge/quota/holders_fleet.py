"""Fleet settings that act inside clusters: what Config Sync applies is in no program; labels may pick node classes."""

from __future__ import annotations

from collections.abc import Iterable

from weighbridge.quota.arithmetic import Claim
from weighbridge.quota.holders_kubernetes import check_namespace_labels
from weighbridge.quota.in_cluster import ALLOW, Makes, Where, at
from weighbridge.resources.held_resource import HeldResource, Surroundings
from weighbridge.resources.inputs import CannotJudge, Inputs

_GITOPS = "configmanagement"


def feature_claims(resource: HeldResource, around: Surroundings) -> Iterable[Claim]:  # noqa: ARG001 - see holders
    """None; raises `CannotJudge` for a feature that may make anything in the clusters of the fleet."""
    _known(resource.read, "name")
    defaults = resource.read.part("fleetDefaultMemberConfig")
    if defaults is not None:
        _applies_nothing(defaults)
    return ()


def membership_claims(resource: HeldResource, around: Surroundings) -> Iterable[Claim]:  # noqa: ARG001 - see holders
    """As `feature_claims`, for the settings of one cluster."""
    _known(resource.read, "feature")
    _applies_nothing(resource.read)
    return ()


def fleet_namespace_claims(resource: HeldResource, around: Surroundings) -> Iterable[Claim]:  # noqa: ARG001 - see holders
    """None; raises `CannotJudge` where namespaces that a fleet makes get a label that makes nodes."""
    labels = resource.read.part("namespaceLabels")
    if labels is not None:
        check_namespace_labels(labels)
    return ()


def _known(inputs: Inputs, name: str) -> None:
    feature = inputs.required_text(name, "so nobody can tell what it does in clusters")
    maker = at(Where.FLEET_FEATURE).get(feature)
    if maker is None:
        known = ", ".join(at(Where.FLEET_FEATURE))
        raise CannotJudge(f"{name} {feature!r} is unknown, so is what it makes: use one of {known}, or {ALLOW}")
    if maker.makes is not Makes.NOTHING:
        raise CannotJudge(f"{name} {feature!r}: {maker.why}: leave it out, or {ALLOW}")


def _applies_nothing(inputs: Inputs) -> None:
    settings = inputs.part(_GITOPS)
    sync = settings.part("configSync") if settings is not None else None
    if sync is None or (sync.flag("enabled") is False and not sync.has("git") and not sync.has("oci")):
        return
    raise CannotJudge(
        f"{sync.path} applies whatever its source holds, which this program does not show: node classes, disks, load "
        f"balancers. Write each object as its own Kubernetes resource, or {ALLOW}"
    )
