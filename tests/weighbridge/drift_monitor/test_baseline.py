"""When the bins of a baseline are the same."""

from __future__ import annotations

from tests.support.monitor_data import config, table, write
from weighbridge.drift_monitor.baseline import Baseline
from weighbridge.drift_monitor.baseline_reader import read_baseline
from weighbridge.drift_monitor.files import Store


def read(root, features="item_price, country, member", suffix="parquet") -> Baseline:
    store = Store(root)
    watched = config(f"{{baseline: b.parquet, window: w/, features: [{features}]}}").columns
    return read_baseline(store, store.file(f"baseline.{suffix}"), watched)


def test_the_same_data_has_the_same_bins_and_other_data_others(tmp_path):
    prints = []
    for seed in (1, 1, 2):
        write(table(seed=seed), tmp_path / "baseline.parquet")
        prints.append(read(tmp_path).fingerprint)
    assert prints[0] == prints[1] != prints[2]
    assert read(tmp_path, "item_price").fingerprint != prints[2]
