"""What of a snapshot is over the spec's thresholds: the same comparisons that alerts make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from weighbridge.drift_monitor.comparison import Against, ColumnResult, Measured
from weighbridge.drift_monitor.config import MonitorConfig, Role
from weighbridge.drift_monitor.measure import Snapshot
from weighbridge.drift_monitor.quality import QualityResult, Slice
from weighbridge.drift_monitor.runs import RunsResult
from weighbridge.spec.thresholds import Thresholds
from weighbridge.units import format_duration

_DISTANCES: Mapping[tuple[Role, Against], str] = {
    ("features", "training"): "feature_skew",
    ("features", "previous"): "feature_drift",
    ("labels", "training"): "label_skew",
    ("labels", "previous"): "label_drift",
    ("predictions", "training"): "prediction_skew",
    ("predictions", "previous"): "prediction_drift",
}
_TEST_DATA: Mapping[Against, str] = {"training": "test_data_skew", "previous": "test_data_drift"}

_OTHER: Mapping[Against, str] = {"training": "the baseline", "previous": "the window before"}
_DO: Mapping[Role, str] = {
    "features": "compare its values with the other sample's; check what was released upstream, units, join keys",
    "labels": "check the labelling job, its delay, the mapping of classes",
    "predictions": "check the model's version, its preprocessing and the features above",
}


@dataclass(frozen=True, slots=True)
class Over:
    """One thing that is over its threshold, in a sentence, and what to do."""

    subject: str
    said: str
    do: str


def over(snapshot: Snapshot, config: MonitorConfig, now: datetime) -> tuple[Over, ...]:
    """Everything that is over its threshold."""
    limits = config.thresholds
    found: list[Over] = []
    if snapshot.window is not None and config.watch is not None:
        columns = snapshot.window.columns
        if snapshot.window.rows >= config.watch.least_rows:
            for column in sorted(columns, key=farthest):
                found += [_far(column, each, config) for each in column.measured if is_far(column, each, config)]
            found += _many(columns, config)
        for column in columns:
            found += _values(column, limits)
    if snapshot.quality is not None:
        found += _quality(snapshot.quality, limits)
    if snapshot.runs is not None:
        found += _runs(snapshot.runs, config, now)
    return tuple(found)


def farthest(column: ColumnResult) -> tuple[float, str]:
    """Sorts columns: the one farthest from what it is compared with is first."""
    return -max((each.distance for each in column.measured), default=-1.0), column.name


def threshold(column: ColumnResult, measured: Measured, config: MonitorConfig) -> tuple[str, float]:
    """The threshold of a distance: its key in the spec, and its value."""
    if config.stage == "validation" and column.role == "features":
        name = _TEST_DATA[measured.against]
    else:
        name = _DISTANCES[column.role, measured.against]
    return name, getattr(config.thresholds, name)


def is_far(column: ColumnResult, measured: Measured, config: MonitorConfig) -> bool:
    """Whether a distance is over its threshold, and over what sampling alone gives."""
    return measured.distance > max(threshold(column, measured, config)[1], measured.noise)


def _far(column: ColumnResult, measured: Measured, config: MonitorConfig) -> Over:
    name, limit = threshold(column, measured, config)
    said = f"{measured.distance:.3f} from {_OTHER[measured.against]}, above {name} {limit:g}"
    return Over(column.name, said, _DO[column.role])


def _many(columns: tuple[ColumnResult, ...], config: MonitorConfig) -> Iterator[Over]:
    features = [column for column in columns if column.role == "features"]
    far = [
        column
        for column in features
        if any(each.against == "training" and is_far(column, each, config) for each in column.measured)
    ]
    if features and Decimal(100) * len(far) / len(features) > config.thresholds.drifted_share:
        said = f"{len(far)} of {len(features)} far from the baseline, above drifted_share {_percent_of(config)}"
        yield Over("all features", said, "suspect what makes the features, not the world: roll its last release back")


def _percent_of(config: MonitorConfig) -> str:
    return f"{config.thresholds.drifted_share.normalize():f}%"


def _values(column: ColumnResult, limits: Thresholds) -> Iterator[Over]:
    more = column.missing - column.missing_baseline
    if more > float(limits.missing) / 100:
        said = f"{column.missing:.1%} missing, {column.missing_baseline:.1%} in the baseline, above missing"
        yield Over(column.name, f"{said} {limits.missing.normalize():f}%", "find what writes this column")
    for reason, share in column.invalid.items():
        if share > float(limits.invalid) / 100:
            said = f"{share:.1%} invalid ({_REASONS[reason]}), above invalid {limits.invalid.normalize():f}%"
            yield Over(column.name, said, "find what writes this column, or renew the baseline")


_REASONS: Mapping[str, str] = {
    "type": "of the wrong type",
    "range": "outside the baseline's range",
    "unseen": "never seen in the baseline",
}


def _quality(quality: QualityResult, limits: Thresholds) -> Iterator[Over]:
    for each in quality.slices:
        if quality.proxy and each.name == "all" and each.baseline:
            shift = each.value / each.baseline - 1
            if abs(shift) > float(limits.proxy_shift) / 100:
                said = f"{each.value:g}, {shift:+.0%} from {each.baseline:g}, above proxy_shift"
                yield Over(quality.metric, f"{said} {limits.proxy_shift.normalize():f}%", "look for what changed")
        elif not quality.proxy and each.baseline and _loss(quality, each) > float(limits.quality_drop) / 100:
            said = f"{each.value:g} on {each.name}, {_loss(quality, each):.1%} worse than {each.baseline:g}"
            do = "find the slice that lost; roll back to the last good version"
            yield Over(quality.metric, f"{said}, above quality_drop {limits.quality_drop.normalize():f}%", do)


def _loss(quality: QualityResult, each: Slice) -> float:
    lost = each.baseline - each.value if quality.better == "higher" else each.value - each.baseline
    return lost / abs(each.baseline)


def _runs(runs: RunsResult, config: MonitorConfig, now: datetime) -> Iterator[Over]:
    limits, name = config.thresholds, config.pipeline
    if runs.failures:
        yield Over(name, f"failed runs since the last success: {runs.failures}", "read the log of the last run")
    if runs.duration and runs.usual and runs.duration > limits.slow_factor * runs.usual:
        said = f"the last run took {format_duration(runs.duration)}, usual are {format_duration(runs.usual)}"
        yield Over(name, f"{said}, above slow_factor {limits.slow_factor:g}", "look for slow input and preemption")
    if config.runs_every is None:
        return
    if runs.last_success is None:
        yield Over(name, "no run has succeeded yet", "start one, or see why it fails")
    elif now - runs.last_success > limits.late_periods * config.runs_every:
        since = format_duration(now - runs.last_success)
        said = f"the last success was {since} ago, above late_periods {limits.late_periods}"
        yield Over(name, f"{said} x {format_duration(config.runs_every)}", "see the scheduler, then the last run")
