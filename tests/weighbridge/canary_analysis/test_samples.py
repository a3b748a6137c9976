"""Answers become counts by interval, whatever is missing in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import inf, isnan, nan
from typing import Any, cast

from tests.support.specs import endpoint
from weighbridge.canary_analysis.samples import Samples, gather, window_for
from weighbridge.prometheus import Prometheus, Series
from weighbridge.spec.endpoint import Endpoint

NOW = datetime(2026, 11, 20, 12, 0, 42, tzinfo=UTC)
END = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
WINDOW = timedelta(minutes=10)


def with_histogram() -> Endpoint:
    return endpoint({"at": "10%"}).model_copy(update={"server": "vllm"})


class GappyServer:
    """Answers v8 with gaps and v7 with nothing; remembers what it was asked."""

    def __init__(self) -> None:
        self.spans: set[tuple[datetime, datetime, int]] = set()

    def query(self, query, at):
        return (Series({}, {at.timestamp(): nan if 'version="v7"' in query else 0.25}),)

    def query_range(self, query, start, end, step):
        self.spans.add((start, end, step))
        if 'version="v7"' in query:
            return ()
        known = {start.timestamp(): 59.6, start.timestamp() + 120: nan, end.timestamp(): -0.2}
        labels = [{"le": "+Inf"}, {"le": "50.0"}] if "by (le)" in query else [{}]
        return tuple(Series(bucket, known) for bucket in labels)


def gathered(server: GappyServer, *rest: Any) -> Samples:
    return gather(cast("Prometheus", server), *rest)


def test_gaps_are_no_requests_and_counts_are_whole():
    server = GappyServer()
    found = gathered(server, "ranker", endpoint({"at": "10%"}), "prod", WINDOW, NOW)

    assert server.spans == {(END - timedelta(minutes=9), END, 60), (END - timedelta(minutes=5), END, 300)}
    assert (found.start, found.end) == (END - WINDOW, END)
    assert found.candidate.requests == (60.0,) + (0.0,) * 9
    assert found.stable.requests == found.stable.errors == (0.0,) * 10
    assert found.values["saturation"] == (0.25, None)
    assert not {"error-ratio", "latency-p99"} & set(found.values)  # counted, or known by interval: not asked for


def test_buckets_of_a_server_with_a_histogram():
    found = gathered(GappyServer(), "ranker", with_histogram(), "prod", WINDOW, NOW)

    assert list(found.candidate.buckets) == [50.0, inf]
    assert found.stable.buckets == {}
    assert found.quantiles is None
    assert found.values["latency-p99"] == (0.25, None)


def test_quantiles_of_a_server_without_one():
    found = gathered(GappyServer(), "ranker", endpoint({"at": "10%"}), "prod", WINDOW, NOW)

    assert found.candidate.buckets == {}
    assert found.quantiles is not None
    new, old = found.quantiles
    assert new.requests == (59.6, -0.2)
    assert list(new.seconds) == [0.5, 0.95, 0.99]
    assert all(isnan(value) for value in (*old.requests, *old.seconds[0.99]))


def test_quantiles_need_a_longer_window():
    assert window_for("ranker", endpoint({"at": "10%"})) == timedelta(hours=6)
    assert window_for("ranker", with_histogram()) == timedelta(hours=1)


def test_a_window_is_cut_to_whole_intervals():
    found = gathered(GappyServer(), "ranker", endpoint({"at": "10%"}), "prod", timedelta(hours=2, minutes=5), NOW)

    assert (found.interval_seconds, found.end - found.start) == (120, timedelta(hours=2, minutes=4))
