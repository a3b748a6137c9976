"""A reservation counts once, whoever uses it, and is a limit of machines itself."""

# ruff: noqa: E501 - exact messages are easiest to read on one line

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.graphs import node_pool
from tests.support.specs import CATALOG, NOW, PROJECT, REGION, holding, limit, quota_file, spec, specs
from weighbridge.catalog import Confidence, QuotaId, QuotaResource
from weighbridge.quota.arithmetic import Bound, QuotaKey
from weighbridge.quota.demand import drawn_keys, spec_demand
from weighbridge.quota.holders import graph_demand
from weighbridge.quota.ledger import LedgerRow, LimitState, build_ledger
from weighbridge.spec.quota_file import QuotaFile
from weighbridge.spec.root import Spec

A100, GPUS, SSD = (
    "NVIDIA-A100-GPUS-per-project-region",
    "GPUS-ALL-REGIONS-per-project",
    "SSD-TOTAL-GB-per-project-region",
)
L4, LOCAL_SSD = "NVIDIA-L4-GPUS-per-project-region", "LOCAL-SSD-TOTAL-GB-per-project-region"
INSTANCES, T4 = "INSTANCES-per-project-region", "NVIDIA-T4-GPUS-per-project-region"
BLOCK = {
    "name": "block",
    "zone": "us-central1-a",
    "machine_type": "a2-highgpu-1g",
    "count": 8,
    "owner": "i@example.com",
}
MACHINES = "reservation block"


def quota(*reservations: dict[str, Any]) -> QuotaFile:
    return quota_file(reservations=[BLOCK | changes for changes in reservations])


def pool(name: str = "train", most: int = 3, value: str = "block", **changes: Any) -> Any:
    affinity = {
        "consumeReservationType": "SPECIFIC_RESERVATION", "key": "compute.googleapis.com/reservation-name",
        "values": [value],
    }  # fmt: skip
    config = {
        "machineType": "a2-highgpu-1g",
        "diskSizeGb": 100.0,
        "diskType": "pd-balanced",
        "reservationAffinity": affinity,
    }
    return node_pool(
        name,
        autoscaling={"totalMaxNodeCount": float(most)},
        upgradeSettings={"maxSurge": 0.0},
        **{"nodeConfig": config | changes.pop("config", {}), **changes},
    )


def rows(file: QuotaFile, **pools: list[Any]) -> dict[str, LedgerRow]:
    """The ledger's rows of stacks with these pools, nothing being in doubt."""
    demands = {stack: graph_demand(found, file, CATALOG) for stack, found in pools.items()}
    assert [demand.doubts for demand in demands.values()] == [()] * len(pools)
    return {row.key.quota_id: row for row in build_ledger(file, demands, CATALOG, NOW).rows}


def doubt(file: QuotaFile, resource: Any) -> str:
    (one,) = graph_demand([resource], file, CATALOG).doubts
    return one.message


def test_it_takes_its_machines_once_and_the_pools_take_disks_and_instances():
    found = rows(quota({}), dev=[pool("a", 3)], prod=[pool("b", 4)])
    assert [(found[key].outside_amount, found[key].peak) for key in (A100, GPUS)] == [(8, 0), (8, 0)]
    assert [(found[key].outside_amount, found[key].peak) for key in (SSD, INSTANCES)] == [(0, 700), (0, 7)]
    machines = found[MACHINES]
    assert (machines.limit, machines.peak, machines.kept_free, machines.state) == (8, 7, 0, LimitState.FITS)


def test_it_counts_though_nobody_uses_it():
    assert rows(quota({}))[A100].outside_amount == 8
    assert [entry.what for entry in rows(quota({}))[A100].outside] == ["reservation block"]


def test_pools_fit_in_it_together_and_nothing_of_it_is_kept_free():
    found = rows(quota_file(reservations=[BLOCK], keep_free="50%", shares={"dev": "10%"}), dev=[pool("a", 8)])
    assert found[MACHINES].state is LimitState.FITS
    assert found[MACHINES].share_caps == {}
    assert rows(quota({}), dev=[pool("a", 5)], prod=[pool("b", 4)])[MACHINES].state is LimitState.OVER


def test_local_ssds_and_attached_gpus_are_part_of_it():
    n1 = {"machine_type": "n1-standard-8", "gpu": {"type": "nvidia-tesla-t4", "count": 2}, "local_ssd": 3, "count": 4}
    found = rows(quota(n1))
    assert (found[T4].outside_amount, found[LOCAL_SSD].outside_amount) == (8, 4 * 3 * 375)
    brought = rows(quota({"machine_type": "a3-highgpu-8g", "count": 2}))
    assert brought[LOCAL_SSD].outside_amount == 2 * CATALOG.machine_types["a3-highgpu-8g"].local_ssd_gb > 0


