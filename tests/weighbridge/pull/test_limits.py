"""What a pull does to a limit."""

from __future__ import annotations

import pytest

from tests.support.google_apis import quota_info
from tests.support.specs import CATALOG, PROJECT, REGION, quota_file
from weighbridge.cloud_api.quotas import Granted, QuotaInfo
from weighbridge.cloud_api.usage import MeasuredUse
from weighbridge.pull.limits import LimitShift, pull_limits
from weighbridge.pull.reading import Reading
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.spec.quota_file import Limit, QuotaFile

L4 = "NVIDIA-L4-GPUS-per-project-region"


def reading(value: int | None, *uses: MeasuredUse) -> Reading:
    info = QuotaInfo.model_validate(quota_info(L4, "nvidia_l4_gpus", ({"region": REGION}, value, [REGION])))
    return Reading(Granted({L4: info}), uses, (), (), (), {}, (), False)


def listing(**keys) -> QuotaFile:
    limit = Limit.model_validate({"quota": L4, "region": REGION, "limit": 8, **keys})
    return quota_file().model_copy(update={"limits": (limit,), "outside": ()})


@pytest.mark.parametrize(
    ("before", "granted", "fixed", "kind", "after"),
    [
        (8, 8, False, None, 8),
        (8, 9, False, LimitShift.RAISED, 9),
        (8, -1, False, LimitShift.RAISED, -1),
        (8, 0, False, LimitShift.LOWERED, 0),
        (-1, 8, False, LimitShift.LOWERED, 8),
        (2**53, -1, False, None, -1),
        (8, None, False, LimitShift.GONE, None),
        (-1, None, False, LimitShift.KEPT, -1),
        (8, 9, True, LimitShift.HELD, 8),
        (8, -1, True, LimitShift.HELD, 8),
        (8, 4, True, LimitShift.LOWERED, 4),
    ],
)
def test_each_pair_of_limits(before, granted, fixed, kind, after):
    found = pull_limits(listing(limit=before, fixed=fixed), reading(granted), (), (), CATALOG)
    assert [change.kind for change in found.changes] == ([kind] if kind else [])
    assert [limit.limit for limit in found.limits] == ([] if after is None else [after])


def test_a_limit_of_another_service_stays_as_it_is():
    cloud_run = "NvidiaL4GpuAllocNoZonalRedundancyPerProjectRegion"
    found = pull_limits(listing(quota=cloud_run, limit=3, used=1), reading(9), (), ("us-east4",), CATALOG)
    assert [(limit.quota, limit.limit, limit.used) for limit in found.limits] == [(cloud_run, 3, 1)]
    assert found.changes == ()


def test_only_limits_of_the_file_s_project_and_none_of_reservations_are_added():
    drawn = [
        QuotaKey("other-ml", REGION, L4),
        QuotaKey(PROJECT, REGION, "reservation block"),
        QuotaKey(PROJECT, "us-east4", L4),
    ]
    assert len(pull_limits(listing(), reading(8), drawn, (), CATALOG).limits) == 1


def test_use_of_a_place_and_a_metric_is_taken_at_its_largest():
    uses = [MeasuredUse("compute.googleapis.com/nvidia_l4_gpus", place, "", used)
            for place, used in ((REGION, 3), (REGION, 5), ("us-east4", 9))]  # fmt: skip
    (limit,) = pull_limits(listing(), reading(8, *uses), (), (), CATALOG).limits
    assert limit.used == 5
    unknown = pull_limits(listing(), reading(8), (), (), CATALOG)
    assert (unknown.limits[0].used, unknown.use_unknown) == (None, (QuotaKey(PROJECT, REGION, L4),))
