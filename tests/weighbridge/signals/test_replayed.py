"""Which windows would have raised what, and how near each signal came."""

from __future__ import annotations

from datetime import timedelta

from tests.support.monitor_data import NOW, config, table, write
from weighbridge.drift_monitor.files import Store
from weighbridge.drift_monitor.replay import replay
from weighbridge.signals.replayed import judge

PAST = "{baseline: baseline.parquet, window: past/, features: [item_price]}"


def judged(folder, shifts):
    write(table(seed=9), folder / "baseline.parquet")
    for number, shift in enumerate(shifts):
        file = folder / f"past/dt=2026-11-1{number}/a.parquet"
        if shift is None:
            file.parent.mkdir(parents=True)
            file.write_bytes(b"PAR1")
        else:
            write(table(seed=number, shift=shift), file, NOW - timedelta(days=9 - number))
    settings = config(PAST)
    assert settings.watch is not None
    return judge(settings, "past", replay(settings, settings.watch, Store(folder), "past/", 10, NOW))


def test_windows_like_the_baseline_raise_nothing_and_come_to_nothing(tmp_path):
    result = judged(tmp_path, [0.0, 0.0])
    assert (result.raising, result.unread) == (0, 0)
    skew = next(found for found in result.signals if found.signal.row.id == "feature-skew")
    assert (skew.windows, skew.highest, skew.threshold) == (0, None, "0.3")


def test_a_shift_raises_and_is_the_highest_with_its_window(tmp_path):
    result = judged(tmp_path, [0.0, 3.0, None])
    assert (result.raising, result.unread) == (1, 1)
    skew = next(found for found in result.signals if found.signal.row.id == "feature-skew")
    assert (skew.windows, skew.subject, skew.window.rpartition("/")[2]) == (1, "item_price", "dt=2026-11-11")
    assert skew.highest > 0.3
