"""The further networks of each machine type, shared by the pools of a stack, with room that grows in its own place."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.specs import CATALOG, spec
from weighbridge.conventions import NODE_POOL_LABEL
from weighbridge.infrastructure.accelerator_networks import (
    INJECTOR_IMAGE,
    PAUSE_IMAGE,
    AcceleratorRangeTooSmall,
    installer_images,
    network_kinds,
    plan_accelerator_networks,
)
from weighbridge.infrastructure.node_pool import plan_node_pools

MACHINES = tuple(network_kinds())


def planned(*machines: str, nodes: int = 4, **keys):
    pools = {
        f"pool-{ordinal}": {
            "machine_type": machine, "nodes": {"min": 0, "max": nodes}, "accelerator_network": True,
        }
        for ordinal, machine in enumerate(machines)
    }  # fmt: skip
    stack = spec(pools, **keys)
    return plan_accelerator_networks(stack, dict.fromkeys(pools, nodes))


@pytest.mark.parametrize(
    ("machine", "names", "vpcs", "mtu", "mode"),
    [
        ("a3-highgpu-8g", [f"vpc{n}" for n in range(1, 5)], 4, 8244, "NetDevice"),
        ("a3-megagpu-8g", [f"vpc{n}" for n in range(1, 9)], 8, 8244, "NetDevice"),
        ("a3-ultragpu-8g", ["gvnic-1", *(f"rdma-{n}" for n in range(8))], 2, 8896, "RDMA"),
        ("a4-highgpu-8g", ["gvnic-1", *(f"rdma-{n}" for n in range(8))], 2, 8896, "RDMA"),
        ("a4x-highgpu-4g", ["gvnic-1", *(f"rdma-{n}" for n in range(4))], 2, 8896, "RDMA"),
    ],
)
def test_each_machine_type_takes_the_networks_that_google_names(machine, names, vpcs, mtu, mode):
    plan = planned(machine)
    assert plan is not None
    assert [network.kubernetes_name for network in plan.networks] == names
    assert len(plan.vpcs) == vpcs
    assert {vpc.mtu for vpc in plan.vpcs} == {mtu}
    assert plan.networks[-1].device_mode == mode


def test_only_the_network_that_carries_rdma_has_a_profile_that_of_its_zone():
    plan = planned("a4-highgpu-8g")
    assert plan is not None
    assert {vpc.name: vpc.profile for vpc in plan.vpcs} == {
        "dev-gvnic-1": None, "dev-rdma": "us-central1-a-vpc-roce",
    }  # fmt: skip
    assert {network.vpc.name for network in plan.networks if network.device_mode == "RDMA"} == {"dev-rdma"}
    assert plan.networks[0].device_mode == "NetDevice"


def test_a_pool_attaches_them_in_the_order_of_their_names():
    pools = {"mega": {"machine_type": "a3-megagpu-8g", "nodes": {"min": 0, "max": 4}, "accelerator_network": True}}
    (plan,) = plan_node_pools(spec(pools), CATALOG)
    assert plan.network_names == tuple(f"vpc{n}" for n in range(1, 9))


def test_a_pool_that_does_not_ask_has_none():
    pools = {"mega": {"machine_type": "a3-megagpu-8g", "nodes": {"min": 0, "max": 4}}}
    stack = spec(pools)
    (plan,) = plan_node_pools(stack, CATALOG)
    assert plan.network_names == ()
    assert plan_accelerator_networks(stack, {"mega": 4}) is None


def test_pools_share_networks_and_each_has_its_installer():
    plan = planned("a3-highgpu-8g", "a3-megagpu-8g")
    assert plan is not None
    assert len(plan.vpcs) == 8
    assert [(found.name, found.kind.kind, dict(found.node_labels)) for found in plan.installers] == [
        ("nccl-pool-0", "tcpx", {NODE_POOL_LABEL: "pool-0"}),
        ("nccl-pool-1", "tcpxo", {NODE_POOL_LABEL: "pool-1"}),
    ]


def test_they_lie_in_the_project_of_the_nodes_network():
    existing = {"project": "example-host", "network": "n", "subnetwork": "s", "pod_range": "p", "service_range": "v"}
    plan = planned("a3-highgpu-8g", network={"existing": existing})
    assert plan is not None
    assert plan.project == "example-host"


def test_what_the_installer_runs_ends_where_pods_look_for_it():
    plan = planned("a3-ultragpu-8g")
    assert plan is not None
    assert plan.installers[0].script == (
        "/scripts/container_entry.sh install --install-nccl"
        " && mkdir -p /usr/local/home/kubernetes/bin/nvidia/lib64"
        " && cp -r /var/lib/gib/lib64/. /usr/local/home/kubernetes/bin/nvidia/lib64"
        " && mkdir -p /usr/local/home/kubernetes/bin/gib && cp -r /var/lib/gib/. /usr/local/home/kubernetes/bin/gib"
    )


def test_images_of_the_table_and_of_the_spec_may_have_a_node():
    image = "us-docker.pkg.dev/example-ml/mirror/gib:v1.1.0"
    pool = {
        "machine_type": "a4-highgpu-8g", "nodes": {"min": 0, "max": 1}, "accelerator_network": True,
        "nccl_installer": image,
    }  # fmt: skip
    assert installer_images(spec({"b200": pool})) - installer_images(None) == {image}
    assert {INJECTOR_IMAGE, PAUSE_IMAGE} < installer_images(None)


@given(st.sampled_from(MACHINES), st.sampled_from(MACHINES), st.integers(1, 510))
def test_subnetworks_hold_twice_the_peak_of_all_that_share_them_and_never_meet(one, other, nodes):
    plan = planned(one, other, nodes=nodes)
    assert plan is not None
    ranges = [IPv4Network(network.cidr) for network in plan.networks]
    assert not any(first.overlaps(second) for first, second in combinations(ranges, 2))
    whole = IPv4Network(plan.range)
    assert all(found.subnet_of(whole) and found.num_addresses >= 2 * nodes + 4 for found in ranges)


@given(st.sampled_from(MACHINES), st.integers(1, 509))
def test_a_subnetwork_grows_in_place(machine, nodes):
    """Compute Engine extends a range, and replaces one that moves."""
    smaller, larger = (planned(machine, nodes=count) for count in (nodes, nodes + 1))
    assert smaller is not None
    assert larger is not None
    for before, after in zip(smaller.networks, larger.networks, strict=True):
        assert IPv4Network(before.cidr).subnet_of(IPv4Network(after.cidr))
        assert before.cidr.partition("/")[0] == after.cidr.partition("/")[0]


def test_more_nodes_than_a_place_has_room_for_are_refused():
    with pytest.raises(AcceleratorRangeTooSmall) as raised:
        planned("a3-highgpu-8g", nodes=1023)
    assert str(raised.value) == ("192.168.0.0/16 has room for 1022 nodes in each further network, and they are 1023")


def test_every_row_names_machine_types_that_exist():
    for machine, kind in network_kinds().items():
        assert machine in CATALOG.machine_types
        assert kind.source
