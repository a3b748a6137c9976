"""Windows sampled by time: the rows of some seconds in every so many, the same ones whoever counts.

A row is in the sample if its time, in whole microseconds since 1970 in UTC, is in the first `take` of its `of_every`.
That is decided by the row alone, so files and each engine count the very same rows, and a window that is read again has
the same sample. Rows without a time are in no sample, and are counted. Only windows are sampled, never the baseline.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from weighbridge.drift_monitor.columns import Kind, is_moment, is_text
from weighbridge.drift_monitor.data_form import DataForm
from weighbridge.drift_monitor.derived import Derived
from weighbridge.drift_monitor.files import DataFile, Store, reading
from weighbridge.drift_monitor.log_lines import LineCounts
from weighbridge.drift_monitor.moments import microseconds, moments_in
from weighbridge.drift_monitor.sampled_rows import SampledRows, microseconds_of
from weighbridge.drift_monitor.sources import Table, open_table
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.spec.pipeline import CsvFormat, TimeSample


def open_window(
    store: Store, file: DataFile, form: DataForm, derived: Sequence[Derived | None] = ()
) -> Table | SampledFile:
    """A file of a window, or the rows of it that are in the sample. Raises `UnreadableData`."""
    table = open_table(store, file, form, derived)
    return table if form.sample is None else SampledFile(table, file, form.sample)


class SampledFile:
    """The rows of a file that are in the sample; read as the file itself is. Raises `UnreadableData`."""

    rows = -1  # only known when all is read

    def __init__(self, table: Table, file: DataFile, sample: TimeSample) -> None:
        self._table, self._file, self._sample = table, file, sample
        self.csv: CsvFormat | None = table.csv
        self.types, self.stored, self.twice = table.types, table.stored, table.twice
        self.sampled = SampledRows()
        by = sample.by
        kind = self.types.get(by)
        if kind is None:
            raise UnreadableData(f"{file.path} has no column '{by}', which `watch.sample` names")
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        if not (is_moment(kind) or is_text(kind) or table.csv is not None):
            raise UnreadableData(f"{file.path} has {kind} in column '{by}', and `watch.sample` goes by times")

    @property
    def lines(self) -> LineCounts | None:
        """Of a log, all lines."""
        return self._table.lines

    def groups(self, columns: Sequence[str]) -> Iterator[Sequence[str]]:
        """As the file's."""
        return self._table.groups(columns)

    def batches(self, columns: Sequence[str]) -> Iterator[Mapping[str, pa.Array]]:
        """Those rows of the named columns; `sampled` is of the last that was read."""
        all_rows = untimed = 0
        for batch in self._table.batches(list(dict.fromkeys([*columns, self._sample.by]))):
            with reading(self._file.path):
                times = _times(batch[self._sample.by])
                untimed += times.null_count
                all_rows += len(times)
                at = microseconds_of(self._sample.of_every), microseconds_of(self._sample.take)
                whole = microseconds(times.fill_null(0)) % at[0] < at[1]
                mask = pc.and_(pa.array(whole, pa.bool_()), times.is_valid())
                yield {name: batch[name].filter(mask) for name in columns}
        self.sampled = SampledRows(all_rows, untimed)

    def kind(self, column: str) -> Kind | None:
        """As the file's."""
        return self._table.kind(column)

    def family(self, column: str) -> str | None:
        """As the file's."""
        return self._table.family(column)


def _times(column: pa.Array) -> pa.Array:
    """As times; null for what is none."""
    plain = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
    return moments_in(plain.cast(pa.string())) if is_text(plain.type) else plain
