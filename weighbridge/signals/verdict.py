"""What `weighbridge monitor --once` calls over its threshold: the monitor's own alerts, evaluated on its snapshot.

The expressions are those of the alert policies, filled in from the same rows of the catalogue, so comparison, guard and
threshold are decided there and nowhere else. What differs is around the decision: an alert waits until its expression
has held for the row's `hold`; that a monitor is stale or gone is left to alerts, as `--once` says itself what it could
not read; and here a sentence says what an alert's documentation says at length.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from weighbridge.drift_monitor.comparison import ColumnResult
from weighbridge.drift_monitor.config import MonitorConfig
from weighbridge.drift_monitor.measure import Snapshot
from weighbridge.drift_monitor.quality import WHOLE, Slice, have_a_label
from weighbridge.drift_monitor.series import labelled_samples
from weighbridge.signals.evaluate import Labels, Vector, evaluate
from weighbridge.signals.monitored import monitored_needs, monitored_words
from weighbridge.signals.rows import Comparison, SignalRow
from weighbridge.signals.subjects import Subject
from weighbridge.signals.watched import AlertCondition, WatchedSignal, watched
from weighbridge.spec.thresholds import Thresholds
from weighbridge.units import counted, format_duration, percent

ITSELF = "measured"
"""The need of signals that watch the monitor itself."""

_COMPARISONS: Mapping[Comparison, str] = {">": "above", ">=": "at least", "<": "below", "==": "exactly"}
_THRESHOLD = re.compile(r"\$\{([a-z_]+)\}")
_SAMPLES: Mapping[str, str] = {"training": "the baseline", "previous": "the window before"}
_REASONS: Mapping[str, str] = {
    "type": "of the wrong type",
    "range": "outside the baseline's range",
    "unseen": "never seen in the baseline",
}
_ZERO = timedelta(0)
_DISTANCE = "distance"
"""The catalogue's template of signals that compare a column's distance; `column` is the label that names it."""

_SLICE_DISTANCE = "slice-distance"
"""The same of a column in a slice."""

_ACTIONS: Mapping[str, str] = {
    "feature": "compare its values with the other sample's; check what was released upstream, units, join keys",
    "label": "check the labelling job, its delay, the mapping of classes",
    "output": "check the model's version, its preprocessing and the features above",
}


@dataclass(frozen=True, slots=True)
class Breach:
    """One alert that fires on a snapshot, its hold time aside; `labels` and `value` are the alert's own."""

    signal: str
    labels: Labels
    value: float
    subject: str
    message: str
    action: str
    column: str | None = None  # whose distance it is


@dataclass(frozen=True, slots=True)
class _Firing:
    """One entry of what an alert's expression gives."""

    row: SignalRow
    condition: AlertCondition
    labels: Mapping[str, str]
    value: float
    snapshot: Snapshot
    config: MonitorConfig
    now: datetime

    @property
    def limit(self) -> str:
        """The comparison and the threshold in words, such as `above feature_skew 0.3`."""
        named = _THRESHOLD.fullmatch(self.row.threshold)
        thresholds, word = self.config.thresholds, named[1] if named is not None else ""
        if word in Thresholds.model_fields:
            threshold = f"{word} {_as_written(getattr(thresholds, word))}"
        elif word == "late_seconds" and self.config.runs_every is not None:
            threshold = f"late_periods {thresholds.late_periods} x {format_duration(self.config.runs_every)}"
        elif word == "too_long_seconds" and self.config.expected_duration is not None:
            threshold = f"slow_factor {thresholds.slow_factor:g} x {format_duration(self.config.expected_duration)}"
        else:
            threshold = _amount(float(self.condition.threshold), self.row.unit)
        return f"{_COMPARISONS[self.row.compare]} {threshold}"


Sentence = Callable[[_Firing], tuple[str, str, str]]
"""Of a firing, what it is about, what is wrong, and what to do."""


