"""The environment's network: private nodes that reach the internet through NAT with addresses of a known number."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_gcp import compute

from weighbridge.conventions import nat_address_name, nat_name, router_name
from weighbridge.infrastructure.network import NAT_PORTS_PER_NODE, NetworkPlace, NetworkPlan


class Network(pulumi.ComponentResource):
    """VPC, subnetwork with pod and service ranges, router and NAT. `name` is the environment's.

    A network that exists is only read, so that a preview fails where it is missing; `ranges` are None then.
    """

    network_id: pulumi.Output[str]
    subnetwork_id: pulumi.Output[str]
    nat_addresses: pulumi.Output[list[str]]
    """Where the environment's traffic to the internet comes from, for others' allow lists."""

    def __init__(
        self,
        name: str,
        place: NetworkPlace,
        ranges: NetworkPlan | None,
        *,
        nat_addresses: int,
        labels: Mapping[str, str],
        flow_logs: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("weighbridge:index:Network", name, None, opts)
        self._name, self._place = name, place
        child = pulumi.ResourceOptions(parent=self)
        if ranges is None:
            compute.Network.get(f"{name}-network", place.network_path, opts=child)
            compute.Subnetwork.get(f"{name}-nodes", place.subnetwork_path, opts=child)
            # Not what is read: both are known in a preview.
            self.network_id = pulumi.Output.from_input(place.network_path)
            self.subnetwork_id = pulumi.Output.from_input(place.subnetwork_path)
        else:
            network, subnetwork = self._created(ranges, flow_logs=flow_logs)
            self.network_id, self.subnetwork_id = network.id, subnetwork.id
        self.nat_addresses = self._nat(nat_addresses, labels)
        self.register_outputs(
            {
                "network_id": self.network_id,
                "subnetwork_id": self.subnetwork_id,
                "nat_addresses": self.nat_addresses,
            }
        )

    def _created(self, ranges: NetworkPlan, *, flow_logs: bool) -> tuple[compute.Network, compute.Subnetwork]:
        name, place = self._name, self._place
        child = pulumi.ResourceOptions(parent=self)
        network = compute.Network(
            f"{name}-network",
            name=place.network,
            project=place.project,
            auto_create_subnetworks=False,
            routing_mode="REGIONAL",
            opts=child,
        )
        subnetwork = compute.Subnetwork(
            f"{name}-nodes",
            name=place.subnetwork,
            project=place.project,
            region=place.region,
            network=network.id,
            ip_cidr_range=ranges.nodes,
            secondary_ip_ranges=[
                compute.SubnetworkSecondaryIpRangeArgs(range_name=place.pod_range, ip_cidr_range=ranges.pods),
                compute.SubnetworkSecondaryIpRangeArgs(range_name=place.service_range, ip_cidr_range=ranges.services),
            ],
            private_ip_google_access=True,  # images, storage and metrics stay off the NAT
            log_config=compute.SubnetworkLogConfigArgs(
                aggregation_interval="INTERVAL_5_MIN", flow_sampling=0.5, metadata="INCLUDE_ALL_METADATA"
            )
            if flow_logs
            else None,
            opts=child,
        )
        return network, subnetwork

    def _nat(self, count: int, labels: Mapping[str, str]) -> pulumi.Output[list[str]]:
        """Cloud NAT with so many addresses; with none, nodes get out by one that exists."""
        name, place = self._name, self._place
        child = pulumi.ResourceOptions(parent=self)
        addresses = [
            compute.Address(
                nat_address_name(name, ordinal),
                name=nat_address_name(name, ordinal),
                project=place.project,
                region=place.region,
                address_type="EXTERNAL",
                network_tier="PREMIUM",
                labels=labels,
                opts=child,
            )
            for ordinal in range(count)
        ]
        if not addresses:
            return pulumi.Output.from_input([])
        router = compute.Router(
            f"{name}-router",
            name=router_name(name),
            project=place.project,
            region=place.region,
            network=self.network_id,
            opts=child,
        )
        compute.RouterNat(
            f"{name}-nat",
            name=nat_name(name),
            project=place.project,
            region=place.region,
            router=router.name,
            nat_ip_allocate_option="MANUAL_ONLY",  # AUTO_ONLY takes any number of addresses from the shared quota
            nat_ips=[address.self_link for address in addresses],
            source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
            subnetworks=[
                compute.RouterNatSubnetworkArgs(name=self.subnetwork_id, source_ip_ranges_to_nats=["ALL_IP_RANGES"])
            ],
            min_ports_per_vm=NAT_PORTS_PER_NODE,
            enable_dynamic_port_allocation=True,
            enable_endpoint_independent_mapping=False,  # NAT allows only one of the two
            log_config=compute.RouterNatLogConfigArgs(enable=True, filter="ERRORS_ONLY"),
            opts=child,
        )
        return pulumi.Output.all(*(address.address for address in addresses))
