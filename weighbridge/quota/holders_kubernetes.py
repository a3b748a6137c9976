"""Kubernetes objects that reach out of the cluster: pods that bring nodes or disks, load balancers that take addresses.

Everything else that runs in a cluster is bounded by its node pools. `in_cluster` has the names that decide; here is how
each kind is read:

- a Service of type LoadBalancer, a Gateway and an Ingress take an external address of the region where their class says
  so, unless they name a reserved one, which is counted where it is reserved; an empty name is none;
- a claim makes GKE create a disk, unless it names its volume or has no storage class;
- a pod, or whatever becomes pods, may select nodes that GKE makes for it, and may bring templates of claims;
- what isn't known before the deployment is a doubt, at any depth, except where it can make nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase

from weighbridge.quota.arithmetic import Claim
from weighbridge.quota.in_cluster import ALLOW, Maker, Makes, Where, at
from weighbridge.resources.held_resource import HeldResource, Surroundings, depends_on_address
from weighbridge.resources.inputs import CannotJudge, Inputs, unknown_at
from weighbridge.resources.resource_classes import Verdict, api_group, class_of
from weighbridge.resources.values import Unknown, Value, bare, mapping, text_of

PREFIX = "kubernetes:"

_PATCH = "Patch"
_LOAD_BALANCER_TYPES = ("networking.gke.io/load-balancer-type", "cloud.google.com/load-balancer-type")
_LOAD_BALANCER_ADDRESS = "networking.gke.io/load-balancer-ip-addresses"
_INGRESS_CLASS = "kubernetes.io/ingress.class"
_INGRESS_ADDRESS = "kubernetes.io/ingress.regional-static-ip-name"
_DEFAULT_INGRESS_CLASS = "gce"
_STORAGE_CLASS = "volume.beta.kubernetes.io/storage-class"
_RESERVE = "reserve a gcp:compute/address:Address"
_KEEPS_OFF = frozenset({"NotIn", "DoesNotExist"})
"""Operators of a node affinity that pick no node."""


def kubernetes_claims(resource: HeldResource, around: Surroundings) -> Iterable[Claim]:  # noqa: ARG001 - see holders
    """None; raises `CannotJudge` for an object that takes from a quota itself."""
    version, _, kind = resource.type.removeprefix(PREFIX).rpartition(":")
    kind = kind.removesuffix(_PATCH)
    _same_object(resource, version, kind)
    row = class_of(resource.type)
    if row is not None and row.group.verdict is Verdict.COUNTED:
        READ.get((api_group(version), kind), _workload)(resource)
    return ()


def _same_object(resource: HeldResource, version: str, kind: str) -> None:
    """The provider goes by the object's own apiVersion and kind, whatever the type token says."""
    for name, expected in (("apiVersion", version.removeprefix("core/")), ("kind", kind)):
        given = resource.read.text(name)
        if given is not None and given != expected:
            raise CannotJudge(f"{name} is {given!r}, but the resource's type says {expected!r}: use the matching type")


def _namespace(resource: HeldResource) -> None:
    metadata = resource.read.part("metadata")
    labels = metadata.part("labels") if metadata is not None else None
    if labels is not None:
        check_namespace_labels(labels)


def check_namespace_labels(labels: Inputs) -> None:
    """Raises `CannotJudge` for a label by which GKE makes nodes for a namespace's pods."""
    for name, maker in at(Where.NAMESPACE_LABEL).items():
        if labels.has(name):
            raise CannotJudge(f"{labels.path} has {name}, which {maker.why}: leave it out, or {ALLOW}")


def _service(resource: HeldResource) -> None:
    spec = resource.read.part("spec")
    if spec is None or spec.text("type") != "LoadBalancer":
        return
    name = spec.text("loadBalancerClass")
    if name is not None:
        _listed(Where.LOAD_BALANCER_CLASS, name, spec.path_of("loadBalancerClass"))
    if (
        not internal_load_balancer(resource, spec)
        and not _named(resource, spec, "loadBalancerIP", "spec")
        and not _named(resource, _annotations(resource), _LOAD_BALANCER_ADDRESS, "metadata")
    ):
        raise CannotJudge(
            f"spec.type LoadBalancer takes an external address in a region that the object does not say: {_RESERVE} "
            f"and name it in the annotation {_LOAD_BALANCER_ADDRESS}"
        )


