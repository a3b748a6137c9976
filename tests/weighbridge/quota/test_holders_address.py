"""What addresses and Cloud NAT draw."""

from __future__ import annotations

from tests.support.graphs import ADDRESS, resource
from tests.support.quota_demand import (
    ADDRESSES,
    doubt,
    drawn,
)


def test_addresses():
    assert drawn(resource(ADDRESS, "nat", {"name": "nat"})) == {ADDRESSES: (1, 1)}
    # Without a name of its own it is replaced by a second one.
    assert drawn(resource(ADDRESS, "nat", {"region": "us-central1"})) == {ADDRESSES: (1, 2)}
    assert drawn(resource(ADDRESS, "nat", {"name": "nat", "addressType": "INTERNAL"})) == {}
    assert doubt(resource(ADDRESS, "nat", {"name": "n"}, provider_inputs={"project": "example-ml"})) == (
        "region is not set, so nobody can tell whose quota it takes: set it here or on the provider"
    )


def test_cloud_nat_may_not_take_addresses_by_itself():
    nat = "gcp:compute/routerNat:RouterNat"
    assert drawn(resource(nat, "nat", {"natIpAllocateOption": "MANUAL_ONLY"})) == {}
    assert drawn(resource(nat, "nat", {"type": "PRIVATE"})) == {}
    for inputs in ({"natIpAllocateOption": "AUTO_ONLY"}, {"router": "r"}):
        assert doubt(resource(nat, "nat", inputs)) == (
            "natIpAllocateOption lets Cloud NAT take any number of addresses: set MANUAL_ONLY and natIps with "
            "gcp:compute/address:Address resources"
        )
