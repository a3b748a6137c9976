"""A service with its objectives, as Cloud Monitoring takes each kind of indicator."""

from __future__ import annotations

import pytest

from components.slo import SloComponent
from tests.support.recording import record
from weighbridge.alerting.slo import BelowCut, BelowInWindows, GoodAndTotal, ServicePlan, SloPlan

SERIES = 'metric.type="prometheus.googleapis.com/latency/histogram"'


def created(*objectives):
    labels = {"environment": "prod"}
    plan = ServicePlan("ranker-slo", "prod-ranker", "ranker (prod)", "example-ml", labels, objectives)
    return record(lambda: SloComponent(plan.name, plan))


@pytest.mark.parametrize(
    ("indicator", "expected"),
    [
        (
            GoodAndTotal(None, "bad", "total"),
            {"requestBasedSli": {"goodTotalRatio": {"badServiceFilter": "bad", "totalServiceFilter": "total"}}},
        ),
        (
            GoodAndTotal("good", "bad", None),
            {"requestBasedSli": {"goodTotalRatio": {"goodServiceFilter": "good", "badServiceFilter": "bad"}}},
        ),
        (
            BelowCut(SERIES, 0.4),
            {"requestBasedSli": {"distributionCut": {"distributionFilter": SERIES, "range": {"max": 0.4}}}},
        ),
        (
            BelowInWindows(SERIES, 0.4),
            {
                "windowsBasedSli": {
                    "windowPeriod": "300s",
                    "metricMeanInRange": {"timeSeries": SERIES, "range": {"max": 0.4}},
                }
            },
        ),
    ],
)
def test_each_kind_of_indicator(indicator, expected):
    recording = created(SloPlan("latency", "p99 below 400ms", 0.99, indicator))
    assert recording.only("gcp:monitoring/slo:Slo").inputs == {
        "service": "prod-ranker",
        "sloId": "latency",
        "displayName": "p99 below 400ms",
        "goal": 0.99,
        "rollingPeriodDays": 30,
        "project": "example-ml",
        **expected,
    }


def test_objectives_are_named_after_their_service():
    availability, latency = (
        SloPlan(name, name, 0.99, GoodAndTotal(None, "bad", "total")) for name in ("availability", "latency")
    )
    recording = created(availability, latency)
    assert [slo.name for slo in recording.of_type("gcp:monitoring/slo:Slo")] == [
        "ranker-slo-availability",
        "ranker-slo-latency",
    ]
    assert recording.only("gcp:monitoring/customService:CustomService").inputs == {
        "serviceId": "prod-ranker",
        "displayName": "ranker (prod)",
        "userLabels": {"environment": "prod"},
        "project": "example-ml",
    }
