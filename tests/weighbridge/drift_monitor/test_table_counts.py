"""An engine counts what pyarrow counts in a file of the same rows: counts equal, sums within 1e-9.

BigQuery's SQL is compiled by Ibis, translated by sqlglot, and run by DuckDB: BigQuery itself is asked nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import inf, nan

import numpy as np
import pyarrow as pa
import pytest

from tests.support.duckdb_engine import DuckDbEngine
from tests.support.monitor_data import write
from weighbridge.drift_monitor.baseline import Baseline
from weighbridge.drift_monitor.baseline_reader import read_baseline
from weighbridge.drift_monitor.config import Watched
from weighbridge.drift_monitor.engine import Partitioning, TablePartition
from weighbridge.drift_monitor.files import Store
from weighbridge.drift_monitor.slice_tallies import DataSlice
from weighbridge.drift_monitor.slices import read_slices, slices_of
from weighbridge.drift_monitor.sources import source_file
from weighbridge.drift_monitor.summary import Summary
from weighbridge.drift_monitor.tally import Tally
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.drift_monitor.watched_folder import find_windows
from weighbridge.drift_monitor.window import Window
from weighbridge.drift_monitor.window_reader import read_window
from weighbridge.spec.pipeline import WatchedTables

ROWS = 1200
START = datetime(2026, 11, 20, tzinfo=UTC)
TABLE = "bq://example-ml.ds.requests"


def rows(seed: int, shift: float = 0.0, size: int = ROWS) -> pa.Table:
    """A column of each kind; each has a null, and where there can be, NaN and what is infinite."""
    random = np.random.default_rng(seed)
    real = random.normal(10 + shift, 2, size)
    real[:6] = [nan, inf, -inf, 1e300, 0.1, -0.0]
    with np.errstate(over="ignore"):
        single = real.astype(np.float32)  # 1e300 becomes infinite
    whole = [None, *random.integers(-(2**60), 2**60, size - 1).tolist()]
    moments = [START - timedelta(seconds=float(part)) for part in random.uniform(0, 1e9, size).round(6)]
    few = random.integers(0, 3, size)
    return pa.table(
        {
            "real": pa.array([None, *real[1:]]),
            "single": pa.array(single),
            "whole": pa.array(whole, pa.int64()),
            "small": pa.array(few, pa.int8()),
            "money": pa.array([None, *(Decimal(int(part)) / 100 for part in random.integers(0, 10**6, size - 1))]),
            "constant": pa.array(np.full(size, 0.3)),
            "at": pa.array([None, *moments[1:]], pa.timestamp("us", "UTC")),
            "local": pa.array([moment.replace(tzinfo=None) for moment in moments], pa.timestamp("us")),
            "day": pa.array([moment.date() for moment in moments], pa.date32()),
            "hour": pa.array([moment.time() for moment in moments], pa.time64("us")),
            "country": pa.array([None, *random.choice(["de", "fr", "wörd", "", "NA"], size - 1).tolist()]),
            "id": pa.array([f"user-{number}" for number in random.integers(0, 5000, size)]),
            "raw": pa.array([bytes([part]) for part in few], pa.binary()),
            "member": pa.array([None, *(random.random(size - 1) < 0.3).tolist()], pa.bool_()),
            "nested": pa.StructArray.from_arrays([pa.array(few), pa.array(real)], ["few", "deep"]),
        }
    )


COLUMNS = tuple(
    Watched(name, "features", place)
    for place, name in enumerate([*rows(1).column_names[:-1], "nested.few", "nested.deep"])
)
ENGINES = {"duckdb": DuckDbEngine, "bigquery": lambda: DuckDbEngine(dialect="bigquery")}


@pytest.fixture(params=ENGINES)
def engine(request) -> DuckDbEngine:
    return ENGINES[request.param]()


def store(tmp_path, engine: DuckDbEngine) -> Store:
    return Store(tmp_path, open_engine=lambda *_: engine)


FEW = tuple(column for column in COLUMNS if column.name in ("real", "country", "member"))


def of_files(tmp_path, engine: DuckDbEngine, window: pa.Table, columns=FEW) -> tuple[Store, Baseline, Summary]:
    """The baseline as a file, and the window as one; the same window is the engine's table too."""
    write(rows(1, size=200), tmp_path / "baseline.parquet")  # few, as each of its values is an edge of a bin
    write(window, tmp_path / "window.parquet")
    engine.create("requests", window)
    reads = store(tmp_path, engine)
    baseline = read_baseline(reads, reads.file("baseline.parquet"), columns)
    return reads, baseline, read_window(reads, Window("", (reads.file("window.parquet"),)), baseline)


def of_table(reads: Store, baseline: Baseline, path: str = TABLE) -> Summary:
    return read_window(reads, Window("", (source_file(reads, path),)), baseline)


