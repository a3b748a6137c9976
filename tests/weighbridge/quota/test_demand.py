"""What a spec draws, number by number. That resources draw the same is in test_arithmetic.py."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.paths import ROOT
from tests.support.platform import platform_resources
from tests.support.specs import CATALOG, endpoint, holding, quota_file, spec, specs
from weighbridge.catalog import Provisioning, QuotaResource, UnknownQuota
from weighbridge.infrastructure.gateway import plan_gateway
from weighbridge.quota.arithmetic import Bound, NodeCounts, NodeGroup
from weighbridge.quota.demand import (
    DEFAULT_POOL_MACHINE,
    address_claims,
    collect,
    default_pool,
    drawn_keys,
    network_of,
    spec_demand,
    what_counts,
)
from weighbridge.quota.holders import graph_demand
from weighbridge.spec.root import Spec
from weighbridge.stacks.load import read_spec

QUOTA = quota_file()
NETWORKS = (QuotaResource.NETWORK, QuotaResource.SUBNETWORK)
L4 = "NVIDIA-L4-GPUS-per-project-region"
ADDRESSES = "IN-USE-ADDRESSES-per-project-region"
SERVE = {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 4}}


def drawn(quota_id: str, stack: Spec) -> dict[str, tuple[int, int]]:
    """Steady and peak by holder."""
    claims = spec_demand(stack, QUOTA, CATALOG).claims
    return {claim.holder: (claim.steady, claim.peak) for claim in claims if claim.key.quota_id == quota_id}


@pytest.mark.parametrize(
    ("changes", "zones", "expected"),
    [
        ({}, 1, (4, 4)),
        ({"upgrade": {"max_surge": 2, "max_unavailable": 0}}, 1, (4, 6)),
        ({"upgrade": {"strategy": "blue-green"}}, 1, (4, 8)),
        ({"replacement": "create-first"}, 1, (4, 8)),
        ({"replacement": "create-first", "upgrade": {"max_surge": 1, "max_unavailable": 0}}, 1, (4, 9)),
        ({"nodes": None, "nodes_per_zone": {"min": 0, "max": 4}}, 3, (12, 12)),
        ({"nodes": {"min": 0, "max": 4}}, 3, (4, 4)),
    ],
)
def test_gpus_of_a_pool(changes, zones, expected):
    pool = {key: value for key, value in {**SERVE, **changes}.items() if value is not None}
    assert drawn(L4, spec({"serve": pool}, zones=zones)) == {"serve": expected}


def test_a_default_pool_exists_at_creation_only_one_node_in_each_zone():
    machine = CATALOG.machine_types[DEFAULT_POOL_MACHINE]
    found = spec_demand(spec({"serve": SERVE}, zones=3), QUOTA, CATALOG).claims
    default = [claim for claim in found if claim.holder == "dev default pool"]
    assert {claim.steady for claim in default} == {0}
    vcpus = {claim.peak for claim in default if claim.quota.resource is QuotaResource.VCPU}
    assert vcpus == {3 * machine.vcpus}


@pytest.mark.parametrize(("reach", "gateway"), [("regional", 1), ("internal", 0), ("global", 0)])
def test_only_a_regional_gateway_takes_an_address_that_is_counted(reach, gateway):
    stack = spec(
        {"serve": SERVE},
        endpoints={"ranker": endpoint(None).model_dump(mode="json", exclude_none=True)},
        gateway={"reach": reach},
    )
    nat = network_of(stack, CATALOG).nat_addresses
    assert len(drawn(ADDRESSES, stack)) == nat + gateway


def test_what_cannot_be_told_is_a_doubt_of_its_holder_and_the_rest_is_counted():
    unknown = UnknownQuota(QuotaResource.GPU, "nvidia-x9", Provisioning.STANDARD, "nobody says")

    def unsure() -> Any:
        raise unknown

    address = partial(address_claims, "nat", "example-ml", "us-central1", CATALOG)
    demand = collect([("mystery", unsure), ("nat", address)])
    assert [(doubt.holder, doubt.message) for doubt in demand.doubts] == [("mystery", str(unknown))]
    assert [(claim.holder, claim.steady, claim.peak) for claim in demand.claims] == [("nat", 1, 1)]


@given(specs())
@settings(max_examples=20)
def test_every_limit_that_a_spec_draws_is_among_those_that_it_may(stack):
    keys = drawn_keys(stack, CATALOG)
    assert list(keys) == sorted(set(keys))
    for granted in ([], ["NVIDIA_A100"]):
        claims = spec_demand(stack, quota_file(spot_pools=granted), CATALOG).claims
        counted = {claim.key for claim in claims if claim.quota.resource not in NETWORKS}
        assert counted <= set(keys)


def test_auto_provisioned_nodes_may_draw_on_the_vcpus_of_every_family():
    pools = {"system": {"machine_type": "e2-standard-4", "nodes": {"min": 0, "max": 1}}}
    vcpus = {(quota.quota_id, quota.dimensions) for quota in CATALOG.vcpu_quota_ids()}
    declared = spec(pools)
    provisioned = spec(pools, cluster={"auto_provisioning": {"cpu": 64, "memory": "256Gi"}})
    drawn = [
        {(key.quota_id, key.dimensions) for key in drawn_keys(stack, CATALOG)} for stack in (declared, provisioned)
    ]
    assert drawn[1] - drawn[0] == vcpus - drawn[0]
    assert len(vcpus - drawn[0]) > 20
    assert {key.region for key in drawn_keys(provisioned, CATALOG)} == {"us-central1", "global"}


@pytest.mark.parametrize(
    ("changes", "zones", "expected"),
    [
        ({}, 1, Bound("nodes.max", 4, 1, "serve")),
        ({"upgrade": {"strategy": "blue-green"}}, 1, Bound("nodes.max", 4, 2, "serve")),
        ({"replacement": "create-first"}, 1, Bound("nodes.max", 4, 2, "serve")),
        (
            {"replacement": "create-first", "upgrade": {"strategy": "blue-green"}},
            1,
            Bound("nodes.max", 4, 3, "serve"),
        ),
        ({"nodes": None, "nodes_per_zone": {"min": 0, "max": 4}}, 3, Bound("nodes_per_zone.max", 4, 3, "serve")),
        (
            {"machine_type": "ct5lp-hightpu-4t", "tpu_topology": "4x4", "nodes": None, "slices": {"min": 0, "max": 3}},
            1,
            Bound("slices.max", None, 4, "serve"),
        ),
    ],
)
def test_the_number_that_bounds_a_pool_and_what_lowering_it_gives(changes, zones, expected):
    pool = {key: value for key, value in {**SERVE, **changes}.items() if value is not None}
    claims = spec_demand(spec({"serve": pool}, zones=zones), QUOTA, CATALOG).claims
    assert {claim.bound for claim in claims if claim.holder.startswith("serve")} == {expected}


def test_everything_that_a_spec_creates_has_its_holder():
    stack = spec(
        {"serve": SERVE},
        endpoints={"ranker": endpoint(None).model_dump(mode="json", exclude_none=True)},
        gateway={"reach": "regional"},
        cluster={"auto_provisioning": {"cpu": 8, "memory": "64Gi", "gpus": {"nvidia-l4": 2}}},
    )
    demand = spec_demand(stack, QUOTA, CATALOG)
    assert demand.doubts == ()
    assert list(dict.fromkeys(claim.holder for claim in demand.claims)) == [
        "serve", "dev default pool", "dev-nat-0", "dev-network", "dev-nodes", "dev-proxies",
        plan_gateway(stack).address_name, "dev auto-provisioning",
    ]  # fmt: skip
    assert {claim.key.project for claim in demand.claims} == {"example-ml"}
    assert drawn(L4, stack) == {"serve": (4, 4), "dev auto-provisioning": (2, 2)}
    assert drawn("N2-CPUS-per-project-region", stack)["dev auto-provisioning"] == (8, 8)


def test_the_default_pool_is_standard_nodes_of_gke_s_own_machine():
    counts = NodeCounts(create=1, steady=0, upgrade=0, replace=0)
    machine = CATALOG.machine_types["e2-medium"]
    assert default_pool("dev", "example-ml", "us-central1", counts, CATALOG) == NodeGroup(
        "dev default pool", "example-ml", "us-central1", machine, Provisioning.STANDARD, counts
    )


@given(specs(), st.sampled_from([[], ["NVIDIA_A100"]]))
@settings(max_examples=40, deadline=None)
def test_what_counts_of_a_quota_file_is_all_that_a_spec_needs_of_it(stack, granted):
    quota = holding(quota_file(spot_pools=granted, keep_free="5%", outside=[]), stack)
    assert spec_demand(stack, what_counts(quota), CATALOG) == spec_demand(stack, quota, CATALOG)
    dated = quota.model_copy(update={"limits": tuple(entry.model_copy(update={"limit": 7}) for entry in quota.limits)})
    assert what_counts(dated) == what_counts(quota)
    assert what_counts(quota.model_copy(update={"limits": quota.limits[1:]})) != what_counts(quota)


@pytest.mark.parametrize(
    "file", sorted((ROOT / "tests" / "integration" / "stacks").glob("*.yaml")), ids=lambda file: file.stem
)
def test_volumes_secrets_and_groups_draw_nothing_that_the_spec_does_not_say(file):
    stack = read_spec(file, CATALOG)
    by_spec, by_resources = spec_demand(stack, QUOTA, CATALOG), graph_demand(platform_resources(stack), QUOTA, CATALOG)

    assert by_spec.doubts == by_resources.doubts == ()
    totals = [
        sorted((claim.key, claim.steady, claim.peak) for claim in demand.claims) for demand in (by_spec, by_resources)
    ]
    assert totals[0] == totals[1]


def test_local_disks_of_a_pool_beyond_those_that_its_machine_brings():
    local = "LOCAL-SSD-TOTAL-GB-per-project-region"
    assert drawn(local, spec({"serve": {**SERVE, "local_ssd": {"disks": 2}}})) == {"serve": (4 * 750, 4 * 750)}
    assert drawn(local, spec({"serve": SERVE})) == {}
