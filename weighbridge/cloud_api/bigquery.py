"""BigQuery: what a table is, what a query would scan, and the pages of its answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import uuid4

from pydantic import Field

from weighbridge.cloud_api.client import Api, ApiAnswer, ApiCall, GoogleCloud
from weighbridge.prometheus import NoAnswer

LEAST_BILLED = 10 * 2**20
"""Bytes that BigQuery bills of each table of a query at least; a limit below them refuses every query.

Source: cloud.google.com/bigquery/pricing; confidence: documented."""

_WAIT_SECONDS = 10
_PAUSE_SECONDS = 1.0
_MOST_WAITS = 60  # ten minutes
_PAGE_ROWS = 50_000


class TableField(ApiAnswer):
    """A column, or a field of one."""

    name: str
    type: str
    mode: str = "NULLABLE"
    fields: tuple[TableField, ...] = ()


class _Schema(ApiAnswer):
    fields: tuple[TableField, ...] = ()


class TimePartitioning(ApiAnswer):
    """`field` is empty where rows are partitioned by when they came."""

    type: str = "DAY"
    field: str = ""


class _Range(ApiAnswer):
    interval: int = 1


class RangePartitioning(ApiAnswer):
    """By a column of whole numbers."""

    field: str
    range: _Range = _Range()


class TableFacts(ApiAnswer):
    """What BigQuery says of a table; times are milliseconds since 1970."""

    table_schema: _Schema = Field(default=_Schema(), alias="schema")
    time_partitioning: TimePartitioning | None = None
    range_partitioning: RangePartitioning | None = None
    require_partition_filter: bool = False
    num_rows: int = 0
    num_bytes: int = 0
    last_modified_time: int = 0
    type: str = "TABLE"

    @property
    def fields(self) -> tuple[TableField, ...]:
        """Its columns."""
        return self.table_schema.fields


class _Job(ApiAnswer):
    project_id: str = ""
    job_id: str = ""
    location: str = ""


class _Cell(ApiAnswer):
    v: object = None


class _Row(ApiAnswer):
    f: tuple[_Cell, ...] = ()


class _Answered(ApiAnswer):
    job_complete: bool = False
    job_reference: _Job = _Job()
    table_schema: _Schema = Field(default=_Schema(), alias="schema")
    rows: tuple[_Row, ...] = ()
    page_token: str = ""
    total_bytes_processed: int = 0


@dataclass(frozen=True, slots=True)
class AnsweredRows:
    """Some rows of an answer: texts, None, and lists and mappings of them, as the API writes values."""

    fields: tuple[TableField, ...]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True, slots=True)
class BigQueryApi:
    """BigQuery; `project` runs queries and is billed. Calls raise what those of `GoogleCloud` do."""

    google: GoogleCloud
    project: str
    progress: Callable[[], None] = lambda: None

    def table(self, project: str, dataset: str, table: str) -> TableFacts:
        """What a table is."""
        path = f"bigquery/v2/projects/{project}/datasets/{dataset}/tables/{table}"
        return self.google.ask(ApiCall(Api.BIGQUERY, path, "bigquery.tables.get"), TableFacts)

    def scanned(self, sql: str) -> int:
        """Bytes that a query would scan. Asking costs nothing."""
        return self._ask(sql, {"dryRun": True}).total_bytes_processed

    def run(self, sql: str, most_bytes: int) -> Iterator[AnsweredRows]:
        """The answer, a page at a time. BigQuery refuses a query that would be billed more, and bills nothing then."""
        limits = {
            "maximumBytesBilled": str(max(most_bytes, LEAST_BILLED)),
            "timeoutMs": _WAIT_SECONDS * 1000,
            "maxResults": _PAGE_ROWS,
            "requestId": str(uuid4()),  # so that one that is sent again after an error runs once
        }
        answer = self._ask(sql, limits)
        job = answer.job_reference
        for _ in range(_MOST_WAITS):
            if answer.job_complete:
                break
            self.progress()
            answer = self._page(job, "")
        else:
            minutes = _WAIT_SECONDS * _MOST_WAITS // 60
            raise NoAnswer(f"BigQuery's job {job.job_id} of {job.project_id} has not ended within {minutes} minutes")
        yield _rows(answer)
        while answer.page_token:
            self.progress()
            answer = self._page(job, answer.page_token)
            yield _rows(answer)

    def _ask(self, sql: str, more: dict[str, object]) -> _Answered:
        body = {"query": sql, "useLegacySql": False, "formatOptions": {"useInt64Timestamp": True}, **more}
        path = f"bigquery/v2/projects/{self.project}/queries"
        return self.google.ask(ApiCall(Api.BIGQUERY, path, "bigquery.jobs.create", body=body), _Answered)

    def _page(self, job: _Job, token: str) -> _Answered:
        query = {
            "location": job.location,
            "maxResults": str(_PAGE_ROWS),
            "timeoutMs": str(_WAIT_SECONDS * 1000),
            "formatOptions.useInt64Timestamp": "true",
            **({"pageToken": token} if token else {}),
        }
        path = f"bigquery/v2/projects/{job.project_id or self.project}/queries/{job.job_id}"
        start = time.monotonic()
        answer = self.google.ask(ApiCall(Api.BIGQUERY, path, "bigquery.jobs.get", query), _Answered)
        if not answer.job_complete and time.monotonic() - start < _PAUSE_SECONDS:  # a server that doesn't wait itself
            time.sleep(_PAUSE_SECONDS)
        return answer


def _rows(answer: _Answered) -> AnsweredRows:
    return AnsweredRows(answer.table_schema.fields, [[cell.v for cell in row.f] for row in answer.rows])
