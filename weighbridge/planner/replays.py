"""Replays of requests on replicas of a language model, of one speed: each is made once, and says how far it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from weighbridge.planner.batching import serve
from weighbridge.planner.queue import OnProgress, Seconds
from weighbridge.planner.requests import Requests
from weighbridge.planner.speed import ReplicaSpeed
from weighbridge.spec.workloads import LatencyObjective

Show = Callable[[str], None]
"""Shows in words what is going on."""


@dataclass(frozen=True, slots=True)
class ReplayOutcome:
    """What a replay came to."""

    late: int  # requests that wait longer than they may
    following: float  # seconds that tokens after the first take, of all requests
    wait: float  # seconds that the objective's share of requests waits at most


def progress_of(show: Show | None, what: str, count: int) -> OnProgress | None:
    """Says how much of a replay is done, where somebody watches."""
    if show is None:
        return None
    return lambda done: show(f"{what}: {done / count:.0%} of {count:,} requests")


class Replays:
    """All replays on replicas of one speed."""

    def __init__(
        self, requests: Requests, speed: ReplicaSpeed, objective: LatencyObjective, show: Show | None = None
    ) -> None:
        if requests.inputs is None or requests.outputs is None:
            raise ValueError("a language model's requests have tokens")
        self.requests, self.speed, self._show = requests, speed, show
        self.inputs: Seconds = requests.inputs
        self.outputs: Seconds = requests.outputs
        self.firsts = speed.first(self.inputs)
        """Seconds to each first token, without waiting."""
        self.allowed = (objective.first_token.total_seconds() if objective.first_token else math.inf) - self.firsts
        """Seconds that each request may wait."""
        self._within = float(objective.within) / 100
        self._prefills = speed.prefill(self.inputs)
        self._tokens: list[float] = self.outputs.tolist()
        self._made: dict[tuple[int, int, float], ReplayOutcome] = {}

    def outcome(self, slots: int, replicas: int, factor: float) -> ReplayOutcome:
        """Of so many replicas with so many slots each, whose every second lasts `factor` seconds."""
        key = (slots, replicas, factor)
        if key not in self._made:
            self._made[key] = self._replay(*key)
        return self._made[key]

    def _replay(self, slots: int, replicas: int, factor: float) -> ReplayOutcome:
        arrivals = self.requests.arrivals
        steps = [step * factor for step in self.speed.steps[: slots + 1]]
        on_progress = progress_of(self._show, f"{replicas:,} replica{'s' if replicas > 1 else ''}", arrivals.size)
        served = serve(arrivals, self._tokens, steps, (self._prefills * factor).tolist(), replicas, on_progress)
        return ReplayOutcome(
            int(np.count_nonzero(served.waits > self.allowed)),
            float((served.totals - served.first_tokens).sum()),
            float(np.quantile(served.waits, self._within)),
        )
