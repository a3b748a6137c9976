"""Which files are the newest window, and which the window before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.monitor_data import NOW, WatchedFolder, distance, table, write
from weighbridge.drift_monitor.files import DataFile
from weighbridge.drift_monitor.window import Window

HOUR = timedelta(hours=1)


@pytest.fixture
def root(tmp_path):
    write(table(), tmp_path / "baseline.parquet")
    return tmp_path


def test_files_beside_folders_are_refused(root):
    write(table(), root / "latest/part.parquet")
    write(table(), root / "latest/2026/part.parquet")
    folder = WatchedFolder(root)
    assert folder.measure().errors["window"]
    assert "so which is the newest window can't be told: keep one of the two" in folder.log[0]


def test_subfolders_are_windows_by_name_and_unfinished_ones_are_none(root):
    write(table(seed=2), root / "latest/2026-11-20T06/part.parquet")
    write(table(seed=3, shift=5), root / "latest/2026-11-20T07/hour=7/part.parquet")
    write(table(seed=3, shift=9), root / "latest/2026-11-20T08/_temporary/part.parquet")
    write(table(seed=3, shift=9), root / "latest/_2026-11-20T09/part.parquet")
    folder = WatchedFolder(root)
    seen = folder.measure()

    assert seen.window.name == "2026-11-20T07"
    assert distance(seen, "item_price", "previous") > 0.5

    write(table(seed=4, shift=5), root / "latest/2026-11-20T08/part.parquet")
    then = folder.measure(after=HOUR)
    assert then.window.name == "2026-11-20T08"
    assert distance(then, "item_price", "previous") < 0.1
    assert distance(then, "item_price") > 0.5


def test_of_plain_files_the_window_before_is_what_was_there_before(root):
    write(table(seed=2), root / "latest/part.parquet")
    folder = WatchedFolder(root)
    assert not folder.measure().window.has_previous
    assert not folder.measure(after=HOUR).window.has_previous  # nothing has changed

    write(table(seed=3, shift=4), root / "latest/part.parquet", NOW + HOUR)
    changed = folder.measure(after=HOUR)
    again = folder.measure(after=HOUR)

    for seen in (changed, again):
        assert distance(seen, "item_price", "previous") > 0.5


def test_a_window_is_another_when_any_of_its_files_is():
    files = tuple(DataFile(f"latest/{name}.csv", 10, 1_000_000_000 * number) for number, name in enumerate("ab", 1))
    window = Window("", files)
    others = [
        Window("7", files),
        Window("", files[:1]),
        Window("", (files[0], DataFile("latest/b.csv", 11, 2_000_000_000))),
        Window("", (files[0], DataFile("latest/b.csv", 10, 2_000_000_001))),
        Window("", (files[0], DataFile("latest/c.csv", 10, 2_000_000_000))),
    ]
    assert len({window.key, *(other.key for other in others)}) == 6
    assert Window("", files).key == window.key
    assert window.modified == datetime.fromtimestamp(2, UTC)
