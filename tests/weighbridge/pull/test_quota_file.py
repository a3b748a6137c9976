"""When a file is out of date."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.specs import NOW, REGION, quota_file
from weighbridge.pull.quota_file import out_of_date
from weighbridge.spec.quota_file import Unexplained

L4 = "NVIDIA-L4-GPUS-per-project-region"


def with_use(amount: int):
    found = (Unexplained(quota=L4, region=REGION, amount=amount),) if amount else ()
    return quota_file().model_copy(update={"unexplained": found})


@pytest.mark.parametrize(
    ("before", "after", "late"), [(0, 0, False), (3, 2, False), (3, 0, False), (3, 4, True), (0, 1, True)]
)
def test_more_unexplained_use_is_and_less_is_not(before, after, late):
    assert out_of_date(with_use(before), with_use(after), NOW) is late


def test_use_and_its_day_are_not():
    old = quota_file()
    limits = tuple(limit.model_copy(update={"used": 1}) for limit in old.limits)
    assert not out_of_date(old, old.model_copy(update={"limits": limits, "pulled_at": NOW}), NOW)
    changed = (limits[0].model_copy(update={"limit": limits[0].limit + 1}), *limits[1:])
    assert out_of_date(old, old.model_copy(update={"limits": changed}), NOW)


def test_a_file_older_than_it_may_be_is():
    old = quota_file().model_copy(update={"max_age": timedelta(days=1), "pulled_at": NOW - timedelta(days=2)})
    assert out_of_date(old, old, NOW)
