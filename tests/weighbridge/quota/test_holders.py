"""Which resources hold quota, which nobody can count, and which draw nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.support.graphs import CLUSTER, NODE_POOL, PROVIDER, STACK, cluster, node_pool, resource, urn
from tests.support.quota_demand import (
    QUOTA,
    config,
    doubt,
    drawn,
)
from tests.support.specs import CATALOG
from weighbridge.quota.holders import HOLDS, HeldResource, graph_demand
from weighbridge.resources.resource_classes import class_of
from weighbridge.resources.values import Secret, Unknown


@pytest.mark.parametrize("type_", [*HOLDS, "kubernetes:core/v1:Service"])
def test_a_holder_without_inputs_cannot_be_judged(type_: str):
    assert doubt(resource(type_, "x", {})) == (
        f"{type_} came without inputs, as under --target, so it cannot be judged: deploy the whole stack, or give it "
        "one, such as its name"
    )


REFUSED = [
    "gcp:compute/instance:Instance",
    "gcp:compute/instanceTemplate:InstanceTemplate",
    "gcp:compute/instanceGroupManager:InstanceGroupManager",
    "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager",
    "gcp:compute/disk:Disk",
    "gcp:compute/reservation:Reservation",
    "gcp:vertex/aiEndpoint:AiEndpoint",
    "gcp:tpu/v2Vm:V2Vm",
    "gcp:dataproc/cluster:Cluster",
    "gcp:dataproc/batch:Batch",
    "gcp:dataplex/task:Task",
    "gcp:backupdisasterrecovery/restoreWorkload:RestoreWorkload",
    "gcp:appengine/flexibleAppVersion:FlexibleAppVersion",
    "gcp:workstations/workstationConfig:WorkstationConfig",
    "gcp:colab/runtime:Runtime",
    "gcp:saasruntime/unit:Unit",
    "gcp:workbench/instance:Instance",
    "gcp:notebooks/instance:Instance",
    "gcp:composer/environment:Environment",
    "gcp:dataflow/job:Job",
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
    "kubernetes:cloud.google.com/v1:ComputeClass",
    "kubernetes:container.cnrm.cloud.google.com/v1beta1:ContainerNodePool",
    "kubernetes:autoscaling.x-k8s.io/v1:ProvisioningRequest",
    "kubernetes:autoscaling.x-k8s.io/v1beta1:CapacityBuffer",
    "kubernetes:configsync.gke.io/v1beta1:RootSync",
    "kubernetes:configsync.gke.io/v1beta1:RepoSync",
    "kubernetes:configmanagement.gke.io/v1:ConfigManagement",
    "kubernetes:argoproj.io/v1alpha1:Application",
    "kubernetes:argoproj.io/v1alpha1:ApplicationSet",
    "kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization",
    "kubernetes:helm.toolkit.fluxcd.io/v2:HelmRelease",
    "kubernetes:source.toolkit.fluxcd.io/v1:GitRepository",
    "kubernetes:compute.gcp.upbound.io/v1beta1:Instance",
    "kubernetes:apiextensions.crossplane.io/v1:Composition",
    "kubernetes:core/v1:PodList",
    "kubernetes:apps/v1:DeploymentList",
    "kubernetes:core/v1:ServicePatch",
    "kubernetes:core/v1:PersistentVolumeClaimPatch",
]


@pytest.mark.parametrize("type_", REFUSED)
def test_refused_types_say_why_and_what_to_do_instead(type_: str):
    row = class_of(type_)
    assert row is not None
    refusal = (
        f"{type_} is refused: {row.group.why}. Instead, {row.group.fix}, or let the owners of the quota state under "
        "allow in stacks/quota.yaml what it holds"
    )
    assert doubt(resource(type_, "x", {"a": 1.0})) == refusal
    assert doubt(resource(type_, "x", {"a": 1.0}, provider_inputs=None)) == refusal


@pytest.mark.parametrize(
    "type_",
    [
        "gcp:next/thing:Thing",
        "kubernetes:example.com/v1:Machine",
        "acme:index:Machine",
    ],
)
def test_unlisted_types_may_hold_quota(type_: str):
    assert doubt(resource(type_, "x", {"a": 1.0})) == (
        f"{type_} may hold quota, as nobody has said otherwise: add it to weighbridge/resources/resource_classes.csv "
        "with its group, or let the owners of the quota state under allow in stacks/quota.yaml what it holds"
    )


ALLOW = "let the quota's owners list it under allow in stacks/quota.yaml, with the demand that it is taken to hold"


def test_a_component_holds_nothing_but_a_cloud_type_without_provider_is_no_component():
    assert drawn(resource("acme:index:Machine", "x", {}, provider_inputs=None)) == {}
    assert "may hold quota" in doubt(resource("gcp:next/thing:Thing", "x", {}, provider_inputs=None))


@pytest.mark.parametrize(
    "type_",
    [
        STACK,
        "pulumi:providers:gcp",
        "gcp:compute/firewall:Firewall",
        "gcp:monitoring/slo:Slo",
        "random:index/randomId:RandomId",
        "gcp:sql/databaseInstance:DatabaseInstance",
        "gcp:sql/user:User",
        "gcp:cloudrunv2/service:Service",
        "gcp:cloudrunv2/serviceIamMember:ServiceIamMember",
        "gcp:cloudfunctionsv2/function:Function",
        "gcp:filestore/instance:Instance",
        "gcp:redis/instance:Instance",
        "gcp:compute/image:Image",
        "gcp:bigquery/dataset:Dataset",
        "gcp:cloudscheduler/job:Job",
        "gcp:workflows/workflow:Workflow",
        "gcp:cloudbuild/trigger:Trigger",
        "gcp:vertex/aiDataset:AiDataset",
        "gcp:vertex/aiEndpointIamMember:AiEndpointIamMember",
        "gcp:dataproc/autoscalingPolicy:AutoscalingPolicy",
        "gcp:kms/cryptoKeyIAMPolicy:CryptoKeyIAMPolicy",
        "gcp:folder/iAMMember:IAMMember",
        "gcp:organizations/iAMMember:IAMMember",
        "gcp:iap/webIamMember:WebIamMember",
        "gcp:servicenetworking/connection:Connection",
        "gcp:compute/externalVpnGateway:ExternalVpnGateway",
        "kubernetes:monitoring.coreos.com/v1:ServiceMonitor",
        "kubernetes:cert-manager.io/v1:Certificate",
        "kubernetes:external-secrets.io/v1:ExternalSecret",
        "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass",
        "kubernetes:networking.istio.io/v1:VirtualService",
        "kubernetes:autoscaling.k8s.io/v1:VerticalPodAutoscaler",
        "kubernetes:core/v1:ConfigMapPatch",
    ],
)
def test_types_that_hold_no_shared_quota_pass_whatever_their_inputs(type_: str):
    assert drawn(resource(type_, "x", {"a": Unknown()})) == {}


def test_what_is_only_read_holds_nothing_new():
    read = HeldResource(urn(CLUSTER, "dev"), CLUSTER, "dev", cluster().inputs, PROVIDER, existing=True)
    assert drawn(read) == {}
    assert drawn(read, node_pool(location=None, nodeLocations=None)) == drawn(node_pool())


def test_secrets_are_counted_and_never_shown():
    assert drawn(node_pool(nodeConfig=config(machineType=Secret("a2-highgpu-1g")))) == drawn(node_pool())
    assert "[secret]" in doubt(node_pool(autoscaling={"totalMaxNodeCount": Secret("9")}))


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place inside a value."""
    if path:
        yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from paths(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from paths(inner, (*path, index))


def replaced(value: Any, path: tuple[str | int, ...], instead: Any) -> Any:
    """The value with another one at that place."""
    if not path:
        return instead
    copy: Any = list(value) if isinstance(value, list) else dict(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], instead)
    return copy


