"""BigQuery as an engine: its types and values as Arrow's, its partitions, and its limit on what is scanned."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, get_args

import pyarrow as pa

from weighbridge.cloud_api.bigquery import AnsweredRows, BigQueryApi, TableFacts, TableField
from weighbridge.cloud_api.client import SERVER, TRIES, GoogleCloud, NotFound, RefusedCall
from weighbridge.cloud_api.identity import SCOPE, own_identity
from weighbridge.drift_monitor.engine import (
    Dialect,
    Partitioning,
    Span,
    TableAddress,
    TableDescription,
    TablePartition,
)
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.errors import WeighbridgeError
from weighbridge.spec.pipeline import WatchedTables

BY_ARRIVAL = "_PARTITIONTIME"
"""The column of a table that is partitioned by when rows came."""

NO_WINDOW = ("__NULL__", "__UNPARTITIONED__", "__STREAMING_UNPARTITIONED__")
"""Partitions of rows without a value, and of those that were streamed in and have none yet."""

_WITHOUT_ROWS = ("VIEW", "EXTERNAL")
"""Kinds of tables of which BigQuery doesn't say when their rows changed."""

_GRANT = (
    "Grant the monitor's service account roles/bigquery.dataViewer on the table, roles/bigquery.metadataViewer on its "
    "dataset and roles/bigquery.jobUser on the project that is billed"
)
_TYPES: dict[str, pa.DataType] = {
    "STRING": pa.string(), "BYTES": pa.binary(), "INTEGER": pa.int64(), "INT64": pa.int64(),
    "FLOAT": pa.float64(), "FLOAT64": pa.float64(), "NUMERIC": pa.decimal128(38, 9), "DECIMAL": pa.decimal128(38, 9),
    "BIGNUMERIC": pa.decimal256(76, 38), "BIGDECIMAL": pa.decimal256(76, 38), "BOOLEAN": pa.bool_(),
    "BOOL": pa.bool_(), "TIMESTAMP": pa.timestamp("us", "UTC"), "DATETIME": pa.timestamp("us"), "DATE": pa.date32(),
    "TIME": pa.time64("us"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class BigQueryEngine:
    """Tables of BigQuery."""

    api: BigQueryApi
    tables: WatchedTables
    dialect: Dialect = "bigquery"

    def describe(self, address: TableAddress) -> TableDescription:
        """One call, which costs nothing."""
        with _answers(address.table):
            facts = self.api.table(*address.parts)
        return TableDescription(
            pa.schema([pa.field(field.name, _type(field)) for field in facts.fields]),
            _partitioning(facts),
            facts.num_rows,
            facts.num_bytes,
            facts.last_modified_time * 1_000_000,
            facts.require_partition_filter,
            tells_changes=facts.type not in _WITHOUT_ROWS,
        )

    def partitions(self, address: TableAddress) -> list[TablePartition]:
        """Of the dataset's own list. A partition is as old as what was last written into it."""
        project, dataset, table = address.parts
        sql = (
            "SELECT partition_id, SUM(total_rows) AS total_rows, SUM(total_logical_bytes) AS total_bytes, "  # noqa: S608
            "MAX(last_modified_time) AS modified "
            f"FROM `{project}`.`{dataset}`.INFORMATION_SCHEMA.PARTITIONS "
            f"WHERE table_name = '{table}' AND partition_id IS NOT NULL GROUP BY partition_id"
        )
        found = [row for batch in self.run(sql) for row in batch.to_pylist()]
        return [
            TablePartition(
                row["partition_id"],
                row["total_rows"],
                row["total_bytes"],
                round(row["modified"].timestamp() * 1e6) * 1000,
            )
            for row in found
            if row["partition_id"] not in NO_WINDOW
        ]

    def scanned(self, sql: str) -> int:
        """By a dry run."""
        with _answers("BigQuery"):
            return self.api.scanned(sql)

    def run(self, sql: str) -> Iterator[pa.RecordBatch]:
        """Pages as batches."""
        with _answers("BigQuery"):
            for page in self.api.run(sql, self.tables.most_scanned_gib * 2**30):
                yield batch_of(page)


def bigquery_engine(
    project: str, tables: WatchedTables, progress: Callable[[], None], tries: int = TRIES
) -> BigQueryEngine:
    """BigQuery, as whoever the environment says asks; `project` is billed. Raises `UnreadableData`."""
    with _answers("BigQuery"):
        google = GoogleCloud(own_identity(SCOPE), os.environ.get(SERVER), tries=tries)
    return BigQueryEngine(BigQueryApi(google, project, progress), tables)


def batch_of(page: AnsweredRows) -> pa.RecordBatch:
    """A page of an answer; its values are texts."""
    columns = [
        pa.array([_value(field, row[place]) for row in page.rows], _type(field))
        for place, field in enumerate(page.fields)
    ]
    return pa.RecordBatch.from_arrays(columns, [field.name for field in page.fields])


def _type(field: TableField) -> pa.DataType:
    if field.type in ("RECORD", "STRUCT"):
        inner: pa.DataType = pa.struct([pa.field(part.name, _type(part)) for part in field.fields])
    else:
        inner = _TYPES.get(field.type) or pa.opaque(pa.string(), field.type, "BigQuery")
    return pa.list_(inner) if field.mode == "REPEATED" else inner


def _value(field: TableField, value: Any) -> object:
    if value is None:
        return None
    match field.type:
        case "INTEGER" | "INT64" | "TIMESTAMP":
            return int(value)
        case "FLOAT" | "FLOAT64":
            return float(value)
        case "NUMERIC" | "DECIMAL" | "BIGNUMERIC" | "BIGDECIMAL":
            return Decimal(value)
        case "BOOLEAN" | "BOOL":
            return value == "true"
        case "BYTES":
            return base64.b64decode(value)
        case "DATE":
            return date.fromisoformat(value)
        case "DATETIME":
            return datetime.fromisoformat(value)
        case "TIME":
            return time.fromisoformat(value)
        case _:
            return value


def _partitioning(facts: TableFacts) -> Partitioning | None:
    if facts.time_partitioning is not None:
        by = facts.time_partitioning.type.lower()
        spans: Sequence[Span] = get_args(Span)
        span = next((span for span in spans if span == by), None)
        return Partitioning(facts.time_partitioning.field or BY_ARRIVAL, span) if span is not None else None
    if facts.range_partitioning is not None:
        return Partitioning(facts.range_partitioning.field, facts.range_partitioning.range.interval)
    return None


@contextmanager
def _answers(what: str) -> Iterator[None]:
    """What Google refuses, or doesn't answer, as `UnreadableData`."""
    try:
        yield
    except UnreadableData:
        raise
    except NotFound:
        raise UnreadableData(f"there is no table {what}, or nobody has let the monitor see it. {_GRANT}") from None
    except RefusedCall as refused:
        raise UnreadableData(f"{what} can't be read: {refused}. {_GRANT}") from None
    except WeighbridgeError as error:
        raise UnreadableData(f"{what} can't be read: {error}") from None
