"""Spark as an engine, for tables of a lake: in a session that `SPARK_REMOTE` names (Spark Connect), or a local one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import ibis
import pyarrow as pa
from ibis.config import Config

from weighbridge.drift_monitor.engine import (
    Dialect,
    Partitioning,
    TableAddress,
    TableDescription,
    TablePartition,
    end_of_day,
)
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.drift_monitor.watched_folder import HIVE_NO_VALUE
from weighbridge.spec.pipeline import WatchedTables


class _SparkOptions(Config):  # type: ignore[misc]  # Ibis has no types for it
    """What Ibis' compiler asks; its whole backend for Spark, which sets it, isn't needed to compile."""

    treat_nan_as_null: bool = False


ibis.options.pyspark = _SparkOptions()


@dataclass(frozen=True, slots=True)
class SparkEngine:
    """Tables that a session knows."""

    session: Any
    tables: WatchedTables
    progress: Callable[[], None] = lambda: None
    dialect: Dialect = "pyspark"

    def describe(self, address: TableAddress) -> TableDescription:
        """Its columns, and the one whose values are windows."""
        name = ".".join(address.parts)
        self.progress()
        with _answers(address.table):
            columns = self.session.table(name).limit(0).toArrow().schema
            split = [column.name for column in self.session.catalog.listColumns(name) if column.isPartition]
        given = self.tables.partition
        if given is not None and given not in columns.names:
            raise UnreadableData(f"{address.table} has no column '{given}', which `watch.tables.partition` names")
        if given is None and len(split) > 1:
            raise UnreadableData(
                f"{address.table} is partitioned by {', '.join(split)}: name in `watch.tables.partition` the one whose "
                "values are windows"
            )
        by = given or next(iter(split), None)
        return TableDescription(columns, Partitioning(by, None) if by is not None else None)

    def partitions(self, address: TableAddress) -> list[TablePartition]:
        """The values of the column. A partition is as old as its newest file, or as the day that it is named after."""
        described = self.describe(address)
        if described.partitioning is None:
            return []
        column, name = described.partitioning.column, ".".join(f"`{part}`" for part in address.parts)
        asked = "SELECT CAST(`{column}` AS STRING) AS name, COUNT(*) AS n, {at} AS at FROM {name} GROUP BY 1"
        from pyspark.errors import AnalysisException

        self.progress()
        with _answers(address.table):
            try:
                at = "MAX(_metadata.file_modification_time)"
                found = self.session.sql(asked.format(column=column, name=name, at=at)).toArrow().to_pylist()
            except AnalysisException:  # a table that isn't kept in files that Spark lists
                found = self.session.sql(asked.format(column=column, name=name, at="NULL")).toArrow().to_pylist()
        return [
            TablePartition(row["name"], row["n"], row["n"], _written(row["name"], row["at"], address))
            for row in found
            if row["name"] not in (None, HIVE_NO_VALUE)
        ]

    def scanned(self, sql: str) -> int:  # noqa: ARG002 - as every engine is asked
        """Nobody is billed by what Spark scans."""
        return 0

    def run(self, sql: str) -> Iterator[pa.RecordBatch]:
        """The whole answer at once."""
        self.progress()
        with _answers("Spark"):
            answer = self.session.sql(sql).toArrow()
        yield from answer.to_batches()


def spark_engine(tables: WatchedTables, progress: Callable[[], None]) -> SparkEngine:
    """Spark, as `SPARK_REMOTE` says, such as sc://spark.jobs:15002. Raises `UnreadableData`."""
    from pyspark.sql import SparkSession

    with _answers("Spark"):
        session = SparkSession.builder.getOrCreate()
        session.conf.set("spark.sql.session.timeZone", "UTC")
    return SparkEngine(session, tables, progress)


def _written(name: str, at: datetime | None, address: TableAddress) -> int:
    when = at or end_of_day(name)
    if when is None:
        raise UnreadableData(
            f"{address.table} does not say when its partition {name} was written: split it by a date such as 2026-11-20"
        )
    return round(when.replace(tzinfo=when.tzinfo or UTC).timestamp() * 1e6) * 1000


@contextmanager
def _answers(what: str) -> Iterator[None]:
    """What Spark refuses as `UnreadableData`: its first line, as the rest quotes queries and plans."""
    from pyspark.errors import AnalysisException, PySparkException

    try:
        yield
    except AnalysisException as error:
        if error.getCondition() == "TABLE_OR_VIEW_NOT_FOUND":
            raise UnreadableData(f"Spark knows no table {what}") from None
        raise
    except (PySparkException, OSError) as error:
        first = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise UnreadableData(f"{what} can't be read: {first[:200]}") from None
