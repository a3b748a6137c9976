"""What a drift monitor exposes, to the catalogue: its words and needs, from the config that the monitor itself is told.

A spec's alerts and the monitor's own verdict are both filled in from here, so they are one expression.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from weighbridge.drift_monitor.config import MonitorConfig
from weighbridge.signals.words import number
from weighbridge.spec.pipeline import RUNS_READ_EVERY
from weighbridge.spec.thresholds import Thresholds

SHORTEST_STALE = timedelta(minutes=30)


def monitored_words(config: MonitorConfig, environment: str) -> dict[str, str]:
    """The words of one monitor's signals. `environment`: the label `cluster` of its series, empty for none."""
    limits, watch = config.thresholds, config.watch
    words = {
        **threshold_words(limits),
        "of": f'cluster="{environment}", pipeline="{config.pipeline}", stage="{config.stage}"',
        "stale_seconds": number(_stale(limits, watch.every if watch else RUNS_READ_EVERY).total_seconds()),
    }
    if watch is not None:
        words["least_rows"] = str(watch.least_rows)
        if watch.model_since is not None:
            words["model_since_seconds"] = f"{watch.model_since.timestamp():.0f}"
        if watch.quality is not None:
            if watch.quality.labels is not None:
                words["least_coverage"] = number(watch.quality.labels.least_coverage / 100)
            words["worse"] = "1" if watch.quality.better == "higher" else "-1"
    if config.runs_every is not None:
        words["late_seconds"] = number(limits.late_periods * config.runs_every.total_seconds())
    if config.expected_duration is not None:
        words["too_long_seconds"] = number(limits.slow_factor * config.expected_duration.total_seconds())
    return words


def monitored_needs(config: MonitorConfig) -> frozenset[str]:
    """The needs of signals that one monitor meets."""
    watch = config.watch
    quality = watch.quality if watch is not None else None
    meets = {
        "watch": watch is not None,
        "logs": watch is not None and watch.format is not None,
        "features": watch is not None and bool(watch.features),
        "labels": watch is not None and bool(watch.labels),
        "predictions": watch is not None and bool(watch.predictions),
        "quality": quality is not None and not quality.proxy,
        "proxy": quality is not None and quality.proxy,
        "reports": quality is not None,
        "late_labels": quality is not None and quality.labels is not None,
        "slices": watch is not None and bool(watch.slices),
        "model_since": watch is not None and watch.model_since is not None,
        "runs": config.runs is not None,
        "runs_every": config.runs_every is not None,
        "expected_duration": config.expected_duration is not None,
        "measured": config.runs is not None or watch is not None,
    }
    return frozenset(need for need, met in meets.items() if met)


def threshold_words(limits: Thresholds) -> dict[str, str]:
    """Every threshold by its key in the spec, in base units: seconds, and shares instead of percentages."""
    return {key: _base_units(value) for key, value in limits}


def _base_units(value: object) -> str:
    match value:
        case timedelta():
            return number(value.total_seconds())
        case Decimal():  # a percentage
            return number(value / 100)
        case float() | int():
            return number(value)
    raise TypeError(value)


def _stale(limits: Thresholds, every: timedelta) -> timedelta:
    """One more period than a pipeline may be late: a measurement may take a while itself."""
    return max(SHORTEST_STALE, (limits.late_periods + 1) * every)
