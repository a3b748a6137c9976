"""A table as the baseline or the window: what stands for a file, and what it lacks."""

from __future__ import annotations

import pyarrow as pa
import pytest

from tests.support.duckdb_engine import DuckDbEngine
from tests.support.monitor_data import WatchedFolder, config, distance, table, write
from weighbridge.drift_monitor.engine import Partitioning, TablePartition
from weighbridge.drift_monitor.engine_table import EngineTable, table_file, table_windows
from weighbridge.drift_monitor.files import DataFile, Store
from weighbridge.drift_monitor.unreadable_data import UnreadableData

TABLE = "spark://ds.clicks"
WATCH = "{baseline: baseline.parquet, window: 'spark://ds.clicks', features: [item_price, country], slices: [country]}"


def store(tmp_path, engine: DuckDbEngine) -> Store:
    return Store(tmp_path, open_engine=lambda *_: engine)


def by_country(*names: str) -> DuckDbEngine:
    engine = DuckDbEngine(partitioning=Partitioning("country", None))
    engine.create("clicks", table(rows=900))
    engine.known = [TablePartition(name, 300, 300, 10**18) for name in names]
    return engine


def test_a_partition_is_a_file_that_changes_with_its_data(tmp_path):
    reads = store(tmp_path, by_country("de"))
    assert table_file(reads, f"{TABLE}$de") == DataFile(f"{TABLE}$de", 300, 10**18)
    assert table_file(reads, TABLE) == DataFile(TABLE, 7200, 10**18)


def test_a_table_without_rows_has_no_window(tmp_path):
    with pytest.raises(UnreadableData, match="has no partition with rows in it"):
        table_windows(store(tmp_path, by_country()), TABLE)


def test_texts_are_categories_even_if_they_look_like_dates(tmp_path):
    engine = DuckDbEngine()
    engine.create("clicks", pa.table({"day": pa.array(["2026-11-20"] * 5), "n": pa.array([1] * 5)}))
    found = EngineTable(store(tmp_path, engine), DataFile(TABLE, 0, 0))
    assert (found.kind("day"), found.kind("n")) == ("category", "number")


def test_a_window_of_a_table_is_measured_with_its_slices(tmp_path):
    write(table(rows=2000), tmp_path / "baseline.parquet")
    engine = DuckDbEngine(partitioning=Partitioning("clicked", 1))
    engine.create("clicks", table(rows=2000, seed=2, shift=5))
    engine.known = [TablePartition(name, 1000, 1000, 10**18) for name in ("0", "1")]
    folder = WatchedFolder(tmp_path, config(WATCH), open_engine=lambda *_: engine)
    snapshot = folder.measure()
    assert snapshot.errors == {"baseline": False, "window": False}, folder.log
    assert snapshot.window.name == "1"
    assert distance(snapshot, "item_price") > 0.5
    assert {part.name for part in snapshot.window.slices} == {"country=de", "country=fr", "country=us"}
    rows = [part.rows for part in snapshot.window.slices]
    assert sum(rows) == snapshot.window.rows


def test_without_an_engine_a_table_is_not_read(tmp_path):
    with pytest.raises(UnreadableData, match="nothing counts tables of spark:// here"):
        table_file(Store(tmp_path), TABLE)
