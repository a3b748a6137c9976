"""Slices of a baseline and of windows: which there are, and what is counted in each.

The baseline says which values make a slice, the most frequent ones. Columns are read once more, beside those that make
slices, and a batch is ordered by slice, so each row is counted once for each column that makes slices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from weighbridge.drift_monitor.baseline import Baseline, BaselineColumn
from weighbridge.drift_monitor.baseline_reader import WrongColumns, read_baseline, unknown_column
from weighbridge.drift_monitor.config import Watched
from weighbridge.drift_monitor.data_form import AS_IT_IS, DataForm
from weighbridge.drift_monitor.engine import is_table
from weighbridge.drift_monitor.files import DataFile, Store, reading
from weighbridge.drift_monitor.opening import Opening
from weighbridge.drift_monitor.slice_tallies import DataSlice, Slices, SliceTallies
from weighbridge.drift_monitor.sources import Table, open_table
from weighbridge.drift_monitor.summary import Summary, tally_of
from weighbridge.drift_monitor.tally import Counts, Tally
from weighbridge.drift_monitor.time_sample import SampledFile, open_window
from weighbridge.drift_monitor.watch import MOST_VALUES
from weighbridge.drift_monitor.window import Window
from weighbridge.drift_monitor.window_reader import read_window
from weighbridge.files.problem import Problem
from weighbridge.spec.pipeline import CsvFormat

LEAST_ROWS = 100
"""Of the baseline in a slice: as few as the whole baseline may have."""

_PAST_INT64 = 2.0**63

_SPLITTING = 1000
"""With more values than this a column tells rows apart, not groups of them."""


def slices_of(store: Store, file: DataFile, columns: Sequence[str], form: DataForm = AS_IT_IS) -> list[DataSlice]:
    """The slices of a baseline. Raises `WrongColumns` or `UnreadableData`."""
    table = open_table(store, file, form)
    problems = list(_problems(table, file, columns))
    if problems:
        raise WrongColumns(problems)
    found: list[DataSlice] = []
    for place, column in enumerate(columns):
        counts: dict[str, int] = {}
        for values, times in table.value_counts(column):
            for value, count in zip(as_texts(values).to_pylist(), times.to_pylist(), strict=True):
                if value is not None:
                    counts[value] = counts.get(value, 0) + count
            if len(counts) > _SPLITTING:
                message = f"the baseline {file.path} has more than {_SPLITTING:,} values in column '{column}'"
                raise WrongColumns([Problem(("slices", place), f"{message}: name one of few, such as a country")])
        often = sorted((value for value in counts if counts[value] >= LEAST_ROWS), key=lambda v: (-counts[v], v))
        found += [DataSlice(column, value) for value in often[:MOST_VALUES]]
    return found


def read_slices(
    store: Store,
    files: Sequence[DataFile],
    columns: Mapping[str, BaselineColumn],
    slices: Sequence[DataSlice],
    form: DataForm = AS_IT_IS,
) -> Slices:
    """What is counted in each slice over all files. A column that a file lacks is missing there in all rows.

    Raises `UnreadableData`.
    """
    if slices and any(is_table(file.path) for file in files):
        from weighbridge.drift_monitor.engine_table import count_slices

        return count_slices(store, files[0], columns, slices, form)
    made = {part: _Counted(part, columns) for part in slices}
    derived = [column.watched.derived for column in columns.values()]
    for file in files if slices else ():
        table = open_window(store, file, form, derived)
        _read_file(table, columns, made, file)
    return {part: counted.tallies() for part, counted in made.items()}


def sliced_baseline(
    store: Store, file: DataFile, watched: Sequence[Watched], by: Sequence[str], form: DataForm = AS_IT_IS
) -> Baseline:
    """A baseline with its slices by the columns `by`; never sampled. Raises `WrongColumns` or `UnreadableData`."""
    whole = form.whole
    baseline = read_baseline(store, file, watched, whole)
    slices = slices_of(store, file, by, whole) if by else []
    return replace(baseline, slices=read_slices(store, [file], baseline.columns, slices, whole))


def sliced_window(store: Store, window: Window, baseline: Baseline, form: DataForm = AS_IT_IS) -> Summary:
    """A window with the slices that its baseline has. Raises `UnreadableData`."""
    slices = read_slices(store, window.files, baseline.columns, list(baseline.slices), form)
    return replace(read_window(store, window, baseline, form), slices=slices)


def _read_file(
    table: Table | SampledFile,
    columns: Mapping[str, BaselineColumn],
    made: Mapping[DataSlice, _Counted],
    file: DataFile,
) -> None:
    splitting = list(dict.fromkeys(part.column for part in made if part.column in table.types))
    if not splitting:
        return
    present = [name for name in columns if name in table.types]
    before = {part: counted.rows for part, counted in made.items()}
    for number, group in enumerate(table.groups(present or splitting[:1])):
        named = [name for name in group if name in columns]
        for batch in table.batches(list(dict.fromkeys([*group, *splitting]))):
            with reading(file.path):
                for column in splitting:
                    _add_batch(batch, column, named, made, is_first=number == 0, csv=table.csv)
    for part, counted in made.items():
        counted.lack([name for name in columns if name not in table.types], counted.rows - before[part])


def _add_batch(
    batch: Mapping[str, pa.Array],
    column: str,
    names: Sequence[str],
    made: Mapping[DataSlice, _Counted],
    *,
    is_first: bool,
    csv: CsvFormat | None,
) -> None:
    parts = [part for part in made if part.column == column]
    codes = pc.index_in(as_texts(batch[column]), value_set=pa.array([part.value for part in parts], pa.string()))
    places: Counts = pc.fill_null(codes, len(parts)).to_numpy(zero_copy_only=False).astype(np.int64)
    order = pa.array(np.argsort(places, kind="stable"))
    ends = np.cumsum(np.bincount(places, minlength=len(parts) + 1))
    for name in names:
        ordered = batch[name].take(order)
        for place, part in enumerate(parts):
            start = int(ends[place - 1]) if place else 0
            made[part].add(name, ordered.slice(start, int(ends[place]) - start), csv)
    if is_first:
        for place, part in enumerate(parts):
            made[part].rows += int(ends[place] - (ends[place - 1] if place else 0))


class _Counted:
    """One slice while it is read."""

    def __init__(self, part: DataSlice, columns: Mapping[str, BaselineColumn]) -> None:
        self.rows = 0
        self._columns = {name: column for name, column in columns.items() if name != part.column}
        self._tallies: dict[str, Tally] = {name: column.bins.empty() for name, column in self._columns.items()}
        self._openings = {name: Opening() for name in self._columns}

    def add(self, name: str, values: pa.Array, csv: CsvFormat | None) -> None:
        if name in self._columns and len(values):
            found = tally_of(self._columns[name], values, csv, self._openings[name])
            self._tallies[name] = self._tallies[name].plus(found)

    def lack(self, names: Sequence[str], rows: int) -> None:
        for name in names:
            if name in self._tallies:
                tally = self._tallies[name]
                self._tallies[name] = replace(tally, rows=tally.rows + rows, missing=tally.missing + rows)

    def tallies(self) -> SliceTallies:
        rows = {name: self._openings[name].dependence(column.bins) for name, column in self._columns.items()}
        return SliceTallies(self.rows, self._tallies, rows)


def as_texts(column: pa.Array) -> pa.Array:
    """Texts, whole numbers and truth values as texts; null for fractions, and for what is no number."""
    plain = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
    if pa.types.is_floating(plain.type):  # whole numbers, some of them missing, as pandas keeps them
        numbers = plain.cast(pa.float64())
        is_whole = pc.and_(pc.equal(pc.floor(numbers), numbers), pc.less(pc.abs(numbers), _PAST_INT64))
        plain = pc.if_else(is_whole, numbers, pa.scalar(None, pa.float64())).cast(pa.int64(), safe=False)
    texts = plain.cast(pa.string())
    if pa.types.is_decimal(plain.type):
        whole = pc.replace_substring_regex(texts, "[.]0*$", "")
        return pc.if_else(pc.match_substring_regex(whole, "^-?[0-9]+$"), whole, pa.scalar(None, pa.string()))
    return texts


def _problems(table: Table, file: DataFile, columns: Sequence[str]) -> Iterator[Problem]:
    for place, column in enumerate(columns):
        path = ("slices", place)
        if column not in table.types:
            yield unknown_column(table, file, column, path)
            continue
        stored = table.types[column]
        kind = stored.value_type if pa.types.is_dictionary(stored) else stored
        types = pa.types
        if column in table.twice:
            yield Problem(path, f"the baseline {file.path} has more than one column '{column}': rename all but one")
            continue
        if not (
            types.is_string(kind) or types.is_large_string(kind) or types.is_boolean(kind) or types.is_integer(kind)
            or types.is_string_view(kind) or types.is_null(kind) or table.csv is not None
        ):  # fmt: skip
            message = f"the baseline {file.path} has {stored} in column '{column}'"
            yield Problem(path, f"{message}: only texts, whole numbers and booleans make slices")
