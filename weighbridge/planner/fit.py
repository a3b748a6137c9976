"""Fits the four numbers of `step_time` to measured rows, and says how far they are off on rows that were held out.

Errors are relative and of whole requests. The fit minimises a sum that grows as the square of small logarithms of
(estimated / measured) and as the absolute value of large ones, so that a row measured wrongly doesn't decide. Numbers
of few rows lean on those of all rows of their kind: `PRIOR` is how much. NumPy alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from weighbridge.catalog.model_speed import Kind
from weighbridge.planner.step_time import (
    LEAST_ROWS,
    FourNumbers,
    ModelReplica,
    TokenLoad,
    Work,
    first_token_seconds,
    request_seconds,
    work_of,
)

Numbers: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.int64]
"""Which of the rows."""

Group: TypeAlias = tuple[str, str, Kind]
"""Engine, accelerator and kind of model: what has four numbers of its own."""

SMALL = 0.1
"""Of a logarithm: about 10 %. Beyond, an error counts by its size alone."""

PRIOR = 0.3
"""Weight of one logarithm's distance from the numbers of all rows, beside one row's error."""

LOWEST = np.log([0.02, 0.01, 1e-8, 1e-8])
HIGHEST = np.log([2.0, 1.5, 2e-3, 2e-3])
"""Bounds of the four; memory is at times read less often than the formula says, so 1 is none."""

STARTS = (np.log([0.8, 0.4, 5e-5, 2e-5]), np.log([0.6, 0.25, 1e-5, 5e-5]))
FOLDS = 4
LOW, HIGH = 0.05, 0.95
"""Quantiles between which nine rows of ten lie."""


@dataclass(frozen=True, slots=True)
class FitRow:
    """One measured request time, in seconds, at a steady concurrency."""

    replica: ModelReplica
    load: TokenLoad
    seconds: float
    source: str
    first_token: float | None = None
    as_of: str = ""

    @property
    def model(self) -> str:
        return self.replica.model.name

    @property
    def group(self) -> Group:
        return self.replica.engine, self.replica.device.accelerator, self.replica.model.kind


class RowSet:
    """Measured rows with their work as arrays, so that a fit costs no loop over rows."""

    def __init__(self, rows: Sequence[FitRow]) -> None:
        self.rows = tuple(rows)
        self._work = _columns(Work, [work_of(row.replica, row.load) for row in rows])
        self._load = _columns(TokenLoad, [row.load for row in rows])
        self.seconds: Numbers = np.array([row.seconds for row in rows], dtype=np.float64)
        self._alone = _columns(Work, [work_of(row.replica, _alone(row)) for row in rows])

    def estimates(self, logs: Numbers, chosen: Places) -> Numbers:
        """Seconds of the chosen rows by four numbers, given as logarithms."""
        work, load = _pick(self._work, chosen), _pick(self._load, chosen)
        made: Numbers = request_seconds(work, load, four(logs), np.maximum)
        return made

    def first_tokens(self, logs: Numbers, chosen: Places) -> Numbers:
        """Seconds to the first token of a request alone."""
        made: Numbers = first_token_seconds(_pick(self._alone, chosen), four(logs), np.maximum)
        return made

    def ratios(self, logs: Numbers, chosen: Places) -> Numbers:
        """Measured over estimated seconds."""
        return self.seconds[chosen] / self.estimates(logs, chosen)


def _alone(row: FitRow) -> TokenLoad:
    return TokenLoad(1, row.load.input_tokens, row.load.output_tokens)


def _columns(of: Any, parts: Sequence[object]) -> Any:
    """One part whose numbers are arrays of those of all parts."""
    return of(*(np.array([getattr(part, name) for part in parts], dtype=np.float64) for name in of.__slots__))


def _pick(part: Any, chosen: Places) -> Any:
    return type(part)(*(getattr(part, name)[chosen] for name in type(part).__slots__))


def four(logs: Numbers) -> FourNumbers:
    """The numbers of their logarithms."""
    return FourNumbers(*np.exp(logs))


def fit(rows: RowSet, chosen: Places, towards: Numbers | None = None) -> Numbers:
    """Logarithms of the four numbers that suit the chosen rows best, leaning towards others where given."""

    def errors(logs: Numbers) -> Numbers:
        found = -np.log(rows.ratios(logs, chosen))
        soft = np.sign(found) * SMALL * np.sqrt(2 * (np.sqrt(1 + (found / SMALL) ** 2) - 1))
        return soft if towards is None else np.concatenate([soft, (logs - towards) * PRIOR])

    starts = STARTS if towards is None else (towards, *STARTS)
    return min((_least_squares(errors, start) for start in starts), key=lambda found: found[1])[0]


def _least_squares(errors: Callable[[Numbers], Numbers], start: Numbers) -> tuple[Numbers, float]:
    """Levenberg and Marquardt's way within the bounds, by differences."""
    at = np.clip(start, LOWEST, HIGHEST)
    now, damping = errors(at), 1e-2
    cost = float(now @ now)
    for _ in range(60):
        slopes = np.stack([(errors(at + step) - now) / 1e-5 for step in np.eye(at.size) * 1e-5], axis=1)
        normal, gradient = slopes.T @ slopes, slopes.T @ now
        while damping < 1e8:  # noqa: PLR2004 - no step improves any more
            step = np.linalg.solve(normal + damping * (np.diag(np.diag(normal)) + 1e-9 * np.eye(at.size)), -gradient)
            there = np.clip(at + step, LOWEST, HIGHEST)
            then = errors(there)
            if float(then @ then) < cost:
                break
            damping *= 4
        else:
            break
        gained = cost - float(then @ then)
        at, now, cost, damping = there, then, cost - gained, max(damping / 10, 1e-9)
        if gained < cost * 1e-7:
            break
    return at, cost