def same(one: Tally, other: Tally) -> None:
    names = ("rows", "missing", "mistyped", "outside", "below", "above", "folded")
    assert {name: getattr(one, name) for name in names} == {name: getattr(other, name) for name in names}
    assert one.counts.tolist() == other.counts.tolist()
    assert one.keys.tolist() == other.keys.tolist()
    assert one.sums == pytest.approx(other.sums, rel=1e-9, abs=1e-9)


def test_each_kind_of_column_is_counted_as_in_a_file(tmp_path, engine):
    reads, baseline, expected = of_files(tmp_path, engine, rows(2, shift=1), COLUMNS)
    found = of_table(reads, baseline)
    assert found.rows == expected.rows == ROWS
    assert (found.vanished, expected.vanished) == ((), ())
    for name in baseline.columns:
        same(found.tallies[name], expected.tallies[name])
    assert {baseline.columns[name].kind for name in baseline.columns} == {"number", "moment", "category", "boolean"}


def test_types_that_changed_are_invalid_as_in_a_file(tmp_path, engine):
    window = rows(2)
    changed = {
        "real": window["country"], "country": window["real"], "member": window["whole"], "whole": window["member"],
        "at": window["hour"], "day": pa.array([f"{day:%Y-%m-%d}" for day in window["day"].to_pylist()]),
        "id": window["at"],
    }  # fmt: skip
    for name, values in changed.items():
        window = window.set_column(window.column_names.index(name), name, values)
    reads, baseline, expected = of_files(tmp_path, engine, window.drop_columns(["small"]), COLUMNS)
    found = of_table(reads, baseline)
    assert found.vanished == expected.vanished == ("small",)
    for name in baseline.columns:
        same(found.tallies[name], expected.tallies[name])
    assert found.tallies["real"].mistyped > 0


def test_an_empty_baseline_column_has_one_bin_and_no_range(tmp_path, engine):
    window = rows(2)
    empty = rows(1).set_column(0, "real", pa.nulls(ROWS, pa.float64()))
    reads, _, _ = of_files(tmp_path, engine, window)
    write(empty, tmp_path / "empty.parquet")
    baseline = read_baseline(reads, reads.file("empty.parquet"), FEW)
    expected = read_window(reads, Window("", (reads.file("window.parquet"),)), baseline)
    same(of_table(reads, baseline).tallies["real"], expected.tallies["real"])


def test_a_baseline_that_is_a_table_has_the_bins_of_the_file(tmp_path, engine):
    reads, baseline, _ = of_files(tmp_path, engine, rows(1, size=200))
    found = read_baseline(reads, source_file(reads, TABLE), FEW)
    assert found.fingerprint == baseline.fingerprint
    assert found.rows == 200
    for name, column in baseline.columns.items():
        same(found.columns[name].tally, column.tally)


def test_slices_are_counted_as_in_files(tmp_path, engine):
    reads, baseline, _ = of_files(tmp_path, engine, rows(2))
    file, table = reads.file("window.parquet"), source_file(reads, TABLE)
    names = ["country", "member", "small"]
    parts = slices_of(reads, file, names)
    assert slices_of(reads, table, names) == parts
    assert len(parts) == 10
    parts.append(DataSlice("country", "nowhere"))
    expected, found = (read_slices(reads, [given], baseline.columns, parts) for given in (file, table))
    assert [found[part].rows for part in parts] == [expected[part].rows for part in parts]
    for part in parts:
        assert found[part].tallies.keys() == expected[part].tallies.keys()
        for name in expected[part].tallies:
            same(found[part].tallies[name], expected[part].tallies[name])


PARTITIONS = {
    "day": (Partitioning("day", "day"), "20261119", "DATE '2026-11-19'", "DATE '2026-11-18'"),
    "hour": (
        Partitioning("at", "hour"), "2026111907",
        "TIMESTAMPTZ '2026-11-19 07:59:59Z'", "TIMESTAMPTZ '2026-11-19 08:00Z'",
    ),
    "month": (Partitioning("local", "month"), "202612", "TIMESTAMP '2026-12-31 23:59:59'", "TIMESTAMP '2027-01-01'"),
    "year": (Partitioning("day", "year"), "2025", "DATE '2025-12-31'", "DATE '2026-01-01'"),
    "numbers": (Partitioning("small", 2), "2", "3", "4"),
    "values": (Partitioning("country", None), "fr", "'fr'", "'de'"),
}  # fmt: skip


@pytest.mark.parametrize("split", PARTITIONS.values(), ids=PARTITIONS)
def test_only_the_rows_of_the_partition_are_counted(tmp_path, engine, split):
    partitioning, name, inside, outside = split
    reads, baseline, _ = of_files(tmp_path, engine, rows(2))
    engine.database.execute(f'UPDATE ds.requests SET "{partitioning.column}" = {outside}')  # noqa: S608
    engine.database.execute(f'UPDATE ds.requests SET "{partitioning.column}" = {inside} WHERE real > 12')  # noqa: S608
    ((expected,),) = engine.database.sql("SELECT COUNT(*) FROM ds.requests WHERE real > 12").fetchall()
    engine.partitioning = partitioning
    engine.known = [TablePartition(name, expected, 8, 10**18)]
    found = of_table(reads, baseline, f"{TABLE}${name}")
    assert found.rows == expected > 0
    assert found.tallies["real"].rows == expected


