"""Weighbridge's monitor: far is what is beyond its noise, and beyond a threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.drift_tools.answering import BASELINE, WINDOW, answer
from weighbridge.drift_monitor.config import MonitorConfig
from weighbridge.drift_monitor.files import Store
from weighbridge.drift_monitor.measure import DriftMonitor
from weighbridge.spec.pipeline import Watch
from weighbridge.spec.thresholds import Thresholds

THRESHOLDS = (float(Thresholds().feature_skew), float(Thresholds().feature_drift), 0.0)
"""From the baseline, and from the window before; and chance alone."""


def far(folder: Path, numbers: Sequence[str], categories: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Of all columns together, chance is called far in one window of a thousand."""
    names = [*numbers, *categories]
    watch = Watch(baseline=BASELINE, window=Path(WINDOW).parts[0], features=names)
    config = MonitorConfig(pipeline="bench", stage="data", watch=watch)
    now = datetime.now(UTC)
    window = DriftMonitor(config, Store(folder), lambda: now, lambda _message: None).measure().window
    if window is None:
        raise RuntimeError(f"nothing was measured in {folder}")
    beyond = {
        column.name: measured.distance
        for column in window.columns
        for measured in column.measured
        if measured.distance > measured.noise
    }
    return {
        f"Weighbridge, {threshold:g}": [name for name, distance in beyond.items() if distance > threshold]
        for threshold in THRESHOLDS
    }


if __name__ == "__main__":
    answer(far)
