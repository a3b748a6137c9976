"""The environment's network: private nodes that reach the internet through NAT with addresses of a known number."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_gcp import compute

from weighbridge.conventions import (
    POD_RANGE,
    SERVICE_RANGE,
    nat_address_name,
    nat_name,
    network_name,
    router_name,
    subnetwork_name,
)
from weighbridge.infrastructure.network import NAT_PORTS_PER_NODE, NetworkPlan
from weighbridge.spec.cloud import Cloud


class Network(pulumi.ComponentResource):
    """VPC, subnetwork with pod and service ranges, router and NAT. `name` is the environment's."""

    network_id: pulumi.Output[str]
    subnetwork_id: pulumi.Output[str]
    nat_addresses: pulumi.Output[list[str]]
    """Where the environment's traffic to the internet comes from, for others' allow lists."""

    def __init__(
        self,
        name: str,
        plan: NetworkPlan,
        cloud: Cloud,
        *,
        labels: Mapping[str, str],
        flow_logs: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("weighbridge:index:Network", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        network = compute.Network(
            f"{name}-network",
            name=network_name(name),
            project=cloud.project,
            auto_create_subnetworks=False,
            routing_mode="REGIONAL",
            opts=child,
        )
        subnetwork = compute.Subnetwork(
            f"{name}-nodes",
            name=subnetwork_name(name),
            project=cloud.project,
            region=cloud.region,
            network=network.id,
            ip_cidr_range=plan.nodes,
            secondary_ip_ranges=[
                compute.SubnetworkSecondaryIpRangeArgs(range_name=POD_RANGE, ip_cidr_range=plan.pods),
                compute.SubnetworkSecondaryIpRangeArgs(range_name=SERVICE_RANGE, ip_cidr_range=plan.services),
            ],
            private_ip_google_access=True,  # images, storage and metrics stay off the NAT
            log_config=compute.SubnetworkLogConfigArgs(
                aggregation_interval="INTERVAL_5_MIN", flow_sampling=0.5, metadata="INCLUDE_ALL_METADATA"
            )
            if flow_logs
            else None,
            opts=child,
        )
        addresses = [
            compute.Address(
                nat_address_name(name, ordinal),
                name=nat_address_name(name, ordinal),
                project=cloud.project,
                region=cloud.region,
                address_type="EXTERNAL",
                network_tier="PREMIUM",
                labels=labels,
                opts=child,
            )
            for ordinal in range(plan.nat_addresses)
        ]
        router = compute.Router(
            f"{name}-router",
            name=router_name(name),
            project=cloud.project,
            region=cloud.region,
            network=network.id,
            opts=child,
        )
        compute.RouterNat(
            f"{name}-nat",
            name=nat_name(name),
            project=cloud.project,
            region=cloud.region,
            router=router.name,
            nat_ip_allocate_option="MANUAL_ONLY",  # AUTO_ONLY takes any number of addresses from the shared quota
            nat_ips=[address.self_link for address in addresses],
            source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
            subnetworks=[
                compute.RouterNatSubnetworkArgs(name=subnetwork.id, source_ip_ranges_to_nats=["ALL_IP_RANGES"])
            ],
            min_ports_per_vm=NAT_PORTS_PER_NODE,
            enable_dynamic_port_allocation=True,
            enable_endpoint_independent_mapping=False,  # NAT allows only one of the two
            log_config=compute.RouterNatLogConfigArgs(enable=True, filter="ERRORS_ONLY"),
            opts=child,
        )
        self.network_id = network.id
        self.subnetwork_id = subnetwork.id
        self.nat_addresses = pulumi.Output.all(*(address.address for address in addresses))
        self.register_outputs(
            {
                "network_id": self.network_id,
                "subnetwork_id": self.subnetwork_id,
                "nat_addresses": self.nat_addresses,
            }
        )
