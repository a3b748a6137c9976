"""A recorded rate as demand: asked in parts, its gaps said, its busiest hour drawn."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from weighbridge.planner.recorded_rate import NotRecorded, Recorder, busiest_requests, recorded_rate
from weighbridge.planner.requests import requests_of
from weighbridge.prometheus import Series
from weighbridge.spec.workloads import PrometheusDemand, RequestDemand

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Recording:
    """What a server answers: the value of a function of time, in as many parts as it is asked."""

    def __init__(self, value, series=1):
        self.value, self.series = value, series
        self.asked: list[str] = []

    def query_range(self, query, start, end, step_seconds):
        self.asked.append(query)
        moments = np.arange(start.timestamp(), end.timestamp() + 1, step_seconds)
        found = {float(moment): value for moment in moments if (value := self.value(moment, query)) is not None}
        return tuple(Series({"pod": str(place)}, found) for place in range(self.series))


def recorded(value, series=1, **given):
    source = PrometheusDemand.model_validate({"requests": "rate"} | given)
    server = Recording(value, series)
    return recorded_rate(source, Recorder(server, NOW)), server


def noon(moment, _=None):
    """Ten a second from eleven to twelve, else one."""
    return 10.0 if datetime.fromtimestamp(moment, UTC).hour == 11 else 1.0


def test_a_long_span_is_asked_for_in_parts():
    found, server = recorded(noon, last="14d")
    assert server.asked == ["rate"] * 3
    assert found.rates.size == 14 * 1440 + 1
    assert found.forecast.rate == pytest.approx((10 + 23) / 24, rel=0.01)


def test_the_busiest_hour_is_drawn_with_its_rate_and_named():
    found, _ = recorded(noon, last="2d")
    arrivals, begin = busiest_requests(found, 1.5)
    assert begin.hour == 11
    assert arrivals.size == pytest.approx(3600 * 15, rel=0.02)
    assert (np.diff(arrivals) >= 0).all()
    assert arrivals[-1] <= 3600


def test_a_flood_is_drawn_for_less_than_an_hour():
    found, _ = recorded(lambda moment, _: 1000 * noon(moment), last="1d")
    arrivals, _ = busiest_requests(found, 1)
    assert arrivals.size <= 201_000
    assert arrivals.size / arrivals[-1] == pytest.approx(10_000, rel=0.05)


def test_tokens_are_stated_or_asked_for(tmp_path):
    demand = RequestDemand.model_validate(
        {"prometheus": {"requests": "rate", "output_tokens": "out", "last": "1d"}, "input_tokens": 400, "growth": 2}
    )
    server = Recording(lambda moment, query: 50.0 if query == "out" else noon(moment))
    found = requests_of(demand, tmp_path, tokens=True, recorder=lambda: Recorder(server, NOW))
    assert found.inputs.mean() == pytest.approx(400, rel=0.05)
    assert found.outputs.mean() == pytest.approx(50, rel=0.05)
    assert found.rate == pytest.approx(20, rel=0.03)
    assert found.notes[0] == "planned for its busiest hour, which began at 2026-11-20T11:00:00Z"
    assert "1 day" not in found.notes[0]


def test_gaps_are_said():
    found, _ = recorded(lambda moment, _: None if moment % 600 < 120 else 2.0, last="1d")
    assert any("steps have no value: left aside; a gap may hide a peak" in note for note in found.notes)
    assert not np.isnan(found.forecast.rate)


@pytest.mark.parametrize(
    ("value", "series", "message"),
    [
        (lambda moment, _: None, 1, "rate: 0 of 1,441 steps have a value: too few to plan for"),
        (lambda moment, _: float("nan"), 1, "rate: 0 of 1,441 steps have a value"),
        (lambda moment, _: -1.0, 1, "rate: it falls below 0, so it is no rate"),
        (lambda moment, _: 0.0, 1, "rate: it was 0 all the time: there is nothing to plan for"),
        (noon, 3, r"rate: 3 series: make one of them, as in sum\(rate\)"),
    ],
)
def test_what_is_no_rate_is_no_verdict(value, series, message):
    with pytest.raises(NotRecorded, match=message):
        recorded(value, series, last="1d")


def test_without_an_address_it_is_said(tmp_path):
    demand = RequestDemand.model_validate({"prometheus": {"requests": "rate"}})
    with pytest.raises(NotRecorded, match="a recorded rate needs PROMETHEUS_URL"):
        requests_of(demand, tmp_path, tokens=False)


def test_coarse_steps_have_a_forecast_too():
    found, _ = recorded(noon, last="14d", step="1h")
    assert found.forecast.rate == pytest.approx((10 + 23) / 24, rel=0.05)
    assert found.forecast.low is not None
    assert busiest_requests(found, 1)[0].size == pytest.approx(36_000, rel=0.05)
    assert found.begin == NOW - timedelta(days=14)
