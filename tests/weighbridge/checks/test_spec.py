"""What is wrong across the parts of a spec."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.specs import CATALOG, spec
from weighbridge.checks.spec import check

SYSTEM = {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}
TPU = {"machine_type": "ct5lp-hightpu-4t", "tpu_topology": "4x4", "slices": {"min": 0, "max": 2}}
CLOUD = {"project": "example-ml", "region": "us-central1", "zones": ["us-central1-a"]}
WINDOW = {"days": ["sat", "sun"], "start": "02:00", "duration": "6h"}


def problems(pools: dict[str, Any] | None = None, **keys: Any) -> list[tuple[str, str]]:
    found = check(spec(pools or {"system": SYSTEM}, **keys), CATALOG)
    return [(".".join(map(str, problem.path)), problem.message) for problem in found]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, []),
        (
            {"cloud": {**CLOUD, "region": "us-centrel1"}},
            [("cloud.region", "the catalog has no region us-centrel1. Did you mean `us-central1`?")],
        ),
        (
            {"cloud": {**CLOUD, "zones": ["us-central1-a", "us-central1-a"]}},
            [("cloud.zones.1", "us-central1-a is given twice: remove one")],
        ),
        (
            {"cloud": {**CLOUD, "region": "me-west1"}},
            [
                (
                    "cloud.zones.0",
                    (
                        "us-central1-a is not in me-west1, the region of this stack, which has me-west1-a, me-west1-b "
                        "and me-west1-c"
                    ),
                )
            ],
        ),
        (
            {"cluster": {"maintenance": {**WINDOW, "days": ["sat"], "duration": "11h"}}},
            [
                (
                    "cluster.maintenance.days",
                    "leaves GKE 1d20h in 32 days, and it wants at least 2d: add days, or lengthen `duration`",
                )
            ],
        ),
        ({"cluster": {"maintenance": {**WINDOW, "days": ["sat"], "duration": "12h"}}}, []),
        ({"cluster": {"maintenance": {**WINDOW, "days": ["mon", "wed", "fri"], "duration": "4h"}}}, []),
        ({"cluster": {"maintenance": {**WINDOW, "duration": "24h"}}}, []),
        (
            {"cluster": {"maintenance": {**WINDOW, "duration": "25h"}}},
            [("cluster.maintenance.duration", "expected a time span from 4h to 24h, got 1d1h")],
        ),
        (
            {"cluster": {"maintenance": {**WINDOW, "days": ["sat", "sun", "sat"]}}},
            [("cluster.maintenance.days.2", "sat is given twice: remove one")],
        ),
        (
            {"cluster": {"auto_provisioning": {"cpu": 8, "memory": "32Gi", "gpus": {"nvidia-l5": 1}}}},
            [
                (
                    "cluster.auto_provisioning.gpus.nvidia-l5",
                    "the catalog has no GPU nvidia-l5. Did you mean `nvidia-l4`?",
                )
            ],
        ),
    ],
)
def test_one_change_of_a_good_spec(keys, expected):
    assert problems(**keys) == expected


def test_a_pool_may_not_have_a_name_that_gke_or_a_slice_has():
    assert problems({"default-pool": SYSTEM}) == [
        ("node_pools.default-pool", "GKE gives this name to a pool of its own: choose another")
    ]
    assert problems({"train": TPU, "train-s1": SYSTEM}) == [
        ("node_pools.train-s1", "this is the name of slice 1 of train: choose another")
    ]
    assert problems({"train": TPU, "train-s2": SYSTEM}) == []


def test_the_network_is_looked_at_when_all_else_is_right():
    huge = {**SYSTEM, "nodes": {"min": 0, "max": 1_000_000}}
    (found,) = problems({"system": huge})
    assert found[0] == "node_pools"
    assert found[1].startswith("the pools need more addresses than the network has: ")
    (other,) = problems({"system": huge}, cloud={**CLOUD, "region": "us-centrel1"})
    assert other[0] == "cloud.region"


@pytest.mark.parametrize(
    ("location", "wrong"), [("us-central1", False), ("us", False), ("europe-west4", True), ("us-east1", True)]
)
def test_the_key_of_boot_disks_is_where_the_disks_are(location: str, wrong: bool):
    key = f"projects/example-keys/locations/{location}/keyRings/gke/cryptoKeys/disks"
    message = (
        f"the key is in {location}, and disks take one of their own region, or of several that hold it: name a key in "
        "us-central1"
    )
    assert problems(cluster={"boot_disk_key": key}) == ([("cluster.boot_disk_key", message)] if wrong else [])
