"""A window, counted in the baseline's bins, a file at a time."""

from __future__ import annotations

import pytest

from tests.support.monitor_data import config, table, write
from weighbridge.drift_monitor.baseline import Baseline
from weighbridge.drift_monitor.baseline_reader import read_baseline
from weighbridge.drift_monitor.files import Store
from weighbridge.drift_monitor.summary import Summary
from weighbridge.drift_monitor.unreadable_data import UnreadableData
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


def test_rows_of_all_files_and_formats_add_up(store, tmp_path):
    write(table(rows=300, seed=2), tmp_path / "a.parquet")
    write(table(rows=200, seed=3), tmp_path / "b.csv")
    found = summary(store, "a.parquet", "b.csv")
    assert found.rows == 500
    assert {name: tally.rows for name, tally in found.tallies.items()} == dict.fromkeys(
        ("item_price", "country", "member", "clicked"), 500
    )
    assert found.vanished == ()
    assert found.fits(baseline(store))


def test_a_column_that_one_file_lacks_is_missing_in_its_rows(store, tmp_path):
    write(table(rows=300, seed=2), tmp_path / "a.parquet")
    write(table(rows=100, seed=3).drop_columns(["country"]), tmp_path / "b.parquet")
    found = summary(store, "a.parquet", "b.parquet")
    assert found.vanished == ("country",)
    assert (found.tallies["country"].rows, found.tallies["country"].missing) == (400, 100)
    assert found.tallies["item_price"].missing == 0


def test_a_file_with_none_of_the_columns_still_has_its_rows(store, tmp_path):
    write(table(rows=70).rename_columns(["a", "b", "c", "d"]), tmp_path / "a.csv")
    found = summary(store, "a.csv")
    assert (found.rows, found.tallies["item_price"].missing) == (70, 70)
    assert found.vanished == ("clicked", "country", "item_price", "member")


def test_a_file_that_is_not_whole_ends_it(store, tmp_path):
    whole = write(table(rows=300), tmp_path / "a.parquet").read_bytes()
    (tmp_path / "b.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableData, match=r"^b\.parquet can't be read: "):
        summary(store, "a.parquet", "b.parquet")