def breaches(snapshot: Snapshot, config: MonitorConfig, now: datetime) -> tuple[Breach, ...]:
    """Every alert of this monitor that fires on the snapshot: distances first, the farthest column before others."""
    series = _series(snapshot)
    found = [
        _breach(_Firing(signal.row, condition, dict(labels), value, snapshot, config, now))
        for signal in monitor_signals(config)
        for condition in signal.conditions
        for labels, value in evaluate(condition.expression, series, now.timestamp()).items()
    ]
    columns = sorted(snapshot.window.columns, key=farthest) if snapshot.window is not None else ()
    order = {column.name: rank for rank, column in enumerate(columns)}
    return tuple(sorted(found, key=lambda breach: order.get(breach.column or "", len(order))))


def monitor_signals(config: MonitorConfig) -> tuple[WatchedSignal, ...]:
    """The signals that a snapshot can be judged by, in the order of the catalogue."""
    subject = Subject(
        name=config.pipeline,
        kind=config.stage,
        part=(),
        words=monitored_words(config, environment=""),  # the collector adds the label `cluster`
        meets=monitored_needs(config) - {ITSELF},
    )
    return watched([subject])


def judges_distances(config: MonitorConfig) -> bool:
    """Whether any alert of this stage compares a column's distance; where none does, distances are only shown."""
    return any(signal.row.template == _DISTANCE for signal in monitor_signals(config))


def farthest(column: ColumnResult) -> tuple[float, str]:
    """Sorts columns: the one farthest from what it is compared with is first."""
    return -max((measured.distance for measured in column.measured), default=-1.0), column.name


def _series(snapshot: Snapshot) -> Mapping[str, Vector]:
    series: dict[str, Vector] = {}
    for metric, labels, value in labelled_samples(snapshot):
        series.setdefault(metric, {})[frozenset(labels.items())] = value
    return series


def _breach(firing: _Firing) -> Breach:
    row = firing.row
    distance = row.template == _DISTANCE
    sentence = _distance if distance else _SENTENCES.get(row.id, _other)
    sentence = _slice_distance if row.template == _SLICE_DISTANCE else sentence
    subject, message, action = sentence(firing)
    column = subject if distance else None
    return Breach(row.id, frozenset(firing.labels.items()), firing.value, subject, message, action, column)


def _distance(firing: _Firing) -> tuple[str, str, str]:
    label, baseline = firing.row.with_["column"], firing.row.with_["baseline"]
    return firing.labels[label], f"{firing.value:.3f} from {_SAMPLES[baseline]}, {firing.limit}", _ACTIONS[label]


def _slice_distance(firing: _Firing) -> tuple[str, str, str]:
    message = f"{firing.value:.3f} from {_SAMPLES[firing.row.with_['baseline']]}, {firing.limit}"
    return f"{firing.labels['column']} where {firing.labels['slice']}", message, firing.row.first_steps[0]


def _slice_missing(firing: _Firing) -> tuple[str, str, str]:
    subject = f"{firing.labels['column']} where {firing.labels['slice']}"
    return subject, f"{firing.value:.1%} more missing than in the baseline, {firing.limit}", firing.row.first_steps[0]


def _slice_gone(firing: _Firing) -> tuple[str, str, str]:
    window, name = firing.snapshot.window, firing.labels["slice"]
    expected = next(part.expected for part in (window.slices if window is not None else ()) if part.name == name)
    return name, f"no row in the newest window, {expected:,.0f} at its share of the baseline", firing.row.first_steps[0]


def _slice_unjudged(firing: _Firing) -> tuple[str, str, str]:
    message = f"the newest report of {firing.labels['metric']} leaves it out"
    return firing.labels["slice"], message, firing.row.first_steps[0]


