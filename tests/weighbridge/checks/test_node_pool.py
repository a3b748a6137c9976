"""What is wrong with a node pool beyond the types of its keys. The whole table of wrong specs is in test_load.py."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.specs import CATALOG, spec
from weighbridge.checks.node_pool import check_node_pool
from weighbridge.infrastructure.node_kinds import node_kinds

L4, TPU = "g2-standard-8", "ct5lp-hightpu-4t"


def problems(**settings: Any) -> list[tuple[str, str]]:
    given = {"machine_type": "e2-standard-4", "nodes": {"min": 0, "max": 4}, **settings}
    made = spec({"train": given}, zones=2)
    found = check_node_pool("train", made.node_pools["train"], made, CATALOG)
    return [(".".join(map(str, problem.path[2:])), problem.message) for problem in found]


@pytest.mark.parametrize(
    ("pool", "control_plane", "expected"),
    [
        ("1.33.5-gke.1080000", None, []),
        ("1.32.9-gke.100", "1.34", []),
        (
            "1.34.0-gke.100",
            "1.33",
            [
                (
                    "nodes are of the control plane's minor version or at most 2 behind: got 1.34.0-gke.100, and "
                    "the control plane's is 1.33"
                )
            ],
        ),
        (
            None,
            "1.31",
            ["nvidia-b200 needs GKE 1.32.2-gke.1475000 or newer, which has the driver (570.133.20 or newer): got 1.31"],
        ),
    ],
)
def test_versions_fit_one_another_and_the_gpu(pool, control_plane, expected):
    settings = {"machine_type": "a4-highgpu-8g", "nodes": {"min": 0, "max": 1}, "provisioning": "spot"}
    settings |= {"version": pool} if pool else {}
    made = spec({"train": settings}, cluster={"version": control_plane} if control_plane else {})
    assert [
        problem.message for problem in check_node_pool("train", made.node_pools["train"], made, CATALOG)
    ] == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, []),
        ({"machine_type": "a3-megagpu-8g", "accelerator_network": True, "nccl_installer": "gcr.io/p/x:1"}, []),
        (
            {"machine_type": "a3-highgpu-4g", "provisioning": "spot", "accelerator_network": True},
            [
                (
                    "accelerator_network",
                    (
                        "a3-highgpu-4g takes no further networks that Weighbridge knows: remove it, or choose "
                        "a3-highgpu-8g, a3-megagpu-8g, a3-ultragpu-8g, a4-highgpu-8g or a4x-highgpu-4g"
                    ),
                )
            ],
        ),
        (
            {"machine_type": "a3-highgpu-8g", "nccl_installer": "gcr.io/p/x:1"},
            [
                (
                    "nccl_installer",
                    "only nodes with `accelerator_network: true` have a plugin installed: add that, or remove it",
                )
            ],
        ),
        ({"nodes": {"min": 5, "max": 4}}, [("nodes", "min is above max: got min 5 and max 4")]),
        (
            {"machine_type": L4, "provisioning": "flex-start", "nodes": {"min": 1, "max": 4}},
            [
                (
                    "nodes.min",
                    (
                        "flex-start nodes come when there is capacity and leave when their time is over, so none can "
                        "be kept: min must be 0, got 1"
                    ),
                )
            ],
        ),
        ({"machine_type": L4, "provisioning": "flex-start", "max_run_duration": "10m"}, []),
        ({"machine_type": L4, "provisioning": "flex-start", "max_run_duration": "7d"}, []),
        (
            {"machine_type": L4, "provisioning": "flex-start", "max_run_duration": "7d1s"},
            [("max_run_duration", "expected a time span from 10m to 7d, got 7d1s")],
        ),
        (
            {"machine_type": L4, "provisioning": "flex-start", "max_run_duration": "9m"},
            [("max_run_duration", "expected a time span from 10m to 7d, got 9m")],
        ),
        (
            {"machine_type": L4, "provisioning": "queued", "max_run_duration": "1d"},
            [
                (
                    "max_run_duration",
                    "only `provisioning: flex-start` nodes have a longest run, got `queued`: remove it",
                )
            ],
        ),
        (
            {"upgrade": {"strategy": "blue-green", "soak": "8d"}},
            [("upgrade.soak", "expected at most 7d, got 8d")],
        ),
        (
            {"upgrade": {"max_surge": 0, "max_unavailable": 0}},
            [("upgrade", "max_surge and max_unavailable together are from 1 to 20, got 0")],
        ),
        ({"upgrade": {"max_surge": 10, "max_unavailable": 10}}, []),
        (
            {"upgrade": {"max_surge": 11, "max_unavailable": 10}},
            [("upgrade", "max_surge and max_unavailable together are from 1 to 20, got 21")],
        ),
        ({"machine_type": "a2-ultragpu-1g", "local_ssd": {"disks": 1}}, []),
        ({"machine_type": "n2-standard-16", "local_ssd": {"disks": 2}}, []),
        (
            {"machine_type": "n2-standard-16", "local_ssd": {"disks": 1}},
            [("local_ssd.disks", "n2-standard-16 takes 2, 4, 8, 16 or 24 local SSDs of 375 GB, got 1")],
        ),
        (
            {"machine_type": "e2-standard-4", "local_ssd": {"disks": 1}},
            [("local_ssd", "e2-standard-4 takes no local SSDs: remove it")],
        ),
        ({"machine_type": "n2-standard-16", "placement": "compact"}, []),
        (
            {"machine_type": "e2-standard-4", "placement": "compact"},
            [
                (
                    "placement",
                    (
                        "E2 machines can't be placed compactly: remove it, or choose a machine of family "
                        "a2, a3, a4, c3, c3d, c4, c4a, c4d, g2, g4, n2 or n2d"
                    ),
                )
            ],
        ),
        (
            {"machine_type": "a2-ultragpu-1g", "local_ssd": {"disks": 2}},
            [("local_ssd.disks", "a2-ultragpu-1g brings 1 local SSDs and takes no others: expected 1, got 2")],
        ),
        (
            {"taints": [{"key": "team", "effect": "NoSchedule"}] * 2},
            [("taints.1", "team with NoSchedule is given twice: remove one")],
        ),
        ({"taints": [{"key": "team", "effect": effect} for effect in ("NoSchedule", "NoExecute")]}, []),
        (
            {"labels": {"sub.k8s.io/x": "y", "example.com/x": "y"}},
            [("labels.sub.k8s.io/x", "Kubernetes, GKE or Weighbridge sets labels of this domain: remove it")],
        ),
    ],
)
def test_one_change_of_a_good_pool(settings, expected):
    assert problems(**settings) == expected


@pytest.mark.parametrize("key", sorted({kind.taint.key for kind in node_kinds().values() if kind.taint is not None}))
def test_taints_that_gke_adds_are_its_own(key):
    assert problems(taints=[{"key": key, "effect": "NoSchedule"}]) == [
        ("taints.0.key", f"{key} is set by Kubernetes, GKE or Weighbridge: remove it")
    ]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, []),
        (
            {"replacement": "create-first"},
            [
                (
                    "replacement",
                    "a pool that is taken over keeps its name, which one created first could not have: remove it",
                )
            ],
        ),
        (
            {"version": "1.33.5-gke.1080000"},
            [
                (
                    "version",
                    "adopted.keeps leaves it as it is, so this has no effect: take it out of one of the two",
                )
            ],
        ),
        (
            {"machine_type": TPU, "tpu_topology": "4x4", "slices": {"min": 0, "max": 1}, "nodes": None},
            [("adopted", "slices are named by their ordinals, so none is there to be taken over: remove it")],
        ),
    ],
)
def test_a_pool_that_is_taken_over(settings, expected):
    assert problems(adopted={"keeps": ["version"]}, **settings) == expected