LABELS = {"team": "a"}
ON_GPU = {
    "containers": [{"image": "a", "resources": {"limits": {"nvidia.com/gpu": "1"}}}],
    "nodeSelector": {"accelerator": "nvidia-l4"}, "gpuZonalRedundancyDisabled": True,
}  # fmt: skip
FULL: dict[str, dict[str, Any]] = {
    NODE_POOL: {
        **node_pool().inputs,
        "nodeCount": 1.0,
        "nodeConfig": {
            "machineType": "n1-standard-8", "diskSizeGb": 100.0, "diskType": "pd-balanced", "spot": False,
            "preemptible": False, "flexStart": False, "localSsdCount": 1.0, "labels": LABELS,
            "guestAccelerators": [{"type": "nvidia-tesla-t4", "count": 1.0}],
            "bootDisk": {"diskType": "hyperdisk-balanced", "sizeGb": 90.0, "provisionedIops": 4000.0,
                         "provisionedThroughput": 200.0},
            "reservationAffinity": {"consumeReservationType": "NO_RESERVATION"},
            "ephemeralStorageLocalSsdConfig": {"localSsdCount": 0.0, "dataCacheCount": 0.0},
        },
        "queuedProvisioning": {"enabled": False},
        "placementPolicy": {"type": "COMPACT"},
    },
    CLUSTER: {
        **cluster().inputs,
        "enableAutopilot": False,
        "addonsConfig": {"cloudrunConfig": {"disabled": True}},
        "clusterAutoscaling": {
            "enabled": True, "resourceLimits": [{"resourceType": "cpu", "maximum": 4.0}],
            "autoProvisioningDefaults": {"diskType": "pd-balanced", "diskSize": 50.0},
        },
        "resourceLabels": LABELS,
    },
    "gcp:compute/address:Address": {"name": "a", "region": "us-central1", "addressType": "EXTERNAL", "labels": LABELS},
    "gcp:compute/network:Network": {"name": "n", "project": "example-ml", "autoCreateSubnetworks": False},
    "gcp:compute/subnetwork:Subnetwork": {"name": "n", "project": "example-ml"},
    "gcp:compute/forwardingRule:ForwardingRule": {
        "name": "r", "region": "us-central1", "loadBalancingScheme": "EXTERNAL", "ipAddress": "", "labels": LABELS,
    },
    "gcp:compute/routerNat:RouterNat": {"natIpAllocateOption": "MANUAL_ONLY", "natIps": ["a"], "router": "r"},
    "gcp:gkehub/feature:Feature": {
        "name": "configmanagement", "labels": LABELS,
        "fleetDefaultMemberConfig": {"configmanagement": {"configSync": {"enabled": False}}},
    },
    "gcp:gkehub/featureMembership:FeatureMembership": {
        "feature": "configmanagement", "configmanagement": {"version": "1.20", "configSync": {"enabled": False}},
    },
    "gcp:gkehub/namespace:Namespace": {"scope": "s", "namespaceLabels": LABELS},
    "gcp:gkehub/scope:Scope": {"scopeId": "s", "namespaceLabels": LABELS},
    "gcp:networkservices/gateway:Gateway": {"type": "OPEN_MESH", "labels": LABELS},
    "gcp:cloudrunv2/service:Service": {
        "location": "us-central1", "scaling": {"scalingMode": "AUTOMATIC", "maxInstanceCount": 2.0},
        "template": {**ON_GPU, "scaling": {"maxInstanceCount": 3.0}},
    },
    "gcp:cloudrunv2/workerPool:WorkerPool": {
        "location": "us-central1", "scaling": {"scalingMode": "MANUAL", "manualInstanceCount": 2.0}, "template": ON_GPU,
    },
    "gcp:cloudrunv2/job:Job": {
        "location": "us-central1", "template": {"taskCount": 4.0, "parallelism": 2.0, "template": ON_GPU},
    },
    "gcp:cloudrun/service:Service": {"name": "s", "template": {"spec": {"containers": [{"image": "a"}]}}},
}  # fmt: skip
UNREAD = {
    # Names and words, what only says where something else is, a placement, and a disk type beside that of bootDisk.
    "image", "labels", "team", "resourceLabels", "name", "cluster", "natIps", "router", "version", "scope", "scopeId",
    "totalMinNodeCount", "maxUnavailable", "placementPolicy", "diskType",
}  # fmt: skip


