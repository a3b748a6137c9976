"""Zones of Cloud DNS, and the records of host names in them."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_gcp import certificatemanager, dns

from weighbridge.infrastructure.dns import DnsZonePlan
from weighbridge.infrastructure.gateway import CertificatePlan


class DnsZones(pulumi.ComponentResource):
    """The zones that this stack makes, and a record for each host name in each zone that it lies in."""

    name_servers: dict[str, pulumi.Output[Sequence[str]]]
    """Of each public zone that is made, by its domain: what the domain above has to delegate to."""

    def __init__(
        self,
        name: str,
        zones: Sequence[DnsZonePlan],
        *,
        network: pulumi.Input[str],
        ttl_seconds: int,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("weighbridge:index:DnsZones", name, None, opts)
        self._ttl = ttl_seconds
        self._made = {zone.name: self._zone(zone, network) for zone in zones if zone.created}
        self.name_servers = {
            zone.dns_name.rstrip("."): self._made[zone.name].name_servers
            for zone in zones
            if zone.created and not zone.private
        }
        self.register_outputs({"name_servers": self.name_servers})

    def address(self, planned: CertificatePlan, address: pulumi.Input[str]) -> list[pulumi.Resource]:
        """Leads a host name to the gateway."""
        return [
            self._record(
                f"{planned.name}-private" if zone.private else planned.name,
                zone,
                name=f"{planned.hostname}.",
                type_="A",
                data=address,
            )
            for zone in planned.address_in
        ]

    def proof(self, planned: CertificatePlan, of: certificatemanager.DnsAuthorization) -> list[pulumi.Resource]:
        """Proves to Google whose host name it is; none where no zone is public."""
        if planned.proof_in is None:
            return []
        record = of.dns_resource_records[0]
        proof = self._record(
            f"{planned.name}-proof", planned.proof_in, name=record.name, type_=record.type, data=record.data
        )
        return [proof]

    def _zone(self, zone: DnsZonePlan, network: pulumi.Input[str]) -> dns.ManagedZone:
        bound = dns.ManagedZonePrivateVisibilityConfigArgs(
            networks=[dns.ManagedZonePrivateVisibilityConfigNetworkArgs(network_url=network)]
        )
        return dns.ManagedZone(
            zone.name,
            name=zone.name,
            project=zone.project,
            dns_name=zone.dns_name,
            description="Host names of model endpoints",
            visibility="private" if zone.private else "public",
            private_visibility_config=bound if zone.private else None,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _record(
        self,
        resource_name: str,
        zone: DnsZonePlan,
        *,
        name: pulumi.Input[str],
        type_: pulumi.Input[str],
        data: pulumi.Input[str],
    ) -> dns.RecordSet:
        made = self._made.get(zone.name)
        return dns.RecordSet(
            resource_name,
            managed_zone=zone.name if made is None else made.name,
            project=zone.project,
            name=name,
            type=type_,
            ttl=self._ttl,
            rrdatas=[data],
            opts=pulumi.ResourceOptions(parent=self),
        )
