"""Reads columns of Parquet files that people give to a plan: numbers and times as arrays, without a look at each row.

Where a value can't be used as it is, there is no array: then rows are read one by one, and what is wrong has its row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from weighbridge.files.problem import FileError, Problem
from weighbridge.planner.csv_rows import Row
from weighbridge.planner.queue import Seconds

if TYPE_CHECKING:
    import pyarrow as pa

MAGIC = b"PAR1"

_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def is_parquet(file: Path) -> bool:
    """By its name, or by how it begins. Raises OSError."""
    if file.suffix == ".parquet":
        return True
    with file.open("rb") as opened:
        return opened.read(len(MAGIC)) == MAGIC


@dataclass(frozen=True, slots=True)
class Times:
    """A column of times in seconds, and whether they are those of dates."""

    seconds: Seconds
    dated: bool


class ParquetColumns:
    """A file that is open for reading; only the columns that are asked for are read."""

    def __init__(self, file: Path) -> None:
        """Raises `FileError` of what is no such file."""
        try:
            from pyarrow import ArrowInvalid, parquet
        except ModuleNotFoundError:
            message = "Parquet needs pyarrow: pip install 'weighbridge[monitor]', or give CSV"
            raise FileError(file, [Problem((), message)]) from None
        try:
            self._opened = parquet.ParquetFile(file)
        except ArrowInvalid as error:
            raise FileError(file, [Problem((), f"not a Parquet file: {error}")]) from None
        self.names: tuple[str, ...] = tuple(self._opened.schema_arrow.names)
        self.rows: int = self._opened.metadata.num_rows

    def times(self, column: int) -> Times | None:
        """None: some value is missing, is no number, or is neither a number nor a date."""
        import pyarrow as pa

        found = self._read(column)
        if pa.types.is_string(found.type) or pa.types.is_large_string(found.type):
            found = _as_dates(found)
        if not pa.types.is_timestamp(found.type):
            seconds = self._numbers(found)
            return None if seconds is None else Times(seconds, dated=False)
        if found.null_count:
            return None
        return Times(found.cast(pa.int64()).to_numpy() / _PER_SECOND[found.type.unit], dated=True)

    def counts(self, column: int, most: int) -> Seconds | None:
        """None: some value is missing, or is no whole number from 0 to `most`."""
        numbers = self._numbers(self._read(column))
        if numbers is None or not ((numbers >= 0) & (numbers <= most) & (numbers == np.floor(numbers))).all():
            return None
        return numbers

    def rows_of(self, columns: Sequence[int]) -> Iterator[Row]:
        """The rows from 1, with the cells of some columns; the others are None."""
        width, values = len(self.names), [self._read(column).to_pylist() for column in columns]
        for row, cells in enumerate(zip(*values, strict=True), start=1):
            whole: list[object] = [None] * width
            for column, cell in zip(columns, cells, strict=True):
                whole[column] = cell
            yield row, whole

    def _read(self, column: int) -> pa.ChunkedArray:
        return self._opened.read(columns=[self.names[column]]).column(0)

    @staticmethod
    def _numbers(found: pa.ChunkedArray) -> Seconds | None:
        import pyarrow as pa

        if found.null_count or not (pa.types.is_integer(found.type) or pa.types.is_floating(found.type)):
            return None
        numbers = found.to_numpy().astype(np.float64)
        return numbers if bool(np.isfinite(numbers).all()) else None


def _as_dates(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts that are all dates with a zone, or all without one; else they stay texts."""
    import pyarrow as pa

    for zone in (None, "UTC"):
        try:
            return texts.cast(pa.timestamp("us", zone))
        except pa.ArrowInvalid:
            continue
    return texts
