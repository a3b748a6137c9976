"""A snapshot as gauges: names and labels that alerts are written against, and the series that a scrape finds."""

from __future__ import annotations

from random import Random

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.snapshots import random_measurement
from weighbridge.drift_monitor.exporter import SnapshotCollector
from weighbridge.drift_monitor.series import METRICS, labelled_samples


def test_the_names_and_labels_that_alerts_are_written_against():
    distances = {"ml_feature": "feature", "ml_prediction": "output", "ml_label": "label"}
    expected = {
        **{f"{name}_distance": (label, "method", "baseline") for name, label in distances.items()},
        **{f"{name}_distance_noise": (label, "method", "baseline") for name, label in distances.items()},
        "ml_window_rows": (),
        "ml_window_timestamp_seconds": (),
        "ml_window_changed_timestamp_seconds": (),
        "ml_window_unreadable_ratio": (),
        "ml_baseline_rows": (),
        "ml_baseline_timestamp_seconds": (),
        "ml_column_present": ("feature",),
        "ml_column_compared": ("feature",),
        "ml_feature_missing_ratio": ("feature",),
        "ml_feature_missing_baseline_ratio": ("feature",),
        "ml_feature_invalid_ratio": ("feature", "reason"),
        "ml_slice_rows": ("slice",),
        "ml_slice_expected_rows": ("slice",),
        "ml_slice_distance": ("slice", "column", "role", "method", "baseline"),
        "ml_slice_missing_ratio": ("slice", "column"),
        "ml_slice_quality_reported": ("metric", "slice"),
        "ml_model_quality": ("metric", "slice", "direction"),
        "ml_model_quality_baseline": ("metric", "slice", "direction"),
        "ml_quality_proxy": ("metric",),
        "ml_quality_proxy_baseline": ("metric",),
        "ml_quality_timestamp_seconds": ("metric",),
        "ml_quality_label_ratio": ("metric",),
        "ml_pipeline_last_success_timestamp_seconds": (),
        "ml_pipeline_run_duration_seconds": (),
        "ml_pipeline_run_duration_baseline_seconds": (),
        "ml_pipeline_consecutive_failures": (),
        "ml_pipeline_run_start_timestamp_seconds": ("run",),
        "ml_pipeline_run_active": ("run",),
        "ml_monitor_last_success_timestamp_seconds": (),
        "ml_monitor_measure_seconds": (),
        "ml_monitor_errors": ("part",),
    }  # fmt: skip
    assert {name: metric.labels for name, metric in METRICS.items()} == expected


@pytest.mark.parametrize("seed", range(5))
def test_labelled_samples_are_what_a_scrape_finds(seed):
    _, snapshot = random_measurement(Random(seed))
    registry = CollectorRegistry(auto_describe=False)
    registry.register(SnapshotCollector(lambda: snapshot))
    families = text_string_to_metric_families(generate_latest(registry).decode())
    found = [sample for family in families for sample in family.samples]
    scraped = {(sample.name, frozenset(sample.labels.items())): sample.value for sample in found}
    ours = {(metric, frozenset(labels.items())): value for metric, labels, value in labelled_samples(snapshot)}
    assert ours == scraped
