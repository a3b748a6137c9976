"""Answers become counts by interval, whatever is missing in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import inf, nan

from endpoints import endpoint

from weighbridge.prometheus import Series
from weighbridge.rollout_samples import gather

NOW = datetime(2026, 11, 20, 12, 0, 42, tzinfo=UTC)
END = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
WINDOW = timedelta(minutes=10)


class Server:
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
        return tuple(Series(each, known) for each in labels)


def test_gaps_are_no_requests_and_counts_are_whole():
    server = Server()
    found = gather(server, "ranker", endpoint({"at": "10%"}), "prod", WINDOW, NOW)

    assert server.spans == {(END - timedelta(minutes=9), END, 60)}
    assert (found.start, found.end) == (END - WINDOW, END)
    assert found.candidate.requests == (60.0,) + (0.0,) * 9
    assert list(found.candidate.buckets) == [50.0, inf]
    assert found.stable.requests == found.stable.errors == (0.0,) * 10
    assert found.stable.buckets == {}
    assert found.values["saturation"] == (0.25, None)
    assert "error-ratio" not in found.values  # counted, not asked for


def test_a_window_is_cut_to_whole_intervals():
    found = gather(Server(), "ranker", endpoint({"at": "10%"}), "prod", timedelta(hours=2, minutes=5), NOW)

    assert (found.interval_seconds, found.end - found.start) == (120, timedelta(hours=2, minutes=4))
