"""What a node pool draws by its inputs, and what each doubt says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.graphs import CLUSTER, NODE_POOL, PROVIDER, cluster, node_pool, urn
from tests.support.quota_demand import (
    A100,
    ADDRESSES,
    CPUS,
    INSTANCES,
    LITERAL,
    LOCAL_SSD,
    QUOTA,
    SPOT_A100,
    SSD,
    config,
    doubt,
    drawn,
)
from tests.support.specs import CATALOG
from weighbridge.quota.arithmetic import Bound
from weighbridge.quota.holders import HeldResource, graph_demand
from weighbridge.resources.values import Unknown

SOLD = ", ".join(sorted(CATALOG.machine_types["e2-medium"].regions))
IOPS, THROUGHPUT = "HDB-TOTAL-IOPS-per-project-zone", "HDB-TOTAL-THROUGHPUT-per-project-zone"


def hyperdisk(**more: Any) -> dict[str, Any]:
    return {"machineType": "n2-standard-4", "bootDisk": {"diskType": "hyperdisk-balanced", "sizeGb": 100.0, **more}}


def test_a_node_pool_draws_gpus_disks_and_instances():
    found = drawn(node_pool())
    assert found == {
        A100: (2, 3), "GPUS-ALL-REGIONS-per-project": (2, 3), SSD: (200, 300), INSTANCES: (2, 3),
    }  # fmt: skip
    (claim, *_) = graph_demand([node_pool()], QUOTA, CATALOG).claims
    assert claim.urn == urn(NODE_POOL, "train")
    assert claim.bound == Bound("autoscaling.totalMaxNodeCount", 2, 1, pool="train")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # autoscaling: in total, per zone, none
        ({"autoscaling": {"maxNodeCount": 4.0}}, (4, 5)),
        ({"autoscaling": {"maxNodeCount": 4.0}, "nodeLocations": ["us-central1-a", "us-central1-b"]}, (8, 9)),
        ({"autoscaling": {"maxNodeCount": 4.0}, "nodeLocations": ["us-central1-a", "us-central1-a"]}, (4, 5)),
        ({"autoscaling": None, "nodeCount": 3.0}, (3, 4)),
        ({"autoscaling": None, "initialNodeCount": 3.0}, (3, 4)),
        ({"autoscaling": None, "initialNodeCount": None}, (0, 1)),
        # creation counts even above the autoscaler's maximum, and its nodes are upgraded like others
        ({"initialNodeCount": 9.0}, (2, 10)),
        ({"initialNodeCount": 9.0, "nodeLocations": ["us-central1-a", "us-central1-b"]}, (2, 19)),
        ({"nodeCount": 9.0}, (2, 10)),
        ({"initialNodeCount": 9.0, "upgradeSettings": {"strategy": "BLUE_GREEN"}}, (2, 18)),
        ({"initialNodeCount": 9.0, "upgradeSettings": {"maxSurge": 0.0}}, (2, 9)),
        ({"initialNodeCount": 9.0, "name": None}, (2, 19)),
        # upgrades: GKE's own surge of one, none at all, a second pool
        ({"upgradeSettings": None}, (2, 3)),
        ({"upgradeSettings": {"strategy": "SURGE"}}, (2, 3)),
        ({"upgradeSettings": {"strategy": "SURGE", "maxSurge": 0.0}}, (2, 2)),
        ({"upgradeSettings": {"strategy": "BLUE_GREEN"}}, (2, 4)),
        # a name of Pulumi's: the replacement is created before the old pool goes
        ({"name": None}, (2, 5)),
        ({"name": "train-def1286"}, (2, 5)),
        ({"__defaults": ["name"]}, (2, 5)),
        ({"name": "train-extra12"}, (2, 3)),
        ({"name": None, "upgradeSettings": {"strategy": "BLUE_GREEN"}}, (2, 6)),
        # one GPU model, however it is written
        ({"nodeConfig": config(guestAccelerators=[{"type": "nvidia-tesla-a100", "count": 1.0}])}, (2, 3)),
        ({"nodeConfig": config(machineType="a2-highgpu-8g")}, (16, 24)),
        ({"nodeConfig": config(guestAccelerators=[{"type": "nvidia-tesla-a100", "count": 0.0}])}, (2, 3)),
        ({"nodeConfig": config(reservationAffinity={"consumeReservationType": "ANY_RESERVATION"})}, (2, 3)),
    ],
)
def test_counts_of_a_node_pool(changes: dict[str, Any], expected: tuple[int, int]):
    assert drawn(node_pool(**changes))[A100] == expected


@pytest.mark.parametrize(
    ("changes", "quota_id", "expected"),
    [
        ({"nodeConfig": config(spot=True)}, SPOT_A100, (2, 3)),
        ({"nodeConfig": config(preemptible=True)}, SPOT_A100, (2, 3)),
        ({"nodeConfig": config(flexStart=True), "upgradeSettings": None}, SPOT_A100, (2, 2)),
        ({"queuedProvisioning": {"enabled": True}}, SPOT_A100, (2, 3)),
        ({"nodeConfig": None}, CPUS, (4, 6)),
        ({"nodeConfig": {}}, SSD, (200, 300)),
        ({"nodeConfig": {"bootDisk": {"sizeGb": 50.0}}}, SSD, (100, 150)),
        ({"nodeConfig": {"diskSizeGb": 500.0}}, SSD, (1000, 1500)),
        ({"nodeConfig": {"diskType": "pd-standard"}}, "DISKS-TOTAL-GB-per-project-region", (200, 300)),
        ({"nodeConfig": {"machineType": "n1-standard-8", "localSsdCount": 2.0}}, LOCAL_SSD, (1500, 2250)),
        (
            {"nodeConfig": {"machineType": "n1-standard-8", "ephemeralStorageLocalSsdConfig": {"localSsdCount": 1.0}}},
            LOCAL_SSD,
            (750, 1125),
        ),
        (
            {"nodeConfig": {"machineType": "n1-standard-8", "localNvmeSsdBlockConfig": {"localSsdCount": 1.0}}},
            LOCAL_SSD,
            (750, 1125),
        ),
        (
            {
                "nodeConfig": {
                    "machineType": "n1-standard-8",
                    "guestAccelerators": [{"type": "nvidia-tesla-t4", "count": 2.0}],
                }
            },
            "NVIDIA-T4-GPUS-per-project-region",
            (4, 6),
        ),
        ({"nodeConfig": hyperdisk(provisionedIops=10000.0)}, IOPS, (20000, 30000)),
        ({"nodeConfig": hyperdisk(provisionedThroughput=300.0)}, THROUGHPUT, (600, 900)),
        ({"networkConfig": {"enablePrivateNodes": False}}, ADDRESSES, (2, 3)),
        ({"networkConfig": None}, ADDRESSES, (2, 3)),
    ],
)
def test_other_limits_of_a_node_pool(changes: dict[str, Any], quota_id: str, expected: tuple[int, int]):
    assert drawn(node_pool(**changes))[quota_id] == expected


def test_no_secondary_boot_disks_are_none():
    assert drawn(node_pool(nodeConfig=config(secondaryBootDisks=[]))) == drawn(node_pool())


def test_what_a_hyperdisk_comes_with_draws_on_no_limit():
    baseline = drawn(node_pool(nodeConfig=hyperdisk(provisionedIops=3000.0, provisionedThroughput=140.0)))
    assert baseline == drawn(node_pool(nodeConfig=hyperdisk()))
    extreme = {"diskType": "pd-ssd", "sizeGb": 100.0, "provisionedIops": 20000.0}
    assert doubt(node_pool(nodeConfig=config(bootDisk=extreme))) == (
        "the quota that Google charges for disk_iops of pd-ssd (standard) is not known: the catalog has no quota id "
        "for pd-ssd. Choose something else, or add its quota id to the catalog"
    )
    assert doubt(node_pool(nodeConfig=hyperdisk(provisionedIops=Unknown()))) == (
        f"nodeConfig.bootDisk.provisionedIops is not known before the deployment: {LITERAL}"
    )


def test_bundled_local_ssd_is_counted_once():
    plain = node_pool(nodeConfig=config(machineType="a2-ultragpu-2g"))
    stated = node_pool(
        nodeConfig=config(machineType="a2-ultragpu-2g", ephemeralStorageLocalSsdConfig={"localSsdCount": 2.0})
    )
    assert drawn(plain)[LOCAL_SSD] == drawn(stated)[LOCAL_SSD] == (1500, 2250)


def test_a_specific_reservation_is_one_that_the_quota_file_lists():
    affinity = {"consumeReservationType": "SPECIFIC_RESERVATION", "values": ["block-a"]}
    assert doubt(node_pool(nodeConfig=config(reservationAffinity=affinity))) == (
        "reservation block-a is not in stacks/quota.yaml, so nobody counts the quota that its machines took: let the "
        "quota's owners list it under reservations"
    )
    # Spot machines can't use a reservation, so claiming one changes nothing.
    assert drawn(node_pool(nodeConfig=config(reservationAffinity=affinity, spot=True)))[SPOT_A100] == (2, 3)


@pytest.mark.parametrize(
    ("affinity", "expected"),
    [
        ({"key": "compute.googleapis.com/reservation", "values": ["a"]},
         ("nodeConfig.reservationAffinity.key is 'compute.googleapis.com/reservation', expected "
         "'compute.googleapis.com/reservation-name'")),
        ({"values": ["a", "b"]}, "nodeConfig.reservationAffinity.values names several reservations: name one"),
        ({"values": ["zones/x/reservations/a"]},
         ("nodeConfig.reservationAffinity.values[0] is 'zones/x/reservations/a', expected NAME or "
         "projects/PROJECT/reservations/NAME")),
        ({"values": [Unknown()]},
         f"nodeConfig.reservationAffinity.values[0] is not known before the deployment: {LITERAL}"),
    ],
)  # fmt: skip
def test_a_reservation_has_to_be_named(affinity: dict[str, Any], expected: str):
    named = {"consumeReservationType": "SPECIFIC_RESERVATION", **affinity}
    assert doubt(node_pool(nodeConfig=config(reservationAffinity=named))) == expected


def test_labels_are_words_not_amounts():
    labelled = node_pool(nodeConfig=config(labels={"weighbridge.dev/node-pool": "ours", "gpus": "0"}))
    assert drawn(labelled) == drawn(node_pool())
    assert graph_demand([labelled], QUOTA, CATALOG).claims[0].bound == Bound("nodes.max", 2, 1, pool="ours")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"nodeConfig": config(machineType=Unknown())},
         f"nodeConfig.machineType is not known before the deployment: {LITERAL}"),
        ({"nodeConfig": Unknown()}, f"nodeConfig is not known before the deployment: {LITERAL}"),
        ({"nodeConfig": config(machineType="a2-highgpu-1")},
         "nodeConfig.machineType 'a2-highgpu-1' is not in the catalog: did you mean a2-highgpu-1g?"),
        ({"nodeConfig": config(machineType="???")},
         "nodeConfig.machineType '???' is not in the catalog: use one that `weighbridge catalog` lists"),
        ({"autoscaling": {"totalMaxNodeCount": Unknown()}},
         f"autoscaling.totalMaxNodeCount is not known before the deployment: {LITERAL}"),
        ({"autoscaling": {"totalMaxNodeCount": "9"}},
         "autoscaling.totalMaxNodeCount is '9', expected a whole number from 0"),
        ({"autoscaling": {"totalMaxNodeCount": True}},
         "autoscaling.totalMaxNodeCount is True, expected a whole number from 0"),
        ({"autoscaling": {"totalMaxNodeCount": float("nan")}},
         "autoscaling.totalMaxNodeCount is nan, expected a whole number from 0"),
        ({"autoscaling": {"totalMaxNodeCount": -5.0}},
         "autoscaling.totalMaxNodeCount is -5.0, expected a whole number from 0"),
        ({"autoscaling": {"locationPolicy": "ANY"}},
         "autoscaling has no maximum: set maxNodeCount (per zone) or totalMaxNodeCount"),
        ({"autoscaling": {"totalMaxNodeCount": 2.0**53}},
         "autoscaling.totalMaxNodeCount is 9007199254740992.0, expected a whole number from 0 to 2,147,483,647"),
        ({"autoscaling": {"totalMinNodeCount": 3.0, "totalMaxNodeCount": 2.0}},
         "autoscaling.totalMinNodeCount is more than totalMaxNodeCount, so nobody can tell which holds"),
        ({"autoscaling": {"minNodeCount": 1.0, "totalMaxNodeCount": 2.0}},
         "autoscaling.minNodeCount is more than maxNodeCount, so nobody can tell which holds"),
        ({"nodeLocations": ["us-central1-a", "us-central1-q"]},
         ("us-central1-q does not exist, as far as the catalog knows: us-central1 has us-central1-a, us-central1-ai1a, "
         "us-central1-b, us-central1-c, us-central1-f")),
        ({"location": "us-central1-q", "nodeLocations": None},
         ("us-central1-q does not exist, as far as the catalog knows: us-central1 has us-central1-a, us-central1-ai1a, "
         "us-central1-b, us-central1-c, us-central1-f")),
        ({"nodeLocations": ["us-east1-b"]},
         "nodeLocations has us-east1-b, which is no zone of us-central1, the region of location"),
        ({"nodeLocations": ["us-central1"]},
         "nodeLocations has us-central1, which is no zone of us-central1, the region of location"),
        ({"location": "us-south1", "nodeLocations": ["us-south1-a"]},
         ("nodeConfig.machineType a2-highgpu-1g is not sold in us-south1, but in asia-northeast1, asia-northeast3, "
         "asia-southeast1, europe-west4, me-west1, us-central1, us-east1, us-west1, us-west3, us-west4")),
        ({"location": "asia-southeast3", "nodeLocations": ["asia-southeast3-a"], "nodeConfig": None},
         f"nodeConfig.machineType e2-medium is not sold in asia-southeast3, but in {SOLD}"),
        ({"autoscaling": {"maxNodeCount": 1.0, "totalMaxNodeCount": 2.0}},
         "autoscaling has both maxNodeCount and totalMaxNodeCount: keep one"),
        ({"nodeLocations": ["us-central1-a", Unknown()]},
         f"nodeLocations[1] is not known before the deployment: {LITERAL}"),
        ({"nodeLocations": None}, "nodeLocations is not set, so the number of zones is unknown: list the zones"),
        ({"location": None}, "location is not set and its cluster is not in this stack: write location as a literal"),
        ({"nodeLocations": ["nowhere"]},
         "nodeLocations is 'nowhere', expected a region such as us-central1 or a zone such as us-central1-a"),
        ({"location": "nowhere"},
         "location is 'nowhere', expected a region such as us-central1 or a zone such as us-central1-a"),
        ({"nodeConfig": config(guestAccelerators=[{"type": "nvidia-l4", "count": 1.0}])},
         "nodeConfig.guestAccelerators mixes nvidia-l4, nvidia-tesla-a100: one GPU model per node pool"),
        ({"nodeConfig": config(guestAccelerators=[{"type": "nvidia-tesla-a100"}])},
         "nodeConfig.guestAccelerators[0].count is not set: state the GPUs per node"),
        ({"nodeConfig": config(secondaryBootDisks=[{"diskImage": "i"}])},
         "nodeConfig.secondaryBootDisks adds disks whose size only their image knows: leave it out"),
        ({"nodeConfig": config(reservationAffinity={"consumeReservationType": "SPECIFIC_RESERVATION"})},
         "nodeConfig.reservationAffinity.values is not set: name the reservation"),
        ({"project": Unknown()}, f"project is not known before the deployment: {LITERAL}"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_about_a_node_pool(changes: dict[str, Any], message: str):
    assert doubt(node_pool(**changes)) == message


def test_an_unknown_gpu_names_what_nobody_knows():
    odd = {"machineType": "n1-standard-8", "guestAccelerators": [{"type": "nvidia-next", "count": 1.0}]}
    assert "of nvidia-next (standard) is not known" in doubt(node_pool(nodeConfig=odd))


def test_the_project_comes_from_the_provider_where_the_resource_has_none():
    (claim, *_) = graph_demand([node_pool(project=None)], QUOTA, CATALOG).claims
    assert claim.key.project == "example-ml"
    nowhere = HeldResource(urn(NODE_POOL, "x"), NODE_POOL, "x", node_pool(project=None).inputs, {})
    assert doubt(nowhere) == (
        "project is not set, so nobody can tell whose quota it takes: set it here or on the provider"
    )
    unknown = HeldResource(urn(NODE_POOL, "x"), NODE_POOL, "x", node_pool(project=None).inputs, {"project": Unknown()})
    assert doubt(unknown) == f"provider.project is not known before the deployment: {LITERAL}"


def test_place_zones_and_privacy_come_from_the_cluster():
    inherits = {"location": None, "nodeLocations": None, "networkConfig": None}
    two = cluster(nodeLocations=["us-central1-a", "us-central1-b"])
    per_zone = {"autoscaling": {"maxNodeCount": 2.0}, **inherits}
    by_name = graph_demand([two, node_pool(**per_zone)], QUOTA, CATALOG)
    assert by_name.doubts == ()
    assert sum(claim.peak for claim in by_name.claims if claim.key.quota_id == A100) == 5
    assert not [claim for claim in by_name.claims if claim.key.quota_id == ADDRESSES]
    pool = node_pool(cluster=Unknown(), **per_zone)
    assert doubt(two, pool) == "location is not set and its cluster is not in this stack: write location as a literal"
    nowhere = graph_demand([cluster(location=None, nodeLocations=None), node_pool(**per_zone)], QUOTA, CATALOG)
    assert [found.message for found in nowhere.doubts] == [
        f"location is not set, {why}: {LITERAL}"
        for why in ("so nobody can tell whose quota it takes", "nor is it set on the node pool")
    ]
    depends = HeldResource(
        pool.urn, pool.type, pool.name, pool.inputs, PROVIDER, property_dependencies={"cluster": (two.urn,)}
    )
    assert graph_demand([two, depends], QUOTA, CATALOG).claims == by_name.claims


def test_a_pool_of_a_cluster_that_is_only_looked_up_says_everything_itself():
    known = {"name": Unknown(), "nodeLocations": Unknown(), "privateClusterConfig": Unknown()}
    looked_up = HeldResource(urn(CLUSTER, "other"), CLUSTER, "other", known, PROVIDER, existing=True)

    def inside(**changes: Any) -> HeldResource:
        pool = node_pool(cluster=Unknown(), **changes)
        return replace(pool, property_dependencies={"cluster": (looked_up.urn,)})

    assert drawn(looked_up, inside()) == drawn(looked_up, node_pool(cluster="other")) == drawn(node_pool())
    assert doubt(looked_up, node_pool(cluster="other", nodeLocations=None)) == (
        "nodeLocations is not set, so the number of zones is unknown: list the zones"
    )
    assert (
        doubt(looked_up, inside(nodeLocations=None)) == f"nodeLocations is not known before the deployment: {LITERAL}"
    )
    assert doubt(looked_up, inside(networkConfig=None)) == (
        f"privateClusterConfig is not known before the deployment: {LITERAL}"
    )


def test_a_full_cluster_id_wins_as_it_does_in_the_provider():
    pool = node_pool(cluster="projects/other-ml/locations/europe-west4/clusters/dev", nodeLocations=["europe-west4-a"])
    (claim, *_) = graph_demand([pool], QUOTA, CATALOG).claims
    assert (claim.key.project, claim.key.region) == ("other-ml", "europe-west4")


def test_a_cluster_of_the_same_name_elsewhere_is_another_cluster():
    pool = node_pool(location="us-east1", nodeLocations=None)
    assert doubt(cluster(), pool) == "nodeLocations is not set, so the number of zones is unknown: list the zones"


def local_ssd(**config) -> int:
    """GB of local SSD of one node at a time, of a pool of two at most and one more in an upgrade."""
    pool = node_pool(
        nodeConfig={"machineType": "n1-standard-8", "diskSizeGb": 100.0, "diskType": "pd-balanced", **config}
    )
    demand = graph_demand([pool], QUOTA, CATALOG)
    assert demand.doubts == ()
    (per_node,) = {claim.per_node for claim in demand.claims if claim.key.quota_id == LOCAL_SSD} or {0}
    return per_node


@pytest.mark.parametrize(
    ("config", "disks"),
    [
        ({}, 0),
        ({"localSsdCount": 1.0}, 1),
        ({"ephemeralStorageConfig": {"localSsdCount": 2.0}}, 2),
        ({"ephemeralStorageLocalSsdConfig": {"localSsdCount": 1.0}}, 1),
        ({"ephemeralStorageLocalSsdConfig": {"dataCacheCount": 2.0}}, 2),
        ({"ephemeralStorageLocalSsdConfig": {"localSsdCount": 1.0, "dataCacheCount": 2.0}}, 3),
        ({"localNvmeSsdBlockConfig": {"localSsdCount": 4.0}}, 4),
        ({"linuxNodeConfig": {"swapConfig": {"enabled": True, "dedicatedLocalSsdProfile": {"diskCount": 2.0}}}}, 2),
        ({"linuxNodeConfig": {"swapConfig": {"enabled": True, "bootDiskProfile": {"swapSizeGib": 8.0}}}}, 0),
        (
            {
                "linuxNodeConfig": {"swapConfig": {"dedicatedLocalSsdProfile": {"diskCount": 1.0}}},
                "ephemeralStorageLocalSsdConfig": {"localSsdCount": 2.0},
            },
            3,
        ),
    ],
)
def test_every_local_disk_is_charged(config, disks):
    assert local_ssd(**config) == disks * 375


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Bound("nodes.max", 2, 1, pool="people")),
        ({"autoscaling": {"maxNodeCount": 4.0}}, Bound("nodes_per_zone.max", 4, 1, pool="people")),
        ({"autoscaling": None, "nodeCount": 3.0}, Bound("nodeCount", 3, 1, pool="people")),
        ({"autoscaling": None, "initialNodeCount": 3.0}, Bound("initialNodeCount", 3, 1, pool="people")),
        ({"placementPolicy": {"type": "COMPACT"}}, Bound("nodes.max", 2, 1, pool="people")),
        ({"placementPolicy": {"tpuTopology": "2x4"}}, Bound("slices.max", None, 3, pool="people")),
        ({"name": None, "upgradeSettings": {"strategy": "BLUE_GREEN"}}, Bound("nodes.max", 2, 3, pool="people")),
        ({"initialNodeCount": 2.0, "autoscaling": {"totalMaxNodeCount": 5.0}},
         Bound("nodes.max", 5, 1, pool="people", least=2)),
    ],
)  # fmt: skip
def test_the_bound_of_a_pool_is_called_as_its_spec_calls_it(changes: dict[str, Any], expected: Bound):
    labelled = config(labels={"weighbridge.dev/node-pool": "people"})
    claims = graph_demand([node_pool(**{"nodeConfig": labelled, **changes})], QUOTA, CATALOG).claims
    assert {claim.bound for claim in claims} == {expected}


@pytest.mark.parametrize(
    ("node_config", "expected"),
    [
        ({"bootDisk": {"sizeGb": 300.0}, "diskSizeGb": 200.0}, (600, 900)),
        ({"bootDisk": {"sizeGb": 100.0}, "diskSizeGb": 200.0}, (400, 600)),
        ({"bootDisk": {"diskType": "pd-ssd"}, "diskType": "pd-standard"}, (200, 300)),
        ({"bootDisk": {"diskType": "pd-standard"}, "diskType": "pd-ssd"}, None),
    ],
)
def test_a_boot_disk_may_be_stated_twice(node_config: dict[str, Any], expected: tuple[int, int] | None):
    assert drawn(node_pool(nodeConfig=node_config)).get(SSD) == expected


def test_a_machine_boots_from_what_its_family_can():
    machine = CATALOG.machine_types["c4-standard-4"]
    (kind, *_) = CATALOG.boot_disk_types(machine)
    plain = {"machineType": machine.name}
    assert drawn(node_pool(nodeConfig=plain)) == drawn(node_pool(nodeConfig={**plain, "diskType": kind}))
    assert kind != "pd-balanced"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"machineType": "ct5lp-hightpu-4t", "guestAccelerators": [{"type": "nvidia-l4", "count": 1.0}]},
            "nodeConfig.guestAccelerators adds GPUs to the TPU machine ct5lp-hightpu-4t: remove them",
        ),
        (
            {"machineType": "n1-standard-8", "guestAccelerators": [{"count": 1.0}]},
            (
                "nodeConfig.guestAccelerators[0].type is not set, so nobody can tell whose quota the GPUs take: "
                f"{LITERAL}"
            ),
        ),
    ],
)
def test_gpus_that_nobody_can_count(changes: dict[str, Any], message: str):
    assert doubt(node_pool(nodeConfig=changes)) == message


def test_gpus_of_one_model_add_up_and_are_no_fewer_than_the_machine_brings():
    t4 = [{"type": "nvidia-tesla-t4", "count": 1.0}, {"type": "nvidia-tesla-t4", "count": 2.0}]
    found = drawn(node_pool(nodeConfig={"machineType": "n1-standard-8", "guestAccelerators": t4}))
    assert found["NVIDIA-T4-GPUS-per-project-region"] == (6, 9)
    fewer = [{"type": "nvidia-tesla-a100", "count": 1.0}]
    assert drawn(node_pool(nodeConfig=config(machineType="a2-highgpu-2g", guestAccelerators=fewer)))[A100] == (4, 6)


def test_a_zonal_pool_says_its_zone_by_its_location():
    assert drawn(node_pool(location="us-central1-a", nodeLocations=None, autoscaling={"maxNodeCount": 4.0}))[A100] == (
        4,
        5,
    )


def test_an_autoscaler_may_keep_nothing():
    assert drawn(node_pool(autoscaling={"maxNodeCount": 0.0}))[A100] == (0, 1)
    claims = graph_demand([node_pool(autoscaling={"totalMaxNodeCount": 0.0, "maxNodeCount": 0.0})], QUOTA, CATALOG)
    assert {claim.bound for claim in claims.claims} == {None}


def test_queued_comes_before_flex_start_and_flex_start_before_spot():
    queued = {"queuedProvisioning": {"enabled": True}}
    every = config(flexStart=True, spot=True)
    assert drawn(node_pool(nodeConfig=every, upgradeSettings=None))[SPOT_A100] == (2, 2)
    assert drawn(node_pool(nodeConfig=every, upgradeSettings=None, **queued))[SPOT_A100] == (2, 3)
    assert drawn(node_pool(queuedProvisioning={"enabled": False}))[A100] == (2, 3)


def test_one_pool_of_two_zones_lists_them():
    (claim, *_) = graph_demand(
        [node_pool(nodeLocations=["us-central1-a", "us-central1-b"], initialNodeCount=3.0)], QUOTA, CATALOG
    ).claims
    assert claim.bound == Bound("autoscaling.totalMaxNodeCount", 2, 1, pool="train", least=6)
    per_zone = node_pool(
        nodeLocations=["us-central1-a", "us-central1-b"], initialNodeCount=3.0, autoscaling={"maxNodeCount": 5.0}
    )
    (claim, *_) = graph_demand([per_zone], QUOTA, CATALOG).claims
    assert claim.bound == Bound("autoscaling.maxNodeCount", 5, 2, pool="train", least=3)
