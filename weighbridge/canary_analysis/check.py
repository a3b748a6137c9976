"""Whether a rollout's candidate is worse than stable: samples become a verdict.

The tests are those of `counts`, and of `pairs` for quantiles where a server exposes no histogram.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from math import inf, log
from typing import TYPE_CHECKING

from weighbridge.canary_analysis.quantiles import Paired, pairs
from weighbridge.canary_analysis.queries import Comparison, comparison, not_compared
from weighbridge.canary_analysis.samples import Counts, Samples, VersionCounts
from weighbridge.rollouts.weights import weights
from weighbridge.serving.server import conventions_of
from weighbridge.spec.endpoint import Endpoint
from weighbridge.units import UNITS_PER_SECOND, in_latency_unit

if TYPE_CHECKING:
    from weighbridge.canary_analysis.counts import Pair

RELATIVE_FLOOR, ABSOLUTE_FLOOR = 0.10, 0.001
"""A difference that is smaller than both matters to nobody, however sure: 10% of stable's share, and 0.1 percentage
points. Of latency p50 and p95, whose shares are large, the first alone counts."""

STRICTEST = 0.99
COUNTED_IN_POINTS = (None, STRICTEST)
"""Quantiles, and None for errors."""


class CheckVerdict(StrEnum):
    """Of the whole check; the values are the JSON report's."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    NOT_ENOUGH = "not enough data"


class Judgement(StrEnum):
    """What is made of one comparison."""

    WORSE = "worse"
    AS_GOOD = "as good"
    NOT_ENOUGH = "not enough data"
    SHOWN = "not judged"


