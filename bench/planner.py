"""The planner's simulations: as ratios to a bare loop over a heap and to a maintained simulator, in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from heapq import heapreplace

import numpy as np

from weighbridge.planner.batching import linear_steps, serve
from weighbridge.planner.queue import Seconds, waits

SERVERS, RATE, COUNT = 10, 8, 1_000_000


def lines() -> Iterator[str]:
    """One line a simulation."""
    yield "Planner: requests in order of arrival (targets: a bare loop, 60 times ciw; 10 million on 1 server in 0.3 s)"
    random = np.random.default_rng(1)
    arrivals, services = np.cumsum(random.exponential(1 / RATE, COUNT)), random.exponential(1, COUNT)
    ours = _cpu_ms(lambda: waits(arrivals, services, SERVERS))
    bare = _cpu_ms(lambda: _bare_loop(arrivals, services))
    yield f"  {COUNT:,} on {SERVERS} servers: {ours:6.0f} ms; a bare heapq loop {bare:6.0f} ms; ratio {bare / ours:.2f}"
    yield _beside_ciw(ours / COUNT)
    many = 10 * COUNT
    arrivals, services = np.cumsum(random.exponential(1.25, many)), random.exponential(1, many)
    one = _cpu_ms(lambda: waits(arrivals, services, 1), runs=3)
    yield f"  {many:,} on 1 server: {one:6.0f} ms"
    arrivals = np.cumsum(random.exponential(0.2, COUNT))
    tokens = random.choice([20.0, 100.0, 300.0, 50.0, 400.0], COUNT).tolist()
    replica = _cpu_ms(lambda: serve(arrivals, tokens, linear_steps(0.020, 0.0005, 64)), runs=3)
    yield f"  {COUNT:,} in one replica of 64 slots: {replica:6.0f} ms (target 5 s)"


def _cpu_ms(action: Callable[[], object], runs: int = 5) -> float:
    """Of the process, so that other work on the machine counts for neither side."""

    def timed() -> float:
        start = time.process_time()
        action()
        return (time.process_time() - start) * 1000

    return float(np.median([timed() for _ in range(runs)]))


def _bare_loop(arrivals: Seconds, services: Seconds) -> Seconds:
    free, found = [0.0] * SERVERS, []
    for arrival, service in zip(arrivals.tolist(), services.tolist(), strict=True):
        first = free[0]
        start = arrival if arrival > first else first  # noqa: FURB136 - a call of max would make the loop slower
        heapreplace(free, start + service)
        found.append(start - arrival)
    return np.array(found)


def _beside_ciw(ours_ms: float) -> str:
    try:
        import ciw
    except ModuleNotFoundError:
        return "  ciw skipped: it is not installed"
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(RATE)],
        service_distributions=[ciw.dists.Exponential(1)],
        number_of_servers=[SERVERS],
    )
    ciw.seed(1)
    simulation = ciw.Simulation(network)
    start = time.process_time()
    simulation.simulate_until_max_time(2500)
    taken = (time.process_time() - start) * 1000
    records = sorted(simulation.get_all_records(), key=lambda record: record.arrival_date)
    mine = waits(
        np.array([record.arrival_date for record in records]),
        np.array([record.service_time for record in records]), SERVERS,
    )  # fmt: skip
    known = len(records) - 1000  # who was still in service at its end has no record
    differ = float(np.abs(mine - [record.waiting_time for record in records])[:known].max())
    per_request = taken / len(records)
    return (
        f"  ciw: {per_request * 1000:6.2f} us a request, ours {ours_ms * 1000:.2f}; ratio {per_request / ours_ms:.0f};"
        f" waits differ by at most {differ:.1e} s"
    )
