"""The load balancer in front of an environment's endpoints: class, address, certificates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from weighbridge.conventions import (
    GATEWAY_NAME,
    SERVING_NAMESPACE,
    certificate_map_name,
    certificate_name,
    gateway_address_name,
    proxy_subnetwork_name,
    ssl_policy_name,
)
from weighbridge.infrastructure.dns import DnsZonePlan, address_zones, plan_zones, proof_zone
from weighbridge.infrastructure.network import NetworkPlace, network_place
from weighbridge.spec.root import Spec

CLASSES: Mapping[str, str] = {
    "regional": "gke-l7-regional-external-managed",
    "internal": "gke-l7-rilb",
    "global": "gke-l7-global-external-managed",
}
"""GatewayClass by reach. Source: GKE's table of Gateway classes."""

CERTIFICATES_OPTION = "networking.gke.io/cert-manager-certs"
"""Names a regional gateway's Certificate Manager certificates. Confidence: unverified on a cluster."""

CERTIFICATE_MAP_ANNOTATION = "networking.gke.io/certmap"
LEAST_TLS, TLS_PROFILE = "TLS_1_2", "MODERN"
"""Of clients; what Google's load balancers take without a policy begins with TLS 1.0."""

MOST_WAIT_SECONDS = 3600
"""Longest draining time that a GCPBackendPolicy takes."""


@dataclass(frozen=True, slots=True)
class CertificatePlan:
    """A managed certificate and the host name that it is for."""

    name: str
    hostname: str
    proof_in: DnsZonePlan | None = None  # None: somebody else writes it down
    address_in: tuple[DnsZonePlan, ...] = ()


@dataclass(frozen=True, slots=True)
class GatewayPlan:
    """The Gateway of an environment, with the address, certificates and subnetwork that it takes."""

    name: str
    namespace: str
    project: str
    region: str
    reach: Literal["regional", "global", "internal"]
    gateway_class: str
    address_name: str
    certificate_map: str | None
    certificates: tuple[CertificatePlan, ...]
    network: NetworkPlace
    proxy_subnetwork: str | None  # regional classes need one; None as well where it exists
    proxy_range: str
    ssl_policy: str
    zones: tuple[DnsZonePlan, ...] = ()  # of Cloud DNS, made by this stack or not
    dns_ttl_seconds: int = 300

    @property
    def location(self) -> str:
        """Where its certificates live."""
        return "global" if self.reach == "global" else self.region


def plan_gateway(spec: Spec) -> GatewayPlan | None:
    """The gateway of a checked spec; None where it has no endpoint."""
    if not spec.endpoints:
        return None
    reach, network = spec.gateway.reach, network_place(spec)
    return GatewayPlan(
        name=GATEWAY_NAME,
        namespace=SERVING_NAMESPACE,
        project=spec.cloud.project,
        region=spec.cloud.region,
        reach=reach,
        gateway_class=CLASSES[reach],
        address_name=gateway_address_name(spec.environment),
        certificate_map=certificate_map_name(spec.environment) if reach == "global" else None,
        certificates=tuple(_certificates(spec)),
        network=network,
        proxy_subnetwork=proxy_subnetwork_name(spec.environment)
        if reach != "global" and network.creates_proxies
        else None,
        proxy_range=spec.network.proxy_range,
        ssl_policy=ssl_policy_name(spec.environment),
        zones=plan_zones(spec),
        dns_ttl_seconds=spec.gateway.dns_ttl_seconds,
    )


def _certificates(spec: Spec) -> Iterator[CertificatePlan]:
    """One for each host name, named after the first endpoint that has it."""
    named: set[str] = set()
    zones = plan_zones(spec)
    for name, endpoint in spec.endpoints.items():
        if endpoint.hostname not in named:
            named.add(endpoint.hostname)
            yield CertificatePlan(
                certificate_name(spec.environment, name),
                endpoint.hostname,
                proof_zone(endpoint.hostname, zones),
                address_zones(endpoint.hostname, zones, internal=spec.gateway.reach == "internal"),
            )