def fit_groups(rows: RowSet, training: Places, wanted: Collection[Group] | None = None) -> dict[Group, Numbers]:
    """The numbers of every group among the training rows, and of each kind of model as (``*``, ``*``, kind).

    `wanted` are the groups that are needed; left out, all.
    """
    found: dict[Group, Numbers] = {}
    groups = [row.group for row in rows.rows]
    for kind in sorted({groups[index][2] for index in training} & {group[2] for group in wanted or groups}):
        of_kind = np.array([index for index in training if groups[index][2] == kind])
        everywhere = found["*", "*", kind] = fit(rows, of_kind)
        for name in sorted({groups[index] for index in of_kind} & set(wanted or groups)):
            found[name] = fit(rows, np.array([index for index in of_kind if groups[index] == name]), everywhere)
    return found


def held_out(rows: RowSet, parts: Sequence[Hashable]) -> tuple[Numbers, Numbers]:
    """Measured over estimated, of requests and of first tokens, each row by numbers fitted without its part.

    A row whose group has no other row is estimated by the numbers of its kind, or where there are none by NaN.
    """
    ratios, firsts = np.full(len(parts), np.nan), np.full(len(parts), np.nan)
    indices = np.arange(len(parts))
    for part in dict.fromkeys(parts):
        out = np.array([other == part for other in parts])
        fitted = fit_groups(rows, indices[~out], {rows.rows[index].group for index in indices[out]})
        for index in indices[out]:
            group = rows.rows[index].group
            logs = fitted.get(group, fitted.get(("*", "*", group[2])))
            if logs is None:
                continue
            here = np.array([index])
            ratios[index] = rows.ratios(logs, here)[0]
            first = rows.rows[index].first_token
            if first is not None:
                firsts[index] = first / rows.first_tokens(logs, here)[0]
    return ratios, firsts


@dataclass(frozen=True, slots=True)
class HeldOutError:
    """The error of a class of rows, and the factors between which nine measured times of ten lie."""

    rows: int
    mean: float
    median: float
    p90: float
    low: float
    high: float
    coverage: float


def error_of(ratios: Numbers, seed: int = 1) -> HeldOutError:
    """Of measured over estimated. The coverage is that of factors taken from one half, on the other half."""
    known = ratios[~np.isnan(ratios)]
    errors = np.abs(1 / known - 1)
    low, high = _factors(known)
    order = np.random.default_rng(seed).permutation(known.size)
    halves = np.array_split(order, 2)
    inside = 0
    for taken, judged in (halves, halves[::-1]):
        least, most = _factors(known[taken])
        inside += int(((known[judged] >= least) & (known[judged] <= most)).sum())
    mean, median, p90 = float(errors.mean()), float(np.median(errors)), float(np.quantile(errors, 0.9))
    return HeldOutError(int(known.size), mean, median, p90, low, high, inside / known.size)


def _factors(ratios: Numbers) -> tuple[float, float]:
    """Of a sample of n, the quantiles that a further row lies between with the wanted probability."""
    n = ratios.size
    low = max(0.0, (math.floor(LOW * (n + 1)) - 1) / max(1, n - 1))
    high = min(1.0, (math.ceil(HIGH * (n + 1)) - 1) / max(1, n - 1))
    return float(np.quantile(ratios, low)), float(np.quantile(ratios, high))


def known_groups(rows: Sequence[FitRow], least: int = LEAST_ROWS) -> frozenset[Group]:
    """The groups with enough rows."""
    counts: dict[Group, int] = {}
    for row in rows:
        counts[row.group] = counts.get(row.group, 0) + 1
    return frozenset(group for group, count in counts.items() if count >= least)
