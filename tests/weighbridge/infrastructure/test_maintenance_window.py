"""Maintenance windows as the API takes them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.infrastructure.maintenance_window import MaintenanceWindow, least_available, maintenance_window
from weighbridge.spec.cluster import Maintenance

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@pytest.mark.parametrize(
    ("days", "start", "duration", "expected"),
    [
        (["mon"], "00:00", "4h", ("2024-01-01T00:00:00Z", "2024-01-01T04:00:00Z", "FREQ=WEEKLY;BYDAY=MO")),
        (["sun", "sat"], "22:30", "6h", ("2024-01-06T22:30:00Z", "2024-01-07T04:30:00Z", "FREQ=WEEKLY;BYDAY=SA,SU")),
        (["wed", "wed"], "02:00", "24h", ("2024-01-03T02:00:00Z", "2024-01-04T02:00:00Z", "FREQ=WEEKLY;BYDAY=WE")),
    ],
)
def test_windows(days, start, duration, expected):
    window = maintenance_window(Maintenance.model_validate({"days": days, "start": start, "duration": duration}))

    assert window == MaintenanceWindow(*expected)


@pytest.mark.parametrize(
    ("days", "start", "duration", "hours"),
    [
        (["sat"], "02:00", "4h", 16),  # four Saturdays, and four days that hold none
        (["sat"], "02:00", "24h", 96),
        (["sat", "sun"], "23:00", "6h", 48),
        (["mon", "fri"], "02:00", "6h", 54),  # Tuesday to Friday night holds one of the two in part or whole
        (list(DAYS), "00:00", "24h", 32 * 24),
    ],
)
def test_the_least_time_for_maintenance_in_any_32_days(days, start, duration, hours):
    maintenance = Maintenance.model_validate({"days": days, "start": start, "duration": duration})

    assert least_available(maintenance) == timedelta(hours=hours)


@pytest.mark.slow
@given(st.lists(st.sampled_from(DAYS), min_size=1, max_size=7), st.integers(0, 23), st.integers(4, 24))
def test_the_least_time_is_that_of_the_worst_hour_to_begin_with(days, hour, hours):
    maintenance = Maintenance.model_validate({"days": days, "start": f"{hour:02}:00", "duration": f"{hours}h"})
    week = [any((at - DAYS.index(day) * 24 - hour) % 168 < hours for day in days) for at in range(168)]
    worst = min(sum(week[(begin + at) % 168] for at in range(32 * 24)) for begin in range(168))

    assert least_available(maintenance) == timedelta(hours=worst)


@given(st.lists(st.sampled_from(DAYS), min_size=1, max_size=7), st.times(), st.integers(4, 24), st.randoms())
def test_the_first_window_lies_on_one_of_its_days_and_is_as_long_as_asked(days, time, hours, random):
    def window(order):
        return maintenance_window(
            Maintenance.model_validate({"days": order, "start": f"{time:%H:%M}", "duration": f"{hours}h"})
        )

    found = window(days)
    start, end = (datetime.fromisoformat(moment) for moment in (found.start_time, found.end_time))
    assert f"{start:%a}".lower() in days
    assert end - start == timedelta(hours=hours)
    assert window(random.sample(days, len(days))) == found
