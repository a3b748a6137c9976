"""How often the test of counts is wrong, by simulating whole rollouts; and that its bound is one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import bdtrc

from weighbridge.canary_analysis.counts import SEEN_IN, Pair, chance_each, compare, needed

PER_SECOND, PART = 50, 0.1  # requests of both versions; the candidate's part
HOURS, MINUTES = 24, 60  # a look an hour, each at the hour before
ROLLOUTS = 2000
BAKE = timedelta(hours=HOURS)
RNG = np.random.default_rng


AT_ONCE = 50
"""Rollouts whose arrays fit the processor's cache."""


def failures(random: np.random.Generator, expected: np.ndarray) -> np.ndarray:
    return random.poisson(expected).astype(float)


@cache
def requests(rollouts: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The candidate's and stable's, by rollout, hour and minute; to read only."""
    random, shape = RNG(seed), (rollouts, HOURS, MINUTES)
    mine, other = (random.poisson(PER_SECOND * 60 * part, shape).astype(float) for part in (PART, 1 - PART))
    for counted in (mine, other):
        counted.setflags(write=False)
    return mine, other


def portions(rollouts: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The same, some rollouts at a time."""
    mine, other = requests(rollouts, seed)
    for first in range(0, rollouts, AT_ONCE):
        yield mine[first : first + AT_ONCE], other[first : first + AT_ONCE]


def single(random, means):
    return random.poisson(means)


def bursts(size: int):
    """Errors that come several at a time: as many bursts fewer, of geometric sizes."""

    def draw(random, means):
        number = random.poisson(means / size)
        return number + random.negative_binomial(np.maximum(number, 1), 1 / size) * (number > 0)

    return draw


def waves(minutes: int, variation: float):
    """An error rate that changes at random every few minutes."""

    def draw(random, means):
        shape = (*means.shape[:-1], MINUTES // minutes)
        rate = random.gamma(1 / variation**2, variation**2, shape).repeat(minutes, axis=-1)
        return random.poisson(means * rate)

    return draw


def alarms(share: float, stable: float, draw=single, rollouts: int = ROLLOUTS, seed: int = 1) -> np.ndarray:
    """Whether each look of each rollout is an alarm: of 4 comparisons, as of a server with errors and latency."""
    random, found = RNG(seed), []
    for mine, other in portions(rollouts, seed=0):
        bad = (np.minimum(draw(random, count * rate), count) for count, rate in ((mine, share), (other, stable)))
        new, old = bad
        found.append(compare(Pair(new, mine, old, other)).chance < chance_each(BAKE, 4))
    return np.concatenate(found)


@pytest.mark.parametrize(
    "draw",
    [
        pytest.param(single, id="single"),
        pytest.param(bursts(5), id="bursts of 5", marks=pytest.mark.slow),
        pytest.param(bursts(30), id="bursts of 30"),
        pytest.param(waves(1, 1.0), id="a rate for a minute", marks=pytest.mark.slow),
        pytest.param(waves(5, 1.0), id="a rate for 5 minutes", marks=pytest.mark.slow),
    ],
)
def test_alike_versions_raise_an_alarm_in_at_most_1_percent_of_rollouts(draw):
    # A quarter of 1%: there are four comparisons.
    assert alarms(0.01, 0.01, draw).any(axis=1).mean() <= 0.0025


@pytest.mark.slow
def test_several_comparisons_of_the_same_requests_stay_within_1_percent():
    random, wrong = RNG(2), 0
    shares = (0.001, 0.01, 0.05, 0.5, 1.0)  # of requests beyond a limit; all of them
    between = np.diff(shares, prepend=0.0)[:, None, None, None]
    shape = (len(shares), AT_ONCE, HOURS, MINUTES)
    for _ in range(ROLLOUTS // AT_ONCE):
        new, old = (
            random.poisson(PER_SECOND * 60 * part * between, shape).cumsum(axis=0).astype(float)
            for part in (PART, 1 - PART)
        )
        pairs = (Pair(new[bound], new[-1], old[bound], old[-1]) for bound in range(len(shares) - 1))
        wrong += np.any([(compare(pair).chance < chance_each(BAKE, 4)).any(axis=1) for pair in pairs], axis=0).sum()

    assert wrong / ROLLOUTS <= 0.01


def test_a_look_every_minute_at_the_hour_before_stays_within_1_percent():
    random, rollouts = RNG(3), 60
    for mine, other in zip(*(counts.reshape(rollouts, -1) for counts in requests(rollouts, seed=3)), strict=True):
        new, old = random.poisson(mine * 0.01).astype(float), random.poisson(other * 0.01).astype(float)
        looks = (
            np.lib.stride_tricks.sliding_window_view(counts, MINUTES, axis=-1) for counts in (new, mine, old, other)
        )
        found = compare(Pair(*looks))

        assert found.chance.shape == (HOURS * 60 - MINUTES + 1,)
        assert not (found.chance < chance_each(BAKE, 4)).any()


def test_what_hits_both_versions_at_once_is_no_alarm():
    random = RNG(4)
    mine, other = requests(200, seed=4)
    outage = random.gamma(0.25, 4, (*mine.shape[:-1], 4)).repeat(15, axis=-1) * 0.01  # a quarter of an hour each
    pair = Pair(failures(random, mine * outage), mine, failures(random, other * outage), other)

    assert not (compare(pair).chance < chance_each(BAKE, 4)).any()


def test_a_weight_that_changes_within_the_window_is_no_alarm():
    random = RNG(5)
    mine, other = requests(200, seed=5)
    mine = np.where(np.arange(MINUTES) < 30, mine / 10, mine)  # it went from 1% to 10% while the errors of both rose
    rate = np.where(np.arange(MINUTES) < 30, 0.002, 0.02)
    pair = Pair(failures(random, mine * rate), mine, failures(random, other * rate), other)

    assert not (compare(pair).chance < chance_each(BAKE, 4)).any()


def test_a_doubled_error_ratio_is_caught_within_the_bake_time():
    caught = alarms(0.02, 0.01)

    assert caught.any(axis=1).mean() >= 0.99
    assert caught.mean() >= 0.99  # and by a single look, as a user checks once


@pytest.mark.parametrize(("stable", "worse"), [(0.01, 0.02), (0.001, 0.006), (0.05, 0.10)])
@pytest.mark.parametrize("times", [1.0, 1.25, 2.0])
def test_a_look_that_has_enough_requests_sees_what_it_has_to(stable, worse, times):
    random, looks = RNG(6), 4000
    chance = chance_each(BAKE, 4)
    count = times * needed(stable, PART, chance, 1, MINUTES)
    mine = random.poisson(count / MINUTES, (looks, MINUTES)).astype(float)
    other = random.poisson(count / MINUTES * (1 - PART) / PART, (looks, MINUTES)).astype(float)
    found = compare(Pair(random.poisson(mine * worse), mine, random.poisson(other * stable), other))
    enough = mine.sum(axis=-1) >= [needed(stable, PART, chance, dispersion, MINUTES) for dispersion in found.dispersion]
    missed = enough & (found.chance >= chance)

    assert enough.any()
    assert missed.mean() <= 1 - SEEN_IN


def test_how_many_requests_it_asks_for():
    chance = chance_each(BAKE, 4)

    assert chance == pytest.approx(0.01 / 1440 / 4)
    assert [needed(share, PART, chance, 1, MINUTES) for share in (0, 0.001, 0.01, 0.5)] == [2859, 7051, 9742, 687]
    assert needed(0.01, PART, chance, 3, MINUTES) == pytest.approx(3 * 9742, abs=3)


@given(total=st.integers(1, 400), more=st.floats(0, 1), part=st.floats(0.01, 0.9))
def test_the_bound_is_never_below_the_exact_tail(total, more, part):
    got = round(total * more)
    scale = 1e6  # so many requests that their number doesn't limit the bad ones
    even = np.full(MINUTES, 1 / MINUTES)
    pair = Pair(got * even, scale * part * even, (total - got) * even, scale * (1 - part) * even)

    assert float(compare(pair).chance) >= bdtrc(got - 1, total, part) * (1 - 1e-9) or got <= total * part


def test_one_burst_is_no_evidence():
    counts = np.zeros(MINUTES)
    counts[30] = 500
    even = np.full(MINUTES, 300.0)
    outcome = compare(Pair(counts, even + counts, np.zeros(MINUTES), even * 9))

    assert float(outcome.dispersion) > 100
    assert float(outcome.chance) > 0.001


def test_no_requests_say_nothing():
    nothing = np.zeros(MINUTES)
    outcome = compare(Pair(nothing, nothing, nothing, nothing))

    assert (float(outcome.chance), float(outcome.dispersion), float(outcome.intervals)) == (1, 1, 0)