def internal_load_balancer(resource: HeldResource, spec: Inputs) -> bool:
    """Whether a Service of type LoadBalancer, with this spec, is reached from the network alone. Raises `CannotJudge`.

    As GKE's controllers do: the class decides where there is one, else the first of the annotations that is present.
    """
    name = spec.text("loadBalancerClass")
    if name is not None:
        maker = at(Where.LOAD_BALANCER_CLASS).get(name)
        return maker is not None and maker.makes is Makes.NOTHING
    notes = _annotations(resource)
    given = next((annotation for annotation in _LOAD_BALANCER_TYPES if notes.has(annotation)), None)
    return given is not None and notes.text(given) in at(Where.LOAD_BALANCER_TYPE)


def _gateway(resource: HeldResource) -> None:
    spec = resource.read.part("spec")
    name = spec.text("gatewayClassName") if spec is not None else None
    if spec is None or name is None:
        raise CannotJudge("spec.gatewayClassName is not set: state one of GKE's classes")
    maker = _listed(Where.GATEWAY_CLASS, name, spec.path_of("gatewayClassName"))
    if maker.makes is Makes.ADDRESS and not _all_named(resource, spec):
        raise CannotJudge(
            f"spec.gatewayClassName {name} takes an external address in a region that the object does not say: "
            f"{_RESERVE} and name it in spec.addresses"
        )


def _all_named(resource: HeldResource, spec: Inputs) -> bool:
    """Whether a Gateway names its addresses; one without a value is assigned by GKE."""
    addresses = spec.parts("addresses")
    return bool(addresses) and all(_named(resource, address, "value", "spec") for address in addresses)


def _ingress(resource: HeldResource) -> None:
    name = ingress_class(resource)
    if name is None:
        raise CannotJudge(
            f"spec.ingressClassName picks a controller that is not GKE's, so what it takes is not known: name a class "
            f"of GKE in the annotation {_INGRESS_CLASS}, or {ALLOW}"
        )
    maker = _listed(Where.INGRESS_CLASS, name, f"the annotation {_INGRESS_CLASS}")
    if maker.makes is Makes.ADDRESS and not _named(resource, _annotations(resource), _INGRESS_ADDRESS, "metadata"):
        raise CannotJudge(
            f"an Ingress of class {name} takes an external address in a region that the object does not say: "
            f"{_RESERVE} and name it in the annotation {_INGRESS_ADDRESS}"
        )


def ingress_class(resource: HeldResource) -> str | None:
    """The class that GKE's controller goes by, None where an Ingress is another's. Raises `CannotJudge`.

    The annotation decides; without one, an Ingress that names no class in its spec is GKE's.
    """
    given = _annotations(resource).text(_INGRESS_CLASS)
    if given is not None:
        return given
    spec = resource.read.part("spec")
    return None if spec is not None and spec.has("ingressClassName") else _DEFAULT_INGRESS_CLASS


def _claim(resource: HeldResource) -> None:
    if _makes_disk(resource.read):
        raise CannotJudge(
            "GKE creates a disk for this claim, which draws on the disk quota that nodes share: use a Cloud Storage "
            "FUSE volume or the local SSD of the nodes, name a volume that exists in spec.volumeName, or set "
            f'spec.storageClassName: "", or {ALLOW}'
        )


def _makes_disk(claim: Inputs) -> bool:
    """Whether a claim, or what is made of a template, has its volume created. Raises `CannotJudge`."""
    notes, spec = claim.inside("metadata").inside("annotations"), claim.inside("spec")
    # Where there is the annotation, it decides.
    holder, name = (notes, _STORAGE_CLASS) if notes.has(_STORAGE_CLASS) else (spec, "storageClassName")
    if holder.has(name) and holder.text(name) is None:
        return False  # an empty class is one that makes nothing
    return spec.text("volumeName") is None


