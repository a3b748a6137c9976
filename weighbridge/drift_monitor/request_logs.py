"""Request logs that can be watched: what each kind of log is as a table, from `request_logs.yaml`.

    files of a log ─ log_lines ─▶ lines ─ log_records ─▶ a record of each request ─ log_file ─▶ typed columns, batches

Which column is read from where, in what unit and how sure that is, is said in the table alone; `log_records` knows how
records are laid out in a log. From `log_file` on nothing knows that it was a log.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, TypeAdapter

from weighbridge.catalog import Confidence
from weighbridge.files import yaml_text as yaml
from weighbridge.spec.pipeline import LogFormat
from weighbridge.units import PART

Reading = Literal["text", "number", "digits", "duration", "timestamp", "unix", "nanoseconds", "code", "host", "path"]
Use = Literal["compared", "text", "key", "time"]


class LogColumn(BaseModel):
    """One column: where it stands in a record, and how its values are read."""

    model_config = PART
    name: str
    use: Use
    read: Reading
    where: tuple[str, ...]
    unit: str = ""
    means: str
    confidence: Confidence | None = None  # None: the log's


class RequestLog(BaseModel):
    """One kind of log."""

    model_config = PART
    what: str
    record: str
    files: str
    source: str
    version: str
    as_of: date
    confidence: Confidence
    columns: tuple[LogColumn, ...]

    def named(self, name: str) -> LogColumn | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)


@cache
def request_logs() -> Mapping[LogFormat, RequestLog]:
    """All kinds, by what `watch.format` calls them; read once."""
    text = resources.files("weighbridge.drift_monitor").joinpath("request_logs.yaml").read_text(encoding="utf-8")
    return TypeAdapter(dict[LogFormat, RequestLog]).validate_python(yaml.parse(text).value)
