"""Columns of Parquet and CSV files, a batch at a time, as numbers or as categories.

Only columns that are asked for are read. CSV has no types, so all of it is read as text and judged value by value; an
empty field is missing, and where numbers are expected so are the usual words for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from weighbridge.drift_monitor.files import DataFile, Store, reading
from weighbridge.drift_monitor.tally import Counts, Floats

Kind = Literal["number", "category", "boolean"]

BATCH_ROWS = 131_072
GROUP = 16
"""Columns that are read together: what is in memory at once doesn't grow with the number of columns."""

_TAIL_BYTES = 2**16
_BLOCK_BYTES = 16 * 2**20
_PARSED_SHARE = 0.95
"""A CSV column is numbers if so many of the values of its first block are; the rest then are of the wrong type."""

_NUMBER = r"^[ \t]*[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?[ \t]*$|^[ \t]*[-+]?(?i:inf|infinity)[ \t]*$"
_NOTHING = pa.array(["nan", "null", "none", "na", "n/a", "#n/a", "<na>", "-nan"])
"""Lower-case words for a missing number. In a column of categories they are categories: NA is Namibia."""


@dataclass(frozen=True, slots=True)
class NumberBatch:
    """Numbers of one batch; `values` has no NaN."""

    rows: int
    missing: int
    mistyped: int
    values: Floats


@dataclass(frozen=True, slots=True)
class CategoryBatch:
    """Categories of one batch: different ones, and how often each occurs."""

    rows: int
    missing: int
    mistyped: int
    categories: Any  # an Arrow array of text
    counts: Counts


class TableFile:
    """One file; the schema is read when it is opened. Raises `Unreadable`, as every method does."""

    def __init__(self, store: Store, file: DataFile) -> None:
        self._store, self._file = store, file
        self.is_csv = not file.name.lower().endswith(".parquet")
        with reading(file.path):
            if self.is_csv:
                schema, self.rows = self._csv_reader(None).schema, -1  # -1: only known when all is read
            else:
                self._metadata = _footer(store.open(file))
                schema, self.rows = self._metadata.schema.to_arrow_schema(), self._metadata.num_rows
        self.types: dict[str, pa.DataType] = dict(zip(schema.names, schema.types, strict=True))

    def batches(self, columns: Sequence[str]) -> Iterator[dict[str, pa.Array]]:
        """The named columns, which all exist, in batches. Parquet comes in groups of columns, CSV whole."""
        groups = [columns[at : at + GROUP] for at in range(0, len(columns), GROUP)]
        with reading(self._file.path):
            if self.is_csv:
                for batch in self._csv_reader(columns):
                    yield dict(zip(batch.schema.names, batch.columns, strict=True))
                return
            texts = [name for name, kind in self.types.items() if _is_text(kind)]
            for group in groups:
                encoded = [name for name in group if name in texts]
                source = self._store.open(self._file)
                opened = pa.parquet.ParquetFile(source, metadata=self._metadata, read_dictionary=encoded)
                for batch in opened.iter_batches(BATCH_ROWS, columns=list(group)):
                    yield dict(zip(batch.schema.names, batch.columns, strict=True))

    def kind(self, column: str) -> Kind | None:
        """What the column of a baseline holds; None for what can't be compared, such as lists."""
        if self.is_csv:
            return self._csv_kind(column)
        kind = self.types[column]
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        if pa.types.is_boolean(kind):
            return "boolean"
        if _is_text(kind):
            return "category"
        return "number" if _is_number(kind) or pa.types.is_null(kind) else None

    def _csv_reader(self, columns: Sequence[str] | None) -> Any:
        convert = pa.csv.ConvertOptions(
            column_types=dict.fromkeys(columns or (), pa.string()),
            include_columns=list(columns) if columns else None,
            null_values=[""],
            strings_can_be_null=True,
        )
        raw = self._store.open(self._file)
        stream = pa.CompressedInputStream(raw, "gzip") if self._file.name.lower().endswith(".gz") else raw
        return pa.csv.open_csv(
            stream, pa.csv.ReadOptions(block_size=_BLOCK_BYTES if columns else 2**20), convert_options=convert
        )

    def _csv_kind(self, column: str) -> Kind:
        with reading(self._file.path):
            block = self._csv_reader([column]).read_next_batch().column(0)
        numbers = as_numbers(block, from_csv=True)
        values = numbers.rows - numbers.missing
        if numbers.values.size >= _PARSED_SHARE * values:
            return "number"
        words = pc.utf8_lower(block.drop_null())
        return "boolean" if pc.all(pc.is_in(words, value_set=pa.array(["true", "false"]))).as_py() else "category"