@pytest.mark.parametrize("type_", HOLDS)
def test_what_is_not_known_is_a_doubt_or_changes_nothing(type_: str):
    whole = resource(type_, "x", FULL[type_])
    expected = drawn(whole)
    for path in paths(FULL[type_]):
        for instead in (Unknown(), Secret(Unknown())):
            demand = graph_demand([replace(whole, inputs=replaced(whole.inputs, path, instead))], QUOTA, CATALOG)
            if demand.doubts:
                (found,) = demand.doubts
                assert "is not known before the deployment" in found.message, path
            else:
                assert UNREAD & {*path}, path
                assert drawn(replace(whole, inputs=replaced(whole.inputs, path, instead))) == expected, path


RENDERED = "kubernetes:kustomize:Directory"
COMPONENT = HeldResource(urn(RENDERED, "k"), RENDERED, "k")


def rendered(name: str, type_: str = "kubernetes:core/v1:ConfigMap", inside: str = RENDERED) -> HeldResource:
    child = resource(type_, name, {"metadata": {"name": name}})
    return replace(child, urn=urn(f"{inside}${type_}", name))


def test_manifests_that_are_rendered_are_judged_by_what_they_hold():
    assert graph_demand((COMPONENT, rendered("extra")), QUOTA, CATALOG).doubts == ()
    job = rendered("job", "gcp:dataflow/job:Job")
    (found,) = graph_demand((COMPONENT, job), QUOTA, CATALOG).doubts
    assert found.holder == "job"


@pytest.mark.parametrize(
    "resources",
    [
        (COMPONENT,),
        (COMPONENT, rendered("extra", inside="kubernetes:yaml:ConfigFile")),
        (replace(COMPONENT, provider_inputs=PROVIDER), rendered("extra")),
        (
            HeldResource(urn("kubernetes:helm.sh/v3:Release", "r"), "kubernetes:helm.sh/v3:Release", "r"),
            rendered("extra", inside="kubernetes:helm.sh/v3:Release"),
        ),
    ],
)
def test_manifests_that_nobody_saw_are_refused(resources: tuple[HeldResource, ...]):
    (found,) = graph_demand(resources, QUOTA, CATALOG).doubts
    assert "its manifests may hold anything, and are not rendered" in found.message


def test_a_doubt_names_its_resource():
    type_ = "gcp:next/thing:Thing"
    (found,) = graph_demand([resource(type_, "x", {"a": 1.0})], QUOTA, CATALOG).doubts
    assert (found.holder, found.urn) == ("x", urn(type_, "x"))
