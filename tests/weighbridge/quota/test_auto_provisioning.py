"""Auto-provisioning is charged with the worst that the cluster's limits allow."""

from __future__ import annotations

import pytest

from tests.support.specs import CATALOG, PROJECT, REGION, limit, quota_file
from weighbridge.quota.auto_provisioning import ResourceLimits, auto_provisioning_claims
from weighbridge.spec.quota_file import QuotaFile

L4, SPOT_L4 = "NVIDIA-L4-GPUS-per-project-region", "PREEMPTIBLE-NVIDIA-L4-GPUS-per-project-region"


def drawn(quota: QuotaFile, vcpus: int, disk: str = "pd-balanced", **gpus: int) -> dict[str, int]:
    """Peak by quota id."""
    named = {name.replace("_", "-"): count for name, count in gpus.items()}
    limits = ResourceLimits(PROJECT, REGION, vcpus, named, boot_disk_type=disk)
    claims = list(auto_provisioning_claims("dev auto-provisioning", limits, quota, CATALOG))
    assert all(claim.steady == claim.peak for claim in claims)
    return {claim.key.quota_id: claim.peak for claim in claims}


def test_vcpus_are_charged_to_every_family_that_is_listed():
    listed = QuotaFile.model_validate(
        {"version": 1, "project": PROJECT, "pulled_at": "2026-11-20T08:00:00Z",
         "limits": [limit("CPUS-per-project-region", 100), limit("N2-CPUS-per-project-region", 100)]}
    )  # fmt: skip
    found = drawn(listed, 16)
    assert {name: amount for name, amount in found.items() if "CPUS" in name} == {
        "CPUS-per-project-region": 16,
        "N2-CPUS-per-project-region": 16,
    }


@pytest.mark.parametrize(("vcpus", "nodes"), [(0, 0), (1, 1), (2, 1), (3, 2), (16, 8)])
def test_nodes_are_as_many_as_the_smallest_machines_would_be_each_with_its_disk(vcpus, nodes):
    found = drawn(quota_file(), vcpus)
    assert found["INSTANCES-per-project-region"] == nodes
    assert found["SSD-TOTAL-GB-per-project-region"] == nodes * 100


def test_gpus_are_charged_as_standard_and_as_spot_where_that_was_granted():
    assert {name: amount for name, amount in drawn(quota_file(), 4, nvidia_l4=2).items() if "L4" in name} == {L4: 2}
    granted = drawn(quota_file(spot_pools=["NVIDIA_L4"]), 4, nvidia_l4=2)
    assert {name: amount for name, amount in granted.items() if "L4" in name} == {L4: 2, SPOT_L4: 2}


def test_what_an_upgrade_makes_first_is_beyond_the_limits_which_are_the_autoscalers():
    limits = ResourceLimits(PROJECT, REGION, 16, {"nvidia-l4": 2}, extra_in_upgrades=True)
    claims = list(auto_provisioning_claims("dev auto-provisioning", limits, quota_file(), CATALOG))
    assert {claim.key.quota_id for claim in claims} == set(drawn(quota_file(), 16, nvidia_l4=2))
    assert all(claim.peak == 2 * claim.steady > 0 for claim in claims)


@pytest.mark.parametrize(
    ("gpus", "local_ssd_gb"),
    [
        ({"nvidia_a100_80gb": 8}, 3000),
        ({"nvidia_a100_80gb": 3}, 1125),
        ({"nvidia_h100_80gb": 8}, 6000),
        ({"nvidia_a100_80gb": 8, "nvidia_h100_80gb": 8}, 9000),
        ({"nvidia_tesla_a100": 8}, 0),
        ({"nvidia_l4": 4}, 0),
    ],
)
def test_local_ssd_comes_with_the_machines_of_some_gpus(gpus, local_ssd_gb):
    limits = ResourceLimits(PROJECT, REGION, 96, {name.replace("_", "-"): count for name, count in gpus.items()})
    claims = auto_provisioning_claims("dev auto-provisioning", limits, quota_file(), CATALOG)
    assert sum(claim.peak for claim in claims if "LOCAL-SSD" in claim.key.quota_id) == local_ssd_gb


def test_local_ssd_of_spot_nodes_has_a_limit_of_its_own_where_that_was_granted():
    granted = drawn(quota_file(spot_pools=["LOCAL_SSD"]), 96, nvidia_a100_80gb=8)
    assert {name: amount for name, amount in granted.items() if "LOCAL-SSD" in name} == {
        "LOCAL-SSD-TOTAL-GB-per-project-region": 3000,
        "PREEMPTIBLE-LOCAL-SSD-GB-per-project-region": 3000,
    }


def test_claims_stand_in_one_order_and_name_their_holder():
    limits = ResourceLimits(PROJECT, REGION, 4, {"nvidia-tesla-t4": 1, "nvidia-l4": 2})
    quota = QuotaFile.model_validate(
        {"version": 1, "project": PROJECT, "pulled_at": "2026-11-20T08:00:00Z", "spot_pools": ["NVIDIA_L4"],
         "limits": [limit("CPUS-per-project-region", 100)]}
    )  # fmt: skip
    claims = list(auto_provisioning_claims("dev auto-provisioning", limits, quota, CATALOG))
    assert {(claim.holder, claim.key.project, claim.bound, claim.per_node) for claim in claims} == {
        ("dev auto-provisioning", PROJECT, None, 0)
    }
    assert [claim.key.quota_id for claim in claims] == [
        "CPUS-per-project-region", "GPUS-ALL-REGIONS-per-project", L4, SPOT_L4,
        "GPUS-ALL-REGIONS-per-project", "NVIDIA-T4-GPUS-per-project-region",
        "INSTANCES-per-project-region", "SSD-TOTAL-GB-per-project-region",
    ]  # fmt: skip
    assert {claim.key.region for claim in claims} == {REGION, "global"}
