"""What a snapshot is as gauges: names, labels and values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from weighbridge.drift_monitor.comparison import ColumnResult
from weighbridge.drift_monitor.config import Role
from weighbridge.drift_monitor.measure import Snapshot, WindowResult
from weighbridge.drift_monitor.quality import QualityResult
from weighbridge.drift_monitor.runs import RunsResult
from weighbridge.drift_monitor.watch import MOST_FAR_IN_SLICES


@dataclass(frozen=True, slots=True)
class ExposedGauge:
    """One gauge; `labels` are those beside pipeline and stage."""

    labels: tuple[str, ...]
    meaning: str


COMMON_LABELS = ("pipeline", "stage")
"""Labels of every gauge."""

_METHOD = ("method", "baseline")

METRICS: Mapping[str, ExposedGauge] = {
    "ml_feature_distance": ExposedGauge(
        ("feature", *_METHOD), "Distance from the baseline, or from the window before."
    ),
    "ml_prediction_distance": ExposedGauge(("output", *_METHOD), "Distance of a prediction."),
    "ml_label_distance": ExposedGauge(("label", *_METHOD), "Distance of a label."),
    "ml_feature_distance_noise": ExposedGauge(
        ("feature", *_METHOD), "What chance alone exceeds in 1 of 1,000 windows."
    ),
    "ml_prediction_distance_noise": ExposedGauge(
        ("output", *_METHOD), "What chance alone exceeds in 1 of 1,000 windows."
    ),
    "ml_label_distance_noise": ExposedGauge(("label", *_METHOD), "What chance alone exceeds in 1 of 1,000 windows."),
    "ml_window_rows": ExposedGauge((), "Rows of the newest window."),
    "ml_window_timestamp_seconds": ExposedGauge((), "When the newest window's newest file was last modified."),
    "ml_window_changed_timestamp_seconds": ExposedGauge((), "Since when the newest window's counts are what they are."),
    "ml_window_unreadable_ratio": ExposedGauge(
        (), "Of the newest window's request logs, share of lines that should be requests and can't be read."
    ),
    "ml_baseline_rows": ExposedGauge((), "Rows of the baseline."),
    "ml_baseline_timestamp_seconds": ExposedGauge((), "When the baseline's file was last modified."),
    "ml_column_present": ExposedGauge(
        ("feature",), "1 if each file of the newest window has this column, else 0: any role."
    ),
    "ml_column_compared": ExposedGauge(
        ("feature",), "1 if the column has enough values for a distance from the baseline to be far, else 0."
    ),
    "ml_feature_missing_ratio": ExposedGauge(("feature",), "Share of missing values."),
    "ml_feature_missing_baseline_ratio": ExposedGauge(("feature",), "Share of missing values of the baseline."),
    "ml_feature_invalid_ratio": ExposedGauge(
        ("feature", "reason"), "Share of values of the wrong type, beyond the baseline's range, or never seen in it."
    ),
    "ml_slice_rows": ExposedGauge(("slice",), "Rows of a slice in the newest window."),
    "ml_slice_expected_rows": ExposedGauge(("slice",), "Rows of a slice at its share of the baseline."),
    "ml_slice_distance": ExposedGauge(
        ("slice", "column", "role", "method", "baseline"),
        "Distance of a column in a slice, if beyond its noise.",
    ),
    "ml_slice_missing_ratio": ExposedGauge(
        ("slice", "column"), "Missing values in a slice beyond the baseline's, where they are more than chance gives."
    ),
    "ml_slice_quality_reported": ExposedGauge(
        ("metric", "slice"), "1 if the newest report of quality has the slice, else 0."
    ),
    "ml_model_quality": ExposedGauge(("metric", "slice", "direction"), "Newest report of model quality."),
    "ml_model_quality_baseline": ExposedGauge(("metric", "slice", "direction"), "Model quality that is normal."),
    "ml_quality_proxy": ExposedGauge(("metric",), "Newest report of a proxy of model quality."),
    "ml_quality_proxy_baseline": ExposedGauge(("metric",), "Value of the proxy that is normal."),
    "ml_quality_timestamp_seconds": ExposedGauge(("metric",), "Time of the newest report; 0 while there is none."),
    "ml_quality_label_ratio": ExposedGauge(
        ("metric",), "Share of the judged window's rows that have a label; of a small one, of `least_rows`."
    ),
    "ml_pipeline_last_success_timestamp_seconds": ExposedGauge((), "End of the last success; 0 while there is none."),
    "ml_pipeline_run_duration_seconds": ExposedGauge((), "Duration of the last run that succeeded."),
    "ml_pipeline_run_duration_baseline_seconds": ExposedGauge((), "Usual duration of a run."),
    "ml_pipeline_consecutive_failures": ExposedGauge((), "Runs that have failed since the last success."),
    "ml_pipeline_run_start_timestamp_seconds": ExposedGauge(("run",), "Start of a run that is running."),
    "ml_pipeline_run_active": ExposedGauge(("run",), "1 for each run that is running."),
    "ml_monitor_last_success_timestamp_seconds": ExposedGauge(
        (), "End of the last complete measurement without an error."
    ),
    "ml_monitor_measure_seconds": ExposedGauge((), "How long the last measurement took."),
    "ml_monitor_errors": ExposedGauge(("part",), "1 while the last try of this part failed, else 0."),
}
"""Every gauge that the monitor exposes."""

_DISTANCES: Mapping[Role, str] = {
    "features": "ml_feature_distance",
    "labels": "ml_label_distance",
    "predictions": "ml_prediction_distance",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One value; `labels` are values in the order of the metric's."""

    metric: str
    labels: tuple[str, ...]
    value: float