def as_numbers(column: pa.Array, *, from_csv: bool) -> NumberBatch:
    """The column as numbers; text outside CSV, and what is no number, is of the wrong type."""
    rows, present = len(column), _plain(column.drop_null())
    if _is_text(present.type) and from_csv:
        trimmed = pc.utf8_lower(pc.utf8_trim_whitespace(present))
        present = present.filter(pc.invert(pc.is_in(trimmed, value_set=_NOTHING)))
        try:
            read = present.cast(pa.float64())
        except pa.ArrowInvalid:
            read = present.filter(pc.match_substring_regex(present, _NUMBER))
            read = pc.utf8_trim_whitespace(read).cast(pa.float64())
        values = read.to_numpy(zero_copy_only=False)
        mistyped = len(present) - len(read)
    elif _is_number(present.type):
        values, mistyped = _floats(present), 0
    else:
        values, mistyped = np.empty(0), len(present)
    values = values[~np.isnan(values)] if values.size and np.isnan(values).any() else values
    return NumberBatch(rows, rows - values.size - mistyped, mistyped, values)


def as_categories(column: pa.Array, kind: Kind, *, from_csv: bool) -> CategoryBatch:
    """The column as categories of text, or as `true` and `false`; other types are wrong."""
    rows, present = len(column), column.drop_null()
    inner = present.type.value_type if pa.types.is_dictionary(present.type) else present.type
    fits = pa.types.is_boolean(inner) if kind == "boolean" and not from_csv else _is_text(inner)
    if not fits:
        return CategoryBatch(rows, rows - len(present), len(present), pa.array([], pa.string()), np.empty(0, np.int64))
    if not pa.types.is_dictionary(present.type):
        present = present.dictionary_encode()
    names = present.dictionary.cast(pa.string())
    counts = np.bincount(present.indices.to_numpy(zero_copy_only=False), minlength=len(names)).astype(np.int64)
    if kind == "boolean" and from_csv:
        names = pc.utf8_lower(names)
    return CategoryBatch(rows, rows - len(present), 0, names, counts)


def _footer(stream: Any) -> Any:
    """What a Parquet file says of itself. Raises pyarrow's ArrowInvalid.

    Read once for all groups of columns. That a slow bucket keeps the exporter from answering meanwhile was seen with a
    server in the same process; whether pyarrow holds the interpreter then is unverified.
    """
    size = stream.size()
    tail = stream.read_at(min(size, _TAIL_BYTES), max(0, size - _TAIL_BYTES))
    length = int.from_bytes(tail[-8:-4], "little") + 12  # with its own length and the mark at both ends
    if tail.endswith(b"PAR1") and _TAIL_BYTES < length <= size:
        tail = stream.read_at(length, size - length)
    return pa.parquet.read_metadata(pa.BufferReader(tail))


def _plain(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _floats(numbers: pa.Array) -> Floats:
    if pa.types.is_temporal(numbers.type):  # as the count of its own unit
        wide = numbers.type.bit_width == 64  # noqa: PLR2004 - bits
        numbers = numbers.cast(pa.int64() if wide else pa.int32())
    found: Floats = numbers.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return found


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_number(kind: pa.DataType) -> bool:
    types = pa.types
    temporal = types.is_temporal(kind) and not types.is_interval(kind)
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) or temporal)
