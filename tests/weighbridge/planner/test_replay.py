"""Servers needed by replay, the autoscaler's bounds, and traces that are grown."""

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.planner.batching import linear_steps, serve
from weighbridge.planner.queue import waits
from weighbridge.planner.replay import (
    NEAR,
    NeverEnough,
    Scaling,
    autoscaling,
    fewest,
    grown,
    scaled,
    servers_needed,
)
from weighbridge.planner.trace import read_trace


@given(st.integers(1, 5000), st.integers(1, 6000))
def test_the_smallest_number_that_holds_is_found_from_any_start(threshold, start):
    assert fewest(lambda number: number >= threshold, start) == threshold


def test_an_objective_that_nothing_meets_is_no_number():
    with pytest.raises(NeverEnough, match="the objective is not met with 131,072 of them either"):
        fewest(lambda _: False)


def test_more_than_a_hundred_thousand_are_a_mistake_in_the_input():
    with pytest.raises(NeverEnough, match="more than 100,000 of them are needed"):
        fewest(lambda _: True, 100_001)


@pytest.mark.parametrize(("late", "servers"), [(0.05, 32), (0.01, 54)])
def test_a_real_trace_needs_what_replaying_every_number_gives(shared, late, servers):
    trace = read_trace(shared("data/azure_llm_inference_2023_code.csv"))
    assert trace.inputs is not None
    assert trace.outputs is not None
    services = 0.05 + trace.inputs / 4000 + 0.03 * trace.outputs
    found = servers_needed(trace.arrivals, services, 1.0, late)
    by_force = next(
        count
        for count in range(1, 100)
        if np.count_nonzero(waits(trace.arrivals, services, count) > 1.0) <= late * trace.arrivals.size
    )
    assert found == by_force == servers


def test_a_number_below_that_holds_by_chance_is_found_nearby():
    holds = {26, 27, 29}.__contains__
    assert fewest(lambda number: holds(number) or number > 28, 8) == 29
    assert fewest(lambda number: holds(number) or number > 28, 8, NEAR) == 26


def gusts(random, size):
    """Arrivals in gusts of random sizes, between pauses."""
    sizes = random.geometric(0.05, size)
    gaps = np.where(
        np.isin(np.arange(size), np.cumsum(sizes)), random.exponential(15, size), random.exponential(0.05, size)
    )
    return np.cumsum(gaps)


@pytest.mark.parametrize("seed", range(6))
def test_bursts_and_random_arrivals_need_what_every_number_one_after_another_gives(seed):
    random = np.random.default_rng(seed)
    arrivals = gusts(random, 2000) if seed % 2 else np.cumsum(random.exponential(0.3, 2000))
    services, wait, late = random.lognormal(0, 1, 2000), random.choice([0.1, 1, 5]), random.choice([0.001, 0.01, 0.1])
    free_of = [_late_by_hand(arrivals, services, count, wait) <= late * 2000 for count in range(1, 60)]
    assert servers_needed(arrivals, services, wait, late) == free_of.index(True) + 1


def _late_by_hand(arrivals, services, servers, wait):
    """One queue, by a sorted list: none of the code under test."""
    free, late = [0.0] * servers, 0
    for arrival, service in zip(arrivals, services, strict=True):
        begin = max(arrival, free.pop(0))
        late += begin - arrival > wait
        free = sorted([*free, begin + service])
    return late


@pytest.mark.parametrize(("wait", "late"), [(60.0, 0.05), (600.0, 0.01), (0.0, 0.001)])
def test_tasks_of_a_real_cluster_need_what_one_server_fewer_fails(shared, wait, late):
    with shared("data/alibaba_gpu_2023_pods.csv").open() as file:
        pods = [row for row in csv.DictReader(file) if row["scheduled_time"]]
    pods.sort(key=lambda row: int(row["creation_time"]))
    arrivals = np.array([float(row["creation_time"]) for row in pods])
    services = np.array([float(row["deletion_time"]) - float(row["scheduled_time"]) for row in pods])
    needed = servers_needed(arrivals, services, wait, late)
    assert _late_by_hand(arrivals, services, needed, wait) <= late * arrivals.size
    assert _late_by_hand(arrivals, services, needed - 1, wait) > late * arrivals.size


