"""The speed of a replica as a curve over concurrency: from the user's own points where there are two, else fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from weighbridge.planner.memory import Room, room_of
from weighbridge.planner.queue import Seconds
from weighbridge.planner.step_time import (
    Basis,
    FourNumbers,
    ModelReplica,
    Origin,
    TokenLoad,
    basis_of,
    first_token_seconds,
    step_seconds,
    work_of,
)
from weighbridge.spec.workloads import MeasuredPoint

POINTS = 2
"""Of the user's own that make a line."""

GRID = (1, 16, 64, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072, 1_048_576)
"""Input tokens at which a prefill is computed; between them it is a straight line."""


@dataclass(frozen=True, slots=True)
class Factors:
    """Between these times the estimate, nine of ten measured times lie."""

    low: float
    high: float


EXACT = Factors(1.0, 1.0)


@dataclass(frozen=True, slots=True)
class ReplicaSpeed:
    """Seconds of steps by requests in flight (``steps[0]`` is of none), of prefills, of first tokens without a wait."""

    replica: ModelReplica
    room: Room
    steps: tuple[float, ...]
    prefills: tuple[float, ...]  # at GRID
    firsts: tuple[float, ...]  # at GRID
    step_factors: Factors
    first_factors: Factors
    origin: Origin
    words: str

    def prefill(self, inputs: Seconds) -> Seconds:
        """How long each prompt holds up the others, in seconds."""
        return np.interp(inputs, GRID, self.prefills)

    def first(self, inputs: Seconds) -> Seconds:
        """The first token of each prompt that finds a free slot, in seconds."""
        return np.interp(inputs, GRID, self.firsts)


@dataclass(frozen=True, slots=True)
class NoSpeed:
    """Why a replica has no estimate, or no room."""

    message: str
    known: bool  # False: nobody measured; True: it can't be


def speed_of(
    replica: ModelReplica, inputs: float, outputs: float, longest: tuple[float, float], points: Sequence[MeasuredPoint]
) -> ReplicaSpeed | NoSpeed:
    """The curve for requests of these mean tokens; the longest request must fit, too."""
    room = room_of(replica, *longest, mean_tokens=inputs + outputs / 2)
    if not room.sequences:
        return NoSpeed(room.message, known=True)
    own = [point for point in points if _measures(point, replica)]
    basis = basis_of(replica)
    if len({point.concurrency for point in own}) >= POINTS:
        return _by_points(replica, room, own, basis)
    if basis.numbers is None or basis.error is None or basis.first_token is None:
        return NoSpeed(basis.words, known=False)
    numbers = basis.numbers
    steps = tuple(
        float(step_seconds(work_of(replica, TokenLoad(max(1, n), inputs, outputs)), numbers))
        for n in range(room.sequences + 1)
    )
    prefills, firsts = _prompts(replica, numbers)
    return ReplicaSpeed(
        replica, room, steps, prefills, firsts, Factors(basis.error.low, basis.error.high),
        Factors(basis.first_token.low, basis.first_token.high), basis.origin, basis.words,
    )  # fmt: skip


def _measures(point: MeasuredPoint, replica: ModelReplica) -> bool:
    return (point.accelerator, point.devices) == (replica.device.accelerator, replica.devices)


def _prompts(replica: ModelReplica, numbers: FourNumbers) -> tuple[tuple[float, ...], tuple[float, ...]]:
    works = [work_of(replica, TokenLoad(1, tokens, 1)) for tokens in GRID]
    prefills = tuple(float(work.prefill / numbers.compute) for work in works)
    return prefills, tuple(float(first_token_seconds(work, numbers)) for work in works)


def _by_points(replica: ModelReplica, room: Room, points: Sequence[MeasuredPoint], basis: Basis) -> ReplicaSpeed:
    """The line through the points, in the sense of least squares; more requests at once never make a step shorter."""
    sizes = np.array([point.concurrency for point in points], dtype=float)
    seconds = np.array([point.per_token.total_seconds() for point in points])
    slope, level = np.polyfit(sizes, seconds, 1)
    if slope < 0:
        slope, level = 0.0, float(seconds.max())
    steps = tuple(float(max(level + slope * max(1, n), seconds.min() / 10)) for n in range(room.sequences + 1))
    firsts = [point.first_token.total_seconds() for point in points if point.first_token is not None]
    others = sorted({point.by for point in points} - {""})
    origin: Origin = "measured elsewhere" if others else "measured here"
    words = f"the line through {len(points)} points of {' and '.join(others) or 'your own'}"
    most = int(sizes.max())
    if room.sequences > most:
        words += f"; above {most} requests at once it is continued, not measured"
    none = (0.0,) * len(GRID)  # the steps that were measured hold the prefills
    if firsts:
        return ReplicaSpeed(replica, room, steps, none, (min(firsts),) * len(GRID), EXACT, EXACT, origin, words)
    if basis.numbers is None or basis.first_token is None:
        words += "; the first token was not measured: taken as one step"
        return ReplicaSpeed(replica, room, steps, none, (steps[1],) * len(GRID), EXACT, EXACT, origin, words)
    _, estimated = _prompts(replica, basis.numbers)
    factors = Factors(basis.first_token.low, basis.first_token.high)
    words += "; the first token is fitted"
    return ReplicaSpeed(replica, room, steps, none, estimated, EXACT, factors, origin, words)
