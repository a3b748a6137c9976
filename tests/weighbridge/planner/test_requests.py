"""The requests that are planned for: a trace's, grown, or random ones at the busiest rate."""

import numpy as np
import pytest

from weighbridge.files.problem import FileError
from weighbridge.planner.requests import busiest_rate, requests_of
from weighbridge.spec.workloads import RequestDemand


def test_the_busiest_rate_is_that_of_the_busiest_hour_of_the_busiest_day_with_bursts_and_growth():
    daily, weekly = [1] * 23 + [4], [1] * 5 + [2, 2]
    demand = RequestDemand(rate=10, daily=daily, weekly=weekly, peak_factor=1.5, growth=2)
    assert busiest_rate(demand) == pytest.approx(10 * (4 * 24 / 27) * (2 * 7 / 9) * 1.5 * 2)
    assert busiest_rate(RequestDemand(rate=10)) == 10


def test_drawn_requests_have_the_rate_and_the_tokens(tmp_path):
    requests = requests_of(RequestDemand(rate=50, input_tokens=1000, output_tokens=200), tmp_path, tokens=True)
    assert requests.arrivals.size / requests.arrivals[-1] == pytest.approx(50, rel=0.03)
    assert requests.inputs.mean() == pytest.approx(1000, rel=0.03)
    assert requests.outputs.min() >= 1
    assert not requests.is_trace
    assert requests.notes[0].startswith("no `peak_factor`: arrivals are taken as random within the hour")
    assert not requests_of(RequestDemand(rate=50, peak_factor=3), tmp_path, tokens=False).notes


def test_a_trace_is_grown_with_its_tokens(tmp_path):
    (tmp_path / "t.csv").write_text(
        "time,input_tokens,output_tokens\n" + "".join(f"{n},{n},1\n" for n in range(1, 500))
    )
    requests = requests_of(RequestDemand(trace="t.csv", growth=2), tmp_path, tokens=True)
    assert requests.arrivals.size == 998
    assert requests.rate == pytest.approx(2 * 499 / 498)
    assert np.bincount(requests.inputs.astype(int)).max() == 2


def test_a_language_model_needs_tokens_in_its_trace(tmp_path):
    (tmp_path / "t.csv").write_text("time,input_tokens\n1,5\n2,5\n")
    with pytest.raises(FileError) as refused:
        requests_of(RequestDemand(trace="t.csv"), tmp_path, tokens=True)
    assert str(refused.value) == (
        f"{tmp_path / 't.csv'}:1:1: no column of output tokens, such as output_tokens or completion_tokens: a language "
        "model's speed depends on them; the first line has time, input_tokens"
    )
    assert requests_of(RequestDemand(trace="t.csv"), tmp_path, tokens=False).arrivals.size == 2
