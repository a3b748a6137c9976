"""What each resource draws by its inputs, and what each doubt says."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path
from typing import Any

import pytest

from tests.support.graphs import ADDRESS, CLUSTER, NODE_POOL, PROVIDER, STACK, cluster, node_pool, resource, urn
from tests.support.specs import CATALOG, quota_file
from weighbridge.quota.arithmetic import Bound
from weighbridge.quota.holders import HOLDS, HeldResource, graph_demand
from weighbridge.resources.resource_classes import class_of, rows
from weighbridge.resources.values import Secret, Unknown

QUOTA = quota_file(spot_pools=["NVIDIA_A100"])
A100, SPOT_A100 = "NVIDIA-A100-GPUS-per-project-region", "PREEMPTIBLE-NVIDIA-A100-GPUS-per-project-region"
SSD, LOCAL_SSD = "SSD-TOTAL-GB-per-project-region", "LOCAL-SSD-TOTAL-GB-per-project-region"
ADDRESSES, INSTANCES = "IN-USE-ADDRESSES-per-project-region", "INSTANCES-per-project-region"
CPUS = "CPUS-per-project-region"
LITERAL = "write it as a literal or take it from stack config"


def drawn(*resources: HeldResource) -> dict[str, tuple[int, int]]:
    """(steady, peak) by quota id, provided that nothing is in doubt."""
    demand = graph_demand(resources, QUOTA, CATALOG)
    assert demand.doubts == ()
    found: dict[str, tuple[int, int]] = {}
    for claim in demand.claims:
        steady, peak = found.get(claim.key.quota_id, (0, 0))
        found[claim.key.quota_id] = (steady + claim.steady, peak + claim.peak)
    return found


def doubt(*resources: HeldResource) -> str:
    (one,) = graph_demand(resources, QUOTA, CATALOG).doubts
    return one.said


def config(**more: Any) -> dict[str, Any]:
    return {"machineType": "a2-highgpu-1g", "diskSizeGb": 100.0, "diskType": "pd-balanced", **more}


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
        # creation counts even above the autoscaler's maximum
        ({"initialNodeCount": 9.0}, (2, 9)),
        ({"initialNodeCount": 9.0, "nodeLocations": ["us-central1-a", "us-central1-b"]}, (2, 18)),
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
        ({"networkConfig": {"enablePrivateNodes": False}}, ADDRESSES, (2, 3)),
        ({"networkConfig": None}, ADDRESSES, (2, 3)),
    ],
)
def test_other_limits_of_a_node_pool(changes: dict[str, Any], quota_id: str, expected: tuple[int, int]):
    assert drawn(node_pool(**changes))[quota_id] == expected


def test_bundled_local_ssd_is_counted_once():
    plain = node_pool(nodeConfig=config(machineType="a2-ultragpu-2g"))
    stated = node_pool(
        nodeConfig=config(machineType="a2-ultragpu-2g", ephemeralStorageLocalSsdConfig={"localSsdCount": 2.0})
    )
    assert drawn(plain)[LOCAL_SSD] == drawn(stated)[LOCAL_SSD] == (1500, 2250)


def test_a_specific_reservation_holds_its_accelerators_already():
    affinity = {"consumeReservationType": "SPECIFIC_RESERVATION", "key": "k", "values": ["block-a"]}
    found = drawn(node_pool(nodeConfig=config(reservationAffinity=affinity)))
    assert A100 not in found
    assert found[SSD] == (200, 300)
    # Spot machines can't use a reservation, so claiming one changes nothing.
    assert drawn(node_pool(nodeConfig=config(reservationAffinity=affinity, spot=True)))[SPOT_A100] == (2, 3)


def test_labels_are_words_not_amounts():
    labelled = node_pool(nodeConfig=config(labels={"weighbridge.dev/node-pool": "ours", "gpus": "0"}))
    assert drawn(labelled) == drawn(node_pool())
    assert graph_demand([labelled], QUOTA, CATALOG).claims[0].bound == Bound("nodes.max", 2, 1, pool="ours")


@pytest.mark.parametrize(
    ("changes", "said"),
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
        ({"autoscaling": {"maxNodeCount": 1.0, "totalMaxNodeCount": 2.0}},
         "autoscaling has both maxNodeCount and totalMaxNodeCount: keep one"),
        ({"nodeLocations": ["us-central1-a", Unknown()]},
         f"nodeLocations[1] is not known before the deployment: {LITERAL}"),
        ({"nodeLocations": None}, "nodeLocations is not set, so the number of zones is unknown: list the zones"),
        ({"location": None}, "location is not set and its cluster is not in this stack: write location as a literal"),
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
def test_what_cannot_be_told_about_a_node_pool(changes: dict[str, Any], said: str):
    assert doubt(node_pool(**changes)) == said


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
    depends = HeldResource(
        pool.urn, pool.type, pool.name, pool.inputs, PROVIDER, property_dependencies={"cluster": (two.urn,)}
    )
    assert graph_demand([two, depends], QUOTA, CATALOG).claims == by_name.claims


def test_a_full_cluster_id_wins_as_it_does_in_the_provider():
    pool = node_pool(cluster="projects/other-ml/locations/europe-west4/clusters/dev")
    (claim, *_) = graph_demand([pool], QUOTA, CATALOG).claims
    assert (claim.key.project, claim.key.region) == ("other-ml", "europe-west4")


def test_a_cluster_of_the_same_name_elsewhere_is_another_cluster():
    pool = node_pool(location="us-east1", nodeLocations=None)
    assert doubt(cluster(), pool) == "nodeLocations is not set, so the number of zones is unknown: list the zones"


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


def test_auto_provisioning_is_charged_with_its_limits():
    limits = [{"resourceType": "cpu", "maximum": 16.0}, {"resourceType": "nvidia-l4", "maximum": 2.0}]
    found = drawn(cluster(clusterAutoscaling={"enabled": True, "resourceLimits": limits}))
    assert found["N2-CPUS-per-project-region"] == (16, 16)
    assert found["NVIDIA-L4-GPUS-per-project-region"] == (2, 2)
    off = drawn(cluster(clusterAutoscaling={"enabled": False, "autoscalingProfile": "BALANCED"}))
    assert off == drawn(cluster())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"enableAutopilot": True},
         "enableAutopilot lets GKE create nodes that no input bounds: use a Standard cluster with node pools"),
        ({"nodeLocations": None},
         "nodeLocations is not set, so GKE picks the zones and their number is unknown: list the zones"),
        ({"location": None}, f"location is not set, so nobody can tell whose quota it takes: {LITERAL}"),
        ({"clusterAutoscaling": {"enabled": True}},
         ("clusterAutoscaling.resourceLimits has no cpu maximum: node auto-provisioning may create any "
          "number of nodes; "
         "add one")),
        ({"clusterAutoscaling": {"defaultComputeClassEnabled": True}},
         ("clusterAutoscaling.resourceLimits has no cpu maximum: node auto-provisioning may create any "
          "number of nodes; "
         "add one")),
        ({"clusterAutoscaling": {"enabled": True, "resourceLimits": [{"resourceType": "cpu"}]}},
         "clusterAutoscaling.resourceLimits[0].maximum is not set: GKE may create any amount of cpu; set it"),
        ({"clusterAutoscaling": {"enabled": True, "resourceLimits": [{"resourceType": "cpu", "maximum": 9.2e18}]}},
         "clusterAutoscaling.resourceLimits[0].maximum is 9.2e+18, expected a whole number from 0"),
        ({"clusterAutoscaling": {"enabled": True, "resourceLimits": [{"resourceType": "cpu", "maximum": 4.0}]},
          "privateClusterConfig": None},
         ("clusterAutoscaling creates nodes with external addresses of their own, which nothing bounds: set "
         "privateClusterConfig.enablePrivateNodes")),
        ({"enableAutopilot": Unknown()}, f"enableAutopilot is not known before the deployment: {LITERAL}"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_about_a_cluster(changes: dict[str, Any], said: str):
    assert doubt(cluster(**changes)) == said


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


@pytest.mark.parametrize("type_", [*HOLDS, "kubernetes:core/v1:Service"])
def test_a_holder_without_inputs_cannot_be_judged(type_: str):
    assert doubt(resource(type_, "x", {})) == (
        f"{type_} came without inputs, so it cannot be judged under --target: deploy the whole stack"
    )


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("kubernetes:core/v1:Service", {"spec": {"type": "ClusterIP"}}),
        ("kubernetes:core/v1:Service", {"spec": {"type": "LoadBalancer", "loadBalancerIP": "203.0.113.7"}}),
        (
            "kubernetes:core/v1:Service",
            {
                "spec": {"type": "LoadBalancer"},
                "metadata": {"annotations": {"networking.gke.io/load-balancer-type": "Internal"}},
            },
        ),
        ("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", {"spec": Unknown()}),
        ("kubernetes:gateway.networking.k8s.io/v1:Gateway", {"spec": {"gatewayClassName": "gke-l7-rilb"}}),
        (
            "kubernetes:gateway.networking.k8s.io/v1:Gateway",
            {
                "spec": {
                    "gatewayClassName": "gke-l7-regional-external-managed",
                    "addresses": [{"type": "NamedAddress", "value": "a"}],
                }
            },
        ),
        ("kubernetes:kueue.x-k8s.io/v1beta1:ClusterQueue", {"spec": {}}),
        ("kubernetes:inference.networking.k8s.io/v1:InferencePool", {"spec": {}}),
        ("kubernetes:apps/v1:Deployment", {"metadata": {"namespace": Unknown()}, "spec": {"replicas": Unknown()}}),
        ("kubernetes:apps/v1:StatefulSet", {"spec": {"volumeClaimTemplates": []}}),
    ],
)
def test_kubernetes_objects_that_take_nothing(type_: str, inputs: dict[str, Any]):
    if type_.endswith("HTTPRoute"):
        inputs = {"spec": {"rules": [{"backendRefs": [{"port": Unknown()}]}]}}
    assert drawn(resource(type_, "x", inputs)) == {}


@pytest.mark.parametrize(
    ("type_", "inputs", "said"),
    [
        ("kubernetes:core/v1:Service", {"spec": {"type": "LoadBalancer"}}, "takes an external address"),
        ("kubernetes:core/v1:Service", {"spec": {"type": Unknown()}}, "spec.type is not known"),
        ("kubernetes:gateway.networking.k8s.io/v1:Gateway",
         {"spec": {"gatewayClassName": "gke-l7-regional-external-managed"}}, "takes an external address"),
        ("kubernetes:gateway.networking.k8s.io/v1:Gateway", {"spec": {"gatewayClassName": "istio"}}, "is unknown"),
        ("kubernetes:apps/v1:StatefulSet", {"spec": {"volumeClaimTemplates": [{"spec": {}}]}},
         "spec.volumeClaimTemplates makes GKE create a disk for each pod"),
        ("kubernetes:apps/v1:Deployment",
         {"spec": {"template": {"spec": {"volumes": [{"ephemeral": {"volumeClaimTemplate": {"spec": {}}}}]}}}},
         "spec.template.spec.volumes[0].ephemeral.volumeClaimTemplate makes GKE create a disk for each pod"),
        ("kubernetes:apps/v1:Deployment", {"spec": Unknown()}, "spec is not known before the deployment"),
        # The provider goes by the object, not by the type that the program registered it with.
        ("kubernetes:core/v1:ConfigMap", {"apiVersion": "cloud.google.com/v1", "kind": "ComputeClass"},
         "apiVersion is 'cloud.google.com/v1', but the resource's type says 'v1': use the matching type"),
        ("kubernetes:core/v1:ConfigMap", {"apiVersion": "v1", "kind": "PersistentVolumeClaim"},
         "kind is 'PersistentVolumeClaim', but the resource's type says 'ConfigMap': use the matching type"),
    ],
)  # fmt: skip
def test_kubernetes_objects_that_reach_out_of_the_cluster(type_: str, inputs: dict[str, Any], said: str):
    assert said in doubt(resource(type_, "x", inputs))


REFUSED = [
    "gcp:compute/instance:Instance",
    "gcp:compute/instanceTemplate:InstanceTemplate",
    "gcp:compute/instanceGroupManager:InstanceGroupManager",
    "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager",
    "gcp:compute/disk:Disk",
    "gcp:compute/reservation:Reservation",
    "gcp:compute/forwardingRule:ForwardingRule",
    "gcp:vertex/aiEndpoint:AiEndpoint",
    "gcp:tpu/v2Vm:V2Vm",
    "gcp:dataproc/cluster:Cluster",
    "gcp:workbench/instance:Instance",
    "gcp:notebooks/instance:Instance",
    "gcp:cloudrunv2/service:Service",
    "gcp:composer/environment:Environment",
    "gcp:dataflow/job:Job",
    "gcp:filestore/instance:Instance",
    "gcp:cloudquota/sQuotaPreference:SQuotaPreference",
    "gcp:cloudquota/sQuotaAdjusterSettings:SQuotaAdjusterSettings",
    "gcp:deploymentmanager/deployment:Deployment",
    "gcp:container/awsCluster:AwsCluster",
    "gcp:hypercomputecluster/cluster:Cluster",
    "command:local:Command",
    "command:remote:Command",
    "pulumi-python:dynamic:Resource",
    "pulumi-python:dynamic/pool:Pool",
    "pulumi-nodejs:dynamic:Resource",
    "google-native:compute/v1:Instance",
    "aws:ec2/instance:Instance",
    "azure-native:compute:VirtualMachine",
    "kubernetes:yaml:ConfigFile",
    "kubernetes:yaml:ConfigGroup",
    "kubernetes:yaml/v2:ConfigGroup",
    "kubernetes:helm.sh/v3:Release",
    "kubernetes:helm.sh/v4:Chart",
    "kubernetes:kustomize:Directory",
    "kubernetes:core/v1:PersistentVolumeClaim",
    "kubernetes:cloud.google.com/v1:ComputeClass",
    "kubernetes:container.cnrm.cloud.google.com/v1beta1:ContainerNodePool",
    "kubernetes:autoscaling.x-k8s.io/v1:ProvisioningRequest",
]


@pytest.mark.parametrize("type_", REFUSED)
def test_refused_types_say_why_and_what_to_do_instead(type_: str):
    row = class_of(type_)
    assert row is not None
    assert doubt(resource(type_, "x", {"a": 1.0})) == f"{type_} is refused: {row.why}. Instead, {row.fix}"
    without_provider = resource(type_, "x", {"a": 1.0}, provider_inputs=None)
    assert doubt(without_provider) == f"{type_} is refused: {row.why}. Instead, {row.fix}"


@pytest.mark.parametrize(
    "type_",
    [
        "gcp:compute/wireGroup:WireGroup",
        "gcp:next/thing:Thing",
        "kubernetes:example.com/v1:Machine",
        "acme:index:Machine",
    ],
)
def test_unlisted_types_may_hold_quota(type_: str):
    assert doubt(resource(type_, "x", {"a": 1.0})) == (
        f"{type_} may hold quota, as nobody has said otherwise: if it holds none, add it to "
        "weighbridge/resources/resource_classes.csv with the reason; else create it apart from these stacks "
        "and declare the use under outside in stacks/quota.yaml"
    )


def test_a_component_holds_nothing_but_a_cloud_type_without_provider_is_no_component():
    assert drawn(resource("acme:index:Machine", "x", {}, provider_inputs=None)) == {}
    assert "may hold quota" in doubt(resource("gcp:next/thing:Thing", "x", {}, provider_inputs=None))


@pytest.mark.parametrize(
    "type_",
    [
        STACK,
        "pulumi:providers:gcp",
        "gcp:compute/network:Network",
        "gcp:monitoring/slo:Slo",
        "random:index/randomId:RandomId",
    ],
)
def test_free_types(type_: str):
    assert drawn(resource(type_, "x", {"a": Unknown()})) == {}


def test_what_is_only_read_holds_nothing_new():
    read = HeldResource(urn(CLUSTER, "dev"), CLUSTER, "dev", cluster().inputs, PROVIDER, existing=True)
    assert drawn(read) == {}
    assert drawn(read, node_pool(location=None, nodeLocations=None)) == drawn(node_pool())


def test_secrets_are_counted_and_never_shown():
    assert drawn(node_pool(nodeConfig=config(machineType=Secret("a2-highgpu-1g")))) == drawn(node_pool())
    assert "[secret]" in doubt(node_pool(autoscaling={"totalMaxNodeCount": Secret("9")}))


def test_the_table_names_types_that_exist():
    package = importlib.util.find_spec("pulumi_gcp")
    assert package is not None
    assert package.origin is not None
    source = Path(package.origin).read_text(encoding="utf-8")
    assert ast.parse(source)
    missing = [
        row.type
        for row in rows()
        if row.type.startswith("gcp:") and "*" not in row.type and f'"{row.type}"' not in source
    ]
    assert missing == []
    assert all(f'"{type_}"' in source for type_ in HOLDS)


def test_the_table_has_one_row_for_each_type_and_none_for_holders():
    types = [row.type for row in rows()]
    assert len(types) == len(set(types))
    assert all(class_of(type_) is None for type_ in HOLDS)