def _dataset(firing: _Firing) -> tuple[str, str, str]:
    columns = firing.snapshot.window.columns if firing.snapshot.window is not None else ()
    against = [measured.against for column in columns if column.role == "features" for measured in column.measured]
    features = against.count("training")
    message = f"{firing.value * features:.0f} of {features} far from the baseline, {firing.limit}"
    return "all features", message, "suspect what makes the features, not the world: roll its last release back"


def _missing(firing: _Firing) -> tuple[str, str, str]:
    name, window = firing.labels["feature"], firing.snapshot.window
    column = next(column for column in (window.columns if window is not None else ()) if column.name == name)
    message = f"{column.missing:.1%} missing, {column.missing_baseline:.1%} in the baseline, {firing.limit}"
    return name, message, "find what writes this column"


def _invalid(firing: _Firing) -> tuple[str, str, str]:
    message = f"{firing.value:.1%} invalid ({_REASONS[firing.labels['reason']]}), {firing.limit}"
    return firing.labels["feature"], message, "find what writes this column, or renew the baseline"


def _quality(firing: _Firing) -> tuple[str, str, str]:
    part = _slice(firing, firing.labels["slice"])
    worse = f"{firing.value:.1%} worse" if math.isfinite(firing.value) else "worse"
    message = f"{part.value:g} on {part.name}, {worse} than {part.baseline:g}, {firing.limit}"
    return firing.labels["metric"], message, "find the slice that lost; roll back to the last good version"


def _proxy(firing: _Firing) -> tuple[str, str, str]:
    part = _slice(firing, WHOLE)
    message = f"{part.value:g}, {part.value / part.baseline - 1:+.0%} from {part.baseline:g}, {firing.limit}"
    return firing.labels["metric"], message, "look for what changed"


def _slice(firing: _Firing, name: str) -> Slice:
    quality = firing.snapshot.quality
    return next(part for part in (quality.slices if quality is not None else ()) if part.name == name)


def _quality_old(firing: _Firing) -> tuple[str, str, str]:
    quality = firing.config.watch.quality if firing.config.watch is not None else None
    if quality is not None and quality.labels is not None:
        wait = format_duration(quality.labels.wait)
        known = firing.snapshot.quality is not None and firing.snapshot.quality.at is not None
        message = f"no window has become {wait} old, the time that labels have, for {_amount(firing.value, 'seconds')}"
        message = f"{message}, {firing.limit}" if known else f"no window is {wait} old yet, the time that labels have"
        return (
            firing.labels["metric"],
            message,
            "look at the job that writes windows; keep them as long as labels are late",
        )
    reported = firing.snapshot.quality is not None and firing.snapshot.quality.at is not None
    message = f"the newest report is {_amount(firing.value, 'seconds')} old, {firing.limit}"
    return firing.labels["metric"], message if reported else "no report yet", firing.row.first_steps[0]


def _labels_few(firing: _Firing) -> tuple[str, str, str]:
    quality = firing.snapshot.quality
    counts = quality.labels if quality is not None else None
    few = have_a_label(counts) if counts is not None else "too few rows have a label"
    least = f"below least_coverage {float(firing.condition.threshold):.0%}"
    if counts is not None and counts.rows < counts.least:
        least += f" of least_rows {counts.least:,}"
    return firing.labels["metric"], f"{few}, {least}: nobody knows the quality", firing.row.first_steps[0]


def _window_small(firing: _Firing) -> tuple[str, str, str]:
    least = f"{float(firing.condition.threshold):,.0f}"
    message = f"the newest window has {counted(firing.value, 'row')}, below least_rows {least}"
    return firing.config.pipeline, f"{message}: no distance is judged", firing.row.first_steps[0]


def _log_unreadable(firing: _Firing) -> tuple[str, str, str]:
    window = firing.snapshot.window
    count = window.lines.unreadable if window is not None and window.lines is not None else 0
    message = f"lines of its log that can't be read: {count:,}, {firing.value:.1%} of its requests, {firing.limit}"
    return firing.config.pipeline, message, firing.row.first_steps[0]