def samples(snapshot: Snapshot) -> Iterator[Sample]:
    """All that a snapshot knows. What is not known is left out."""
    if snapshot.baseline is not None:
        yield Sample("ml_baseline_rows", (), snapshot.baseline.rows)
        yield Sample("ml_baseline_timestamp_seconds", (), snapshot.baseline.modified.timestamp())
    if snapshot.window is not None:
        yield from _window(snapshot.window)
        yield from _slices(snapshot.window, snapshot.quality)
    if snapshot.quality is not None:
        yield from _quality(snapshot.quality)
    if snapshot.runs is not None:
        yield from _runs(snapshot.runs)
    if snapshot.succeeded is not None:
        yield Sample("ml_monitor_last_success_timestamp_seconds", (), snapshot.succeeded.timestamp())
    if snapshot.seconds is not None:
        yield Sample("ml_monitor_measure_seconds", (), snapshot.seconds)
    for part, error in snapshot.errors.items():
        yield Sample("ml_monitor_errors", (part,), float(error))


def labelled_samples(snapshot: Snapshot) -> Iterator[tuple[str, Mapping[str, str], float]]:
    """The same as metric, all its labels and value: the series that a scrape finds."""
    for sample in samples(snapshot):
        names = (*COMMON_LABELS, *METRICS[sample.metric].labels)
        values = (snapshot.pipeline, snapshot.stage, *sample.labels)
        yield sample.metric, dict(zip(names, values, strict=True)), float(sample.value)


def _window(window: WindowResult) -> Iterator[Sample]:
    yield Sample("ml_window_rows", (), window.rows)
    yield Sample("ml_window_timestamp_seconds", (), window.modified.timestamp())
    yield Sample("ml_window_changed_timestamp_seconds", (), (window.changed or window.modified).timestamp())
    unreadable = window.lines.unreadable_ratio if window.lines is not None else None
    if unreadable is not None:
        yield Sample("ml_window_unreadable_ratio", (), unreadable)
    for column in window.columns:
        yield Sample("ml_column_present", (column.name,), float(column.name not in window.vanished))
        yield from _column(column, empty=not window.rows)


def _column(column: ColumnResult, *, empty: bool) -> Iterator[Sample]:
    name, metric = column.name, _DISTANCES[column.role]
    for measured in column.measured:
        for method, distance in measured.distances.items():
            yield Sample(metric, (name, method, measured.against), distance)
        yield Sample(f"{metric}_noise", (name, measured.method, measured.against), measured.noise)
    if empty:  # none of nothing is missing or invalid, which is no good news
        return
    yield Sample("ml_column_compared", (name,), float(column.is_compared))
    yield Sample("ml_feature_missing_ratio", (name,), column.missing)
    yield Sample("ml_feature_missing_baseline_ratio", (name,), column.missing_baseline)
    for reason, share in column.invalid.items():
        yield Sample("ml_feature_invalid_ratio", (name, reason), share)


def _slices(window: WindowResult, quality: QualityResult | None) -> Iterator[Sample]:
    far: list[tuple[float, Sample]] = []
    for part in window.slices:
        yield Sample("ml_slice_rows", (part.name,), part.rows)
        yield Sample("ml_slice_expected_rows", (part.name,), part.expected)
        if quality is not None and quality.slices and not quality.proxy:
            reported = any(slice_.name == part.name for slice_ in quality.slices)
            yield Sample("ml_slice_quality_reported", (quality.metric, part.name), float(reported))
        for column in part.columns:
            result = column.result
            for measured in result.measured:
                if measured.distance > measured.noise:
                    labels = (part.name, result.name, result.role, measured.method, measured.against)
                    far.append((measured.distance, Sample("ml_slice_distance", labels, measured.distance)))
            more = result.missing - result.missing_baseline
            if more > column.missing_noise:
                far.append((more, Sample("ml_slice_missing_ratio", (part.name, result.name), more)))
    far.sort(key=lambda entry: -entry[0])
    yield from (sample for _, sample in far[:MOST_FAR_IN_SLICES])


def _quality(quality: QualityResult) -> Iterator[Sample]:
    for part in quality.slices:
        if not quality.proxy:
            labels = (quality.metric, part.name, quality.better)
            yield Sample("ml_model_quality", labels, part.value)
            yield Sample("ml_model_quality_baseline", labels, part.baseline)
        elif part.name == "all":
            yield Sample("ml_quality_proxy", (quality.metric,), part.value)
            yield Sample("ml_quality_proxy_baseline", (quality.metric,), part.baseline)
    if quality.labels is not None:
        yield Sample("ml_quality_label_ratio", (quality.metric,), quality.labels.ratio)
    yield Sample("ml_quality_timestamp_seconds", (quality.metric,), quality.at.timestamp() if quality.at else 0)


def _runs(runs: RunsResult) -> Iterator[Sample]:
    since = runs.last_success.timestamp() if runs.last_success else 0
    yield Sample("ml_pipeline_last_success_timestamp_seconds", (), since)
    if runs.duration is not None:
        yield Sample("ml_pipeline_run_duration_seconds", (), runs.duration.total_seconds())
    if runs.usual is not None:
        yield Sample("ml_pipeline_run_duration_baseline_seconds", (), runs.usual.total_seconds())
    yield Sample("ml_pipeline_consecutive_failures", (), runs.failures)
    for run in runs.active:
        yield Sample("ml_pipeline_run_start_timestamp_seconds", (run.run,), run.started.timestamp())
        yield Sample("ml_pipeline_run_active", (run.run,), 1)
