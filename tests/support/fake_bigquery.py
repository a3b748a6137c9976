"""BigQuery's API on this machine: queries are translated by sqlglot and run by DuckDB, values written as BigQuery's.

For `google_apis(bigquery=FakeBigQuery(...).answer)`. Tables lie in the dataset `ds` of `example-ml`.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from tests.support.duckdb_engine import DuckDbEngine, translated

Json = dict[str, Any]
_NAMES = (
    (pa.types.is_boolean, "BOOLEAN"), (pa.types.is_integer, "INTEGER"), (pa.types.is_floating, "FLOAT"),
    (pa.types.is_decimal, "NUMERIC"), (pa.types.is_date, "DATE"), (pa.types.is_time, "TIME"),
    (pa.types.is_binary, "BYTES"), (pa.types.is_struct, "RECORD"), (pa.types.is_list, "STRING"),
)  # fmt: skip


@dataclass
class FakeBigQuery:
    """`more` is merged into what is said of a table, `scanned` what each query is said to scan."""

    engine: DuckDbEngine = field(default_factory=lambda: DuckDbEngine(dialect="bigquery"))
    more: Json = field(default_factory=dict)
    scanned: int = 0
    page_rows: int = 400
    waits: int = 1
    billed: list[str] = field(default_factory=list)  # the project of each query that was run
    _answers: dict[str, pa.Table] = field(default_factory=dict)

    def answer(self, path: str, query: dict[str, str], body: Json) -> Json | None:
        parts = path.split("/")
        if "datasets" in parts:
            return self._table(parts[-1])
        if parts[-1] == "queries":
            return self._query(parts[3], body)
        return self._page(parts[-1], int(query.get("pageToken", 0)))

    def _table(self, name: str) -> Json | None:
        known = [row[0] for row in self.engine.database.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        if name not in known:
            return None
        schema = self.engine.database.sql(f"SELECT * FROM ds.{name} LIMIT 0").to_arrow_table().schema  # noqa: S608
        columns = [_field(column) for column in schema]
        size = {"numRows": "1200", "numBytes": "9600", "lastModifiedTime": "1763600000000"}
        return {"schema": {"fields": columns}, **size, **self.more}

    def _query(self, project: str, body: Json) -> Json:
        if body.get("dryRun"):
            return {"jobComplete": True, "totalBytesProcessed": str(self.scanned)}
        assert not body["useLegacySql"]
        assert int(body["maximumBytesBilled"])
        self.billed.append(project)
        sql = translated(body["query"].replace(".INFORMATION_SCHEMA.PARTITIONS", ".partitions"))
        job = f"job-{len(self._answers)}"
        self._answers[job] = self.engine.database.sql(sql).to_arrow_table()
        return {"jobComplete": False, "jobReference": {"projectId": project, "jobId": job, "location": "EU"}}

    def _page(self, job: str, start: int) -> Json:
        if self.waits:
            self.waits -= 1
            return {"jobComplete": False, "jobReference": {"projectId": "example-ml", "jobId": job, "location": "EU"}}
        whole = self._answers[job]
        rows = whole.slice(start, self.page_rows).to_pylist()
        following = start + self.page_rows
        return {
            "jobComplete": True,
            "jobReference": {"projectId": "example-ml", "jobId": job, "location": "EU"},
            "schema": {"fields": [_field(column) for column in whole.schema]},
            "rows": [{"f": [{"v": _text(row[column.name], column.type)} for column in whole.schema]} for row in rows],
            **({"pageToken": str(following)} if following < whole.num_rows else {}),
        }


def _field(column: pa.Field) -> Json:
    kind = column.type
    name = next((name for holds, name in _NAMES if holds(kind)), "STRING")
    if pa.types.is_timestamp(kind):
        name = "TIMESTAMP" if kind.tz else "DATETIME"
    inner = {"fields": [_field(part) for part in kind]} if pa.types.is_struct(kind) else {}
    return {"name": column.name, "type": name, "mode": "REPEATED" if pa.types.is_list(kind) else "NULLABLE", **inner}


def _text(value: Any, kind: pa.DataType) -> str | None:
    if value is None:
        return None
    if pa.types.is_boolean(kind):
        return "true" if value else "false"
    if pa.types.is_timestamp(kind):
        return str(pa.scalar(value, kind).cast(pa.int64()).as_py()) if kind.tz else value.isoformat()
    if pa.types.is_binary(kind):
        return base64.b64encode(value).decode()
    if pa.types.is_floating(kind):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(str(value), repr(value))
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
