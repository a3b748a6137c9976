"""Samples become a verdict: what matters, which bucket counts as slow, and when there is too little."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import inf

import pytest

from tests.support.specs import endpoint
from weighbridge.canary_analysis.check import CheckVerdict, Judgement, boundary, check
from weighbridge.canary_analysis.samples import Samples, VersionCounts, interval_of

END = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTES = 60


def counts(requests: float, errors: float, slow: tuple[float, float, float] = (0.5, 0.05, 0.01)) -> VersionCounts:
    """Every minute alike: requests, and shares that fail and that are slower than 50, 200 and 400 ms."""

    def steady(number: float) -> tuple[float, ...]:
        return (float(round(number)),) * MINUTES

    bounds = zip((50.0, 200.0, 400.0, inf), (*slow, 0.0), strict=True)
    buckets = {bound: steady(requests * (1 - share)) for bound, share in bounds}
    return VersionCounts(steady(requests), steady(requests * errors), buckets)


NOTHING = VersionCounts((0.0,) * MINUTES, (0.0,) * MINUTES, {})


def found(candidate: VersionCounts, stable: VersionCounts, at: str = "10%"):
    samples = Samples(END - timedelta(minutes=MINUTES), END, 60, candidate, stable, {})
    return check("ranker", endpoint({"at": at}), "prod", samples)


def findings(candidate: VersionCounts, stable: VersionCounts) -> list[str]:
    return [str(row.finding) for row in found(candidate, stable).rows if row.finding is not Judgement.SHOWN]


def test_alike_versions_pass():
    result = found(counts(1000, 0.01), counts(9000, 0.01))

    assert result.verdict is CheckVerdict.PASS
    assert result.chance_each == pytest.approx(0.01 / 1440 / 4)


def test_a_better_candidate_passes():
    assert found(counts(1000, 0.0, (0.1, 0, 0)), counts(9000, 0.01)).verdict is CheckVerdict.PASS


@pytest.mark.parametrize(
    ("candidate", "worse"),
    [
        (counts(1000, 0.03), [0]),
        (counts(1000, 0.01, (0.7, 0.05, 0.01)), [1]),
        (counts(1000, 0.01, (0.5, 0.09, 0.01)), [2]),
        (counts(1000, 0.01, (0.5, 0.05, 0.03)), [3]),
    ],
)
def test_each_comparison_can_fail_alone(candidate, worse):
    given = findings(candidate, counts(9000, 0.01))

    assert [index for index, finding in enumerate(given) if finding == "worse"] == worse
    assert found(candidate, counts(9000, 0.01)).verdict is CheckVerdict.FAIL


@pytest.mark.parametrize(
    ("share", "stable", "slow", "stable_slow", "finding"),
    [
        (0.0205, 0.0200, 0.5, 0.5, "as good"),  # 2.5% more errors, 0.05 points
        (0.0220, 0.0200, 0.5, 0.5, "worse"),  # 0.2 points
        (0.00055, 0.00050, 0.5, 0.5, "worse"),  # 10% more
        (0.02, 0.02, 0.52, 0.5, "as good"),  # p50: 4% more, though it is 2 points
        (0.02, 0.02, 0.56, 0.5, "worse"),
    ],
)
def test_a_difference_that_matters_to_nobody_passes_however_sure(share, stable, slow, stable_slow, finding):
    many = 1_000_000  # a minute
    mine, other = counts(many, share, (slow, 0.05, 0.01)), counts(9 * many, stable, (stable_slow, 0.05, 0.01))

    assert finding in findings(mine, other)[0 if share != stable else 1]


def test_few_requests_pass_nothing_but_can_fail():
    assert found(counts(20, 0.0), counts(9000, 0.01)).verdict is CheckVerdict.NOT_ENOUGH
    assert found(counts(100, 0.5), counts(9000, 0.01)).verdict is CheckVerdict.FAIL


def test_how_long_until_there_are_enough():
    error = found(counts(50, 0.02), counts(450, 0.02)).rows[0].tested

    assert error is not None
    assert error.requests == 3000
    assert error.wait is not None
    # As many more as are missing, at 50 a minute.
    assert error.wait == pytest.approx(timedelta(minutes=(error.needed - 3000) / 50), abs=timedelta(seconds=1))


def test_without_requests_of_either_there_is_no_verdict():
    for pair in ((NOTHING, counts(9000, 0.01)), (counts(1000, 0.01), NOTHING), (NOTHING, NOTHING)):
        result = found(*pair)
        assert result.verdict is CheckVerdict.NOT_ENOUGH
        assert {row.finding for row in result.rows} == {Judgement.NOT_ENOUGH, Judgement.SHOWN}


def test_a_few_minutes_of_many_requests_are_not_enough():
    short = VersionCounts((0.0,) * 55 + (1e6,) * 5, (0.0,) * 55 + (1e4,) * 5, {})

    assert findings(short, counts(1e7, 0.01))[0] == "not enough data"


@pytest.mark.parametrize(
    ("quantile", "promised", "bound"),
    [(0.5, None, 50), (0.95, None, 200), (0.99, None, 400), (0.99, 150, 200), (0.99, 200, 200), (0.99, 5000, 400)],
)
def test_slow_is_what_is_promised_or_what_the_quantile_comes_next_to(quantile, promised, bound):
    assert boundary(counts(9000, 0.01), quantile, promised) == bound


def test_a_histogram_without_bounds_has_none():
    assert boundary(NOTHING, 0.99, 400) is None
    assert boundary(counts(9000, 0.01, (0, 0, 0)), 0.99, None) == 50


@pytest.mark.parametrize(
    ("window", "seconds"), [("10m", 60), ("1h", 60), ("2h", 120), ("150m", 120), ("6h", 300), ("7d", 300)]
)
def test_intervals_are_of_one_to_five_minutes(window, seconds):
    amount, unit = int(window[:-1]), {"m": "minutes", "h": "hours", "d": "days"}[window[-1]]

    assert interval_of(timedelta(**{unit: amount})) == seconds
