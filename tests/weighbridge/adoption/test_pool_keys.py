"""A recorded pool in the keys of a spec."""

from __future__ import annotations

import pytest

from tests.support.recorded_pools import NOT_SAID, RECORDED, node_pool
from tests.support.specs import CATALOG
from weighbridge.adoption.pool_keys import NotInASpec, adopted_keys, own_taints, pool_keys

POOLS = {pool["name"]: pool for pool in RECORDED}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("default-pool", {"nodes_per_zone": {"min": 1, "max": 3}}),
        ("total-size", {"nodes": {"min": 2, "max": 9}, "location_policy": "any"}),
        ("spot", {"provisioning": "spot", "labels": {"team": "search"}}),
        ("l4-shared", {"gpu_sharing": {"strategy": "time-sharing", "clients_per_gpu": 4}, "gpu_driver": "latest"}),
        ("t4-attached", {"gpu": {"type": "nvidia-tesla-t4", "count": 2}}),
        ("a100-mig", {"gpu_partition": "1g.5gb"}),
        ("block-ssd", {"local_ssd": {"disks": 2, "use": "block"}}),
        ("compact", {"placement": "compact", "zones": ["us-central1-a"]}),
        ("blue-green", {"upgrade": {"strategy": "blue-green", "soak": "1800s"}}),
        ("small-pods", {"max_pods_per_node": 32}),
        ("reserved", {"provisioning": "reservation", "reservation": {"name": "training-block"}}),
        ("queued", {"provisioning": "queued"}),
    ],
)  # fmt: skip
def test_a_pool(name, expected):
    found = pool_keys(POOLS[name], CATALOG)
    assert {key: found[key] for key in expected} == expected


def test_a_label_that_gke_sets_is_nobody_s_to_state():
    assert pool_keys(POOLS["tainted"], CATALOG)["labels"] == {"dedicated": "batch"}


def test_taints():
    assert own_taints(POOLS["tainted"]) == [{"key": "dedicated", "value": "batch", "effect": "NoSchedule"}]
    assert own_taints(POOLS["l4-shared"]) == []
    assert own_taints(node_pool("x", {"taints": [{"key": "a", "effect": "EFFECT_UNSPECIFIED"}]})) is None


def test_what_counts_or_is_written_otherwise():
    assert adopted_keys(POOLS["ssd-disks"]) == {"external_addresses": True, "boot_disk_block": True}
    assert adopted_keys(POOLS["scratch-ssd"])["unnamed_reservations"] == "any"


@pytest.mark.parametrize(("pool", "why"), NOT_SAID)
def test_what_a_spec_can_not_say(pool, why):
    with pytest.raises(NotInASpec) as refused:
        pool_keys(pool, CATALOG)
    assert str(refused.value).startswith(why)


@pytest.mark.parametrize("given", ["nan", "Infinity", "many", float("nan")])
def test_a_number_that_is_none_is_no_bound(given):
    pool = {**POOLS["tainted"], "autoscaling": {"enabled": True, "maxNodeCount": given}}
    with pytest.raises(NotInASpec, match="where a whole number belongs"):
        pool_keys(pool, CATALOG)
