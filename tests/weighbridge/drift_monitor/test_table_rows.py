"""Rows of a table: which partitions are asked for, and values in the form that files give them."""

from __future__ import annotations

from decimal import Decimal
from math import inf, nan

import ibis
import pyarrow as pa
import pytest

from tests.support.duckdb_engine import DuckDbEngine
from weighbridge.drift_monitor.engine import Partitioning, TableDescription, address_of
from weighbridge.drift_monitor.slices import as_texts
from weighbridge.drift_monitor.table_rows import BoundedQueries, TableRows, text_of
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.spec.pipeline import WatchedTables

COLUMNS = pa.schema([("id", pa.int64()), ("day", pa.date32()), ("n", pa.int64()), ("dt", pa.string())])
ADDRESS = address_of("bq://example-ml.ds.labels")


def asked(split: Partitioning | None, since: tuple[str, ...] | None, *, needs: bool = False) -> str:
    rows = TableRows(ADDRESS, TableDescription(COLUMNS, split, needs_partition=needs), since=since)
    sql = str(ibis.to_sql(rows.rows.select("id"), dialect="bigquery", pretty=False))
    return sql.partition(" WHERE ")[2]


@pytest.mark.parametrize(
    ("split", "since", "condition"),
    [
        (None, (), ""),
        (Partitioning("day", "day"), ("20261120", "20261122"), "`t0`.`day` >= CAST('2026-11-20' AS DATE)"),
        (Partitioning("day", "month"), ("202611",), "`t0`.`day` >= CAST('2026-11-01' AS DATE)"),
        (Partitioning("day", "day"), (), "`t0`.`day` >= CAST('9999-12-31' AS DATE)"),
        (Partitioning("n", 5), ("15", "20"), "`t0`.`n` >= 15"),
        (Partitioning("n", 5), (), "`t0`.`n` > 9223372036854775807"),
        (Partitioning("dt", None), ("a", "b"), "`t0`.`dt` IN ('a', 'b')"),
        (Partitioning("dt", None), (), "FALSE"),
    ],
)
def test_partitions_from_one_on_are_asked_for_by_the_bare_column(split, since, condition):
    assert asked(split, since, needs=split is not None) == condition


def test_arrivals_are_asked_for_by_the_column_that_no_list_has():
    assert "_PARTITIONTIME" in asked(Partitioning("_PARTITIONTIME", "hour"), ("2026112007",))


KINDS = {
    "doubles": pa.array([1.0, -0.0, 1.5, nan, inf, 1e300, 2.0**62, None]),
    "singles": pa.array([1.0, 1.5, None], pa.float32()),
    "whole numbers": pa.array([1, -(2**63), None]),
    "truth values": pa.array([True, False, None]),
    "texts": pa.array(["1.0", " a", "", None]),
    "decimals": pa.array([Decimal("1.00"), Decimal("0.50"), Decimal("-3.00"), Decimal("0.00"), None]),
    "large decimals": pa.array([Decimal(10) ** 30, None], pa.decimal128(38, 2)),
}


@pytest.mark.parametrize("dialect", ["duckdb", "bigquery"])
@pytest.mark.parametrize("kept", KINDS)
def test_texts_are_those_of_files(dialect, kept):
    engine = DuckDbEngine(dialect=dialect)
    engine.create("labels", pa.table({"place": range(len(KINDS[kept])), "v": KINDS[kept]}))
    rows = TableRows(ADDRESS, engine.describe(ADDRESS))
    query = rows.rows.select("place", t=text_of(rows.column("v"), rows.types["v"]))
    found = [row for batch in engine.run(ibis.to_sql(query, dialect=dialect)) for row in batch.to_pylist()]
    texts = [row["t"] for row in sorted(found, key=lambda row: row["place"])]
    assert texts == as_texts(KINDS[kept]).to_pylist()


def test_queries_of_one_purpose_are_bounded_together():
    engine = DuckDbEngine(scanned_bytes=2**29, tables=WatchedTables(most_scanned_gib=1))
    queries = BoundedQueries(engine, "looking at it", "look at less")
    assert [place for place, _ in queries.answers(["SELECT 1", "SELECT 2"])] == [0, 1]
    with pytest.raises(UnreadableData) as refused:
        next(queries.answers(["SELECT 3"]))
    assert str(refused.value) == (
        "looking at it would scan 1.5 GiB, and `watch.tables.most_scanned_gib` allows 1: look at less, or raise it"
    )
    assert engine.asked == ["SELECT 1", "SELECT 2"]
