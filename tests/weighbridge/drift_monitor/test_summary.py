"""When a window can be compared with a baseline."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.monitor_data import config, table, write
from weighbridge.drift_monitor.baseline import Baseline
from weighbridge.drift_monitor.baseline_reader import read_baseline
from weighbridge.drift_monitor.files import Store
from weighbridge.drift_monitor.summary import Summary
from weighbridge.drift_monitor.window import Window
from weighbridge.drift_monitor.window_reader import read_window


@pytest.fixture
def store(tmp_path) -> Store:
    write(table(rows=1000), tmp_path / "baseline.parquet")
    return Store(tmp_path)


def baseline(store: Store) -> Baseline:
    return read_baseline(store, store.file("baseline.parquet"), config().columns)


def window_of(store: Store, *names: str) -> Window:
    files = tuple(store.file(name) for name in names)
    return Window("latest", files)


def summary(store: Store, *names: str) -> Summary:
    return read_window(store, window_of(store, *names), baseline(store))


def test_it_does_not_fit_another_baseline(store, tmp_path):
    write(table(rows=300, seed=2), tmp_path / "a.parquet")
    found = summary(store, "a.parquet")
    write(table(rows=1000, seed=9), tmp_path / "baseline.parquet")
    assert not found.fits(baseline(store))
    fewer = {name: tally for name, tally in found.tallies.items() if name != "country"}
    assert not replace(found, tallies=fewer, baseline=baseline(store).fingerprint).fits(baseline(store))
