"""First come, first served: against a plain loop, against closed forms, and against a maintained simulator."""

from heapq import heapify, heapreplace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.planner import queue
from weighbridge.planner.queue import starts, waits


def plain(arrivals, services, servers):
    free = [-1e9] * servers
    heapify(free)
    begun = []
    for arrival, service in zip(arrivals, services, strict=True):
        start = max(arrival, free[0])
        heapreplace(free, start + service)
        begun.append(start)
    return begun


requests = st.lists(st.tuples(st.floats(0, 100), st.floats(0, 50)), min_size=1, max_size=60)


@given(requests, st.integers(1, 70), st.sampled_from([1, 3, 16_384]))
def test_starts_are_those_of_a_plain_loop_whatever_the_blocks(given_requests, servers, block):
    arrivals = np.sort([arrival for arrival, _ in given_requests])
    services = np.array([service for _, service in given_requests])
    before, queue.BLOCK = queue.BLOCK, block
    try:
        found = starts(arrivals, services, servers)
    finally:
        queue.BLOCK = before
    assert found == pytest.approx(plain(arrivals, services, servers), abs=1e-9)


@given(requests, st.integers(1, 10))
def test_one_server_more_lets_no_request_start_later(given_requests, servers):
    arrivals = np.sort([arrival for arrival, _ in given_requests])
    services = np.array([service for _, service in given_requests])
    assert (starts(arrivals, services, servers + 1) <= starts(arrivals, services, servers) + 1e-9).all()


def drawn(of, mean, count, random):
    law, scv = of
    if law == "M":
        return random.exponential(mean, count)
    if law == "D":
        return np.full(count, mean)
    if law == "E4":
        return random.gamma(4, mean / 4, count)
    if law == "H2":
        share = (1 + np.sqrt((scv - 1) / (scv + 1))) / 2
        first = random.random(count) < share
        return np.where(first, 1 / (2 * share), 1 / (2 * (1 - share))) * random.exponential(mean, count)
    sigma = np.sqrt(np.log(1 + scv))
    return random.lognormal(np.log(mean) - sigma**2 / 2, sigma, count)


@pytest.mark.parametrize(
    ("arriving", "served", "servers", "rate", "wait"),
    [
        (("M", 1), ("M", 1), 1, 0.8, 4),
        (("M", 1), ("M", 1), 3, 2.4, 1.078652),
        (("M", 1), ("M", 1), 10, 8, 0.204590),
        (("M", 1), ("D", 0), 1, 0.8, 2),
        (("M", 1), ("E4", 0.25), 1, 0.8, 2.5),
        (("M", 1), ("H2", 4), 1, 0.8, 10),
        (("M", 1), ("LN", 4.608851), 1, 0.7, 6.543659),
        (("D", 0), ("M", 1), 1, 0.8, 1.692731),
        (("H2", 4), ("M", 1), 10, 8, 0.677732),
        (("M", 1), ("D", 0), 10, 8, 0.1095),
        (("M", 1), ("LN", 4.608851), 10, 8, 0.4272),
        (("H2", 4), ("H2", 4), 10, 8, 0.9258),
        (("H2", 10.64), ("LN", 4.608851), 10, 7, 0.9047),
        (("H2", 4), ("E4", 0.25), 1, 0.8, 8.068),
    ],
)
def test_waits_are_those_of_exact_solutions_and_long_simulations(arriving, served, servers, rate, wait):
    random, count = np.random.default_rng(7), 1_000_000
    arrivals = np.cumsum(drawn(arriving, 1 / rate, count, random))
    found = waits(arrivals, drawn(served, 1, count, random), servers)[count // 10 :]
    # Of one run: waits depend on one another, so that their mean is known the worse the more services vary.
    assert found.mean() == pytest.approx(wait, rel=0.12 if served[1] > 4 else 0.05)


def test_a_maintained_simulator_gives_the_same_mean_wait():
    ciw = pytest.importorskip("ciw", reason="ciw is not installed")
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(8)],
        service_distributions=[ciw.dists.Exponential(1)],
        number_of_servers=[10],
    )
    ciw.seed(3)
    simulated = ciw.Simulation(network)
    simulated.simulate_until_max_time(2500)
    records = sorted(simulated.get_all_records(), key=lambda record: record.arrival_date)
    arrivals = np.array([record.arrival_date for record in records])
    services = np.array([record.service_time for record in records])
    theirs = [record.waiting_time for record in records]
    # Who was still in service at its end has no record, so that the last ones are not alike.
    assert waits(arrivals, services, 10)[:19_000] == pytest.approx(theirs[:19_000], abs=1e-6)
