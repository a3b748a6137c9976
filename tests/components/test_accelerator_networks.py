"""The exact inputs of the further networks, of the pools that take them, and of what installs NCCL's plugin."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.support.platform import platform, platform_resources
from tests.support.recording import Recording
from tests.support.specs import CATALOG, quota_file, spec
from weighbridge.infrastructure.accelerator_networks import INJECTOR_IMAGE, PAUSE_IMAGE
from weighbridge.resources.held_resource import Surroundings
from weighbridge.rules import endpoint_security, placement

NETWORK, SUBNETWORK = "gcp:compute/network:Network", "gcp:compute/subnetwork:Subnetwork"
FIREWALL = "gcp:compute/firewall:Firewall"
DAEMON_SET = "kubernetes:apps/v1:DaemonSet"
PARAMETERS = "kubernetes:networking.gke.io/v1:GKENetworkParamSet"


def recorded(machine: str, **settings) -> Recording:
    pool = {"machine_type": machine, "nodes": {"min": 0, "max": 4}, "accelerator_network": True, **settings}
    return platform(spec({"train": pool}), alerts=False)


@pytest.fixture(scope="module")
def mega() -> Recording:
    return recorded("a3-megagpu-8g")


@pytest.fixture(scope="module")
def ultra() -> Recording:
    return recorded("a3-ultragpu-8g")


def test_each_interface_without_rdma_has_a_network_of_its_own_that_lets_its_like_in(mega):
    assert mega.named(NETWORK, "dev-vpc8").inputs == {
        "name": "dev-vpc8", "project": "example-ml", "autoCreateSubnetworks": False, "routingMode": "REGIONAL",
        "mtu": 8244,
    }  # fmt: skip
    assert mega.named(SUBNETWORK, "dev-vpc8").inputs == {
        "name": "dev-vpc8", "project": "example-ml", "region": "us-central1", "network": "dev-vpc8-id",
        "ipCidrRange": "192.168.56.0/24",
    }  # fmt: skip
    assert mega.named(FIREWALL, "dev-vpc8").inputs == {
        "name": "dev-vpc8", "project": "example-ml", "network": "dev-vpc8-id", "direction": "INGRESS",
        "sourceRanges": ["192.168.0.0/16"],
        "allows": [
            {"protocol": "tcp", "ports": ["0-65535"]}, {"protocol": "udp", "ports": ["0-65535"]}, {"protocol": "icmp"},
        ],
    }  # fmt: skip


def test_interfaces_with_rdma_are_subnetworks_of_one_network_of_their_zones_profile(ultra):
    assert ultra.named(NETWORK, "dev-rdma").inputs == {
        "name": "dev-rdma", "project": "example-ml", "autoCreateSubnetworks": False, "routingMode": "REGIONAL",
        "mtu": 8896, "networkProfile": "projects/example-ml/global/networkProfiles/us-central1-a-vpc-roce",
    }  # fmt: skip
    assert {subnetwork.inputs["network"] for subnetwork in ultra.of_type(SUBNETWORK) if "rdma" in subnetwork.name} == {
        "dev-rdma-id"
    }
    assert [firewall.name for firewall in ultra.of_type(FIREWALL)] == ["dev-gvnic-1"]


def test_a_pool_attaches_them_and_its_cluster_lets_nodes_have_several(ultra):
    pool = ultra.only("gcp:container/nodePool:NodePool").inputs["networkConfig"]
    assert pool == {
        "enablePrivateNodes": True,
        "additionalNodeNetworkConfigs": [
            {"network": "dev-gvnic-1", "subnetwork": "dev-gvnic-1"},
            *({"network": "dev-rdma", "subnetwork": f"dev-rdma-{n}"} for n in range(8)),
        ],
    }
    cluster = ultra.only("gcp:container/cluster:Cluster").inputs
    assert (cluster["enableMultiNetworking"], cluster["datapathProvider"]) == (True, "ADVANCED_DATAPATH")


def test_kubernetes_knows_them_by_the_names_that_workloads_ask_for(ultra):
    assert ultra.named(PARAMETERS, "dev-rdma-7").inputs["spec"] == {
        "vpc": "dev-rdma", "vpcSubnet": "dev-rdma-7", "deviceMode": "RDMA",
    }  # fmt: skip
    network = ultra.named("kubernetes:networking.gke.io/v1:Network", "dev-rdma-7").inputs
    assert network["metadata"] == {"name": "rdma-7"}
    assert network["spec"] == {
        "type": "Device",
        "parametersRef": {"group": "networking.gke.io", "kind": "GKENetworkParamSet", "name": "rdma-7"},
    }


def pod(recording: Recording):
    found = recording.named(DAEMON_SET, "nccl-train").inputs
    assert found["metadata"]["namespace"] == "kube-system"
    return found["spec"]["template"]["spec"]


def test_the_plugin_is_laid_on_the_pools_nodes_and_on_no_others(mega, ultra):
    for recording in (mega, ultra):
        given = pod(recording)
        assert given["nodeSelector"] == {"weighbridge.dev/node-pool": "train"}
        assert given["tolerations"] == [{"operator": "Exists"}]
        assert given["priorityClassName"] == "system-node-critical"


def test_devices_are_injected_where_the_plugin_needs_it(mega, ultra):
    assert [container["image"] for container in pod(mega)["containers"]] == [INJECTOR_IMAGE]
    assert [container["image"] for container in pod(ultra)["containers"]] == [PAUSE_IMAGE]
    assert [container["name"] for container in pod(mega)["initContainers"]] == ["prepare", "install"]
    assert [container["name"] for container in pod(ultra)["initContainers"]] == ["install"]


def test_a_spec_may_pin_the_installer():
    pinned = f"us-docker.pkg.dev/example-ml/mirror/gib@sha256:{'0' * 64}"
    (installer,) = pod(recorded("a4-highgpu-8g", nccl_installer=pinned))["initContainers"]
    assert installer["image"] == pinned


@pytest.mark.parametrize("machine", ["a3-highgpu-8g", "a3-megagpu-8g", "a3-ultragpu-8g", "a4x-highgpu-4g"])
def test_the_rules_take_it_as_it_is(machine):
    pool = {"machine_type": machine, "nodes": {"min": 0, "max": 4}, "accelerator_network": True}
    stack = spec({"train": pool})
    resources = platform_resources(stack)
    assert endpoint_security.judge(resources, stack) == []
    assert placement.judge(resources, Surroundings.of(resources, quota_file(), CATALOG)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("metadata", "namespace"), "default"),
        (("spec", "template", "spec", "containers", 0, "image"), "us-docker.pkg.dev/example-ml/x/miner:1"),
    ],
)
def test_the_rules_take_nothing_else_that_owns_a_node(path, value):
    stack = spec(
        {"train": {"machine_type": "a4-highgpu-8g", "nodes": {"min": 0, "max": 1}, "accelerator_network": True}}
    )
    (installer,) = copy.deepcopy([found for found in platform_resources(stack) if found.type == DAEMON_SET])
    *parents, last = path
    inside: Any = installer.inputs
    for name in parents:
        inside = inside[name]
    inside[last] = value
    messages = [violation.message for violation in endpoint_security.judge([installer], stack)]
    assert "nccl-train: hostPID lets its pods see those of others on the node: take it out" in messages
    assert "nccl-train: container 'install' is privileged, so it owns the node: take it out" in messages


def test_without_it_nothing_of_it_is_there():
    recording = platform(
        spec({"train": {"machine_type": "a3-megagpu-8g", "nodes": {"min": 0, "max": 4}}}), alerts=False
    )
    assert not recording.of_type(DAEMON_SET)
    assert len(recording.of_type(NETWORK)) == 1
    assert "enableMultiNetworking" not in recording.only("gcp:container/cluster:Cluster").inputs