@dataclass(frozen=True, slots=True)
class Tested:
    """What a judged comparison rests on. `bad` and `requests` are the candidate's, `wait` is None at no requests."""

    bad: int
    requests: int
    stable_bad: int
    stable_requests: int
    needed: int
    wait: timedelta | None
    intervals: int  # in which both had requests
    dispersion: float
    chance: float
    limit_seconds: float | None  # of latency: slower ones are the bad ones

    @property
    def share(self) -> float | None:
        """The candidate's bad ones of its requests; None without requests."""
        return self.bad / self.requests if self.requests else None

    @property
    def stable_share(self) -> float | None:
        """Stable's bad requests of its own; None without requests."""
        return self.stable_bad / self.stable_requests if self.stable_requests else None


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One comparison with its outcome."""

    comparison: Comparison
    candidate: float | None
    stable: float | None
    finding: Judgement
    tested: Tested | None = None
    paired: Paired | None = None  # instead, where the server exposes quantiles only


@dataclass(frozen=True, slots=True)
class Check:
    """The answer to whether the candidate may take its next step, with everything that it rests on."""

    endpoint: str
    environment: str
    candidate: str
    stable: str
    weight: Decimal  # per cent of the requests that the candidate takes by the spec
    bake: timedelta
    start: datetime
    end: datetime
    interval: timedelta
    chance_each: float
    rows: tuple[ComparisonRow, ...]
    not_compared: tuple[str, ...]

    @property
    def verdict(self) -> CheckVerdict:
        """Fail if anything is worse; pass only if everything that is judged has enough data."""
        judged = [row.finding for row in self.rows if row.finding is not Judgement.SHOWN]
        if Judgement.WORSE in judged:
            return CheckVerdict.FAIL
        return CheckVerdict.PASS if judged and Judgement.NOT_ENOUGH not in judged else CheckVerdict.NOT_ENOUGH


def check(name: str, endpoint: Endpoint, environment: str, samples: Samples, cluster: str | None = None) -> Check:
    """Judges the samples of an endpoint with a rollout."""
    from weighbridge.canary_analysis.counts import chance_each

    rollout = endpoint.rollout
    if rollout is None:
        raise ValueError(f"{name} has no rollout")
    compared = comparison(name, endpoint, cluster or environment)
    weight = weights(endpoint)[rollout.candidate]
    chance = chance_each(rollout.bake, sum(measure.judged for measure in compared))
    return Check(
        endpoint=name,
        environment=environment,
        candidate=rollout.candidate,
        stable=endpoint.stable,
        weight=weight,
        bake=rollout.bake,
        start=samples.start,
        end=samples.end,
        interval=timedelta(seconds=samples.interval_seconds),
        chance_each=chance,
        rows=tuple(_rows(name, endpoint, compared, samples, chance, weight)),
        not_compared=not_compared(name, endpoint),
    )


def _rows(
    name: str, endpoint: Endpoint, compared: tuple[Comparison, ...], samples: Samples, chance: float, weight: Decimal
) -> Iterator[ComparisonRow]:
    latency = conventions_of(name, endpoint).signals.latency
    unit = latency.unit if latency is not None else "s"
    slo = float(in_latency_unit(endpoint.slo.latency_p99, unit)) if endpoint.slo is not None else None
    sides = (samples.candidate, samples.stable)
    for measure in compared:
        new, old = samples.values.get(measure.id, (None, None))
        if not measure.judged:
            yield ComparisonRow(measure, new, old, Judgement.SHOWN)
            continue
        if measure.quantile is not None and samples.quantiles is not None:
            paired = pairs(samples, measure.quantile, chance, 1 + RELATIVE_FLOOR)
            if paired is not None:
                new, old = paired.candidate_seconds, paired.stable_seconds
            yield ComparisonRow(measure, new, old, _finding_of_pairs(paired, chance), paired=paired)
            continue
        limit: float | None = None
        if measure.quantile is None:
            pair = _pair(*(counts for side in sides for counts in (side.errors, side.requests)))
        else:
            promised = slo if measure.quantile == STRICTEST else None
            limit = boundary(samples.stable, measure.quantile, promised)
            pair = _slow_pair(samples, limit)
        tested = _test(pair, samples, chance, limit / UNITS_PER_SECOND[unit] if limit is not None else None, weight)
        if measure.counted and tested is not None:
            new, old = tested.share, tested.stable_share
        yield ComparisonRow(measure, new, old, _finding(tested, chance, measure.quantile), tested)


def boundary(stable: VersionCounts, quantile: float, promised: float | None) -> float | None:
    """The bucket's bound from which requests count as slow, in the histogram's unit; None without buckets.

    The first at or above what is `promised`; else the one above which stable has about the share of the quantile.
    """
    bounds = [bound for bound in stable.buckets if bound < inf]
    if not bounds:
        return None
    if promised is not None:
        return min((bound for bound in bounds if bound >= promised), default=max(bounds))
    total = sum(stable.buckets.get(inf, ()))
    slower = {bound: 1 - sum(stable.buckets[bound]) / total for bound in bounds} if total else {}
    known = {bound: share for bound, share in slower.items() if share > 0}
    return min(known, key=lambda bound: abs(log(known[bound] / (1 - quantile))), default=bounds[0])


def _slow_pair(samples: Samples, limit: float | None) -> Pair | None:
    sides: list[Counts | None] = []
    for version in (samples.candidate, samples.stable):
        all_, quick = version.buckets.get(inf), version.buckets.get(limit) if limit is not None else None
        slow = tuple(max(0.0, one - other) for one, other in zip(all_, quick, strict=True)) if all_ and quick else None
        sides += [slow, all_]
    return _pair(*sides)


def _pair(bad: Counts | None, requests: Counts | None, stable_bad: Counts | None, stable: Counts | None) -> Pair | None:
    """None where a version has no such counts at all."""
    import numpy as np

    from weighbridge.canary_analysis.counts import Pair

    if bad is None or requests is None or stable_bad is None or stable is None:
        return None
    new, old = np.array(requests), np.array(stable)
    return Pair(np.minimum(np.array(bad), new), new, np.minimum(np.array(stable_bad), old), old)


def _test(
    pair: Pair | None, samples: Samples, chance: float, limit_seconds: float | None, weight: Decimal
) -> Tested | None:
    from weighbridge.canary_analysis.counts import compare, needed

    if pair is None:
        return None
    outcome = compare(pair)
    requests, stable, stable_bad = (
        int(counts.sum()) for counts in (pair.requests, pair.stable_requests, pair.stable_bad)
    )
    least = needed(
        share=stable_bad / stable if stable else 0.0,
        part=requests / (requests + stable) if requests and stable else float(weight) / 100,
        chance=chance,
        dispersion=float(outcome.dispersion),
        intervals=pair.requests.size,
    )
    wait = (samples.end - samples.start) * (max(0, least - requests) / requests) if requests else None
    return Tested(
        bad=int(pair.bad.sum()),
        requests=requests,
        stable_bad=stable_bad,
        stable_requests=stable,
        needed=least,
        wait=wait,
        intervals=int(outcome.intervals),
        dispersion=float(outcome.dispersion),
        chance=float(outcome.chance),
        limit_seconds=limit_seconds,
    )


def _finding(tested: Tested | None, chance: float, quantile: float | None) -> Judgement:
    from weighbridge.canary_analysis.counts import LEAST_INTERVALS

    if tested is None:
        return Judgement.NOT_ENOUGH
    if tested.chance < chance and _matters(tested, quantile):
        return Judgement.WORSE
    enough = tested.intervals >= LEAST_INTERVALS and tested.requests >= tested.needed
    return Judgement.AS_GOOD if enough else Judgement.NOT_ENOUGH


def _finding_of_pairs(paired: Paired | None, chance: float) -> Judgement:
    """The floor is part of the test."""
    if paired is None:
        return Judgement.NOT_ENOUGH
    if paired.chance < chance:
        return Judgement.WORSE
    return Judgement.AS_GOOD if paired.intervals >= paired.needed else Judgement.NOT_ENOUGH


def _matters(tested: Tested, quantile: float | None) -> bool:
    stable = tested.stable_share or 0.0
    rise = (tested.share or 0.0) - stable
    return rise >= RELATIVE_FLOOR * stable or (quantile in COUNTED_IN_POINTS and rise >= ABSOLUTE_FLOOR)