def _workload(resource: HeldResource) -> None:
    for name in sorted(resource.inputs):
        _read_inside(name, resource.inputs[name], name)


def _read_inside(name: str, value: Value, place: str) -> None:
    """Raises `CannotJudge` where a part of a workload makes nodes, disks or addresses, or may."""
    if name in at(Where.UNREAD):
        _refuse_ingress_class(name, value, place)
        return
    inside = bare(value)
    if isinstance(inside, Unknown):
        raise unknown_at(place)
    if not inside:
        return
    _refuse_text(name, place)
    maker = at(Where.OPAQUE).get(name) or at(Where.CLAIM).get(name)
    if maker is not None and (maker.where is Where.OPAQUE or _any_disk(name, inside, place)):
        raise CannotJudge(f"{place} {maker.why}, or {ALLOW}")
    match inside:
        case str():
            _refuse_text(inside, place)
        case Mapping() if not _keeps_off(inside):
            for inner in sorted(inside):
                _read_inside(inner, inside[inner], f"{place}.{inner}")
        case list():
            for index, item in enumerate(inside):
                _read_inside("", item, f"{place}[{index}]")


def _refuse_ingress_class(name: str, value: Value, place: str) -> None:
    """Of an Ingress that a workload's controller makes, annotations name the class, whatever else they are."""
    notes = mapping(value) if name in ("metadata", "annotations") else {}
    if name == "metadata":
        notes, place = mapping(notes.get("annotations")), f"{place}.annotations"
    given = bare(notes.get(_INGRESS_CLASS))
    if isinstance(given, Unknown):
        raise unknown_at(f"{place}.{_INGRESS_CLASS}")
    _refuse_text(text_of(given), f"{place}.{_INGRESS_CLASS}")


def _refuse_text(text: str, place: str) -> None:
    for name, maker in at(Where.TEXT).items():
        if fnmatchcase(text, name if maker.makes is Makes.ADDRESS else f"*{name}*"):
            raise CannotJudge(f"{place} {maker.why}: leave it out, or {ALLOW}")


def _keeps_off(requirement: Mapping[str, Value]) -> bool:
    """Whether this is a requirement of a node affinity that keeps pods off nodes, and so asks for none."""
    operator = bare(requirement.get("operator"))
    return "key" in requirement and isinstance(operator, str) and operator in _KEEPS_OFF


def _any_disk(name: str, inside: Value, place: str) -> bool:
    """Whether templates of claims make disks; those of forms of their own do. Raises `CannotJudge`."""
    if name == "volumeClaimTemplate" and isinstance(inside, Mapping):
        return _makes_disk(Inputs(inside, place))
    if name == "volumeClaimTemplates":
        return any(map(_makes_disk, Inputs({place: inside}).parts(place)))
    return True


READ: Mapping[tuple[str, str], Callable[[HeldResource], None]] = {
    ("", "Namespace"): _namespace,
    ("", "Service"): _service,
    ("", "PersistentVolumeClaim"): _claim,
    ("networking.k8s.io", "Ingress"): _ingress,
    ("extensions", "Ingress"): _ingress,
    ("gateway.networking.k8s.io", "Gateway"): _gateway,
}
"""How a kind of an API group is read that is no workload."""


def _listed(where: Where, name: str, place: str) -> Maker:
    maker = at(where).get(name)
    if maker is None:
        raise CannotJudge(
            f"{place} {name!r} is unknown, so are the addresses it takes: use one of {', '.join(at(where))}, or {ALLOW}"
        )
    return maker


def _named(resource: HeldResource, part: Inputs, name: str, within: str) -> bool:
    """Whether an address is named there; one that is not known yet is, if it comes from a reserved address."""
    try:
        return part.text(name) is not None
    except CannotJudge:
        if isinstance(bare(part.values.get(name)), Unknown) and depends_on_address(resource, within):
            return True
        raise


def _annotations(resource: HeldResource) -> Inputs:
    return resource.read.inside("metadata").inside("annotations")
