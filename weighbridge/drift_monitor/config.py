"""What the monitor of one endpoint or pipeline is told: made from the spec, carried as JSON, read back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field

from weighbridge.drift_monitor.derived import Derived, derived_of
from weighbridge.drift_monitor.watch import watch_problems
from weighbridge.files.problem import KeyPath, Problem
from weighbridge.files.reading import parse_model, refuse
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.otlp import OtlpCollector
from weighbridge.spec.pipeline import DataPath, Pipeline, Watch
from weighbridge.spec.root import Spec
from weighbridge.spec.thresholds import Thresholds
from weighbridge.units import PART, DnsLabel, Duration, FormatVersion, format_duration, format_timestamp, percent

Role = Literal["features", "labels", "predictions"]
ROLES: tuple[Role, ...] = ("features", "labels", "predictions")

_UNREADABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""What JSON allows as it is and YAML, as which the config is read back, does not."""


class MonitorConfig(BaseModel):
    """What the monitor of one endpoint or pipeline is told."""

    model_config = PART

    version: FormatVersion = 1
    """Format of this file."""

    pipeline: DnsLabel = Field(examples=["ranker"])
    """Name of the endpoint or pipeline: the label `pipeline` of all metrics."""

    stage: Literal["serving", "data", "training", "validation", "experiment"] = Field(examples=["serving"])
    """The label `stage` of all metrics."""

    watch: Watch | None = None
    """What its data is compared with."""

    runs: DataPath | None = None
    """Folder of the status files of its runs."""

    runs_every: Duration | None = None
    """How often it runs."""

    expected_duration: Duration | None = None
    """How long a run normally takes. Left out: learned from past runs."""

    thresholds: Thresholds = Thresholds()
    """From where on `--once` calls something over."""

    otlp: OtlpCollector | None = None
    """Where its gauges are sent beside `/metrics`."""

    @property
    def paths(self) -> tuple[str, ...]:
        """All files and folders that are read."""
        watch = self.watch
        quality = watch.quality if watch else None
        labels = quality.labels if quality else None
        watched = (watch.baseline, watch.window) if watch else ()
        judged = (quality.report if quality else None, labels.source if labels else None)
        return tuple(path for path in (self.runs, *watched, *judged) if path is not None)

    @property
    def columns(self) -> tuple[Watched, ...]:
        """The columns that are watched, in the order of the file; in place of a text or a vector those that it has."""
        watch = self.watch
        if watch is None:
            return ()
        return tuple(
            Watched(column.name if column else name, role, index, column)
            for role in ROLES
            for index, name in enumerate(getattr(watch, role))
            for column in derived_of(name, role, watch) or (None,)
        )


@dataclass(frozen=True, slots=True)
class Watched:
    """One column that the spec names, or that stands for one: `watch.<role>[<index>]`."""

    name: str
    role: Role
    index: int
    derived: Derived | None = None  # None: compared as it is

    @property
    def source(self) -> str:
        """The column that a file has to have."""
        return self.name if self.derived is None else self.derived.source


def config_of(name: str, spec: Spec) -> MonitorConfig | None:
    """What the monitor of an endpoint or pipeline is told; None where there is nothing to measure, or no such name."""
    part = spec.endpoints.get(name) or spec.pipelines.get(name)
    config = config_of_part(name, part, spec) if part is not None else None
    return config if config is not None and (config.watch is not None or config.runs is not None) else None


def config_of_part(name: str, part: Endpoint | Pipeline, spec: Spec) -> MonitorConfig:
    """What the monitor of a part of the spec would be told, whether there is anything to measure or not."""
    pipeline = part if isinstance(part, Pipeline) else None
    return MonitorConfig(
        pipeline=name,
        stage=pipeline.kind if pipeline else "serving",
        watch=part.watch,
        runs=pipeline.runs if pipeline else None,
        runs_every=pipeline.runs_every if pipeline else None,
        expected_duration=pipeline.expected_duration if pipeline else None,
        thresholds=thresholds_of(spec).with_own(part.thresholds),
    )