@pytest.mark.parametrize("seed", range(8))
def test_replicas_with_slots_are_the_fewest_of_all_that_hold(seed):
    random = np.random.default_rng(seed)
    arrivals = gusts(random, 500) if seed % 2 else np.cumsum(random.exponential(0.4, 500))
    tokens = np.maximum(1, random.lognormal(4, 1, 500).round()).tolist()
    prefills = random.exponential(0.2, 500).tolist()

    def holds(replicas):
        served = serve(arrivals, tokens, linear_steps(0.02, 0.0005, 16), prefills, replicas)
        return np.count_nonzero(served.waits > 1) <= 0.02 * 500

    by_force = next(replicas for replicas in range(1, 100) if holds(replicas))
    assert abs(fewest(holds, 1, NEAR) - by_force) <= 1


bursts = st.lists(st.tuples(st.floats(0, 1000), st.floats(0.1, 30)), min_size=2, max_size=60)


@given(bursts, st.integers(1, 6), st.integers(0, 4), st.floats(1, 200))
def test_an_autoscaler_is_never_better_than_its_ceiling_standing(requests, ceiling, floor, delay):
    requests.sort()
    arrivals, services = (np.array(part) for part in zip(*requests, strict=True))
    found = scaled(arrivals, services, Scaling(min(floor, ceiling), ceiling, delay))
    standing = waits(arrivals, services, ceiling)
    assert (found.waits >= standing - 1e-6).all()
    assert found.mean <= ceiling + 1e-9


@given(bursts, st.integers(1, 6))
def test_an_autoscaler_that_may_not_scale_stands(requests, servers):
    requests.sort()
    arrivals, services = (np.array(part) for part in zip(*requests, strict=True))
    found = scaled(arrivals, services, Scaling(servers, servers, 60))
    assert found.waits == pytest.approx(waits(arrivals, services, servers), abs=1e-6)


def test_help_comes_after_its_delay_and_goes_after_its_time():
    arrivals, services = np.array([0.0, 1.0, 2.0, 1000.0, 1001.0]), np.array([100.0, 100.0, 100.0, 1.0, 1.0])
    found = scaled(arrivals, services, Scaling(1, 2, delay=10))
    assert found.waits.tolist() == [0, 10, 98, 0, 0]
    assert found.mean == pytest.approx((1 * 1 + 2 * 999 + 1 * 1) / 1001)


def test_a_server_that_was_free_for_a_moment_stays():
    arrivals, services = np.array([0.0, 1.0, 250.0, 251.0]), np.array([100.0, 100.0, 50.0, 50.0])
    assert scaled(arrivals, services, Scaling(1, 2, delay=10)).waits.tolist() == [0, 10, 0, 0]


def test_a_slow_rise_is_followed_and_a_burst_is_not():
    rising = np.cumsum(np.concatenate([np.full(n * 20, 10 / n) for n in range(1, 11)]))
    services = np.full(rising.size, 9.0)
    followed = autoscaling(rising, services, 10, 30, 30, 0.05)
    assert followed.ceiling == 10
    assert followed.floor < 5
    assert followed.mean < 7
    burst = np.sort(np.concatenate([np.arange(0, 4000, 100.0), np.full(100, 2000.0)]))
    stands = autoscaling(burst, np.full(burst.size, 1.0), 20, 300, 2, 0.3)
    assert (stands.floor, stands.mean) == (20, 20)


@given(st.floats(0.2, 5))
def test_growth_multiplies_requests_and_keeps_their_order_and_span(factor):
    arrivals = np.sort(np.random.default_rng(1).uniform(0, 3600, 4000))
    moved, of = grown(arrivals, factor)
    assert moved.size == pytest.approx(4000 * factor, rel=0.05)
    assert (np.diff(moved) >= 0).all()
    assert moved[0] >= arrivals[0]
    assert moved[-1] <= arrivals[-1]
    assert np.abs(moved - arrivals[of]).max() <= 15
