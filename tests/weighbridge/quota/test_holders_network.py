"""Networks and subnetworks, checked where the quota file lists their limits, from the spec and from the resources."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.graphs import NETWORK, SUBNETWORK, cluster, node_pool, resource
from tests.support.platform import platform_resources
from tests.support.quota_demand import doubt, drawn
from tests.support.specs import CATALOG, NOW, endpoint, limit, quota_file, spec
from weighbridge.quota.demand import spec_demand
from weighbridge.quota.holders import graph_demand
from weighbridge.quota.ledger import LimitState, build_ledger

NETWORKS, SUBNETWORKS = "NETWORKS-per-project", "SUBNETWORKS-per-project"
QUOTA = quota_file()
UNLISTED = QUOTA.model_copy(
    update={"limits": tuple(entry for entry in QUOTA.limits if entry.quota not in (NETWORKS, SUBNETWORKS))}
)
SYSTEM = {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}
HIGH = {"machine_type": "a3-highgpu-8g", "nodes": {"min": 0, "max": 4}, "accelerator_network": True}
EXISTING = {"network": "vpc", "subnetwork": "ml", "pod_range": "p", "service_range": "s"}


def test_a_network_and_a_subnetwork_are_one_each():
    network = resource(NETWORK, "n", {"name": "n", "autoCreateSubnetworks": False})
    assert drawn(network) == {NETWORKS: (1, 1)}
    assert drawn(resource(SUBNETWORK, "s", {"name": "s"})) == {SUBNETWORKS: (1, 1)}
    assert drawn(resource(NETWORK, "n", {"autoCreateSubnetworks": False})) == {NETWORKS: (1, 2)}  # autonamed


def test_subnetworks_that_google_makes_of_an_auto_mode_network_are_a_doubt():
    assert doubt(resource(NETWORK, "n", {"name": "n"})) == (
        "autoCreateSubnetworks lets Google make a subnetwork in each region, as many as there are: set it to false"
    )


def test_networks_that_gke_makes_by_itself_are_a_doubt():
    pool = node_pool("train", networkConfig={"enablePrivateNodes": True, "acceleratorNetworkProfile": "auto"})
    assert doubt(pool) == (
        "networkConfig.acceleratorNetworkProfile lets GKE make networks that nobody counts: name networks of this "
        "stack in additionalNodeNetworkConfigs"
    )
    assert graph_demand([pool], UNLISTED, CATALOG).doubts == ()
    inside = cluster(nodePools=[{"name": "train", "networkConfig": {"acceleratorNetworkProfile": "auto"}}])
    assert doubt(inside).startswith("nodePools[0].networkConfig.acceleratorNetworkProfile lets GKE make networks")
    assert graph_demand([inside], UNLISTED, CATALOG).doubts == ()


def test_a_limit_that_is_not_listed_is_not_checked():
    automatic = resource(NETWORK, "n", {"name": "n"}, provider_inputs={})
    assert graph_demand([automatic], UNLISTED, CATALOG) == graph_demand([], UNLISTED, CATALOG)
    found = spec_demand(spec({"high": HIGH}), UNLISTED, CATALOG).claims
    assert not [claim for claim in found if "NETWORKS" in claim.key.quota_id]


@pytest.mark.parametrize(
    ("pools", "keys", "networks", "subnetworks"),
    [
        ({"system": SYSTEM}, {}, 1, 1),
        ({"high": HIGH}, {}, 5, 5),
        ({"high": HIGH, "again": HIGH}, {}, 5, 5),
        ({"high": HIGH, "mega": HIGH | {"machine_type": "a3-megagpu-8g"}}, {}, 9, 9),
        ({"ultra": HIGH | {"machine_type": "a3-ultragpu-8g"}}, {}, 3, 10),
        ({"system": SYSTEM}, {"network": {"existing": EXISTING}}, 0, 0),
        ({"high": HIGH}, {"network": {"existing": EXISTING}}, 4, 4),
        ({"high": HIGH}, {"network": {"existing": EXISTING | {"project": "example-host"}}}, 0, 0),  # of another project
    ],
)
def test_what_a_spec_takes_of_them(pools, keys, networks, subnetworks):
    assert counts(spec_demand(spec(pools, **keys), QUOTA, CATALOG)) == {
        NETWORKS: networks,
        SUBNETWORKS: subnetworks,
    }


POOLS = st.dictionaries(
    st.sampled_from(["one", "two", "three"]),
    st.builds(
        lambda machine, most, further: (
            {"machine_type": machine, "nodes": {"min": 0, "max": most}}
            | ({"accelerator_network": True} if further and not machine.startswith("e2") else {})
        ),
        st.sampled_from(["e2-standard-4", "a3-highgpu-8g", "a3-megagpu-8g", "a3-ultragpu-8g", "a4-highgpu-8g"]),
        st.integers(1, 400),
        st.booleans(),
    ),
    min_size=1,
)


@settings(max_examples=12, deadline=None)
@given(
    POOLS, st.sampled_from([{}, {"existing": EXISTING}, {"existing": EXISTING, "nat": "create"}]), *[st.booleans()] * 2
)
def test_the_spec_says_what_the_resources_draw(
    pools: dict[str, Any], network: dict[str, Any], serves: bool, joins: bool
):
    more: dict[str, Any] = (
        {"endpoints": {"ranker": endpoint(None).model_dump(mode="json", exclude_none=True)}} if serves else {}
    )
    if joins and network:
        more["cluster"] = {"existing": {"name": "shared", "version": "1.33"}}
    stack = spec(pools | {"serve": SYSTEM}, network=network, **more)
    created = platform_resources(stack, alerts=False)
    by_spec, by_resources = (
        found.claims for found in (spec_demand(stack, QUOTA, CATALOG), graph_demand(created, QUOTA, CATALOG))
    )
    assert {(claim.key, claim.holder, claim.peak) for claim in by_spec if claim.peak} == {
        (claim.key, claim.holder, claim.peak) for claim in by_resources if claim.peak
    }


def counts(demand) -> dict[str, int]:
    found = Counter({NETWORKS: 0, SUBNETWORKS: 0})
    for claim in demand.claims:
        if claim.key.quota_id in found:
            found[claim.key.quota_id] += claim.peak
    return dict(found)


def test_a_stack_that_takes_more_than_are_listed_is_over():
    few = quota_file(limit(NETWORKS, 4, "global"))
    demand = spec_demand(spec({"high": HIGH}), few, CATALOG)
    states = {row.key.quota_id: row.state for row in build_ledger(few, {"dev": demand}, CATALOG, NOW).rows}
    assert (states[NETWORKS], states[SUBNETWORKS]) == (LimitState.OVER, LimitState.FITS)
