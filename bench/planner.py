"""The planner's simulations: as ratios to a bare loop over a heap and to a maintained simulator, in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from heapq import heapreplace

import numpy as np

from weighbridge.planner.batching import linear_steps, serve
from weighbridge.planner.overlap import HIGH, MONTHS, QUANTILE_95, ScheduledRun, begins, overlap_of
from weighbridge.planner.queue import Seconds, waits
from weighbridge.planner.run_hardware import UnitPool
from weighbridge.spec.planned_runs import RunSchedule

SERVERS, RATE, COUNT = 10, 8, 1_000_000


def lines() -> Iterator[str]:
    """One line a simulation."""
    yield "Planner: requests in order of arrival (targets: a bare loop, 60 times ciw)"
    random = np.random.default_rng(1)
    arrivals, services = np.cumsum(random.exponential(1 / RATE, COUNT)), random.exponential(1, COUNT)
    ours = _cpu_ms(lambda: waits(arrivals, services, SERVERS))
    bare = _cpu_ms(lambda: _bare_loop(arrivals, services))
    yield f"  {COUNT:,} on {SERVERS} servers: {ours:6.0f} ms; a bare heapq loop {bare:6.0f} ms; ratio {bare / ours:.2f}"
    yield _beside_ciw(ours / COUNT)
    many = 10 * COUNT
    arrivals, services = np.cumsum(random.exponential(1.25, many)), random.exponential(1, many)
    one = _cpu_ms(lambda: waits(arrivals, services, 1), runs=3)
    yield f"  {many:,} on 1 server: {one:6.0f} ms (target 300 ms)"
    arrivals = np.cumsum(random.exponential(0.2, COUNT))
    tokens = random.choice([20.0, 100.0, 300.0, 50.0, 400.0], COUNT).tolist()
    replica = _cpu_ms(lambda: serve(arrivals, tokens, linear_steps(0.020, 0.0005, 64)), runs=3)
    yield f"  {COUNT:,} in one replica of 64 slots: {replica:6.0f} ms (target 5 s)"
    yield _month()


def _month() -> str:
    """Twenty pipelines, six of them hourly, in one pool: beside a loop over what begins and ends, a month at a time."""
    pool = UnitPool("nvidia-h100-80gb", "us-central1", "on demand")
    runs = [
        ScheduledRun(
            f"run {place}", pool, 8, (1800.0, 3000.0),
            RunSchedule(every=timedelta(hours=1)) if place % 3 == 0 else RunSchedule(at=f"{place:02}:00"),
        )
        for place in range(20)
    ]  # fmt: skip
    found = overlap_of(runs, month="2026-12")
    ours = _cpu_ms(lambda: overlap_of(runs, month="2026-12"), runs=3)
    plain = _cpu_ms(lambda: _swept(runs), runs=1)
    high = found.pools[0].high if found is not None else 0
    return (
        f"  the month's overlap, {len(runs)} pipelines in {MONTHS} months: {ours:6.0f} ms; a bare loop {plain:6.0f} ms;"
        f" ratio {plain / ours:.1f}; in 19 of 20 months {high:,}, by the loop {_swept(runs):,}"
    )


def _swept(runs: Sequence[ScheduledRun]) -> int:
    """The peak that 19 of 20 months stay at or below, without rounding times."""
    random, peaks = np.random.default_rng(2), []
    for _ in range(MONTHS):
        events = []
        for run in runs:
            low, high = np.log(run.seconds)
            for begin in begins(run.schedule, date(2026, 12, 1), 31, 1).tolist():
                lasts = float(np.exp(random.normal((low + high) / 2, (high - low) / 2 / QUANTILE_95)))
                events += [(begin, run.units), (begin + lasts, -run.units)]
        most = now = 0
        for _when, change in sorted(events):
            now += change
            most = max(most, now)
        peaks.append(most)
    return int(np.quantile(peaks, HIGH, method="higher"))


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
