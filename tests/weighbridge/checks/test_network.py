"""What is wrong with the network of a spec, one change each."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.specs import CATALOG, endpoint, spec
from weighbridge.checks.network import check_network
from weighbridge.checks.spec import check

EXISTING = {"network": "vpc", "subnetwork": "ml", "pod_range": "pods", "service_range": "services"}
ULTRA = {"machine_type": "a3-ultragpu-8g", "nodes": {"min": 0, "max": 4}, "accelerator_network": True}
SYSTEM = {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}


def problems(pools: dict[str, Any] | None = None, zones: int = 1, **network: Any) -> list[tuple[str, str]]:
    made = spec(pools or {"system": SYSTEM}, zones=zones, network=network)
    return [(".".join(map(str, problem.path)), problem.message) for problem in check_network(made, CATALOG)]


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        ({}, []),
        ({"existing": EXISTING}, []),
        ({"existing": EXISTING, "nat": "create", "proxies": "create"}, []),
        (
            {"nat": "existing"},
            [
                (
                    "network.nat",
                    "nothing exists in a network that is created: remove it, or name the network under `existing`",
                )
            ],
        ),
        (
            {"accelerator_range": "172.20.0.0/19"},
            [("network.accelerator_range", "expected a /18 or larger, got a /19")],
        ),
        (
            {"accelerator_range": "10.0.0.0/16"},
            [
                (
                    "network.accelerator_range",
                    (
                        "10.0.0.0/16 overlaps 10.0.0.0/10, where nodes, pods or services get their addresses: choose "
                        "another"
                    ),
                )
            ],
        ),
        (
            {"existing": EXISTING, "accelerator_range": "10.127.0.0/16"},
            [
                (
                    "network.accelerator_range",
                    "10.127.0.0/16 overlaps proxy_range, 10.127.254.0/23: choose ranges apart",
                )
            ],
        ),
        ({"existing": EXISTING, "accelerator_range": "10.0.0.0/16"}, []),  # whose ranges nobody knows
    ],
)
def test_what_is_wrong_with_a_network(network, expected):
    assert problems(**network) == expected


def test_proxies_that_exist_have_a_range_that_pods_let_in():
    def found(reach: str, **network: Any) -> list[str]:
        made = spec({"system": SYSTEM}, network={"existing": EXISTING, **network}, gateway={"reach": reach})
        made = made.model_copy(update={"endpoints": {"ranker": endpoint(None)}})
        return [problem.message for problem in check_network(made, CATALOG)]

    assert found("regional") == [
        "which range has the proxies' subnetwork? Pods let no others in: say it in `proxy_range`"
    ]
    assert found("regional", proxy_range="10.9.0.0/23") == found("regional", proxies="create") == found("global") == []


def test_flow_logs_of_a_subnetwork_that_exists_are_not_ours():
    made = spec({"system": SYSTEM}, network={"existing": EXISTING}, cluster={"security": {"flow_logs": True}})
    (problem,) = check_network(made, CATALOG)
    assert problem.message == (
        "flow logs are a setting of the subnetwork, which exists: turn them on there, and say `false` here"
    )


@pytest.mark.parametrize(
    ("cluster", "expected"),
    [
        ({"control_plane_address": "private", "control_plane_access": ["10.20.0.0/16"]}, []),
        (
            {"control_plane_address": "private"},
            ["who may reach that address? Name ranges in `control_plane_access`, or remove it"],
        ),
        (
            {"control_plane_subnetwork": "masters"},
            ["goes with `control_plane_address: private` in a network that exists (`network.existing`): remove it"],
        ),
    ],
)
def test_a_private_address_of_the_control_plane(cluster, expected):
    made = spec({"system": SYSTEM}, cluster=cluster)
    assert [problem.message for problem in check_network(made, CATALOG)] == expected


def test_networks_that_carry_rdma_lie_in_one_zone():
    assert problems({"ultra": ULTRA}, zones=2) == [
        ("node_pools.ultra.accelerator_network", "the networks of a3-ultragpu-8g lie in one zone: name one, got 2")
    ]
    apart = {"one": ULTRA | {"zones": ["us-central1-a"]}, "two": ULTRA | {"zones": ["us-central1-b"]}}
    assert problems(apart, zones=2) == [
        (
            "node_pools.two.accelerator_network",
            (
                "the RDMA networks of a stack lie in one zone, and those of one are in us-central1-a: use that, or a "
                "stack of its own"
            ),
        )
    ]
    together = {name: ULTRA | {"zones": ["us-central1-b"]} for name in ("one", "two")}
    assert problems(together, zones=2) == []


def test_networks_that_carry_none_may_lie_in_several():
    assert problems({"high": ULTRA | {"machine_type": "a3-highgpu-8g"}}, zones=3) == []


def test_more_nodes_than_the_further_networks_hold_are_refused():
    pools = {"high": ULTRA | {"machine_type": "a3-highgpu-8g", "nodes": {"min": 0, "max": 600}}}
    (problem,) = check(spec(pools, network={"accelerator_range": "192.168.0.0/17"}), CATALOG)
    assert ".".join(map(str, problem.path)) == "network.accelerator_range"
    assert problem.message == (
        "192.168.0.0/17 has room for 510 nodes in each further network, and they are 600: allow fewer nodes, or name a "
        "larger range"
    )
