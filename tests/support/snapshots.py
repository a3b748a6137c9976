"""Random snapshots of a drift monitor, with the config that it was told: mostly at, just above or just below limits."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import timedelta
from random import Random

from tests.support.monitor_data import NOW
from weighbridge.drift_monitor.comparison import Against, ColumnResult, Measured, SliceColumn, SliceResult
from weighbridge.drift_monitor.config import MonitorConfig, Role
from weighbridge.drift_monitor.log_lines import LineCounts
from weighbridge.drift_monitor.measure import BaselineResult, Snapshot, WindowResult
from weighbridge.drift_monitor.quality import LabelCounts, QualityResult, Slice
from weighbridge.drift_monitor.runs import ActiveRun, RunsResult
from weighbridge.spec.pipeline import LateLabels, Quality, Watch
from weighbridge.spec.thresholds import Thresholds

STAGES = ("serving", "serving", "data", "training", "validation", "experiment")
HOUR = timedelta(hours=1)
METHODS = ("jensen-shannon", "l-infinity", "chi-square")


def random_measurement(random: Random) -> tuple[MonitorConfig, Snapshot]:
    """A config and a snapshot that its monitor could have taken, at `NOW`."""
    config = _config(random)
    window = _window(random, config) if config.watch and random.random() < 0.9 else None
    quality = _quality(random, config.watch.quality) if config.watch and config.watch.quality else None
    runs = _runs(random, config) if config.runs and random.random() < 0.9 else None
    baseline = random.choice([None, *_baselines(config)])
    return config, Snapshot(config.pipeline, config.stage, {}, baseline, window, quality, runs)


def _baselines(config: MonitorConfig) -> Iterator[BaselineResult]:
    if config.watch is not None:
        for hours in (0, 1, 2):
            yield from (BaselineResult(rows, NOW - hours * HOUR) for rows in (0, 99, 100, 5000))


def _config(random: Random) -> MonitorConfig:
    quality = Quality(
        metric="auc",
        report="gs://example/quality/",
        baseline=random.choice([0.4, 0.0, -0.4]),
        better=random.choice(["higher", "lower"]),
        proxy=random.random() < 0.5,
    )
    if not quality.proxy and random.random() < 0.5:
        labels = LateLabels(source="l/", key=("id",), label="y", prediction="p", wait=HOUR)
        quality = quality.model_copy(update={"labels": labels, "report": None})
    columns = [f"c{number}" for number in range(random.randint(1, 6))]
    roles = {role: tuple(column for column in columns if random.random() < 0.5) for role in ("labels", "predictions")}
    watch = Watch(
        baseline="gs://example/baseline.parquet",
        window="gs://example/latest/",
        features=tuple(column for column in columns if column not in (*roles["labels"], *roles["predictions"])),
        labels=roles["labels"],
        predictions=tuple(column for column in roles["predictions"] if column not in roles["labels"]),
        quality=quality if random.random() < 0.7 else None,
        slices=random.choice([(), ("c0",)]),
        model_since=random.choice([None, NOW - HOUR]),
        format=random.choice([None, "vllm"]),
    )
    stage = random.choice(STAGES)
    return MonitorConfig(
        pipeline="ranker",
        stage=stage,
        watch=watch if random.random() < 0.9 else None,
        runs="gs://example/runs/" if stage != "serving" else None,
        runs_every=random.choice([None, HOUR]),
        expected_duration=random.choice([None, 2 * HOUR]),
        thresholds=random.choice([Thresholds(), Thresholds(feature_skew=0.2, failures=5, late_periods=3)]),
    )


def _near(random: Random, limit: float) -> float:
    above, below = math.nextafter(limit, math.inf), math.nextafter(limit, -math.inf)
    return random.choice([limit, above, below, 1.5 * limit, 0.5 * limit, 0.0])


def _window(random: Random, config: MonitorConfig) -> WindowResult:
    limits, watch = config.thresholds, config.watch
    rows = random.choice([watch.least_rows, watch.least_rows - 1, 50_000, 50_000, 0])
    age = random.choice([limits.window_age, limits.window_age + timedelta(seconds=1), HOUR])
    far = random.random() < 0.3
    columns = tuple(_column(random, column.name, column.role, limits, far=far) for column in config.columns)
    same = random.choice([age, limits.window_age, 2 * limits.window_age, limits.late_periods * HOUR, 4 * HOUR])
    gone = tuple(column.name for column in columns if random.random() < 0.1)
    slices = tuple(_slice(random, name, config, far=far) for name in watch.slices and ("new", "c0=a", "c0=b"))
    lines = LineCounts(random.choice([0, 98, 99, 100]), 5, random.choice([0, 1])) if watch.format else None
    return WindowResult(
        "", rows, NOW - age, columns, has_previous=True, changed=NOW - same, vanished=gone, slices=slices, lines=lines
    )


def _slice(random: Random, name: str, config: MonitorConfig, *, far: bool) -> SliceResult:
    least = config.watch.least_rows
    rows, expected = random.choice([0, 1, least - 1, least, 50_000]), random.choice([19.9, 20, 5000.0])
    columns = (_column(random, column.name, column.role, config.thresholds, far=far) for column in config.columns)
    return SliceResult(
        name, rows, expected, tuple(SliceColumn(column, random.choice([0.0, 0.06, 1.0])) for column in columns)
    )


def _column(random: Random, name: str, role: Role, limits: Thresholds, *, far: bool) -> ColumnResult:
    baseline = random.choice([0.0, 0.25])
    return ColumnResult(
        name=name,
        role=role,
        missing=_near(random, baseline + float(limits.missing) / 100),
        missing_baseline=baseline,
        invalid={reason: _near(random, float(limits.invalid) / 100) for reason in ("type", "range", "unseen")},
        measured=tuple(
            _measured(random, against, limits, far=far) for against in ("training", "previous") if random.random() < 0.8
        ),
    )


def _measured(random: Random, against: Against, limits: Thresholds, *, far: bool) -> Measured:
    distance = random.choice([0.35, 0.6]) if far else _near(random, random.choice([0.1, 0.3, limits.feature_skew]))
    method, *others = random.sample(METHODS, 3)
    noise = random.choice([0.0, 0.01, distance, 2 * distance])
    return Measured(
        against, method, distance, noise, {method: distance, **dict.fromkeys(others, 0.9)}, random.random() < 0.9
    )


def _quality(random: Random, quality: Quality) -> QualityResult:
    age = random.choice([None, timedelta(days=7), timedelta(days=8), HOUR])
    names = ("all", "new", "old")[: random.randint(1, 3)]
    slices = tuple(
        Slice(name, _near(random, quality.baseline * random.choice([0.95, 1.05, 0.5, 1.5])), quality.baseline)
        for name in names
    )
    if age is None:
        return QualityResult(quality.metric, quality.better, quality.proxy, None, ())
    counts = None
    if quality.labels is not None:
        counts = LabelCounts("", random.choice([0, 999, 1000, 2000]), random.choice([0, 499, 500, 1000]), 1000)
        slices = slices if counts.ratio >= 0.5 else ()
    return QualityResult(quality.metric, quality.better, quality.proxy, NOW - age, slices, counts)


def _runs(random: Random, config: MonitorConfig) -> RunsResult:
    second = timedelta(seconds=1)
    late, slow = config.thresholds.late_periods * HOUR, config.thresholds.slow_factor * HOUR
    duration = random.choice([None, HOUR, slow, slow + second, timedelta(0)])
    active = [ActiveRun(f"run-{number}", NOW - age) for number, age in enumerate([3 * HOUR + second, 3 * HOUR, HOUR])]
    return RunsResult(
        last_success=random.choice([None, NOW - late, NOW - late - second, NOW]),
        duration=duration,
        usual=random.choice([None, HOUR, timedelta(0)]) if duration is not None else None,
        failures=random.choice([0, 1, config.thresholds.failures - 1, config.thresholds.failures]),
        active=tuple(random.sample(active, random.randint(0, 3))),
    )
