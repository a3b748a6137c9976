"""How often the test of quantiles is wrong, by simulating whole rollouts; and that its tail is a bound."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import bdtrc, ndtri

from weighbridge.canary_analysis.counts import chance_each
from weighbridge.canary_analysis.pairs import (
    LEAST_REQUESTS,
    LOOKBACK_SECONDS,
    SKETCH_LEAST,
    SKETCH_MOST,
    Side,
    allowance,
    compare,
    needed,
)
from weighbridge.canary_analysis.samples import QUANTILE_INTERVAL

HOURS, EACH_HOUR, WINDOW = 24, 12, 72  # a look an hour, each at the six hours before
ROLLOUTS, AT_ONCE = 2000, 100
CHANCE = chance_each(timedelta(hours=HOURS), 4)
SCALE = QUANTILE_INTERVAL / LOOKBACK_SECONDS
RATIO = 1.1
RNG = np.random.default_rng

TAILS = {
    "exponential": lambda rarity: -np.log(rarity),
    "lognormal": lambda rarity: np.exp(-ndtri(rarity)),  # p99 ten times p50
    "Pareto": lambda rarity: rarity**-0.5,
}


def p99(random, requests, replicas: int, low: float, tail: str = "lognormal") -> np.ndarray:
    """The mean over replicas of what each computes from one minute of requests, with a sketch that is `low`.

    Of n values in order, the k-th from the top is as rare as a beta distribution says. That an interval has five such
    minutes is left out: less noise than this there always is.
    """
    rank = np.round(requests * (0.01 + low)) + 1
    rarity = random.beta(rank, np.maximum(requests - rank + 1, 1), (replicas, *requests.shape))
    return TAILS[tail](rarity).mean(axis=0)


def looks(random, new: np.ndarray, counts: np.ndarray, old: np.ndarray, stable_counts: np.ndarray):
    """The outcome of each hourly look, by rollout and hour; counts are by minute. Before it there is nothing."""
    before = ((0, 0), (WINDOW - EACH_HOUR, 0))
    padded = (
        np.pad(side, before, constant_values=np.nan) for side in (new, counts * SCALE, old, stable_counts * SCALE)
    )
    new, counts, old, stable_counts = (
        np.lib.stride_tricks.sliding_window_view(side, WINDOW, axis=-1)[:, ::EACH_HOUR] for side in padded
    )
    return compare(0.99, Side(new, counts), Side(old, stable_counts), RATIO)


def alarms(draw, rollouts: int = ROLLOUTS, seed: int = 1) -> np.ndarray:
    """Whether each hourly look of each rollout is an alarm, of 4 comparisons."""
    random, shape = RNG(seed), (AT_ONCE, HOURS * EACH_HOUR)
    return np.concatenate(
        [looks(random, *draw(random, shape)).chance < CHANCE for _ in range(rollouts // AT_ONCE)]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("requests", "replicas", "stable_requests", "stable_replicas", "tail"),
    [
        (30, 1, 30, 4, "lognormal"),
        (30, 4, 30, 1, "Pareto"),
        pytest.param(300, 1, 30, 2, "exponential", marks=pytest.mark.slow),
        pytest.param(300, 2, 30, 1, "lognormal", marks=pytest.mark.slow),
    ],
)
def test_alike_versions_raise_an_alarm_in_at_most_1_percent_of_rollouts(
    requests, replicas, stable_requests, stable_replicas, tail
):
    def draw(random, shape):
        counts, others = np.full(shape, float(requests)), np.full(shape, float(stable_requests))
        mine = p99(random, counts, replicas, SKETCH_LEAST, tail)
        return mine, counts, p99(random, others, stable_replicas, SKETCH_MOST, tail), others

    # A quarter of 1%: there are four comparisons.
    assert alarms(draw).any(axis=1).mean() <= 0.0025


def test_numbers_of_requests_that_change_all_the_time_raise_no_alarm():
    def draw(random, shape):
        counts, others = (random.integers(30, 301, shape).astype(float) for _ in range(2))
        return p99(random, counts, 1, SKETCH_LEAST), counts, p99(random, others, 3, SKETCH_MOST), others

    assert alarms(draw).any(axis=1).mean() <= 0.0025


def autoregressive(random, shape, alike: float) -> np.ndarray:
    noise = random.standard_normal(shape)
    for index in range(1, shape[-1]):
        noise[:, index] = alike * noise[:, index - 1] + np.sqrt(1 - alike**2) * noise[:, index]
    return noise


@pytest.mark.parametrize("alike", [0.0, 0.3, 0.7])
def test_neighbours_that_are_alike_raise_no_more_alarms(alike):
    def draw(random, shape):
        counts = np.full(shape, 300.0)
        # As high as no difference can be: half of the intervals are above.
        highest = RATIO * allowance(0.99, counts * SCALE, counts * SCALE)
        return highest * np.exp(0.2 * autoregressive(random, shape, alike)), counts, np.ones(shape), counts

    assert alarms(draw).any(axis=1).mean() <= 0.0025


@pytest.mark.parametrize("replicas", [1, 2])
def test_a_doubled_p99_is_caught_within_the_bake_time(replicas):
    # 10% of 50 requests a second, and stable's 90% on three replicas.
    def draw(random, shape):
        counts = random.poisson(5 * 60 / replicas, shape).astype(float)
        others = random.poisson(45 * 60 / 3, shape).astype(float)
        mine = 2 * p99(random, counts, replicas, SKETCH_MOST)
        return mine, counts, p99(random, others, 3, SKETCH_LEAST), others

    assert alarms(draw, rollouts=1000).any(axis=1).mean() >= 0.99


@pytest.mark.parametrize("alike", [0.0, 0.3])
@pytest.mark.parametrize("spread", [0.05, 0.2, 0.4])
def test_a_look_that_has_enough_intervals_sees_a_doubled_quantile(spread, alike):
    random, number = RNG(6), 3000
    counts = np.full(300, 1500.0)
    floor, shown = RATIO * allowance(0.99, counts, counts)[0], 2 / allowance(0.99, counts, counts)[0]
    intervals = needed(shown / floor, spread, 1.6, CHANCE)
    ratios = shown * np.exp(spread * autoregressive(random, (number, intervals), alike))
    side = np.full(ratios.shape, 1500.0)
    found = compare(0.99, Side(ratios, side), Side(np.ones(ratios.shape), side), RATIO)
    asked = [needed(shown / floor, *noise, CHANCE) for noise in zip(found.spread, found.inflation, strict=True)]
    missed = (intervals >= np.array(asked)) & (found.chance >= CHANCE)

    assert missed.mean() <= 0.01


def test_how_many_intervals_it_asks_for():
    assert pytest.approx(0.01 / 1440 / 4) == CHANCE
    assert [needed(1.5, spread, 1.55, CHANCE) for spread in (0, 0.2, 0.4, 0.8, 100)] == [50, 50, 147, 544, 8633]
    assert needed(0.9, 0.1, 1.55, CHANCE) == needed(1.5, 100, 1.55, CHANCE)  # a doubled one is below the floor


@given(above=st.integers(0, 200), below=st.integers(0, 200))
def test_the_tail_is_never_below_the_exact_one_of_independent_intervals(above, below):
    ratios = np.array([2.0] * above + [0.5] * below + [1.0])
    many = np.full(ratios.shape, 1e9)
    found = compare(0.5, Side(ratios, many), Side(np.ones(ratios.shape), many), RATIO)

    exact = bdtrc(above - 1, above + below + 1, 0.5)
    assert float(found.chance) >= exact * (1 - 1e-9) or above <= below + 1
    assert 0 <= float(found.chance) <= 1
    assert (found.above, found.intervals) == (above, above + below + 1)


@given(quantile=st.sampled_from([0.5, 0.95, 0.99]), one=st.floats(150, 1e6), other=st.floats(150, 1e6))
def test_fewer_requests_of_stable_only_raise_the_floor(quantile, one, other):
    least, most = sorted((one, other))
    given_ = [float(allowance(quantile, np.array(one), np.array(requests))) for requests in (least, most)]

    assert given_[0] >= given_[1] >= 1


@pytest.mark.parametrize("missing", [np.nan, 0.0])
def test_an_interval_without_a_quantile_or_with_few_requests_says_nothing(missing):
    enough, few = LEAST_REQUESTS * SCALE, LEAST_REQUESTS * SCALE - 1
    new, old = np.array([9.0, 9.0, 9.0, missing, 9.0]), np.array([1.0, 1.0, missing, 1.0, 1.0])
    requests = np.array([enough, few, enough, enough, np.nan])
    found = compare(0.99, Side(new, requests), Side(old, np.full(5, enough)), RATIO)

    assert found.counts.tolist() == [True, False, False, False, False]
    assert (int(found.intervals), int(found.above), float(found.ratio)) == (1, 1, 9)


def test_nothing_known_says_nothing():
    nothing = Side(np.full(WINDOW, np.nan), np.full(WINDOW, np.nan))
    found = compare(0.99, nothing, nothing, RATIO)

    assert (float(found.chance), float(found.intervals)) == (1, 0)
    assert np.isnan(found.ratio)
