"""Replays requests on more and more servers until the objective holds, standing or scaled with a delay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush, heapreplace

import numpy as np

from weighbridge.errors import NoVerdict
from weighbridge.planner.batching import BLOCK
from weighbridge.planner.queue import OnProgress, Seconds, waits

MOST = 100_000
"""Servers or replicas that are tried; more is a mistake in the input."""


class NeverEnough(NoVerdict):
    """No number of servers meets the objective."""


NEAR = 4
"""Numbers below the one that halving finds which are tried too, where more servers may be worse."""


def fewest(holds: Callable[[int], bool], start: int = 1, near: int = 0) -> int:
    """The smallest number that holds, where every larger one does too: doubled from `start`, then halved between.

    Where a larger one may fail by chance, as requests are spread otherwise, `near` smaller ones are tried besides.
    Raises `NeverEnough`.
    """
    low, high = 0, max(1, start)
    if high > MOST:
        raise NeverEnough(f"more than {MOST:,} of them are needed")
    while not holds(high):
        low, high = high, high * 2
        if low >= MOST:
            raise NeverEnough(f"the objective is not met with {low:,} of them either")
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return next((number for number in range(max(1, high - near), high - 1) if holds(number)), high)


def servers_needed(
    arrivals: Seconds, services: Seconds, wait: float | Seconds, late: float, on_progress: OnProgress | None = None
) -> int:
    """The fewest servers with which at most the share `late` waits longer than `wait` seconds, by replay.

    A request never starts later with one server more, so that the smallest number is found by halving.
    """
    load = float(services.sum()) / max(1e-9, float(arrivals[-1] - arrivals[0]))

    def holds(servers: int) -> bool:
        return float(np.count_nonzero(waits(arrivals, services, servers, on_progress) > wait)) <= late * arrivals.size

    return fewest(holds, max(1, int(load)))


@dataclass(frozen=True, slots=True)
class Scaling:
    """An autoscaler on requests inside: it orders a server when there are more than servers, which comes after `delay`.

    A server goes when one was free for `idle` seconds, as Kubernetes waits before it scales down. Seconds.
    """

    floor: int
    ceiling: int
    delay: float
    idle: float = 300.0


@dataclass(frozen=True, slots=True)
class Scaled:
    """What came of it: each wait in seconds, and how many servers there were, ordered ones included."""

    waits: Seconds
    mean: float


def scaled(arrivals: Seconds, services: Seconds, scaling: Scaling, on_progress: OnProgress | None = None) -> Scaled:
    """Replays requests, one queue, with an autoscaler."""
    times = arrivals.tolist()
    begin = since = times[0]
    servers = max(1, scaling.floor)
    free, inside = [begin] * servers, list[float]()
    begun, owned = [0.0] * len(times), 0.0
    for index, (arrival, service) in enumerate(zip(times, services.tolist(), strict=True)):
        if on_progress is not None and not index % BLOCK:
            on_progress(index)
        while inside and inside[0] <= arrival:
            heappop(inside)
        before = servers
        while servers > max(1, scaling.floor) and free[0] <= arrival - scaling.idle:
            heappop(free)
            servers -= 1
        while servers < scaling.ceiling and len(inside) >= servers:
            heappush(free, arrival + scaling.delay)
            servers += 1
        if servers != before:
            owned, since = owned + (arrival - since) * before, arrival
        start = max(arrival, free[0])
        heapreplace(free, start + service)
        heappush(inside, start + service)
        begun[index] = start
    span = times[-1] - begin
    mean = (owned + (times[-1] - since) * servers) / span if span else float(servers)
    return Scaled(np.array(begun) - arrivals, mean)


FLOORS = 16
"""Minima of the autoscaler that are tried, evenly spread up to the ceiling."""

WORTH = 0.95
"""Of the standing replicas' cost: an autoscaler that saves less is no help."""


@dataclass(frozen=True, slots=True)
class ReplicaBounds:
    """The bounds that meet the objective with the fewest replicas on average."""

    floor: int
    ceiling: int
    mean: float


def autoscaling(
    arrivals: Seconds,
    services: Seconds,
    standing: int,
    delay: float,
    wait: float | Seconds,
    late: float,
    on_progress: OnProgress | None = None,
) -> ReplicaBounds:
    """With at most as many replicas as would do standing: how few of them may stand, and how many run on average."""
    best, least = ReplicaBounds(standing, standing, float(standing)), standing * WORTH
    for floor in sorted({round(float(floor)) for floor in np.linspace(1, standing, FLOORS)}):
        found = scaled(arrivals, services, Scaling(floor, standing, delay), on_progress)
        if np.count_nonzero(found.waits > wait) <= late * arrivals.size and found.mean < least:
            best, least = ReplicaBounds(floor, standing, found.mean), found.mean
    return best


def grown(arrivals: Seconds, factor: float, seed: int = 1) -> tuple[Seconds, np.typing.NDArray[np.int64]]:
    """The trace with `factor` times the requests, and which request each of them is a copy of.

    Copies come within half a minute of their model, so that bursts grow and hours keep their shape.
    """
    if factor == 1:
        return arrivals, np.arange(arrivals.size)
    random = np.random.default_rng(seed)
    whole = int(factor)
    copies = whole + (random.random(arrivals.size) < factor - whole)
    of = np.repeat(np.arange(arrivals.size), copies)
    first = np.r_[True, of[1:] != of[:-1]] if of.size else np.zeros(0, dtype=bool)
    moved = arrivals[of] + np.where(first, 0.0, random.uniform(-15, 15, of.size))
    moved = np.clip(moved, arrivals[0], arrivals[-1])
    order = np.argsort(moved, kind="stable")
    return moved[order], of[order]
