"""The next run's time: intervals that hold as often as they say, and honesty under three runs."""

import math

import numpy as np
import pytest

from weighbridge.planner.past_runs import PastRun, PastRuns
from weighbridge.planner.run_time import failures_of, nearest_runs, time_of


def past(*seconds, works=None, units=8.0, state="succeeded"):
    works = works or [None] * len(seconds)
    return PastRuns(
        tuple(
            PastRun(f"r{place}", state, float(taken), work, units, None)
            for place, (taken, work) in enumerate(zip(seconds, works, strict=True))
        )
    )


def test_one_run_is_a_range_with_its_reason_and_no_number():
    found = time_of(past(3600), None, 8)
    assert found.middle is None
    assert (found.low, found.high) == (pytest.approx(0.6 * 3600), pytest.approx(1.7 * 3600))
    assert found.origin == "range, few runs"
    assert found.words.startswith("one past run: its spread is not known")


def test_two_runs_are_the_wider_of_both_ranges():
    alike, apart = time_of(past(3600, 3610), None, 8), time_of(past(1800, 7200), None, 8)
    assert alike.middle is None is apart.middle
    assert alike.high == pytest.approx(1.7 * math.sqrt(3600 * 3610))
    assert apart.high > 7200 * 100
    assert apart.words.startswith("two past runs say little of a third")


def test_three_runs_have_an_interval_and_work_scales_it():
    found = time_of(past(3600, 3700, 3500), None, 8)
    assert found.middle is not None
    assert found.low < found.middle < found.high
    assert found.words == "3 past runs, as they took"
    twice = time_of(past(3600, 3700, 3500, works=[10.0, 10.0, 10.0]), 20, 8)
    assert twice.middle == pytest.approx(2 * found.middle)
    assert twice.notes == ("the work, 20, is more than in any past run (10)",)


def test_runs_without_any_success_say_nothing():
    assert time_of(past(3600, state="failed"), None, 8) is None


def test_failed_and_running_runs_are_marked_and_never_averaged():
    good, bad = past(3600, 3650, 3550), past(60, 90, state="failed")
    both = PastRuns((*good.runs, *bad.runs, PastRun("x", "running", None, None, 8.0, None)))
    assert time_of(both, None, 8) == time_of(good, None, 8)
    failures = failures_of(both)
    assert (failures.failed, failures.ended, failures.seconds) == (2, 5, (60, 90))
    assert failures.share == 0.4


def test_other_devices_are_taken_as_quicker_and_that_is_said():
    found = time_of(past(3600, 3600, 3600), None, 16)
    assert found.middle == pytest.approx(1800)
    assert found.notes == ("past runs had 8 devices, this one 16: taken to be as much quicker or slower",)


def test_work_that_nobody_recorded_changes_nothing_and_is_said():
    found = time_of(past(3600, 3600, 3600), 5.0, 8)
    assert found.notes == ("past runs don't say what they worked on: `work` changes nothing",)


def test_nearest_runs_are_those_of_the_most_similar_work_or_the_last():
    runs = past(1, 2, 3, 4, works=[1.0, 10.0, 100.0, 1000.0])
    assert [run.name for run in nearest_runs(runs, 50)] == ["r2", "r1", "r3"]
    assert [run.name for run in nearest_runs(past(1, 2, 3, 4), None)] == ["r3", "r2", "r1"]


@pytest.mark.parametrize("n", [3, 4, 6, 12])
@pytest.mark.parametrize("given_work", [False, True])
def test_nine_of_ten_next_runs_lie_in_the_interval(n, given_work):
    random = np.random.default_rng(n)
    inside, tries = 0, 1500
    slope = 0.8 if n > 3 else 1.0  # three runs fit no slope: there, time goes with work
    for _ in range(tries):
        works = random.uniform(1, 5, n + 1)
        seconds = np.exp(random.normal(0, 0.3, n + 1)) * (works**slope if given_work else 1) * 1000
        before = past(*seconds[:n], works=works[:n].tolist() if given_work else None)
        found = time_of(before, float(works[n]) if given_work else None, 8)
        inside += found.low <= seconds[n] <= found.high
    assert 0.88 <= inside / tries <= 0.92


def test_real_repeats_of_one_request_are_as_wide_as_they_say(shared):
    """Pods of one owner's kind: groups of one request in the order of time, each from the eight before it."""
    import csv
    from collections import defaultdict

    groups = defaultdict(list)
    with shared("data/alibaba_gpu_2023_pods.csv").open() as file:
        for row in csv.DictReader(file):
            if row["scheduled_time"] and row["pod_phase"] != "Failed":
                seconds = int(row["deletion_time"]) - int(row["scheduled_time"])
                if seconds > 0:
                    key = tuple(row[name] for name in ("qos", "num_gpu", "gpu_milli", "cpu_milli", "memory_mib"))
                    groups[key].append(float(seconds))
    inside, tries = 0, 0
    for times in groups.values():
        for place in range(8, len(times), 3):
            found = time_of(past(*times[place - 8 : place]), None, 8)
            tries += 1
            inside += found.low <= times[place] <= found.high
    print(f"{inside / tries:.1%} of {tries:,} real repeats lie in the interval of 90 %")
    assert 0.85 <= inside / tries <= 0.95
