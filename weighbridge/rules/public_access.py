"""Ways into a cluster beside its gateways that the internet could reach: Services and Ingresses.

A NodePort is none: the nodes of these stacks have no external addresses, and where nodes have one, Google's firewall
lets nothing in unless a rule of its own says so. What only the network reaches is fine.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from weighbridge.quota.holders_kubernetes import ingress_class, internal_load_balancer
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.inputs import CannotJudge

PUBLIC_KINDS = frozenset({"Service", "Ingress"})

INTERNAL_INGRESS = "gce-internal"
_ALLOW_HTTP = "kubernetes.io/ingress.allow-http"
_CERTIFICATES = ("networking.gke.io/managed-certificates", "ingress.gcp.kubernetes.io/pre-shared-cert")
_INSTEAD = "put it behind the environment's gateway, as components.endpoint does"


def open_ways(resource: HeldResource) -> Iterator[str]:
    """What makes a Service or an Ingress public, in words."""
    kind = resource.type.rpartition(":")[2]
    try:
        yield from _service(resource) if kind == "Service" else _ingress(resource)
    except CannotJudge as unsure:
        yield str(unsure)


def _service(resource: HeldResource) -> Iterator[str]:
    spec = resource.read.inside("spec")
    if spec.text("type") == "LoadBalancer" and not internal_load_balancer(resource, spec):
        internal = "make it internal by the annotation networking.gke.io/load-balancer-type: Internal"
        yield f"a LoadBalancer answers the internet without TLS: {_INSTEAD}, or {internal}"
    for address in spec.texts("externalIPs"):
        if _public(address):
            yield f"externalIPs takes requests of the internet to {address}, without TLS: {_INSTEAD}"


def _ingress(resource: HeldResource) -> Iterator[str]:
    spec, metadata = (resource.read.inside(name) for name in ("spec", "metadata"))
    notes = metadata.mapped("annotations")
    if ingress_class(resource) == INTERNAL_INGRESS:
        return
    if not spec.parts("tls") and not any(notes.get(name) for name in _CERTIFICATES):
        yield f"this Ingress answers the internet without TLS: {_INSTEAD}, or name a certificate in spec.tls"
    elif notes.get(_ALLOW_HTTP) != "false":
        yield f'this Ingress also answers plain HTTP: {_INSTEAD}, or set the annotation {_ALLOW_HTTP}: "false"'


def _public(address: str) -> bool:
    try:
        return not ip_address(address).is_private
    except ValueError:
        return True
