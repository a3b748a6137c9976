"""What addresses and Cloud NAT draw."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.graphs import ADDRESS, resource, urn
from tests.support.quota_demand import (
    ADDRESSES,
    LITERAL,
    QUOTA,
    doubt,
    drawn,
)
from tests.support.specs import CATALOG
from weighbridge.quota.holders import graph_demand
from weighbridge.resources.values import Unknown

RULE = "gcp:compute/forwardingRule:ForwardingRule"
ATTACHMENT = "gcp:compute/serviceAttachment:ServiceAttachment"


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


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"name": "r"}, {ADDRESSES: (1, 1)}),  # external, if nothing is said
        ({}, {ADDRESSES: (1, 2)}),  # named by Pulumi, so replaced by a second one
        ({"name": "r", "loadBalancingScheme": "EXTERNAL_MANAGED"}, {ADDRESSES: (1, 1)}),
        ({"name": "r", "ipAddress": ""}, {ADDRESSES: (1, 1)}),
        ({"name": "r", "ipAddress": "203.0.113.7"}, {}),
        ({"name": "r", "loadBalancingScheme": "INTERNAL"}, {}),
        ({"name": "r", "loadBalancingScheme": "INTERNAL_MANAGED"}, {}),
        ({"name": "r", "loadBalancingScheme": "", "target": "projects/p/regions/r/serviceAttachments/a"}, {}),
    ],
)
def test_a_forwarding_rule_takes_an_address_where_it_is_external_and_names_none(
    inputs: dict[str, Any], expected: dict[str, Any]
):
    assert drawn(resource(RULE, "rule", {"portRange": "80", **inputs})) == expected


def test_an_address_or_target_that_is_not_known_yet_is_known_by_what_it_comes_from():
    reserved = {"property_dependencies": {"ipAddress": (urn(ADDRESS, "a"),)}}
    attached = {"property_dependencies": {"target": (urn(ATTACHMENT, "a"),)}}
    assert drawn(resource(RULE, "rule", {"name": "r", "ipAddress": Unknown()}, **reserved)) == {}
    assert (
        drawn(resource(RULE, "rule", {"name": "r", "loadBalancingScheme": "", "target": Unknown()}, **attached)) == {}
    )
    elsewhere = {"property_dependencies": {"ipAddress": (urn("gcp:compute/globalAddress:GlobalAddress", "a"),)}}
    for more in ({}, elsewhere):
        assert doubt(resource(RULE, "rule", {"name": "r", "ipAddress": Unknown()}, **more)) == (
            f"ipAddress is not known before the deployment: {LITERAL}"
        )


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"loadBalancingScheme": Unknown()}, f"loadBalancingScheme is not known before the deployment: {LITERAL}"),
        (
            {"loadBalancingScheme": "internal"},
            (
                "loadBalancingScheme 'internal' is unknown: use one of EXTERNAL, EXTERNAL_MANAGED, INTERNAL, "
                "INTERNAL_MANAGED, INTERNAL_SELF_MANAGED"
            ),
        ),
        (
            {"loadBalancingScheme": "", "target": "projects/p/regions/r/targetPools/t"},
            (
                'loadBalancingScheme "" is for a target that is a service attachment, which this one is not known to '
                "be: name one, or state the scheme"
            ),
        ),
    ],
)
def test_a_forwarding_rule_that_nobody_can_count(inputs: dict[str, Any], message: str):
    assert doubt(resource(RULE, "rule", {"name": "r", **inputs})) == message


def test_a_secure_web_proxy_makes_a_nat_of_its_own_and_a_mesh_does_not():
    gateway = "gcp:networkservices/gateway:Gateway"
    assert drawn(resource(gateway, "g", {"type": "OPEN_MESH"})) == {}
    assert doubt(resource(gateway, "g", {"type": "SECURE_WEB_GATEWAY"})) == (
        "type SECURE_WEB_GATEWAY lets Google make a Cloud NAT that takes any number of addresses: use OPEN_MESH, or "
        "let nodes out by a gcp:compute/routerNat:RouterNat with MANUAL_ONLY"
    )


def test_an_address_is_of_its_own_region_before_the_provider_s():
    here = resource(ADDRESS, "nat", {"name": "nat", "region": "us-east1"})
    (claim,) = graph_demand([here], QUOTA, CATALOG).claims
    assert (claim.holder, claim.key.region, claim.key.project) == ("nat", "us-east1", "example-ml")
    hidden = {"project": "example-ml", "region": Unknown()}
    assert doubt(resource(ADDRESS, "nat", {"name": "nat"}, provider_inputs=hidden)) == (
        f"provider.region is not known before the deployment: {LITERAL}"
    )
    (claim,) = graph_demand([resource(ADDRESS, "nat", {"name": "nat"})], QUOTA, CATALOG).claims
    assert (claim.key.region, claim.urn) == ("us-central1", urn(ADDRESS, "nat"))
