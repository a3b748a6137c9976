"""A replica that works on up to `slots` requests at once: each step makes one token of each.

A step with n requests takes ``steps[n]`` seconds (``alpha + beta * n``, or a curve of `speed`). A request that finds a
slot is prefilled at once, which holds up everybody; then it stays for as many steps as it has output tokens. Between
two events all requests get on alike, so the simulation goes from event to event and need not count step by step.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush, heapreplace

import numpy as np

from weighbridge.planner.queue import OnProgress, Seconds

NEVER, LAST = float("inf"), 1e300

BLOCK = 65_536
"""Requests after which progress is told."""


@dataclass(frozen=True, slots=True)
class Served:
    """Seconds of each request, in the order of arrivals: in the queue, to its first token, and in all."""

    waits: Seconds
    first_tokens: Seconds
    totals: Seconds


def linear_steps(alpha: float, beta: float, slots: int) -> tuple[float, ...]:
    """``steps`` of a line: a step with n requests takes alpha + beta * n seconds."""
    return tuple(alpha + beta * n for n in range(slots + 1))


def serve(
    arrivals: Seconds, tokens: Sequence[float], steps: Sequence[float], prefills: Sequence[float] | None = None,
    replicas: int = 1, on_progress: OnProgress | None = None,
) -> Served:  # fmt: skip
    """Simulates requests in order of arrival, each sent to the replica that has the fewest.

    `tokens` are output tokens; `prefills` seconds, left out none. Slots are the length of `steps` less one.
    """
    count = arrivals.size
    if prefills is None:
        prefills = [0.0] * count
    started, ended = [0.0] * count, [0.0] * count
    farm = [_Replica(steps, started, ended, tokens, prefills) for _ in range(replicas)]
    for first in range(0, count, BLOCK):
        if on_progress is not None:
            on_progress(first)
        _take(farm, enumerate(arrivals[first : first + BLOCK].tolist(), first))
    for replica in farm:
        replica.run_until(LAST)
    begun, done = np.array(started), np.array(ended)
    waits = begun - arrivals
    return Served(
        waits, waits + np.asarray(prefills) + steps[1], done - arrivals,
    )  # fmt: skip


def _take(farm: Sequence[_Replica], arrivals: Iterable[tuple[int, float]]) -> None:
    """Requests by number and time, in order."""
    if len(farm) == 1:
        only = farm[0]
        for index, arrival in arrivals:
            if only.next_end <= arrival:
                only.run_until(arrival)
            only.add(index, arrival)
        return
    for index, arrival in arrivals:
        for replica in farm:
            if replica.next_end <= arrival:
                replica.run_until(arrival)
        min(farm, key=_held).add(index, arrival)


def _held(replica: _Replica) -> int:
    return replica.held


class _Replica:
    """The state of one: a heap of the step counts at which requests end, and who waits."""

    __slots__ = (
        "done", "ended", "held", "next_end", "now", "prefills", "running", "slots", "started", "steps",
        "tokens", "waiting",
    )  # fmt: skip

    def __init__(
        self, steps: Sequence[float], started: list[float], ended: list[float], tokens: Sequence[float],
        prefills: Sequence[float],
    ) -> None:  # fmt: skip
        self.steps, self.slots = steps, len(steps) - 1
        self.started, self.ended, self.tokens, self.prefills = started, ended, tokens, prefills
        self.running: list[tuple[float, int]] = []
        self.waiting: deque[int] = deque()
        self.done = 0.0  # steps
        self.now = 0.0  # when `done` was counted; later than the arrivals' time while a prefill goes on
        self.next_end = NEVER
        self.held = 0

    def add(self, index: int, arrival: float) -> None:
        running = self.running
        self.held += 1
        if len(running) >= self.slots:
            self.waiting.append(index)
            return
        if not running:
            self.now = max(self.now, arrival)
        elif arrival > self.now:
            self.done += (arrival - self.now) / self.steps[len(running)]
            self.now = arrival
        self.started[index] = self.now
        self.now += self.prefills[index]
        heappush(running, (self.done + self.tokens[index], index))
        self.next_end = self.now + (running[0][0] - self.done) * self.steps[len(running)]

    def run_until(self, time: float) -> None:
        """Ends what ends until then, and begins what waits for it."""
        running, waiting, steps, tokens = self.running, self.waiting, self.steps, self.tokens
        now, end = self.now, self.next_end
        while end <= time:
            size = len(running)
            done, index = running[0]
            now = self.ended[index] = end
            self.held -= 1
            if waiting:
                following = waiting.popleft()
                self.started[following] = now
                now += self.prefills[following]
                heapreplace(running, (done + tokens[following], following))
            else:
                heappop(running)
                size -= 1
            self.done = done
            end = now + (running[0][0] - done) * steps[size] if size else NEVER
        self.now, self.next_end = now, end
