"""In what form watched data lies: how CSV is written, of which kind logs are. Parquet and tables say it themselves."""

from __future__ import annotations

from dataclasses import dataclass

from weighbridge.spec.pipeline import CsvFormat, LogFormat, Watch


@dataclass(frozen=True, slots=True)
class DataForm:
    """What a spec says of it."""

    csv: CsvFormat | None = None
    log: LogFormat | None = None


AS_IT_IS = DataForm()
"""Parquet, tables, and CSV in the usual form."""


def form_of(watch: Watch) -> DataForm:
    """What `watch` says of it."""
    return DataForm(watch.csv, watch.format)
