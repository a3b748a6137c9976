"""What a trace says of the traffic to come, and what it is silent about."""

import numpy as np
import pytest

from weighbridge.planner.forecast import _busy, forecast, span_text
from weighbridge.planner.trace import Trace, read_trace


def seen(arrivals):
    arrivals = np.sort(np.asarray(arrivals, dtype=float))
    return forecast(Trace(None, arrivals - arrivals[0], None, None, ()))


def test_a_real_trace_has_the_peaks_and_the_interval_that_its_bursts_deserve(shared):
    found = forecast(read_trace(shared("data/azure_llm_inference_2023_code.csv")))
    assert found.rate == pytest.approx(2.567, abs=0.001)
    assert [round(peak) for _, peak in found.peaks[:2]] == [26, 13]
    # Random arrivals would be known to 2 %; an hour of bursts is known to a fifth.
    assert (found.low, found.high) == (pytest.approx(119 / 60, rel=0.1), pytest.approx(185 / 60, rel=0.1))
    assert found.busy_minute is not None
    assert found.busy_minute > 632


def test_the_interval_of_random_arrivals_holds_the_rate_nine_times_in_ten():
    random, inside = np.random.default_rng(3), 0
    for _ in range(100):
        found = seen(np.cumsum(random.exponential(0.5, 7200)))
        assert found.low is not None
        inside += found.low <= 2 <= found.high
    assert 80 <= inside <= 99


def test_the_interval_holds_the_estimate_where_all_come_at_once():
    found = seen([minute * 60.0 for minute in range(20) for _ in range(150)])
    assert found.low <= found.rate <= found.high


def test_a_few_minutes_have_no_interval():
    found = seen(range(300))
    assert (found.low, found.high, found.busy_minute) == (None, None, None)


@pytest.mark.parametrize(
    ("days", "silence"),
    [
        (0.5, "12 h: it says nothing of hours of the day, of weekdays, or of growth, which you can state"),
        (3, "3 days: it says nothing of weekdays, or of growth, which you can state"),
        (15, "15 days: no growth is read from it; you can state one"),
    ],
)
def test_what_a_trace_cannot_know_is_said(days, silence):
    assert seen(np.linspace(0, days * 86_400, 1000)).silences == (f"the trace covers {silence}",)


@pytest.mark.parametrize(
    ("seconds", "text"), [(30, "0.5 min"), (3436, "57.3 min"), (7200, "2 h"), (200_000, "2.31 days")]
)
def test_time_spans_are_words(seconds, text):
    assert span_text(seconds) == text


@pytest.mark.parametrize(("mean", "spread"), [(3.0, 1), (300.0, 1), (20_000.0, 1), (20_000.0, 50), (400_000.0, 1)])
def test_a_busy_minute_is_the_quantile_at_every_size(mean, spread):
    random = np.random.default_rng(3)
    counts = random.poisson(mean, 5000) if spread == 1 else random.negative_binomial(
        mean / (spread - 1), 1 / spread, 5000
    )  # fmt: skip
    assert _busy(counts) == pytest.approx(float(np.quantile(counts, 0.99)), rel=0.02, abs=1)


def test_a_trace_of_a_year_is_read_in_little_memory():
    seen = forecast(Trace(None, np.linspace(0, 390 * 86_400, 3000), None, None, ()))
    assert seen.rate == pytest.approx(3000 / (390 * 86_400))
    assert seen.low is not None
    assert seen.high is not None
    assert seen.low <= seen.rate <= seen.high
