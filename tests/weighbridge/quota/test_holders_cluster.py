"""What a cluster draws: its default pool, pools written inside it, auto-provisioning."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.graphs import cluster
from tests.support.quota_demand import (
    CPUS,
    INSTANCES,
    LITERAL,
    QUOTA,
    SSD,
    doubt,
    drawn,
)
from tests.support.specs import CATALOG
from weighbridge.quota.holders import graph_demand
from weighbridge.resources.values import Unknown

OUTSIDE_POOLS = (
    "lets pods ask for Cloud TPUs outside the node pools, which no input bounds: leave it out, and declare a node pool "
    "of a TPU machine type"
)


def test_a_removed_default_pool_counts_at_creation_only():
    assert drawn(cluster(nodeLocations=["us-central1-a", "us-central1-b"])) == {
        CPUS: (0, 4), "CPUS-ALL-REGIONS-per-project": (0, 4), SSD: (0, 200), INSTANCES: (0, 2),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"removeDefaultNodePool": None}, (1, 2)),  # kept, and upgraded with one node of surge
        ({"initialNodeCount": 3.0, "removeDefaultNodePool": None}, (3, 4)),
        ({"location": "us-central1-b"}, (0, 2)),  # a zonal cluster: its own zone and the listed one
        ({"name": None}, (0, 2)),  # replaced by a second one
        ({"nodePools": [{"name": "a", "nodeCount": 5.0}], "removeDefaultNodePool": None}, (5, 6)),
        ({"nodePools": [{"name": "a", "nodeCount": 5.0}]}, (5, 7)),
    ],
)
def test_instances_of_a_cluster(changes: dict[str, Any], expected: tuple[int, int]):
    assert drawn(cluster(**changes))[INSTANCES] == expected


def auto_provisioning(upgrade: Any = None) -> dict[str, Any]:
    limits = [{"resourceType": "cpu", "maximum": 16.0}, {"resourceType": "nvidia-l4", "maximum": 2.0}]
    defaults = {"autoProvisioningDefaults": {"upgradeSettings": upgrade}} if upgrade is not None else {}
    return {"enabled": True, "resourceLimits": limits, **defaults}


@pytest.mark.parametrize(
    ("upgrade", "peak"),
    [
        (None, 4),  # GKE's own: one node more at a time in each pool
        ({}, 4),
        ({"strategy": "SURGE", "maxSurge": 2.0}, 4),
        ({"strategy": "SURGE", "maxSurge": 0.0, "maxUnavailable": 1.0}, 2),
        ({"maxSurge": 0.0}, 2),
        ({"strategy": "BLUE_GREEN", "maxSurge": 0.0}, 4),
    ],
)
def test_auto_provisioned_pools_are_upgraded_too(upgrade: Any, peak: int):
    l4 = "NVIDIA-L4-GPUS-per-project-region"
    assert drawn(cluster(clusterAutoscaling=auto_provisioning(upgrade)))[l4] == (2, peak)
    replaced_first = drawn(cluster(name=None, clusterAutoscaling=auto_provisioning(upgrade)))
    assert replaced_first[l4] == (2, peak + 2)


def test_auto_provisioning_is_charged_with_its_limits():
    found = drawn(cluster(clusterAutoscaling=auto_provisioning({"strategy": "SURGE", "maxSurge": 0.0})))
    assert found["N2-CPUS-per-project-region"] == (16, 16)
    assert found["NVIDIA-L4-GPUS-per-project-region"] == (2, 2)
    off = drawn(cluster(clusterAutoscaling={"enabled": False, "autoscalingProfile": "BALANCED"}))
    assert off == drawn(cluster())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"enableAutopilot": True},
         "enableAutopilot lets GKE create nodes that no input bounds: use a Standard cluster with node pools"),
        ({"nodeLocations": None},
         "nodeLocations is not set, so GKE picks the zones and their number is unknown: list the zones"),
        ({"location": "nowhere"},
         "location is 'nowhere', expected a region such as us-central1 or a zone such as us-central1-a"),
        ({"location": None}, f"location is not set, so nobody can tell whose quota it takes: {LITERAL}"),
        ({"clusterAutoscaling": {"enabled": True}},
         ("clusterAutoscaling.resourceLimits has no cpu maximum: node auto-provisioning may create any "
          "number of nodes; "
         "add one")),
        ({"clusterAutoscaling": {"enabled": True, "defaultComputeClassEnabled": True,
                                 "resourceLimits": [{"resourceType": "cpu", "maximum": 4.0}]}},
         ("clusterAutoscaling.defaultComputeClassEnabled puts pods on a compute class, for which GKE creates nodes "
          "that no input bounds: leave it out")),
        ({"clusterAutoscaling": {"enabled": True, "resourceLimits": [{"resourceType": "cpu"}]}},
         "clusterAutoscaling.resourceLimits[0].maximum is not set: GKE may create any amount of cpu; set it"),
        ({"clusterAutoscaling": {"enabled": True, "resourceLimits": [
            {"resourceType": "cpu", "maximum": 8.0}, {"resourceType": "tpu-v5-lite-podslice", "maximum": 8.0}]}},
         ("clusterAutoscaling.resourceLimits[1].resourceType 'tpu-v5-lite-podslice' is no GPU that the catalog knows, "
          "so nobody can count what GKE makes of it: take it out, and declare a node pool of its machine type")),
        ({"clusterAutoscaling": {"enabled": True, "resourceLimits": [{"resourceType": "cpu", "maximum": 9.2e18}]}},
         "clusterAutoscaling.resourceLimits[0].maximum is 9.2e+18, expected a whole number from 0 to 2,147,483,647"),
        ({"clusterAutoscaling": {"enabled": True, "resourceLimits": [{"resourceType": "cpu", "maximum": 4.0}]},
          "privateClusterConfig": None},
         ("clusterAutoscaling creates nodes with external addresses of their own, which nothing bounds: set "
         "privateClusterConfig.enablePrivateNodes")),
        ({"enableTpu": True}, f"enableTpu {OUTSIDE_POOLS}"),
        ({"tpuConfig": {"enabled": True}}, f"tpuConfig.enabled {OUTSIDE_POOLS}"),
        ({"tpuConfig": {"enabled": Unknown()}}, f"tpuConfig.enabled is not known before the deployment: {LITERAL}"),
        ({"addonsConfig": {"cloudrunConfig": {"disabled": False}}},
         "addonsConfig.cloudrunConfig installs a gateway that takes an external address: leave it out"),
        ({"addonsConfig": {"istioConfig": {"disabled": False}}},
         "addonsConfig.istioConfig installs a gateway that takes an external address: leave it out"),
        ({"addonsConfig": {"kalmConfig": {"enabled": True}}},
         "addonsConfig.kalmConfig installs a gateway that takes an external address: leave it out"),
        ({"enableAutopilot": Unknown()}, f"enableAutopilot is not known before the deployment: {LITERAL}"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_about_a_cluster(changes: dict[str, Any], message: str):
    assert doubt(cluster(**changes)) == message


@pytest.mark.parametrize(
    "addons",
    [
        {"cloudrunConfig": {"disabled": True}},
        {"cloudrunConfig": {"disabled": False, "loadBalancerType": "LOAD_BALANCER_TYPE_INTERNAL"}},
        {"kalmConfig": {"enabled": False}},
        {"httpLoadBalancing": {"disabled": False}},
    ],
)
def test_add_ons_that_take_no_address(addons: dict[str, Any]):
    assert drawn(cluster(addonsConfig=addons)) == drawn(cluster())


def test_a_cluster_that_says_no_to_cloud_tpus_is_as_any_other():
    assert drawn(cluster(enableTpu=False, tpuConfig={"enabled": False})) == drawn(cluster())


def test_pools_inside_a_cluster_are_called_by_their_names_or_their_places():
    pools = [{"name": "a", "nodeCount": 5.0}, {"nodeCount": 1.0, "nodeLocations": ["us-central1-b", "us-central1-c"]}]
    claims = graph_demand([cluster(nodePools=pools)], QUOTA, CATALOG).claims
    assert [(claim.holder, claim.steady) for claim in claims if claim.key.quota_id == INSTANCES] == [
        ("dev a", 5),
        ("dev nodePools[1]", 2),
        ("dev default pool", 0),
    ]


def test_nodes_that_are_made_by_themselves_have_the_disks_that_the_cluster_says():
    def provisioning(**defaults: Any) -> dict[str, tuple[int, int]]:
        limits = [{"resourceType": "cpu", "maximum": 16.0}, {"resourceType": "memory", "maximum": 64.0}]
        settings = {"enabled": True, "resourceLimits": limits, "autoProvisioningDefaults": defaults}
        return drawn(cluster(clusterAutoscaling=settings))

    assert provisioning()[SSD] == (800, 1700)
    assert provisioning(upgradeSettings={"maxSurge": 0.0})[SSD] == (800, 900)
    assert provisioning(diskSize=50.0)[SSD] == (400, 900)
    found = provisioning(diskType="pd-standard")
    assert (found[SSD], found["DISKS-TOTAL-GB-per-project-region"]) == ((0, 100), (800, 1600))


def test_a_cluster_that_pulumi_names_is_replaced_with_all_that_it_provisions():
    limits = [{"resourceType": "cpu", "maximum": 16.0}]
    settings = {"enabled": True, "resourceLimits": limits}
    assert drawn(cluster(clusterAutoscaling=settings))["N2-CPUS-per-project-region"] == (16, 32)
    assert drawn(cluster(clusterAutoscaling=settings, name=None))["N2-CPUS-per-project-region"] == (16, 48)
    (claim, *_) = [
        found
        for found in graph_demand([cluster(clusterAutoscaling=settings)], QUOTA, CATALOG).claims
        if found.key.quota_id == "N2-CPUS-per-project-region"
    ]
    assert claim.holder == "dev auto-provisioning"


def test_of_several_limits_of_one_kind_the_largest_counts():
    limits = [{"resourceType": "cpu", "maximum": most} for most in (4.0, 16.0, 8.0)]
    found = drawn(cluster(clusterAutoscaling={"enabled": True, "resourceLimits": limits}))
    assert found["N2-CPUS-per-project-region"] == (16, 32)


def test_the_default_pool_has_the_cluster_s_own_node_settings():
    settings = {"machineType": "n2-standard-4", "diskSizeGb": 50.0}
    kept = drawn(cluster(removeDefaultNodePool=None, nodeConfig=settings))
    assert (kept["N2-CPUS-per-project-region"], kept[SSD]) == ((4, 8), (50, 100))
