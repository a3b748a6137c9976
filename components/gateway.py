"""The load balancer in front of all endpoints: address, managed certificates, Gateway."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi
from pulumi_gcp import certificatemanager, compute
from pulumi_kubernetes import meta
from pulumi_kubernetes.apiextensions import CustomResource

from weighbridge.conventions import GATEWAY_LISTENER
from weighbridge.infrastructure.gateway import (
    CERTIFICATE_MAP_ANNOTATION,
    CERTIFICATES_OPTION,
    LEAST_TLS,
    TLS_PROFILE,
    GatewayPlan,
)

from .dns_zones import DnsZones


class GatewayComponent(pulumi.ComponentResource):
    """One Gateway with one HTTPS listener; there is none without TLS."""

    address: pulumi.Output[str]
    """Where the host names have to point to."""

    dns_records: dict[str, pulumi.Output[dict[str, str]]]
    """The DNS record, by host name, that proves to Google whose name it is; certificates wait for it."""

    name_servers: dict[str, pulumi.Output[Sequence[str]]]
    """Of each public zone that is made, by its domain: what the domain above has to delegate to."""

    resource: CustomResource

    def __init__(
        self,
        name: str,
        plan: GatewayPlan,
        *,
        network: pulumi.Input[str],
        subnetwork: pulumi.Input[str],
        namespace: pulumi.Resource,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("weighbridge:index:Gateway", name, None, opts)
        self._name, self._plan = name, plan
        child = pulumi.ResourceOptions(parent=self)
        needed: list[pulumi.Resource] = [namespace]
        if plan.proxy_subnetwork is not None:
            needed.append(
                compute.Subnetwork(
                    f"{name}-proxies",
                    name=plan.proxy_subnetwork,
                    project=plan.network.project,
                    region=plan.region,
                    network=network,
                    ip_cidr_range=plan.proxy_range,
                    purpose="REGIONAL_MANAGED_PROXY",
                    role="ACTIVE",
                    opts=child,
                )
            )
        address = self._address(subnetwork)
        needed.append(address)
        self.address = address.address
        zones = None
        if plan.zones:
            zones = DnsZones(f"{name}-dns", plan.zones, network=network, ttl_seconds=plan.dns_ttl_seconds, opts=child)
        self.name_servers = zones.name_servers if zones is not None else {}
        self.dns_records, certificates = {}, []
        for planned in plan.certificates:
            authorization = certificatemanager.DnsAuthorization(
                planned.name,
                name=planned.name,
                project=plan.project,
                location=plan.location,
                domain=planned.hostname,
                type="FIXED_RECORD" if plan.reach == "global" else "PER_PROJECT_RECORD",
                opts=child,
            )
            self.dns_records[planned.hostname] = authorization.dns_resource_records.apply(
                lambda records: {
                    "name": str(records[0].name),
                    "type": str(records[0].type),
                    "data": str(records[0].data),
                }
            )
            proof: list[pulumi.Resource] = []
            if zones is not None:
                zones.address(planned, address.address)
                proof = zones.proof(planned, authorization)
            certificate = certificatemanager.Certificate(
                planned.name,
                name=planned.name,
                project=plan.project,
                location=plan.location,
                managed=certificatemanager.CertificateManagedArgs(
                    domains=[planned.hostname], dns_authorizations=[authorization.id]
                ),
                opts=pulumi.ResourceOptions(parent=self, depends_on=proof),
            )
            certificates.append(certificate)
        needed += certificates
        if plan.certificate_map is not None:
            needed += self._map(plan.certificate_map, certificates)
        self.resource = CustomResource(
            name,
            api_version="gateway.networking.k8s.io/v1",
            kind="Gateway",
            metadata=meta.v1.ObjectMetaArgs(
                name=plan.name,
                namespace=plan.namespace,
                annotations={CERTIFICATE_MAP_ANNOTATION: plan.certificate_map} if plan.certificate_map else None,
            ),
            spec={
                "gatewayClassName": plan.gateway_class,
                "addresses": [{"type": "NamedAddress", "value": plan.address_name}],
                "listeners": [self._listener()],
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=needed),
        )
        CustomResource(
            f"{name}-tls",
            api_version="networking.gke.io/v1",
            kind="GCPGatewayPolicy",
            metadata=meta.v1.ObjectMetaArgs(name=plan.name, namespace=plan.namespace),
            spec={
                "default": {"sslPolicy": plan.ssl_policy},
                "targetRef": {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": plan.name},
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.resource, self._ssl_policy()]),
        )
        self.register_outputs({"address": self.address})

    def _ssl_policy(self) -> compute.SSLPolicy | compute.RegionSslPolicy:
        plan = self._plan
        named = f"{self._name}-tls"
        child = pulumi.ResourceOptions(parent=self)
        if plan.reach == "global":
            return compute.SSLPolicy(
                named,
                name=plan.ssl_policy,
                project=plan.project,
                profile=TLS_PROFILE,
                min_tls_version=LEAST_TLS,
                opts=child,
            )
        return compute.RegionSslPolicy(
            named,
            name=plan.ssl_policy,
            project=plan.project,
            region=plan.region,
            profile=TLS_PROFILE,
            min_tls_version=LEAST_TLS,
            opts=child,
        )

    def _address(self, subnetwork: pulumi.Input[str]) -> compute.Address | compute.GlobalAddress:
        plan = self._plan
        named = f"{self._name}-models"
        child = pulumi.ResourceOptions(parent=self)
        if plan.reach == "global":
            return compute.GlobalAddress(named, name=plan.address_name, project=plan.project, opts=child)
        internal = plan.reach == "internal"
        return compute.Address(
            named,
            name=plan.address_name,
            project=plan.project,
            region=plan.region,
            address_type="INTERNAL" if internal else "EXTERNAL",
            purpose="SHARED_LOADBALANCER_VIP" if internal else None,
            subnetwork=subnetwork if internal else None,
            network_tier=None if internal else "PREMIUM",
            opts=child,
        )

    def _map(self, name: str, certificates: list[certificatemanager.Certificate]) -> list[pulumi.Resource]:
        child = pulumi.ResourceOptions(parent=self)
        made = certificatemanager.CertificateMap(
            f"{self._name}-models", name=name, project=self._plan.project, opts=child
        )
        entries = [
            certificatemanager.CertificateMapEntry(
                planned.name,
                name=planned.name,
                project=self._plan.project,
                map=made.name,
                hostname=planned.hostname,
                certificates=[certificate.id],
                opts=child,
            )
            for planned, certificate in zip(self._plan.certificates, certificates, strict=True)
        ]
        return [made, *entries]

    def _listener(self) -> dict[str, Any]:
        plan = self._plan
        listener: dict[str, Any] = {
            "name": GATEWAY_LISTENER,
            "port": 443,
            "protocol": "HTTPS",
            "allowedRoutes": {"kinds": [{"kind": "HTTPRoute"}], "namespaces": {"from": "Same"}},
        }
        if plan.certificate_map is None:
            names = ",".join(planned.name for planned in plan.certificates)
            listener["tls"] = {"mode": "Terminate", "options": {CERTIFICATES_OPTION: names}}
        return listener