def _column_gone(firing: _Firing) -> tuple[str, str, str]:
    return (
        firing.labels["feature"],
        "at least one file of the newest window has no such column",
        firing.row.first_steps[0],
    )


def _column_empty(firing: _Firing) -> tuple[str, str, str]:
    name, window = firing.labels["feature"], firing.snapshot.window
    column = next(column for column in (window.columns if window is not None else ()) if column.name == name)
    missing = f"{column.missing:.1%} missing, {column.missing_baseline:.1%} in the baseline"
    return name, f"too few values to be judged: {missing}", firing.row.first_steps[0]


def _baseline_small(firing: _Firing) -> tuple[str, str, str]:
    message = f"the baseline has {counted(firing.value, 'row')}, {firing.limit}: nothing is ever far from it"
    return firing.config.pipeline, message, firing.row.first_steps[0]


def _baseline_old(firing: _Firing) -> tuple[str, str, str]:
    earlier = _amount(firing.value, "seconds")
    message = f"the baseline was written {earlier} before model_since, when the model was trained"
    return firing.config.pipeline, message, firing.row.first_steps[0]


def _window_same(firing: _Firing) -> tuple[str, str, str]:
    message = f"the newest window has had the same counts for {_amount(firing.value, 'seconds')}, {firing.limit}"
    return firing.config.pipeline, message, firing.row.first_steps[0]


def _failed(firing: _Firing) -> tuple[str, str, str]:
    message = f"failed runs since the last success: {firing.value:.0f}"
    return firing.config.pipeline, message, "read the log of the last run"


def _slow(firing: _Firing) -> tuple[str, str, str]:
    runs = firing.snapshot.runs
    took, usual = (format_duration(runs.duration or _ZERO), format_duration(runs.usual or _ZERO)) if runs else ("", "")
    message = f"the last run took {took}, usual are {usual}, {firing.limit}"
    return firing.config.pipeline, message, "look for slow input and preemption"


def _late(firing: _Firing) -> tuple[str, str, str]:
    runs = firing.snapshot.runs
    if runs is None or runs.last_success is None:
        return firing.config.pipeline, "no run has succeeded yet", "start one, or see why it fails"
    message = f"the last success was {format_duration(firing.now - runs.last_success)} ago, {firing.limit}"
    return firing.config.pipeline, message, "see the scheduler, then the last run"


def _other(firing: _Firing) -> tuple[str, str, str]:
    """For every row that has no sentence of its own: what the catalogue says of it."""
    row = firing.row
    message = f"{row.title[0].lower()}{row.title[1:]}: {_amount(firing.value, row.unit)}, {firing.limit}"
    return firing.config.pipeline, message, row.first_steps[0]


_SENTENCES: Mapping[str, Sentence] = {
    "dataset-skew": _dataset,
    "missing-values": _missing,
    "invalid-values": _invalid,
    "slice-missing": _slice_missing,
    "slice-gone": _slice_gone,
    "slice-unjudged": _slice_unjudged,
    "model-quality": _quality,
    "model-quality-proxy": _proxy,
    "quality-old": _quality_old,
    "labels-few": _labels_few,
    "window-small": _window_small,
    "log-unreadable": _log_unreadable,
    "column-gone": _column_gone,
    "column-empty": _column_empty,
    "baseline-small": _baseline_small,
    "baseline-old": _baseline_old,
    "window-same": _window_same,
    "window-same-run": _window_same,
    "late": _late,
    "late-run": _late,
    "slow-run": _slow,
    "failed": _failed,
}


def _amount(value: float, unit: str) -> str:
    match unit:
        case "seconds":
            return format_duration(timedelta(seconds=value))
        case "share":
            return f"{value:.1%}"
        case _:
            return f"{value:g}"


def _as_written(threshold: object) -> str:
    match threshold:
        case timedelta():
            return format_duration(threshold)
        case Decimal():
            return percent(threshold)
        case _:
            return f"{threshold:g}"
