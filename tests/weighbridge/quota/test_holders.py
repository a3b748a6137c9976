"""Which resources hold quota, which nobody can count, and which draw nothing."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

import pytest

from tests.support.graphs import CLUSTER, PROVIDER, STACK, cluster, node_pool, resource, urn
from tests.support.quota_demand import (
    config,
    doubt,
    drawn,
)
from weighbridge.quota.holders import HOLDS, HeldResource
from weighbridge.resources.resource_classes import class_of, rows
from weighbridge.resources.values import Secret, Unknown


@pytest.mark.parametrize("type_", [*HOLDS, "kubernetes:core/v1:Service"])
def test_a_holder_without_inputs_cannot_be_judged(type_: str):
    assert doubt(resource(type_, "x", {})) == (
        f"{type_} came without inputs, so it cannot be judged under --target: deploy the whole stack"
    )


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
    assert doubt(resource(type_, "x", {"a": 1.0})) == f"{type_} is refused: {row.why}. Instead, {row.fix}; or {ALLOW}"
    without_provider = resource(type_, "x", {"a": 1.0}, provider_inputs=None)
    assert doubt(without_provider) == f"{type_} is refused: {row.why}. Instead, {row.fix}; or {ALLOW}"


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
        f"{type_} may hold quota, as nobody has said otherwise: let the quota's owners list "
        "it under allow in stacks/quota.yaml, with the demand that it is taken to hold"
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
