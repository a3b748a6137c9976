"""The report of windows of the past: verdict, windows, signals, within 80 columns."""

from __future__ import annotations

from datetime import timedelta

from tests.support.monitor_data import NOW, config, table, write
from weighbridge.drift_monitor.files import Store
from weighbridge.drift_monitor.replay import replay
from weighbridge.render.replay.text import WIDTH, render
from weighbridge.signals.replayed import judge


def test_what_cannot_be_read_is_marked_and_counted_in_the_first_line(tmp_path):
    write(table(seed=9), tmp_path / "baseline.parquet")
    write(table(seed=1), tmp_path / "past/dt=2026-11-18/a.parquet", NOW - timedelta(days=2))
    broken = tmp_path / "past/dt=2026-11-19/a.parquet"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"PAR1")
    settings = config("{baseline: baseline.parquet, window: past/, features: [item_price]}")
    assert settings.watch is not None
    result = judge(settings, "past", replay(settings, settings.watch, Store(tmp_path), "past/", 10, NOW))
    lines = render(result).splitlines()
    assert " ".join(lines[:2]) == (
        "clicks (data): 0 of the last 2 windows of past would have raised an alert; 1   could not be read"
    )
    assert any(line.startswith("? ") and "dt=2026-11-19" in line for line in lines)
    assert "Highest: the largest value that chance does not explain, - where there is none" in lines
    assert max(map(len, lines)) <= WIDTH
