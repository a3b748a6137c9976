"""What Pulumi lets go of without deleting it is no longer counted by anybody, so it is refused while it is."""

from dataclasses import replace

import pytest

from tests.support.graphs import ADDRESS, CLUSTER, cluster, node_pool, resource, urn
from tests.support.quota_demand import ADDRESSES, INSTANCES, doubt, drawn
from tests.support.specs import PROJECT, REGION
from weighbridge.resources.graph import Options
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.values import Unknown

LEAVES = "leaves it in the cloud once it is deleted or replaced, where no stack counts it"
IN_CLUSTER = urn(CLUSTER, "dev")


def kept(held: HeldResource) -> HeldResource:
    return replace(held, options=Options(retain_on_delete=True))


def deleted_with(held: HeldResource, other: str) -> HeldResource:
    return replace(held, options=Options(deleted_with=other))


def address(**more: str) -> HeldResource:
    return resource(ADDRESS, "a", {"name": "a", "project": PROJECT, "region": REGION, **more})


@pytest.mark.parametrize("policy", [None, "", "DELETE", "PREVENT"])
def test_what_is_deleted_is_counted(policy):
    assert drawn(cluster(), node_pool(deletionPolicy=policy))[INSTANCES] == (2, 4)


def test_a_policy_that_abandons_is_refused():
    message = f'deletionPolicy "ABANDON" {LEAVES}: leave it out, or set "DELETE"'
    assert doubt(cluster(), node_pool(deletionPolicy="ABANDON")) == message
    assert doubt(address(deletionPolicy="ABANDON")) == message
    assert doubt(cluster(deletionPolicy="ABANDON")) == message


def test_a_policy_that_nobody_knows_is_refused():
    assert doubt(cluster(), node_pool(deletionPolicy="KEEP")) == (
        "deletionPolicy 'KEEP' is unknown: use one of DELETE, PREVENT"
    )
    assert doubt(cluster(), node_pool(deletionPolicy=Unknown())).startswith("deletionPolicy is not known before")


def test_what_is_retained_is_refused():
    message = f"retainOnDelete {LEAVES}: take the option away"
    assert doubt(cluster(), kept(node_pool())) == message
    assert doubt(kept(address())) == message


def test_what_holds_no_quota_may_stay():
    assert drawn(kept(address(addressType="INTERNAL"))) == {}
    assert drawn(address(addressType="INTERNAL", deletionPolicy="ABANDON")) == {}


def test_a_node_pool_goes_with_its_own_cluster_and_with_nothing_else():
    pool = node_pool()
    assert drawn(cluster(), deleted_with(pool, IN_CLUSTER))[INSTANCES] == (2, 4)
    for other in (urn(ADDRESS, "a"), urn(CLUSTER, "other")):
        assert doubt(cluster(), deleted_with(pool, other)) == (
            f"deletedWith {other.rpartition('::')[2]} {LEAVES}, as Pulumi then deletes nothing itself: take the option "
            "away; only a node pool may name its own cluster"
        )
    assert drawn(address())[ADDRESSES] == (1, 1)
    assert doubt(deleted_with(address(), IN_CLUSTER)).startswith("deletedWith dev ")
