"""DuckDB as an engine of tables, for tests: what BigQuery and Spark are asked, answered on this machine.

With `dialect="bigquery"` it is given BigQuery's SQL, as Ibis compiles it, which sqlglot translates to DuckDB's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import duckdb
import pyarrow as pa
import sqlglot
from sqlglot.dialects.bigquery import BigQuery

from weighbridge.drift_monitor.engine import Dialect, Partitioning, TableAddress, TableDescription, TablePartition
from weighbridge.spec.pipeline import WatchedTables


def empty_database() -> duckdb.DuckDBPyConnection:
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    database.execute("SET threads = 1")
    database.execute("CREATE MACRO ieee_divide(one, other) AS one / other")  # sqlglot leaves BigQuery's as it is
    return database


class _Parser(BigQuery.Parser):  # type: ignore[misc] # without types here
    SUPPORTS_IMPLICIT_UNNEST = False  # Ibis writes each; looking for them copies a query at each of its levels


class _BigQuery(BigQuery):  # type: ignore[misc] # the same
    Parser = _Parser


@cache
def translated(sql: str) -> str:
    """BigQuery's SQL as DuckDB's; `project.dataset.table` is the table `dataset.table`."""
    tree = sqlglot.parse_one(sql, read=_BigQuery)
    for table in tree.find_all(sqlglot.exp.Table):
        table.set("catalog", None)
    return tree.sql(dialect="duckdb")


@dataclass
class DuckDbEngine:
    """`scanned_bytes`: what a query is said to scan."""

    database: duckdb.DuckDBPyConnection = field(default_factory=empty_database)
    dialect: Dialect = "duckdb"
    tables: WatchedTables = field(default_factory=WatchedTables)
    partitioning: Partitioning | None = None
    known: list[TablePartition] = field(default_factory=list)
    scanned_bytes: int = 0
    asked: list[str] = field(default_factory=list)

    def create(self, name: str, rows: pa.Table) -> None:
        self.database.execute("CREATE SCHEMA IF NOT EXISTS ds")
        self.database.register("given", rows)
        self.database.execute(f"CREATE OR REPLACE TABLE ds.{name} AS SELECT * FROM given")  # noqa: S608

    def describe(self, address: TableAddress) -> TableDescription:
        schema = self.database.sql(f"SELECT * FROM {self._name(address)} LIMIT 0").to_arrow_table().schema  # noqa: S608
        ((rows,),) = self.database.sql(f"SELECT COUNT(*) FROM {self._name(address)}").fetchall()  # noqa: S608
        return TableDescription(schema, self.partitioning, rows, rows * 8, 10**18)

    def partitions(self, address: TableAddress) -> list[TablePartition]:
        return self.known

    def scanned(self, sql: str) -> int:
        return self.scanned_bytes

    def run(self, sql: str) -> Iterator[pa.RecordBatch]:
        self.asked.append(sql)
        text = translated(sql) if self.dialect == "bigquery" else sql.replace('"example-ml".', "")
        yield from self.database.sql(text).to_arrow_reader(10_000)

    @staticmethod
    def _name(address: TableAddress) -> str:
        return ".".join(address.parts[-2:])
