"""Which row of a quota counts where."""

from __future__ import annotations

import pytest

from tests.support.google_apis import quota_info
from weighbridge.cloud_api.quotas import QuotaInfo

FAMILY = QuotaInfo.model_validate(
    quota_info(
        "GPUS-PER-GPU-FAMILY-per-project-region", "gpus_per_gpu_family",
        ({"region": "us-central1", "gpu_family": "NVIDIA_H100"}, 8, ["us-central1"]),
        ({"gpu_family": "NVIDIA_H100"}, 4, ["us-central1", "us-east4"]),
        ({"region": "us-central1"}, 2, ["us-central1"]),
        ({}, 0, ["us-central1", "us-east4", "us-west1"]),
    )
)  # fmt: skip


@pytest.mark.parametrize(
    ("region", "family", "value"),
    [
        ("us-central1", "NVIDIA_H100", 8),  # both
        ("us-east4", "NVIDIA_H100", 4),  # the family comes before the place
        ("us-central1", "NVIDIA_B200", 2),  # the place
        ("us-west1", "NVIDIA_B200", 0),  # the rest
        ("europe-west4", "NVIDIA_B200", None),  # not there
    ],
)
def test_the_most_specific_row_counts(region, family, value):
    assert FAMILY.value(region, {"gpu_family": family}) == value


def test_rows_that_go_by_something_else_do_not_apply():
    info = QuotaInfo.model_validate(quota_info("X", "x", ({"region": "r1", "network_id": "n"}, 9, ["r1"])))
    assert info.value("r1", {}) is None


@pytest.mark.parametrize(
    ("zones", "value"), [([5, 3, -1], 3), ([-1, -1, 2**63 - 1], -1), ([0, 4], 0), ([None, 7], 7), ([None], None)]
)
def test_of_a_quota_per_zone_the_smallest_counts(zones, value):
    rows = [({"zone": f"r1-{letter}"}, limit, [f"r1-{letter}"]) for letter, limit in zip("abc", zones, strict=False)]
    info = QuotaInfo.model_validate(quota_info("HDB", "hdb", *rows, ({"zone": "r2-a"}, 1, ["r2-a"])))
    assert info.value("r1", {}) == value


def test_one_limit_for_all_regions():
    info = QuotaInfo.model_validate(quota_info("GPUS-ALL-REGIONS-per-project", "g", ({}, 48, ["global"])))
    assert (info.value("global", {}), info.value("us-central1", {})) == (48, None)