def deployed(config: MonitorConfig, spec: Spec) -> MonitorConfig:
    """As a deployed monitor is told it: one that somebody runs by hand sends nothing to the environment's collector."""
    monitoring = spec.monitoring
    if monitoring is None or monitoring.otlp is None:
        return config
    otlp = monitoring.otlp.model_copy(update={"reaches": ()})  # for network policies to know
    return config.model_copy(update={"otlp": otlp})


def with_used_thresholds(config: MonitorConfig) -> MonitorConfig:
    """The same without the thresholds that nothing it measures is held against, so that those change nothing here."""
    used = {name: getattr(config.thresholds, name) for name in _used(config)}
    return config.model_copy(update={"thresholds": Thresholds(**used)})


def without_thresholds(config: MonitorConfig) -> MonitorConfig:
    """What a running monitor depends on: it exposes what it measured, and alerts and `--once` judge that."""
    return config.model_copy(update={"thresholds": Thresholds()})


def thresholds_of(spec: Spec) -> Thresholds:
    """Those of the environment."""
    return spec.monitoring.thresholds if spec.monitoring is not None else Thresholds()


def config_json(config: MonitorConfig) -> str:
    """The config as JSON, the same text for the same config: sorted keys, and only what is not the default."""
    text = json.dumps({"version": 1, **_plain(config)}, indent=2, sort_keys=True, ensure_ascii=False)
    return _UNREADABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def parse_config(text: str, file: Path) -> MonitorConfig:
    """The config in a text; `file` is where it comes from. Raises `FileError` with everything that is wrong."""
    config = parse_model(text, file, MonitorConfig)
    refuse(_problems(config), text, file)
    return config


def _used(config: MonitorConfig) -> Iterator[str]:
    """The thresholds in the signals of this stage; `signals/` above, which has them, is held to it by a test."""
    watch, stage = config.watch, config.stage
    if config.runs is not None and stage in _WITH_RUNS:
        yield from ("slow_factor", "failures")
    measured = config.runs is not None or (watch is not None and stage != "training")
    if config.runs_every is not None and stage in _WITH_RUNS and measured:
        yield "late_periods"
    if watch is None:
        return
    if watch.features:
        yield from _OF_FEATURES.get(stage, ())
    if watch.labels and stage == "data":
        yield from ("label_skew", "label_drift")
    if stage in ("serving", "data"):
        yield from ("missing", "invalid")
    if stage == "serving":
        yield "window_age"
        if watch.predictions:
            yield from ("prediction_skew", "prediction_drift")
        if watch.quality is not None:
            yield from ("quality_age", "proxy_shift" if watch.quality.proxy else "quality_drop")


_WITH_RUNS = ("data", "training", "validation")
_OF_FEATURES = {
    "serving": ("feature_skew", "feature_drift", "drifted_share"),
    "data": ("feature_skew", "feature_drift"),
    "validation": ("test_data_skew", "test_data_drift"),
}


def watch_path(config: MonitorConfig) -> KeyPath:
    """Where `watch` stands in the spec."""
    return ("endpoints" if config.stage == "serving" else "pipelines", config.pipeline, "watch")


def _problems(config: MonitorConfig) -> Iterator[Problem]:
    if config.watch is not None:
        yield from watch_problems(config.watch, ("watch",))
    elif config.runs is None:
        yield Problem((), "there is nothing to measure: add `watch` or `runs`", line=1, column=1)


def _plain(value: Any) -> Any:
    match value:
        case BaseModel():
            fields = type(value).model_fields
            given = {name: item for name, item in value if item is not None and item != fields[name].default}
            return {name: _plain(item) for name, item in given.items()}
        case timedelta():
            return format_duration(value)
        case datetime():
            return format_timestamp(value)
        case Decimal():
            return percent(value)
        case tuple():
            return [_plain(item) for item in value]
        case _:
            return value
