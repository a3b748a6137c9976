"""The month's overlap: the joint peak, not the sum; experiments; the calendar."""

from datetime import date, timedelta

import numpy as np
import pytest

from weighbridge.planner.overlap import (
    MONTHS,
    ScheduledRun,
    _at_work,
    _by_hand,
    _days_before,
    _durations,
    _in_turn,
    begins,
    overlap_of,
)
from weighbridge.planner.queue import starts
from weighbridge.planner.run_hardware import Pool
from weighbridge.planner.run_time import FailedRuns
from weighbridge.spec.planned_runs import Experiments, RunSchedule

H100 = Pool("nvidia-h100-80gb", "us-central1", "on demand")
HOUR = 3600.0


def run(name, units=8, hours=(2.0, 2.0), at_once=1, failures=None, pool=H100, **schedule):
    given = RunSchedule.model_validate(schedule)
    return ScheduledRun(name, pool, units, (hours[0] * HOUR, hours[1] * HOUR), given, at_once, failures)


def one(*runs, **given):
    (pool,) = overlap_of(runs, **given).pools
    return pool


def test_runs_that_never_meet_need_the_larger_of_them_and_not_the_sum():
    pool = one(run("night", at="02:00"), run("noon", units=16, at="12:00"))
    assert (pool.usual, pool.high, pool.most, pool.sum_of_peaks) == (16, 16, 16, 24)
    assert pool.mean == pytest.approx((8 * 2 + 16 * 2) / 24)


def test_runs_that_meet_need_both():
    assert one(run("first", at="02:00"), run("second", units=16, at="03:00")).high == 24


def test_one_that_begins_as_the_other_ends_needs_nothing_more():
    assert one(run("first", at="02:00"), run("second", at="04:00")).high == 8


def test_days_of_the_week_and_of_the_month_are_kept_apart():
    weekly, monthly = run("weekly", at="02:00", days=["mon"]), run("monthly", units=16, at="02:00", days_of_month=[3])
    assert one(weekly, monthly).high == 16  # the third of the usual month is a Wednesday
    assert one(weekly, monthly, month="2026-08").high == 24  # of August 2026, a Monday


def test_a_run_of_the_month_before_may_still_be_at_work():
    pool = one(run("long", hours=(30.0, 30.0), at="20:00", days_of_month=[31]))
    assert pool.calendar[0].high[:4] == (8, 8, 8, 8)


def test_times_that_vary_overlap_in_some_months_only():
    pool = one(run("first", hours=(1.0, 9.0), at="02:00", days=["mon"]), run("second", at="06:00", days=["mon"]))
    assert (pool.usual, pool.sum_of_peaks, pool.most) == (16, 16, 16)
    rare = one(run("first", hours=(3.0, 3.6), at="02:00"), run("second", at="06:30"))
    assert rare.high == 8


def test_those_that_wait_for_earlier_ones_are_never_at_work_together():
    queued, free = (one(run("hourly", hours=(3.0, 3.0), every="2h", at_once=most)) for most in (1, 9))
    assert queued.high == 8
    assert free.high == 16
    behind = overlap_of([run("hourly", hours=(3.0, 3.0), every="2h")])
    assert behind.notes == ("hourly can't keep up: its runs are due more often than they end, and wait for ever",)


def test_runs_by_hand_meet_now_and_then():
    pool = one(run("by-hand", hours=(10.0, 20.0), a_month=20, at_once=9))
    assert pool.usual < pool.most
    assert pool.mean == pytest.approx(8 * 20 * 14.4 / 744, rel=0.1)


def test_a_run_that_fails_begins_anew_and_occupies_longer():
    failing = FailedRuns(1, 2, (HOUR,))
    often, never = one(run("r", at="02:00", failures=failing)), one(run("r", at="02:00"))
    assert often.mean == pytest.approx(never.mean * (2 + 0.5 + 0.25 + 0.125) / 2, rel=0.02)


def test_experiments_are_a_share_of_all_up_to_their_cap():
    night = run("night", units=40, at="02:00")
    kept = one(night, experiments=Experiments(share="20%"))
    assert (kept.experiments, kept.capped, kept.quota) == (10, False, 50)
    capped = one(night, experiments=Experiments(share="20%", at_most={"nvidia-h100-80gb": 4}))
    assert (capped.experiments, capped.capped, capped.quota) == (4, True, 44)


def test_what_serving_occupies_stands_below_all():
    pool = one(run("night", at="02:00"), standing={H100: 5})
    assert (pool.high, pool.sum_of_peaks, pool.calendar[0].usual[12], pool.calendar[0].usual[2]) == (13, 13, 5, 13)


def test_pools_are_apart():
    spot = Pool("nvidia-h100-80gb", "us-central1", "preemptible")
    found = overlap_of([run("a", at="02:00"), run("b", at="02:00", pool=spot)])
    assert [(pool.pool, pool.high) for pool in found.pools] == [(H100, 8), (spot, 8)]


def test_the_calendar_has_each_day_and_hour():
    pool = one(run("night", at="02:00", days=["mon"]), month="2026-12")
    assert [line.day for line in pool.calendar] == [date(2026, 12, 1) + timedelta(days=n) for n in range(31)]
    monday = pool.calendar[6]
    assert monday.high == (0, 0, 8, 8) + (0,) * 20
    assert pool.busiest == (date(2026, 12, 7), 2)
    assert pool.runs[0].in_peak == 1


def test_nothing_scheduled_is_no_month():
    assert overlap_of([]) is None


def test_what_is_due_repeats_from_the_month_before():
    schedule = RunSchedule(every="6h")
    assert begins(schedule, date(2024, 1, 1), 1, 1).tolist() == [n * 6 * HOUR for n in range(-4, 4)]


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_turns_are_those_of_a_queue(at_once):
    random = np.random.default_rng(at_once)
    due, lasts = np.sort(random.uniform(0, 1000, (3, 50)), axis=1), random.exponential(40, (3, 50))
    found, _ = _in_turn(due, lasts, at_once)
    for month in range(3):
        assert found[month] == pytest.approx(starts(due[month], lasts[month], at_once))


def test_what_is_at_work_is_what_looking_at_each_run_gives():
    given = run("r", hours=(1.0, 20.0), a_month=60, at_once=100)
    at_work, _ = _at_work(given, date(2024, 1, 1), 31, 31 * 288, np.random.default_rng(4))
    random = np.random.default_rng(4)  # the same draws again
    due = _by_hand(60, 31, _days_before(given), random)
    ends = due + _durations(given, due.shape, random)
    for month in range(0, MONTHS, 20):
        for slot in range(0, 31 * 288, 97):
            together = np.count_nonzero((due[month] < (slot + 1) * 300) & (ends[month] > slot * 300))
            assert at_work[month, slot] == together
