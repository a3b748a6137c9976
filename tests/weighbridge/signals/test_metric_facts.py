"""Facts of a metric by the name that stands in a selector."""

from __future__ import annotations

import pytest

from weighbridge.signals.metric_facts import MetricFacts, facts_of

KNOWN = {
    facts.name: facts
    for facts in (
        MetricFacts("latency", "histogram"),
        MetricFacts("errors", "counter"),
        MetricFacts("queue_count", "gauge", sparse=True),
        MetricFacts("queue", "histogram"),
    )
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("errors", "errors"),
        ("latency_bucket", "latency"),
        ("latency_count", "latency"),
        ("latency_sum", "latency"),
        ("latency", None),  # a histogram has no series of its own name
        ("errors_bucket", None),
        ("latency_bucket_sum", None),
        ("queue_count", "queue_count"),  # its own name wins over a histogram's part
        ("queue_sum", "queue"),
        ("nothing", None),
    ],
)
def test_a_histogram_is_found_by_its_parts_and_all_else_by_its_name(name, expected):
    found = facts_of(name, KNOWN)
    assert (found and found.name) == expected
