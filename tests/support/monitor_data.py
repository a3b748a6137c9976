"""Windows and baselines for tests of the monitor."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from math import nan
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from weighbridge.drift_monitor.config import MonitorConfig, parse_config
from weighbridge.drift_monitor.files import Store
from weighbridge.drift_monitor.measure import DriftMonitor, Snapshot
from weighbridge.drift_monitor.measuring_process import MeasuringProcess
from weighbridge.drift_monitor.series import samples

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)


def table(rows: int = 2000, seed: int = 1, shift: float = 0.0, countries: tuple[str, ...] = ("de", "fr", "us")):
    """Prices, countries, a flag and a label."""
    random = np.random.default_rng(seed)
    return pa.table(
        {
            "item_price": random.normal(10 + shift, 2, rows),
            "country": random.choice(countries, rows),
            "member": random.random(rows) < 0.3,
            "clicked": random.integers(0, 2, rows),
        }
    )


def write(data: pa.Table, file: Path, at: datetime = NOW) -> Path:
    """Writes Parquet or CSV by the file's name, last modified at a time."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix == ".csv":
        pa.csv.write_csv(data, file)
    else:
        pa.parquet.write_table(data, file)
    os.utime(file, (at.timestamp(), at.timestamp()))
    return file


WATCH = """{baseline: baseline.parquet, window: latest/, features: [item_price, country, member], labels: [clicked]}"""


def config(watch: str = WATCH, more: str = "") -> MonitorConfig:
    text = f"version: 1\npipeline: clicks\nstage: data\n{more}" + (f"watch: {watch}\n" if watch else "")
    return parse_config(text, Path("config.yaml"))


class WatchedFolder:
    """A monitor over a folder, with its clock and its log in hand."""

    def __init__(self, root: Path, settings: MonitorConfig | None = None, state: Path | None = None, **store) -> None:
        self.now = NOW
        self.log: list[str] = []
        reads = Store(root, **store)
        self.monitor: DriftMonitor | MeasuringProcess = DriftMonitor(
            settings or config(), reads, lambda: self.now, self.log.append, state
        )

    def measure(self, *, after=None) -> Snapshot:
        if after is not None:
            self.now += after
        return self.monitor.measure()


def run_gauges(folder: WatchedFolder) -> dict[str, float]:
    """The gauges of runs, by name without `ml_pipeline_`, and the run where there is one."""
    return {
        " ".join((sample.metric.removeprefix("ml_pipeline_"), *sample.labels)): sample.value
        for sample in samples(folder.measure())
        if sample.metric.startswith("ml_pipeline_")
    }


def watched_runs(root: Path, more: str = "") -> WatchedFolder:
    """A monitor of the runs in `runs/`."""
    return WatchedFolder(root, config("", f"runs: runs/\n{more}"))


def distance(snapshot: Snapshot, column: str, against: str = "training") -> float:
    """Not a number where there is none, which compares with nothing."""
    found = next(measured for measured in snapshot.window.columns if measured.name == column)
    return next((measured.distance for measured in found.measured if measured.against == against), nan)


def column(snapshot: Snapshot, name: str):
    return next(column for column in snapshot.window.columns if column.name == name)
