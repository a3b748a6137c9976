"""Which ignored inputs decide on quota, and that those which matter at creation alone don't."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.graphs import cluster, node_pool, resource
from tests.support.quota_demand import INSTANCES, QUOTA, config, drawn
from tests.support.specs import CATALOG
from weighbridge.quota.ignored import ignored_quota_paths, with_outputs
from weighbridge.resources.graph import Options
from weighbridge.resources.held_resource import HeldResource, Surroundings
from weighbridge.resources.values import Secret, Unknown

AROUND = Surroundings.of([cluster()], QUOTA, CATALOG)
INLINE = {
    "name": "in", "autoscaling": {"totalMaxNodeCount": 2.0}, "nodeConfig": config(),
    "networkConfig": {"enablePrivateNodes": True},
}  # fmt: skip
DEPLOYMENT = {"metadata": {"name": "web"}, "spec": {"replicas": 2, "template": {"spec": {"containers": []}}}}


def ignoring(held: HeldResource, *paths: str) -> HeldResource:
    return replace(held, options=Options(ignore_changes=paths))


def deciding(held: HeldResource, *paths: str) -> tuple[str, ...]:
    return ignored_quota_paths(ignoring(held, *paths), AROUND)


@pytest.mark.parametrize(
    "path",
    [
        "autoscaling",
        "autoscaling.totalMaxNodeCount",
        'autoscaling["totalMaxNodeCount"]',
        "autoscaling.*",
        "autoscaling.maxNodeCount",  # which the program leaves out, and the state may have
        "nodeConfig",
        "nodeConfig.machineType",
        "nodeConfig.guestAccelerators",
        "nodeConfig.diskSizeGb",
        "nodeConfig.spot",
        "upgradeSettings",
        "networkConfig.enablePrivateNodes",
        "deletionPolicy",  # which the state may have as what leaves the pool in the cloud
        "project",
        "location",
        "*",
    ],
)
def test_what_decides_on_a_pool_s_nodes_does(path):
    assert deciding(node_pool(), path) == (path,)


def test_zones_decide_on_how_many_nodes_there_are():
    pool = node_pool(autoscaling={"maxNodeCount": 2.0}, nodeLocations=["us-central1-a", "us-central1-b"])
    for path in ("nodeLocations", "nodeLocations[1]", "nodeLocations[*]"):
        assert deciding(pool, path) == (path,)


@pytest.mark.parametrize("path", ["nodeConfig.labels", "nodeConfig.taints", "management", "version", "name", "a[", ""])
def test_what_has_nothing_to_do_with_quota_does_not(path):
    assert deciding(node_pool(), path) == ()


def test_only_paths_that_decide_are_named():
    assert deciding(node_pool(), "version", "autoscaling", "nodeConfig.labels", "upgradeSettings") == (
        "autoscaling", "upgradeSettings",
    )  # fmt: skip


def test_nodes_at_creation_decide_only_where_nothing_else_bounds_them_later():
    assert deciding(node_pool(), "initialNodeCount") == ()
    assert deciding(node_pool(autoscaling=None, nodeCount=3.0), "initialNodeCount") == ()
    assert deciding(node_pool(autoscaling=None, initialNodeCount=3.0), "initialNodeCount") == ("initialNodeCount",)


def test_a_default_pool_decides_only_where_it_stays():
    assert deciding(cluster(), "nodeConfig", "nodeConfig.machineType", "initialNodeCount") == ()
    stays = cluster(removeDefaultNodePool=False, nodeConfig=config())
    assert deciding(stays, "nodeConfig", "initialNodeCount") == ("nodeConfig", "initialNodeCount")


def test_pools_inside_a_cluster_decide_by_any_path_to_them():
    held = cluster(removeDefaultNodePool=None, nodePools=[INLINE, INLINE])
    for path in ("nodePools", "nodePools[*].autoscaling", "nodePools[0].autoscaling.totalMaxNodeCount"):
        assert deciding(held, path) == (path,)
    assert deciding(held, "nodePools[5].autoscaling", "nodePools[*].version") == ()
    assert deciding(held, "clusterAutoscaling") == ("clusterAutoscaling",)


def test_replicas_that_an_autoscaler_changes_decide_nothing():
    held = resource("kubernetes:apps/v1:Deployment", "web", DEPLOYMENT)
    assert deciding(held, "spec.replicas", "metadata.annotations") == ()


def by_outputs(outputs: dict[str, Any], *paths: str) -> int:
    return drawn(cluster(), with_outputs(ignoring(node_pool(), *paths), outputs))[INSTANCES][1]


def test_what_is_deployed_counts_where_it_is_more():
    more = {"autoscaling": {"totalMaxNodeCount": 50.0, "maxNodeCount": 0.0, "locationPolicy": "ANY"}}
    assert by_outputs(more) == 4  # two and one more in an upgrade, and one of the cluster's creation
    assert by_outputs(more, "version") == 4
    assert by_outputs(more, "autoscaling") == 52
    assert by_outputs({"autoscaling": {"totalMaxNodeCount": Secret(50.0)}}, "autoscaling") == 52
    assert by_outputs({"autoscaling": {"totalMaxNodeCount": 1.0}}, "autoscaling") == 4


def test_what_is_not_known_yet_is_as_in_the_inputs():
    assert by_outputs({}, "autoscaling") == 4
    assert by_outputs({"autoscaling": Unknown()}, "autoscaling") == 4
    assert by_outputs({"autoscaling": {"totalMaxNodeCount": 50.0, "locationPolicy": Unknown()}}, "autoscaling") == 52
    assert by_outputs({"nodeLocations": [Unknown()]}, "nodeLocations") == 4


def test_what_matters_at_creation_only_is_not_looked_for_in_outputs():
    gpus: dict[str, Any] = {"nodeConfig": {"machineType": "g2-standard-96"}, "initialNodeCount": 9.0}
    held = ignoring(cluster(), "nodeConfig", "initialNodeCount")
    assert with_outputs(held, gpus) is held