def test_in_calendar_mode_machines_take_no_quota():
    calendar = {"calendar": {"from": "2026-11-01", "to": "2026-12-24"}}
    found = rows(quota(calendar), dev=[pool("a", 3)])
    assert (found[A100].outside_amount, found[A100].peak) == (0, 0)
    assert (found[SSD].peak, found[INSTANCES].peak, found[MACHINES].peak) == (300, 3, 3)
    assert rows(quota(calendar | {"shared": True}), dev=[pool("a", 3)])[A100].peak == 0


def test_one_that_takes_no_quota_leaves_the_others_theirs():
    calendar = {"name": "later", "calendar": {"from": "2026-11-01", "to": "2026-12-24"}}
    assert rows(quota(calendar, {"name": "theirs", "project": "other-ml"}, {}))[A100].outside_amount == 8


def test_what_uses_a_shared_one_is_charged_once_more():
    found = rows(quota({"shared": True}), dev=[pool("a", 3)])
    assert (found[A100].outside_amount, found[A100].peak, found[MACHINES].peak) == (8, 3, 3)


@pytest.mark.parametrize("block", ["", "/reservationBlocks/b", "/reservationBlocks/b/reservationSubBlocks/s"])
def test_one_of_another_project_is_charged_where_it_is_used(block: str):
    found = rows(quota({"project": "other-ml"}), dev=[pool("a", 3, f"projects/other-ml/reservations/block{block}")])
    assert (found[A100].outside_amount, found[A100].peak, found[MACHINES].peak) == (0, 3, 3)
    own = rows(quota({}), dev=[pool("a", 3, f"projects/{PROJECT}/reservations/block{block}")])
    assert (own[A100].outside_amount, own[A100].peak) == (8, 0)


@pytest.mark.parametrize(
    ("reservations", "resource", "expected"),
    [
        ([], pool(), ("reservation block is not in stacks/quota.yaml, so nobody counts the quota that its machines took: let "
         "the quota's owners list it under reservations")),
        ([{}], pool(value="projects/other-ml/reservations/block"),
         ("reservation block of other-ml is not in stacks/quota.yaml, so nobody counts the quota that its machines took: let "
         "the quota's owners list it under reservations")),
        ([{"machine_type": "a2-highgpu-2g"}], pool(),
         "reservation block holds a2-highgpu-2g, and these nodes are a2-highgpu-1g: take the same"),
        ([{"machine_type": "n1-standard-8"}],
         pool(config={"machineType": "n1-standard-8", "guestAccelerators": [{"type": "nvidia-tesla-t4", "count": 1.0}]}),
         ("reservation block holds n1-standard-8 without GPUs, and these nodes are n1-standard-8 with 1 nvidia-tesla-t4: take "
         "the same")),
        ([{"machine_type": "n1-standard-8", "gpu": {"type": "nvidia-tesla-t4", "count": 2}}],
         pool(config={"machineType": "n1-standard-8"}),
         ("reservation block holds n1-standard-8 with 2 nvidia-tesla-t4, and these nodes are n1-standard-8 without GPUs: take "
         "the same")),
        ([{}], pool(config={"ephemeralStorageLocalSsdConfig": {"localSsdCount": 2.0}}),
         ("reservation block holds a2-highgpu-1g with 0 GB of local SSD, and these nodes are a2-highgpu-1g with 750 GB of it: "
         "take the same")),
        ([{}], pool(nodeLocations=["us-central1-a", "us-central1-b"]),
         "reservation block is in us-central1-a, and these nodes may also be in us-central1-b: state its zones"),
    ],
)  # fmt: skip
def test_what_it_could_never_give_is_a_doubt(reservations, resource, expected):
    assert doubt(quota(*reservations), resource) == expected


def test_one_of_several_zones_is_one_limit_of_all_of_them():
    file = quota({}, {"zone": "us-central1-b", "count": 2})
    found = rows(file, dev=[pool("a", 10, nodeLocations=["us-central1-a", "us-central1-b"])])
    assert (found[MACHINES].limit, found[MACHINES].peak, found[A100].outside_amount) == (10, 10, 10)


def test_its_review_and_its_end_are_looked_at():
    def expired(**changes: Any) -> int:
        return len(build_ledger(quota(changes), {}, CATALOG, NOW).expired)

    assert expired() == expired(review_by="2026-11-24") == 0
    assert expired(review_by="2026-11-23") == 1
    assert expired(calendar={"from": "2026-11-01", "to": "2026-11-24"}) == 0
    assert expired(calendar={"from": "2026-11-01", "to": "2026-11-23"}) == 1


def test_signals_watch_google_s_limits_whatever_is_reserved():
    one = spec({"train": {"machine_type": "a2-highgpu-1g", "nodes": {"min": 0, "max": 2}, "provisioning": "reservation",
                          "reservation": {"name": "block"}}})  # fmt: skip
    keys = {key.quota_id for key in drawn_keys(one, CATALOG)}
    assert {SSD, INSTANCES} < keys
    assert not any(key.startswith("reservation") for key in keys)


