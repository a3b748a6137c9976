"""First come, first served: who starts when, on `servers` alike, for given arrivals and services.

One server is Lindley's recursion in its closed form, by NumPy. More are a heap of the times at which they are free.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapreplace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Seconds: TypeAlias = NDArray[np.float64]

OnProgress: TypeAlias = Callable[[int], None]
"""Is told now and then how many requests are done."""

BLOCK = 16_384
"""Requests of one server that are worked on together."""


def starts(arrivals: Seconds, services: Seconds, servers: int, on_progress: OnProgress | None = None) -> Seconds:
    """When each request starts, in seconds; arrivals in order, as many services."""
    if servers == 1:
        return _one_server(arrivals, services)
    if servers >= arrivals.size:
        return arrivals.copy()
    return _several(arrivals, services, servers, on_progress)


def waits(arrivals: Seconds, services: Seconds, servers: int, on_progress: OnProgress | None = None) -> Seconds:
    """How long each request waits, in seconds."""
    return starts(arrivals, services, servers, on_progress) - arrivals


def _one_server(arrivals: Seconds, services: Seconds) -> Seconds:
    """A start is the work before it, after the latest arrival that found nobody: start - work is a running maximum.

    In blocks that stay in the processor's cache; the server's next free time goes from one to the next.
    """
    begun, free = np.empty(arrivals.size), -np.inf
    for first in range(0, arrivals.size, BLOCK):
        last = min(first + BLOCK, arrivals.size)
        found, work = begun[first:last], np.cumsum(services[first:last])
        end = work[-1]
        work -= services[first:last]
        np.subtract(arrivals[first:last], work, out=found)
        found[0] = max(found[0], free)
        np.maximum.accumulate(found, out=found)
        free = found[-1] + end
        found += work
    return begun


def _several(arrivals: Seconds, services: Seconds, servers: int, on_progress: OnProgress | None) -> Seconds:
    # The heap gives back the earliest free time, the start of a request that had to wait: the loop keeps nothing else.
    free, begun = [float(arrivals[0])] * servers, np.empty(arrivals.size)
    replace = heapreplace
    for first in range(0, arrivals.size, BLOCK):
        if on_progress is not None:
            on_progress(first)
        block = slice(first, first + BLOCK)
        times = zip(arrivals[block].tolist(), services[block].tolist(), strict=True)
        begun[block] = [
            replace(free, (t if t > free[0] else free[0]) + service)  # noqa: FURB136 - a call of max takes as long again
            for t, service in times
        ]
    return np.maximum(begun, arrivals, out=begun)
