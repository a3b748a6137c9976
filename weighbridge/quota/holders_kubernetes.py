"""Kubernetes objects that reach out of the cluster: load balancers that take addresses, pods that bring disks.

Everything else that runs in a cluster is bounded by its node pools. Decided here:

- a Service of type LoadBalancer and a Gateway of a regional external class take a regional external address, unless
  they use a reserved one, which is then counted where it is reserved;
- global external load balancers (Ingress, global Gateway classes) take a global address, which the regional quota of
  nodes doesn't count; internal ones take none;
- a claim template of a pod makes GKE create a disk for each pod, which nobody can bound from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from weighbridge.quota.arithmetic import Claim
from weighbridge.resources.held_resource import HeldResource, Surroundings
from weighbridge.resources.inputs import CannotJudge, Inputs
from weighbridge.resources.values import Secret, Unknown, Value

PREFIX = "kubernetes:"

_LOAD_BALANCER_TYPE = ("networking.gke.io/load-balancer-type", "cloud.google.com/load-balancer-type")
_LOAD_BALANCER_ADDRESS = "networking.gke.io/load-balancer-ip-addresses"
_INTERNAL_CLASSES = ("gke-l7-rilb", "gke-l7-cross-regional-internal-managed")
_GLOBAL_CLASSES = ("gke-l7-global-external-managed", "gke-l7-gxlb")
_REGIONAL_CLASS = "gke-l7-regional-external-managed"
_CLAIM_TEMPLATES = frozenset({"volumeClaimTemplates", "volumeClaimTemplate"})
_AROUND_TEMPLATES = frozenset({"spec", "template", "volumes", "jobTemplate", "replicatedJobs", "ephemeral"})
_RESERVE = "reserve a gcp:compute/address:Address"


def kubernetes_claims(resource: HeldResource, around: Surroundings) -> Iterable[Claim]:  # noqa: ARG001 - see holders
    """None; raises `CannotJudge` for an object that takes from a quota itself."""
    group, _, kind = resource.type.removeprefix(PREFIX).rpartition(":")
    _same_object(resource, group, kind)
    if kind == "Service" and group.startswith("core/"):
        _service(resource)
    elif kind == "Gateway" and group.startswith("gateway.networking.k8s.io/"):
        _gateway(resource)
    else:
        place = _claim_template(resource.inputs, "")
        if place is not None:
            raise CannotJudge(
                f"{place} makes GKE create a disk for each pod, which draws on the disk quota that nodes share: use a "
                "Cloud Storage FUSE volume or the local SSD of the nodes"
            )
    return ()


def _same_object(resource: HeldResource, group: str, kind: str) -> None:
    """The provider goes by the object's own apiVersion and kind, whatever the type token says."""
    for name, expected in (("apiVersion", group.removeprefix("core/")), ("kind", kind)):
        given = resource.read.text(name)
        if given is not None and given != expected:
            raise CannotJudge(f"{name} is {given!r}, but the resource's type says {expected!r}: use the matching type")


def _service(resource: HeldResource) -> None:
    spec = resource.read.part("spec")
    if spec is None or spec.text("type") != "LoadBalancer":
        return
    notes = _annotations(resource)
    if (
        not internal_load_balancer(resource)
        and not spec.has("loadBalancerIP")
        and not notes.has(_LOAD_BALANCER_ADDRESS)
    ):
        raise CannotJudge(
            f"spec.type LoadBalancer takes an external address in a region that the object does not say: {_RESERVE} "
            f"and name it in the annotation {_LOAD_BALANCER_ADDRESS}"
        )


def internal_load_balancer(resource: HeldResource) -> bool:
    """Whether a Service of type LoadBalancer is reached from the network alone. Raises `CannotJudge`."""
    notes = _annotations(resource)
    return any((notes.text(name) or "").lower() == "internal" for name in _LOAD_BALANCER_TYPE if notes.has(name))


def _gateway(resource: HeldResource) -> None:
    spec = resource.read.part("spec")
    name = spec.text("gatewayClassName") if spec is not None else None
    if spec is None or name is None:
        raise CannotJudge("spec.gatewayClassName is not set: state one of GKE's classes")
    base = name.removesuffix("-mc")
    if base in (*_INTERNAL_CLASSES, *_GLOBAL_CLASSES):
        return
    if base != _REGIONAL_CLASS:
        allowed = ", ".join((_REGIONAL_CLASS, *_INTERNAL_CLASSES, *_GLOBAL_CLASSES))
        raise CannotJudge(
            f"spec.gatewayClassName {name!r} is unknown, so are the addresses it takes: use one of {allowed}"
        )
    if not spec.has("addresses"):
        raise CannotJudge(
            f"spec.gatewayClassName {name} takes an external address in a region that the object does not say: "
            f"{_RESERVE} and name it in spec.addresses"
        )


def _annotations(resource: HeldResource) -> Inputs:
    metadata = resource.read.part("metadata")
    notes = metadata.part("annotations") if metadata is not None else None
    return notes or Inputs({}, "metadata.annotations")


def _claim_template(value: Value, path: str) -> str | None:
    """Where a claim template is, or may be. Raises `CannotJudge` where that part is unknown."""
    if isinstance(value, Secret):
        return _claim_template(value.value, path)
    if isinstance(value, Mapping):
        for name, inner in value.items():
            place = f"{path}.{name}" if path else name
            if isinstance(inner, Unknown) and name in (_AROUND_TEMPLATES | _CLAIM_TEMPLATES):
                raise CannotJudge(f"{place} is not known before the deployment: write it as a literal")
            if name in _CLAIM_TEMPLATES and inner:
                return place
            found = _claim_template(inner, place)
            if found is not None:
                return found
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index, inner in enumerate(value):
            found = _claim_template(inner, f"{path}[{index}]")
            if found is not None:
                return found
    return None
