"""The exact inputs of the network."""

from __future__ import annotations

import pytest

from tests.support.platform import platform
from tests.support.recording import Recording
from tests.support.specs import spec

PLACE = {"project": "example-ml", "region": "us-central1"}


def network(most_nodes: int = 2) -> Recording:
    stack = spec({"system": {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": most_nodes}}})
    return platform(stack, alerts=False)


@pytest.fixture(scope="module")
def recording() -> Recording:
    return network()


def test_a_network_has_the_subnetworks_it_is_given(recording):
    assert recording.only("gcp:compute/network:Network").inputs == {
        "name": "dev-network", "project": "example-ml", "autoCreateSubnetworks": False, "routingMode": "REGIONAL",
    }  # fmt: skip


def test_ranges_come_from_the_plan(recording):
    assert recording.only("gcp:compute/subnetwork:Subnetwork").inputs == {
        **PLACE, "name": "dev-nodes", "network": "dev-network-id", "ipCidrRange": "10.0.0.0/22",
        "privateIpGoogleAccess": True,
        "secondaryIpRanges": [
            {"rangeName": "pods", "ipCidrRange": "10.128.0.0/16"},
            {"rangeName": "services", "ipCidrRange": "10.64.0.0/20"},
        ],
    }  # fmt: skip


def test_nat_takes_no_address_but_those_counted(recording):
    assert recording.only("gcp:compute/router:Router").inputs == {
        **PLACE, "name": "dev-router", "network": "dev-network-id",
    }  # fmt: skip
    assert recording.only("gcp:compute/routerNat:RouterNat").inputs == {
        **PLACE, "name": "dev-nat", "router": "dev-router", "natIpAllocateOption": "MANUAL_ONLY",
        "natIps": ["self-link/dev-nat-0"],
        "sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS",
        "subnetworks": [{"name": "dev-nodes-id", "sourceIpRangesToNats": ["ALL_IP_RANGES"]}],
        "minPortsPerVm": 256, "enableDynamicPortAllocation": True, "enableEndpointIndependentMapping": False,
        "logConfig": {"enable": True, "filter": "ERRORS_ONLY"},
    }  # fmt: skip


def test_addresses_grow_with_the_nodes_and_keep_their_names():
    found = network(most_nodes=500).of_type("gcp:compute/address:Address")

    assert {address.name: address.inputs for address in found} == {
        name: {
            **PLACE, "name": name, "addressType": "EXTERNAL", "networkTier": "PREMIUM",
            "labels": {"environment": "dev", "owner": "ml_example_com", "managed-by": "weighbridge"},
        }
        for name in ("dev-nat-0", "dev-nat-1")
    }  # fmt: skip


def test_flow_logs_are_kept_where_the_spec_wants_them(recording):
    pools = {"system": {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}}
    logged = platform(spec(pools, cluster={"security": {"flow_logs": True}}), alerts=False)
    nodes = logged.named("gcp:compute/subnetwork:Subnetwork", "dev-nodes").inputs
    assert nodes["logConfig"] == {
        "aggregationInterval": "INTERVAL_5_MIN", "flowSampling": 0.5, "metadata": "INCLUDE_ALL_METADATA",
    }  # fmt: skip
    assert "logConfig" not in recording.named("gcp:compute/subnetwork:Subnetwork", "dev-nodes").inputs


EXISTING = {
    "project": "example-host", "network": "shared-vpc", "subnetwork": "ml-us-central1", "pod_range": "ml-pods",
    "service_range": "ml-services",
}  # fmt: skip


def existing(**network) -> Recording:
    pools = {"system": {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}}
    return platform(spec(pools, network={"existing": EXISTING, **network}), alerts=False)


def test_in_a_network_that_exists_nothing_is_created():
    found = existing()
    for kind in ("network:Network", "subnetwork:Subnetwork", "router:Router", "routerNat:RouterNat", "address:Address"):
        assert not found.of_type(f"gcp:compute/{kind}")
    cluster = found.only("gcp:container/cluster:Cluster").inputs
    assert cluster["network"] == "projects/example-host/global/networks/shared-vpc"
    assert cluster["subnetwork"] == "projects/example-host/regions/us-central1/subnetworks/ml-us-central1"
    assert cluster["ipAllocationPolicy"] == {
        "clusterSecondaryRangeName": "ml-pods", "servicesSecondaryRangeName": "ml-services",
    }  # fmt: skip
    assert cluster["project"] == "example-ml"


def test_nat_is_created_in_it_where_the_spec_says_so():
    found = existing(nat="create")
    nat = found.only("gcp:compute/routerNat:RouterNat").inputs
    assert nat["project"] == "example-host"
    assert nat["subnetworks"][0]["name"] == "projects/example-host/regions/us-central1/subnetworks/ml-us-central1"
    assert (
        found.only("gcp:compute/router:Router").inputs["network"] == "projects/example-host/global/networks/shared-vpc"
    )
    assert found.only("gcp:compute/address:Address").inputs["project"] == "example-host"