def test_partitions_are_windows_the_newest_by_its_date(tmp_path, engine):
    engine.create("requests", rows(2))
    engine.partitioning = Partitioning("day", "day")
    engine.known = [TablePartition(name, 5, 40, 10**18) for name in ("20261109", "20261120", "20261031")]
    found = find_windows(store(tmp_path, engine), TABLE, START)
    assert [window.name for window in found.windows] == ["20261120", "20261109", "20261031"]
    assert found.newest.files[0].path == f"{TABLE}$20261120"
    assert found.newest.modified == datetime.fromtimestamp(10**9, UTC)


def test_what_would_scan_too_much_is_refused_before_it_is_run(tmp_path, engine):
    reads, baseline, _ = of_files(tmp_path, engine, rows(2))
    engine.scanned_bytes = 30 * 2**30
    engine.tables = WatchedTables(most_scanned_gib=50)
    engine.asked.clear()
    with pytest.raises(UnreadableData, match=r"would scan [0-9.]+ GiB, and `watch.tables.most_scanned_gib` allows 50"):
        of_table(reads, baseline)
    assert engine.asked == []


@pytest.mark.parametrize(
    ("change", "path", "message"),
    [
        ({}, f"{TABLE}$20261120", "bq://example-ml.ds.requests has no partition 20261120; the last one is none"),
        (
            {"known": [TablePartition("20261120", 1, 1, 1)]},
            f"{TABLE}$20261120",
            "bq://example-ml.ds.requests has no partitions, so there is no 20261120 of it",
        ),
        (
            {"known": [TablePartition("2026", 1, 1, 1)], "partitioning": Partitioning("day", "day")},
            f"{TABLE}$2026",
            "there is no partition 2026: partitions of one day are named as in 20261120",
        ),
    ],
)
def test_a_partition_that_is_none_is_said(tmp_path, engine, change, path, message):
    reads, baseline, _ = of_files(tmp_path, engine, rows(2))
    for name, value in change.items():
        setattr(engine, name, value)
    with pytest.raises(UnreadableData) as refused:
        of_table(reads, baseline, path)
    assert str(refused.value) == message


def test_a_window_without_partitions_is_refused(tmp_path, engine):
    engine.create("requests", rows(2))
    with pytest.raises(UnreadableData, match="has no partitions, which are the windows: partition it, such as by day"):
        find_windows(store(tmp_path, engine), TABLE, START)


def test_rows_depend_on_one_another_in_the_order_that_the_spec_names(tmp_path, engine):
    runs = np.repeat(np.random.default_rng(3).normal(10, 2, ROWS // 10), 10)
    window = rows(2).set_column(0, "real", pa.array(runs)).append_column("place", pa.array(np.arange(ROWS)))
    mixed = window.take(pa.array(np.random.default_rng(4).permutation(ROWS)))
    reads, baseline, _ = of_files(tmp_path, engine, mixed)
    assert of_table(reads, baseline).dependences == {}
    engine.tables = WatchedTables(order_by="place")
    found = of_table(reads, baseline)
    write(window, tmp_path / "ordered.parquet")
    expected = read_window(reads, Window("", (reads.file("ordered.parquet"),)), baseline)
    assert found.dependences == expected.dependences
    assert found.dependences["real"].factor > 5
    engine.tables = WatchedTables(order_by="plaec")
    with pytest.raises(UnreadableData, match=r"has no column 'plaec', which `watch.tables.order_by` names"):
        of_table(reads, baseline)


def test_counts_of_a_table_and_of_a_file_are_compared_alike(tmp_path, engine):
    reads, baseline, expected = of_files(tmp_path, engine, rows(2))
    found = of_table(reads, baseline)
    assert found.fits(baseline)
    assert replace(found, rows=expected.rows).counts_as(expected)


@pytest.mark.parametrize("name", ["part", "Part", "v", "code", "n", "place", "a'b", "a b", "wörd"])
def test_a_table_may_have_a_column_of_any_name(tmp_path, engine, name):
    window = pa.table({name: np.arange(200.0), "country": ["de", "fr"] * 100})
    columns = (Watched(name, "features", 0), Watched("country", "features", 1))
    write(window, tmp_path / "baseline.parquet")
    write(window, tmp_path / "window.parquet")
    engine.create("requests", window)
    reads = store(tmp_path, engine)
    baseline = read_baseline(reads, reads.file("baseline.parquet"), columns)
    expected = read_window(reads, Window("", (reads.file("window.parquet"),)), baseline)
    found = of_table(reads, baseline)
    for column in baseline.columns:
        same(found.tallies[column], expected.tallies[column])
