"""Windows of the past, as they would have been measured: which, in which order, and what of each is known."""

from __future__ import annotations

from datetime import timedelta

from tests.support.monitor_data import NOW, config, distance, table, write
from weighbridge.drift_monitor.files import Store
from weighbridge.drift_monitor.replay import replay

PAST = "{baseline: baseline.parquet, window: past/, features: [item_price]}"


def replayed(folder, most=10):
    settings = config(PAST)
    assert settings.watch is not None
    return [*replay(settings, settings.watch, Store(folder), "past/", most, NOW)]


def test_the_last_windows_come_the_oldest_first_and_each_knows_the_one_before(tmp_path):
    write(table(seed=9), tmp_path / "baseline.parquet")
    for day in (17, 18, 19):
        shift = 3.0 if day == 19 else 0.0
        write(
            table(seed=day, shift=shift), tmp_path / f"past/dt=2026-11-{day}/a.parquet", NOW - timedelta(days=20 - day)
        )
    found = replayed(tmp_path, most=2)
    assert [window.name.rpartition("/")[2] for window in found] == ["dt=2026-11-18", "dt=2026-11-19"]
    assert [window.at for window in found] == [NOW - timedelta(days=2), NOW - timedelta(days=1)]
    assert all(window.snapshot.window.has_previous for window in found)  # the 17th was read to compare with
    distances = [distance(window.snapshot, "item_price") for window in found]
    assert distances[0] < 0.1 < distances[1]


def test_what_cannot_be_read_is_said_and_the_next_is_compared_with_the_one_before(tmp_path):
    write(table(seed=9), tmp_path / "baseline.parquet")
    write(table(seed=1), tmp_path / "past/dt=2026-11-17/a.parquet", NOW - timedelta(days=3))
    broken = tmp_path / "past/dt=2026-11-18/a.parquet"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"no parquet")
    write(table(seed=2), tmp_path / "past/dt=2026-11-19/a.parquet", NOW - timedelta(days=1))
    _, wrong, last = replayed(tmp_path)
    assert wrong.snapshot is None
    assert "dt=2026-11-18" in wrong.problem
    assert last.snapshot.window.has_previous
