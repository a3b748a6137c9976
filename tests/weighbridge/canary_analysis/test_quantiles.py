"""Quantiles of both versions become a verdict: what fails, what passes, and when there is too little."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import nan

import numpy as np
import pytest

from tests.support.specs import endpoint
from weighbridge.canary_analysis.check import CheckVerdict, Judgement, check
from weighbridge.canary_analysis.quantiles import pairs
from weighbridge.canary_analysis.samples import Samples, VersionCounts, VersionQuantiles
from weighbridge.render.rollout_check.text import render

END = datetime(2026, 11, 20, 12, tzinfo=UTC)
INTERVALS = 72
MINUTE = 5  # requests of an interval, as many a minute
CHANCE = 0.01 / 1440 / 4


def counts(requests: float) -> VersionCounts:
    return VersionCounts((requests,) * INTERVALS, (requests // 100,) * INTERVALS, {})


def quantiles(times: float = 1.0, a_minute: float = 500, known: int = INTERVALS, **own: float) -> VersionQuantiles:
    """Every interval alike, unless fewer are `known`; `own`: factors of single quantiles, such as p99=2."""
    seconds = {0.5: 0.05, 0.95: 0.2, 0.99: 0.3}
    noise = np.random.default_rng(1).normal(0, 0.05, INTERVALS)
    rest = (nan,) * (INTERVALS - known)
    return VersionQuantiles(
        (a_minute * MINUTE,) * INTERVALS,
        {
            quantile: (
                *rest,
                *(value * times * own.get(f"p{quantile * 100:.0f}", 1.0) * np.exp(noise[:known])).tolist(),
            )
            for quantile, value in seconds.items()
        },
    )


def samples(candidate: VersionQuantiles, stable: VersionQuantiles) -> Samples:
    start = END - INTERVALS * timedelta(minutes=5)
    return Samples(start, END, 300, counts(3000), counts(27000), {}, (candidate, stable))


def found(candidate: VersionQuantiles, stable: VersionQuantiles):
    return check("ranker", endpoint({"at": "10%"}), "prod", samples(candidate, stable))


def findings(candidate: VersionQuantiles, stable: VersionQuantiles) -> list[str]:
    return [str(row.finding) for row in found(candidate, stable).rows if row.finding is not Judgement.SHOWN][1:]


def text(candidate: VersionQuantiles, stable: VersionQuantiles) -> str:
    return " ".join(render(found(candidate, stable)).split())


def test_alike_versions_pass_and_so_does_a_better_one():
    assert found(quantiles(), quantiles()).verdict is CheckVerdict.PASS
    assert found(quantiles(0.5), quantiles()).verdict is CheckVerdict.PASS


@pytest.mark.parametrize("worse", [0, 1, 2])
def test_each_quantile_can_fail_alone(worse):
    candidate = (quantiles(p50=2), quantiles(p95=2), quantiles(p99=2))[worse]

    assert findings(candidate, quantiles()) == ["worse" if index == worse else "as good" for index in range(3)]
    assert found(candidate, quantiles()).verdict is CheckVerdict.FAIL


@pytest.mark.parametrize(("times", "finding"), [(1.05, "as good"), (1.2, "worse")])
def test_a_difference_that_matters_to_nobody_passes_however_sure(times, finding):
    many = 100_000

    assert findings(quantiles(times, many), quantiles(1.0, many))[0] == finding


def test_what_few_requests_explain_is_no_difference():
    # A p99 of 30 requests is about a p93: 1.5 times as much in 600 is none.
    candidate = quantiles(a_minute=600, p99=1.5)

    assert findings(candidate, quantiles(a_minute=600))[2] == "worse"
    assert findings(candidate, quantiles(a_minute=30))[2] != "worse"


def test_quantiles_of_all_replicas_rest_on_the_same_number_of_judged_comparisons():
    assert found(quantiles(), quantiles()).chance_each == pytest.approx(CHANCE)


@pytest.mark.parametrize(
    ("known", "every", "end"),
    [
        (12, 1, "has 12 of 72; at the present rate in 3h10m."),
        (72, 2, "has 36 of 72: a window of at least 9h (--window 9h, once it has run that long)."),
    ],
)
def test_too_few_intervals(known, every, end):
    whole = quantiles(known=known)
    gaps = {
        quantile: tuple(nan if index % every else value for index, value in enumerate(of))
        for quantile, of in whole.seconds.items()
    }
    words = text(VersionQuantiles(whole.requests, gaps), quantiles())

    assert "NOT ENOUGH DATA ranker (prod): 3 of 4 comparisons need more data" in words
    need = "latency p99: needs 50 intervals of 5m in which a replica of each has 30 requests a minute, "
    assert need + end in words


def test_too_few_requests():
    words = text(quantiles(a_minute=29), quantiles())

    assert "has 0 of 72: check again when there are more." in words
    assert "latency p99 300 ms 300 ms not enough data" in words  # shown all the same


def test_what_no_window_holds():
    shaky = quantiles()
    random = np.random.default_rng(2)
    wild = {
        quantile: tuple(np.array(of) * np.exp(random.normal(0, 3, INTERVALS))) for quantile, of in shaky.seconds.items()
    }
    words = text(VersionQuantiles(shaky.requests, wild), quantiles())

    assert "has 72 of 72: more than the longest window has, 7d." in words


def test_a_version_without_series():
    nothing = VersionQuantiles((nan,) * INTERVALS, dict.fromkeys((0.5, 0.95, 0.99), (nan,) * INTERVALS))

    assert "latency p99: the server doesn't have its series of both versions in this time." in text(
        quantiles(), nothing
    )
    assert findings(quantiles(), nothing) == ["not enough data"] * 3


def test_what_it_rests_on():
    one = pairs(samples(quantiles(2), quantiles()), 0.99, CHANCE, 1.1)

    assert one is not None
    assert (one.intervals, one.asked, one.above, one.needed) == (72, 72, 72, 50)
    assert one.ratio == pytest.approx(2)
    assert one.candidate_seconds == pytest.approx(0.6, rel=0.1)
    # What 500 requests a minute of each explain, by the share of slower ones that a sketch may show.
    assert one.floor == pytest.approx(1.1 * ((0.03 + 1 / 500) / (0.02 + 1 / 500)) ** 0.5)


def test_a_server_with_a_histogram_has_no_pairs():
    given = Samples(END - timedelta(hours=1), END, 60, counts(1), counts(1), {})

    assert pairs(given, 0.99, CHANCE, 1.1) is None
