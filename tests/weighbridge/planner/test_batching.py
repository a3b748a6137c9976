"""A replica with slots: against exact solutions, against counting step by step, and what must hold of any run."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.planner.batching import linear_steps, serve


@pytest.mark.parametrize(("rate", "total", "batch"), [(2, 5.1250, 10.25), (4, 6.8333, 27.33), (5.5, 9.2848, 49.95)])
def test_times_are_those_of_the_birth_death_chain(rate, total, batch):
    random, count = np.random.default_rng(11), 200_000
    arrivals = np.cumsum(random.exponential(1 / rate, count))
    served = serve(arrivals, random.exponential(200, count).tolist(), linear_steps(0.020, 0.0005, 64))
    assert served.totals[count // 10 :].mean() == pytest.approx(total, rel=0.02)
    assert rate * served.totals.mean() == pytest.approx(batch, rel=0.02)


def test_one_request_takes_its_steps_and_two_disturb_one_another():
    steps = linear_steps(1, 1, 2)
    alone = serve(np.array([0.0]), [10], steps, [0.5])
    assert alone.totals.tolist() == [20.5]
    assert alone.first_tokens.tolist() == [2.5]
    both = serve(np.array([0.0, 0.0]), [10, 10], steps)
    assert both.totals.tolist() == [30, 30]


def test_who_finds_no_slot_waits_for_the_first_that_ends():
    served = serve(np.array([0.0, 1.0, 2.0]), [10, 4, 1], linear_steps(1, 0, 2))
    assert served.waits.tolist() == [0, 0, 3]
    assert served.totals.tolist() == [10, 4, 4]


def test_a_prefill_holds_up_everybody_in_flight():
    served = serve(np.array([0.0, 5.0]), [10, 1], linear_steps(1, 0, 8), [0, 3])
    assert served.totals.tolist() == [13, 4]


def by_single_steps(arrivals, tokens, slots, step):
    """All arrivals and ends fall on whole steps of equal length, so that one can count."""
    waiting: list[int] = []
    running: dict[int, int] = {}
    ends, now, index = [0] * len(arrivals), 0, 0
    while index < len(arrivals) or waiting or running:
        for request in [r for r, left in running.items() if left == 0]:
            ends[request] = now * step
            del running[request]
        while index < len(arrivals) and arrivals[index] <= now:
            waiting.append(index)
            index += 1
        while waiting and len(running) < slots:
            first = waiting.pop(0)
            running[first] = tokens[first]
        running = {request: left - 1 for request, left in running.items()}
        now += 1
    return ends


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 12)), min_size=1, max_size=30), st.integers(1, 6))
def test_jumping_from_event_to_event_is_counting_every_step(requests, slots):
    requests.sort()
    arrivals, tokens = [arrival for arrival, _ in requests], [count for _, count in requests]
    served = serve(np.array(arrivals, dtype=float), tokens, linear_steps(1, 0, slots))
    assert served.totals + arrivals == pytest.approx(by_single_steps(arrivals, tokens, slots, 1), abs=1e-6)


@given(st.lists(st.tuples(st.floats(0, 60), st.integers(1, 50)), min_size=1, max_size=40), st.integers(1, 5))
def test_a_request_goes_to_the_replica_that_has_the_fewest(requests, replicas):
    requests.sort()
    arrivals, tokens = np.array([arrival for arrival, _ in requests]), [count for _, count in requests]
    served = serve(arrivals, tokens, linear_steps(1, 0, 4), replicas=replicas)
    assert (served.waits >= -1e-9).all()
    assert served.totals == pytest.approx(served.waits + tokens, abs=1e-6)
    if len(requests) <= replicas * 4:
        assert served.waits.max() == pytest.approx(0, abs=1e-9)