@given(specs(), st.integers(1, 50))
@settings(max_examples=60, deadline=None)
def test_whatever_uses_them_reservations_count_once(one: Spec, count: int):
    """Their quota is that of so many machines bought on demand, less what comes with the nodes."""
    file = holding(quota_file(), one, count=count)
    ledger = build_ledger(file, {"dev": spec_demand(one, file, CATALOG)}, CATALOG, NOW)
    empty = build_ledger(file, {}, CATALOG, NOW)
    by_key = {row.key: row.outside_amount for row in empty.rows}
    assert all(by_key.get(row.key, 0) == row.outside_amount for row in ledger.rows)
    gpus = sum(
        entry.count * (entry.gpu.count if entry.gpu else CATALOG.machine_types[entry.machine_type].gpu_count)
        for entry in file.reservations
    )
    assert next(row.outside_amount for row in empty.rows if row.key.quota_id == GPUS) == gpus


@given(specs())
@settings(max_examples=60, deadline=None)
def test_a_file_without_reservations_counts_nothing_else(one: Spec):
    plain = replace_reservations(one)
    with_others = quota_file(reservations=[BLOCK | {"name": "nobody-s", "project": "other-ml"}])
    less, more = (spec_demand(plain, file, CATALOG) for file in (quota_file(), with_others))
    assert less == more
    assert REGION in {claim.key.region for claim in less.claims}


def replace_reservations(one: Spec) -> Spec:
    pools = {
        name: pool.model_copy(update={"provisioning": "standard", "reservation": None})
        if pool.reservation is not None
        else pool
        for name, pool in one.node_pools.items()
    }
    return one.model_copy(update={"node_pools": pools})


def test_steady_and_peak_are_those_of_the_nodes():
    surge = replace(pool("a", 3), inputs={**pool("a", 3).inputs, "upgradeSettings": {"maxSurge": 2.0}})
    assert rows(quota({}), dev=[surge])[MACHINES].uses[0].peak == 5


def test_a_claim_on_machines_is_one_of_its_pool():
    claims = graph_demand([pool("a", 3)], quota({}), CATALOG).claims
    (found,) = (claim for claim in claims if claim.key.quota_id == MACHINES)
    assert found.key == QuotaKey(PROJECT, REGION, MACHINES)
    assert found.quota == QuotaId(
        QuotaResource.INSTANCE, MACHINES, "region", (), "VM", "machines of reservation block",
        on_some_projects_only=False, confidence=Confidence.CONFIRMED, source="stacks/quota.yaml",
    )  # fmt: skip
    assert (found.holder, found.steady, found.peak, found.per_node) == ("a", 3, 3, 1)
    assert found.bound == Bound("autoscaling.totalMaxNodeCount", 3, 1, pool="a")


def test_zones_are_listed_in_order():
    file = quota({"zone": "us-central1-c"}, {"zone": "us-central1-a"})
    zones = [f"us-central1-{letter}" for letter in "abf"]
    assert doubt(file, pool(nodeLocations=zones)) == (
        "reservation block is in us-central1-a, us-central1-c, and these nodes may also be in us-central1-b, us-central1-f: "
        "state its zones"
    )
    assert rows(file, dev=[pool("a", 16, nodeLocations=zones[:1])])[MACHINES].limit == 16


def test_one_entry_that_projects_share_or_that_is_no_calendar_s_decides():
    calendar = {"calendar": {"from": "2026-11-01", "to": "2026-12-24"}, "shared": True}
    both = [{"zone": f"us-central1-{letter}", **changes} for letter, changes in (("a", {}), ("b", calendar))]
    zones = ["us-central1-a", "us-central1-b"]
    assert rows(quota(*both), dev=[pool("a", 3, nodeLocations=zones)])[A100].peak == 3
    only = rows(quota(*both), dev=[pool("a", 3, nodeLocations=zones[:1])])
    assert only[A100].peak == 0


def test_rdma_cards_count_where_the_file_lists_their_limit():
    cards = "RDMA-NETWORKING-CARDS-PER-VM-FAMILY-per-project-region"
    pools = {
        "train": {"machine_type": "a3-ultragpu-8g", "provisioning": "spot", "nodes": {"min": 0, "max": 2},
                  "upgrade": {"max_surge": 0, "max_unavailable": 1}},
        "serve": {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 2}},
    }  # fmt: skip
    listing = quota_file(limit(cards, 8, vm_family="A3"))
    claims = spec_demand(spec(pools), listing, CATALOG).claims
    found = {claim.holder: (claim.steady, claim.peak, claim.per_node)
             for claim in claims if claim.key.quota_id == cards}  # fmt: skip
    assert found == {"train": (16, 16, 8)}
    assert {claim.bound for claim in claims if claim.holder == "train"} == {Bound("nodes.max", 2, 1, pool="train")}
    without = listing.model_copy(update={"limits": tuple(one for one in listing.limits if one.quota != cards)})
    assert not any(claim.key.quota_id == cards for claim in spec_demand(spec(pools), without, CATALOG).claims)
