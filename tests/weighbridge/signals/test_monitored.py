"""What a monitor's config gives the catalogue: words in base units, and the needs that it meets."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.monitor_data import config
from weighbridge.signals.monitored import monitored_needs, monitored_words, threshold_words
from weighbridge.spec.thresholds import Thresholds

HOUR = timedelta(hours=1)


def test_words_are_in_base_units():
    words = monitored_words(config(more="runs: runs/\nruns_every: 6h\nexpected_duration: 1h\n"), "prod")
    assert words["of"] == 'cluster="prod", pipeline="clicks", stage="data"'
    expected = {
        "feature_skew": "0.3",
        "drifted_share": "0.5",
        "window_age": "86400",
        "failures": "3",
        "least_rows": "1000",
        "late_seconds": "43200",
        "too_long_seconds": "5400",
    }
    assert {name: words[name] for name in expected} == expected
    assert "worse" not in words


def test_every_threshold_has_a_word():
    limits = Thresholds(missing=Decimal("2.5"), queued=timedelta(minutes=90))
    words = threshold_words(limits)
    assert set(words) == set(Thresholds.model_fields)
    assert (words["missing"], words["queued"]) == ("0.025", "5400")


@pytest.mark.parametrize(
    ("every", "stale"),
    [(timedelta(minutes=5), 1800), (timedelta(minutes=10), 1800), (timedelta(minutes=11), 1980), (HOUR, 10800)],
)
def test_a_monitor_is_stale_one_period_after_it_is_late_and_never_within_half_an_hour(every, stale):
    settings = config()
    settings = settings.model_copy(update={"watch": settings.watch.model_copy(update={"every": every})})
    assert monitored_words(settings, "prod")["stale_seconds"] == str(stale)


def test_without_a_window_it_is_as_often_as_runs_are_read():
    assert monitored_words(config("", "runs: runs/\n"), "prod")["stale_seconds"] == "1800"


@pytest.mark.parametrize(("better", "worse"), [("higher", "1"), ("lower", "-1")])
def test_which_way_quality_is_lost(better, worse):
    quality = f"quality: {{metric: auc, report: gs://example/q/, baseline: 0.4, better: {better}}}"
    settings = config(f"{{baseline: b.parquet, window: latest/, predictions: [p], {quality}}}")
    assert monitored_words(settings, "prod")["worse"] == worse
    assert monitored_needs(settings) == {"watch", "predictions", "quality", "reports", "measured"}


def test_a_proxy_is_no_quality():
    quality = "quality: {metric: ctr, report: gs://example/q/, baseline: 0.1, better: higher, proxy: true}"
    settings = config(f"{{baseline: b.parquet, window: latest/, labels: [l], {quality}}}")
    assert monitored_needs(settings) == {"watch", "labels", "proxy", "reports", "measured"}


def test_runs_alone():
    settings = config("", "runs: runs/\nruns_every: 1h\nexpected_duration: 1h\n")
    assert monitored_needs(settings) == {"runs", "runs_every", "expected_duration", "measured"}
