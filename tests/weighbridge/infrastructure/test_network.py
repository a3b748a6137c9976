"""Address ranges hold twice the peak, lie apart, and are refused where 10/8 is too small."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.infrastructure.network import (
    NetworkPlan,
    NetworkTooSmall,
    NodeShape,
    nat_addresses,
    plan_network,
    pod_addresses,
)

# Six pools of 1,300 nodes with 256 pods each fill 10.128.0.0/9 almost; more is refused, which has a test of its own.
SHAPES = st.lists(st.builds(NodeShape, st.integers(0, 1300), st.integers(8, 256)), max_size=6)


def test_an_environment_without_pools_gets_the_smallest_ranges():
    assert plan_network([]) == NetworkPlan(
        nodes="10.0.0.0/22", pods="10.128.0.0/16", services="10.64.0.0/20", nat_addresses=1, peak_nodes=0
    )


def test_ranges_are_sized_for_twice_the_peak_of_all_pools():
    plan = plan_network([NodeShape(600, 110), NodeShape(10, 32)])
    assert (plan.peak_nodes, plan.nat_addresses) == (610, 3)
    assert plan.nodes == "10.0.0.0/21"  # 2 x 610 + 4 addresses
    assert plan.pods == "10.128.0.0/13"  # 2 x (600 x 256 + 10 x 64)


@pytest.mark.parametrize(("peak", "nodes"), [(510, "10.0.0.0/22"), (511, "10.0.0.0/21")])
def test_addresses_that_google_keeps_are_left_to_it(peak, nodes):
    assert plan_network([NodeShape(peak, 8)]).nodes == nodes


@pytest.mark.parametrize(("pods", "addresses"), [(8, 16), (16, 32), (32, 64), (110, 256), (128, 256), (256, 512)])
def test_addresses_of_one_nodes_pods(pods, addresses):
    assert pod_addresses(pods) == addresses


@pytest.mark.parametrize(("nodes", "addresses"), [(0, 1), (252, 1), (253, 2), (504, 2), (505, 3)])
def test_every_node_has_its_ports(nodes, addresses):
    assert nat_addresses(nodes) == addresses


def test_more_pods_than_the_range_has_are_refused():
    with pytest.raises(NetworkTooSmall) as raised:
        plan_network([NodeShape(20_000, 256)])
    assert str(raised.value) == "20480000 addresses don't fit 10.128.0.0/9"


@given(SHAPES)
def test_ranges_hold_what_they_must_and_never_meet(shapes):
    plan = plan_network(shapes)
    nodes, pods, services = (IPv4Network(text) for text in (plan.nodes, plan.pods, plan.services))
    assert nodes.num_addresses >= 2 * plan.peak_nodes + 4
    assert pods.num_addresses >= 2 * sum(shape.peak_nodes * 2 * shape.max_pods_per_node for shape in shapes)
    assert not any(one.overlaps(other) for one, other in combinations((nodes, pods, services), 2))
