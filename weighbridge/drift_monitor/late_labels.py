"""Model quality from labels that come late: joined by a key to the window whose predictions they are about.

    windows ─ due ─▶ the newest whose labels have had their time ─▶ key, prediction and slices of each row ─┐
    files of labels ─▶ key and label ─────────────────────────────────────────────────────── _Predictions ◀─┘
    _Predictions, or `table_labels` of tables ─▶ JoinedLabels ─▶ QualityResult: the metric's mean, of all and by slice

Keys are kept as hashes of their texts, so numbers and texts meet, and what is kept of a row is a few numbers. A row is
judged if its key is its own and its labels agree; all others are counted by what they lack, and lower the coverage,
below which nothing is called good or bad.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from weighbridge.drift_monitor.columns import is_moment, is_number, is_text, numbers_in
from weighbridge.drift_monitor.data_form import DataForm
from weighbridge.drift_monitor.engine import is_table
from weighbridge.drift_monitor.files import DataFile, Store, is_hidden, is_tabular, parts_below, reading
from weighbridge.drift_monitor.joined_labels import (
    COMPARED_AS,
    FARTHEST,
    SURE,
    JoinedLabels,
    JudgedPart,
    LabelJoin,
    column_problem,
    unlike_keys,
)
from weighbridge.drift_monitor.keys import keys_of
from weighbridge.drift_monitor.lake_tables import files_of_today
from weighbridge.drift_monitor.moments import microseconds
from weighbridge.drift_monitor.quality import LabelCounts, QualityResult
from weighbridge.drift_monitor.slice_tallies import DataSlice
from weighbridge.drift_monitor.slices import as_texts
from weighbridge.drift_monitor.sources import Table, open_table
from weighbridge.drift_monitor.tally import Counts, Floats, Keys
from weighbridge.drift_monitor.time_sample import SampledFile, open_window
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.drift_monitor.window import Window
from weighbridge.spec.pipeline import CsvFormat

Mask = npt.NDArray[np.bool_]

MOST_ROWS = 10_000_000
"""Of a window: each row takes some 60 bytes while it is joined."""


@dataclass(frozen=True, slots=True)
class LossMetric:
    """A metric that is a mean over rows."""

    loss: Callable[[Floats, Floats], Floats]  # of predictions and labels
    whole: Callable[[float], float] = float  # of the mean


def _log_loss(predicted: Floats, label: Floats) -> Floats:
    sure = np.clip(predicted, SURE, 1 - SURE)
    found: Floats = -np.where(label == 1, np.log(sure), np.log1p(-sure))
    return found


METRICS: Mapping[str, LossMetric] = {
    "accuracy": LossMetric(lambda predicted, label: (predicted == label).astype(np.float64)),
    "mean_absolute_error": LossMetric(lambda predicted, label: np.abs(predicted - label)),
    "root_mean_squared_error": LossMetric(
        lambda predicted, label: np.square(predicted - label), lambda mean: float(np.sqrt(mean))
    ),
    "log_loss": LossMetric(_log_loss),
}
"""What can be computed of labels; any other metric comes in reports."""


def lacking(counts: LabelCounts) -> str:
    """What kept rows from being judged, in words; empty where nothing did but that labels haven't come."""
    if counts.sourceless:
        return f"`source` has no {'partition from the window on' if counts.in_tables else 'Parquet or CSV file'}"
    reasons = (
        (counts.keyless, "rows without a key"),
        (counts.doubled, "rows that share a key"),
        (counts.unpredicted, "rows without a prediction that can be judged"),
        (counts.conflicting, "rows with labels that differ"),
        (counts.mistyped, "labels of another type"),
        (counts.repeated, "labels given again"),
        (0 if counts.labelled else counts.foreign, "labels whose key no row has"),
    )
    return ", ".join(f"{what}: {count:,}" for count, what in reasons if count)


def due(windows: Sequence[Window], wait: timedelta, now: datetime) -> Window | None:
    """The newest window whose labels have had their time; None while there is none."""
    return next((window for window in windows if window.files and window.modified + wait <= now), None)


def label_sources(store: Store, source: str, window: Window) -> tuple[DataFile, ...]:
    """All files of labels, or the partitions from a window's on; none while none have come. Raises `UnreadableData`."""
    if is_table(source):
        from weighbridge.drift_monitor.table_labels import label_partitions

        return label_partitions(store, source, window)
    return label_files(store, source)


def label_files(store: Store, source: str) -> tuple[DataFile, ...]:
    """The files of labels; none while none have come. Raises `UnreadableData`."""
    if is_tabular(source):
        return (store.file(source),)
    files = files_of_today(store, source, store.all_files(source))
    return tuple(file for file in files if is_tabular(file.name) and not any(map(is_hidden, parts_below(file, source))))


def labelled_quality(store: Store, asked: LabelJoin) -> QualityResult:
    """The metric of a window by its labels, so far as they have come; without values where they are too few.

    Raises `UnreadableData`, also where a file lacks a column.
    """
    if is_table(asked.labels.source):
        from weighbridge.drift_monitor.table_labels import join_labels

        joined = join_labels(store, asked)
    else:
        joined = _joined_files(store, asked)
    quality, labels = asked.quality, asked.labels
    metric, least = METRICS[quality.metric], float(labels.least_coverage) / 100
    return QualityResult(
        quality.metric,
        quality.better,
        proxy=False,
        at=asked.window.modified + labels.wait,
        slices=joined.values(metric.whole, quality.baseline, least, asked.least_rows),
        labels=joined.counts,
    )


def _joined_files(store: Store, asked: LabelJoin) -> JoinedLabels:
    labels, slices = asked.labels, asked.slices
    rows = _Predictions(asked.quality.metric, slices)
    for file in asked.window.files:
        table = open_window(store, file, asked.form)
        by = [column for column in dict.fromkeys(part.column for part in slices) if column in table.types]
        names = _named(table, file, labels.key, labels.prediction)
        rows.take_keys(labels.key, file, table)
        for batch in table.batches(list(dict.fromkeys([*names, *by]))):
            with reading(file.path):
                keys = _keys(batch, labels.key)
                rows.add(keys, batch[labels.prediction], table, {name: as_texts(batch[name]) for name in by})
    rows.close()
    for file in asked.sources:
        table = open_table(store, file, DataForm(asked.form.csv))
        names = _named(table, file, labels.key, labels.label)
        rows.take_keys(labels.key, file, table)
        for batch in table.batches(names):
            with reading(file.path):
                rows.label(_keys(batch, labels.key), batch[labels.label], table)
    return rows.joined(asked.window.name, asked.least_rows, sourceless=not asked.sources)


def _named(table: Table | SampledFile, file: DataFile, key: Sequence[str], value: str) -> list[str]:
    for name in (*key, value):
        problem = column_problem(file.path, table.types, name, is_key=name in key)
        if problem is not None:
            raise UnreadableData(problem)
    return list(dict.fromkeys((*key, value)))


def _keys(batch: Mapping[str, pa.Array], names: Sequence[str]) -> pa.Array:
    """One text for each row; null where one of its parts is."""
    parts = [_key_texts(batch[name]) for name in names]
    if len(parts) == 1:
        return parts[0]
    sized = [pc.binary_join_element_wise(pc.binary_length(part).cast(pa.string()), part, ":") for part in parts]
    return pc.binary_join_element_wise(*sized, "")  # with lengths, as any mark may be in a text


def _key_texts(column: pa.Array) -> pa.Array:
    plain = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
    if not is_moment(plain.type):
        return as_texts(plain)
    texts = pa.array(microseconds(plain.fill_null(0))).cast(pa.string())
    return pc.if_else(plain.is_valid(), texts, pa.scalar(None, pa.string()))


class _Predictions:
    """The rows of a window, first their predictions, then their labels."""

    def __init__(self, metric: str, slices: Sequence[DataSlice]) -> None:
        self._loss, self._of, self._slices = METRICS[metric].loss, COMPARED_AS[metric], slices
        self._keyed: dict[str, tuple[str, pa.DataType]] = {}  # a file and the type that it keeps a part of the key in
        self._keys: list[Keys] = []
        self._predicted: list[Floats] = []
        self._places: dict[str, list[Counts]] = {part.column: [] for part in slices}
        self._rows = self._keyless = self._mistyped = self._foreign = 0

    def take_keys(self, key: Sequence[str], file: DataFile, table: Table | SampledFile) -> None:
        """Raises `UnreadableData` where the file keeps a part of the key as what never meets that of another."""
        for name in key:
            here = (file.path, table.types[name])
            problem = unlike_keys(name, self._keyed.get(name, here), here)
            if problem is not None:
                raise UnreadableData(problem)
            if not pa.types.is_null(here[1]):
                self._keyed.setdefault(name, here)

    def add(self, keys: pa.Array, predicted: pa.Array, table: Table | SampledFile, by: Mapping[str, pa.Array]) -> None:
        present = keys.is_valid()
        self._rows += len(keys)
        self._keyless += keys.null_count
        if self._rows > MOST_ROWS:
            raise UnreadableData(
                f"labels are joined to windows of at most {MOST_ROWS:,} rows, and this one has more: "
                "write smaller windows, or `sample` them"
            )
        self._keys.append(keys_of(keys.filter(present)))
        self._predicted.append(self._values(predicted, table)[_as_mask(present)])
        for column, places in self._places.items():
            values = pa.array([part.value for part in self._slices if part.column == column], pa.string())
            texts = by.get(column, pa.nulls(len(keys), pa.string()))
            found = pc.fill_null(pc.index_in(texts, value_set=values), -1).filter(present)
            places.append(found.to_numpy(zero_copy_only=False).astype(np.int64))

    def close(self) -> None:
        """Rows are known: puts them in the order of their keys."""
        keys = np.concatenate([np.empty(0, np.uint64), *self._keys])
        order = np.argsort(keys, kind="stable")
        self._all: Keys = keys[order]
        self._prediction: Floats = np.concatenate([np.empty(0), *self._predicted])[order]
        self._part = {
            column: np.concatenate([np.empty(0, np.int64), *places])[order] for column, places in self._places.items()
        }
        alike = self._all[1:] == self._all[:-1]
        self._doubled: Mask = np.concatenate([[False], alike]) | np.concatenate([alike, [False]])
        if not keys.size:
            self._doubled = np.empty(0, np.bool_)
        self._label: Floats = np.full(keys.size, np.nan)
        self._repeated = np.zeros(keys.size, np.int32)
        self._conflicting: Mask = np.zeros(keys.size, np.bool_)
        self._keys, self._predicted, self._places = [], [], {}

    def label(self, keys: pa.Array, labels: pa.Array, table: Table) -> None:
        """Labels of any rows, in any order; those without a value are none yet."""
        given = pc.and_(keys.is_valid(), labels.is_valid())
        values = self._values(labels.filter(given), table)
        if self._of == "probability":
            values[(values != 0) & (values != 1)] = np.nan
        hashed = keys_of(keys.filter(given))
        place = np.minimum(np.searchsorted(self._all, hashed), max(self._all.size - 1, 0))
        known = self._all[place] == hashed if self._all.size else np.zeros(hashed.size, np.bool_)
        self._foreign += int(np.count_nonzero(~known))
        readable = ~np.isnan(values)
        self._mistyped += int(np.count_nonzero(known & ~readable))
        place, values = place[known & readable], values[known & readable]
        first = np.zeros(place.size, np.bool_)
        first[np.unique(place, return_index=True)[1]] = True
        first &= np.isnan(self._label[place])
        self._label[place[first]] = values[first]
        others, again = place[~first], values[~first]
        same = self._label[others] == again
        np.add.at(self._repeated, others[same], 1)
        self._conflicting[others[~same]] = True

    def joined(self, window: str, least_rows: int, *, sourceless: bool) -> JoinedLabels:
        """What became of all rows and labels."""
        judged = self._judged()
        loss = np.zeros(judged.size)
        loss[judged] = self._loss(self._prediction[judged], self._label[judged])
        unpredicted = np.isnan(self._prediction) & ~self._doubled
        counts = LabelCounts(
            window,
            self._rows,
            labelled=int(np.count_nonzero(judged)),
            least=least_rows,
            keyless=self._keyless,
            doubled=int(np.count_nonzero(self._doubled)),
            unpredicted=int(np.count_nonzero(unpredicted)),
            conflicting=int(np.count_nonzero(self._conflicting & ~self._doubled)),
            mistyped=self._mistyped,
            repeated=int(self._repeated[~self._conflicting].sum()),  # of those that differ, none is the same again
            foreign=self._foreign,
            sourceless=sourceless,
        )
        found: dict[DataSlice, JudgedPart] = {}
        for column, places in self._part.items():
            parts = [part for part in self._slices if part.column == column]
            found |= {part: _judged_part(places == place, judged, loss) for place, part in enumerate(parts)}
        return JoinedLabels(counts, _judged_part(np.ones(judged.size, np.bool_), judged, loss), found)

    def _judged(self) -> Mask:
        found: Mask = ~(self._doubled | self._conflicting | np.isnan(self._label) | np.isnan(self._prediction))
        return found

    def _values(self, column: pa.Array, table: Table | SampledFile) -> Floats:
        """Each value as a number; NaN for none, and for one of another type."""
        plain = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        if self._of == "category":
            return _categories(plain, table.csv)
        found = _numbers(plain, table.csv)
        if self._of == "probability":
            found[(found < 0) | (found > 1)] = np.nan
        return np.clip(found, -FARTHEST, FARTHEST)


def _judged_part(inside: Mask, judged: Mask, loss: Floats) -> JudgedPart:
    known = judged & inside
    return JudgedPart(int(np.count_nonzero(inside)), int(np.count_nonzero(known)), float(loss[known].sum()))


def _categories(values: pa.Array, csv: CsvFormat | None) -> Floats:
    """A number for each different value: whole numbers, truth values and texts, `true` as 1 and `2.0` as 2.

    NaN for fractions, which are scores and no classes; in CSV, which has no types, for what is written as one.
    """
    found = np.full(len(values), np.nan)
    if not _may_be_classes(values.type):
        return found
    texts = pc.utf8_lower(pc.utf8_trim_whitespace(_class_texts(values)))
    if csv is not None:
        numbers = numbers_in(texts, csv)
        is_fraction = pc.fill_null(pc.not_equal(pc.floor(numbers), numbers), False)
        texts = pc.if_else(is_fraction, pa.scalar(None, pa.string()), texts)
    present = texts.is_valid()
    decimal = re.escape("." if csv is None else csv.decimal)
    texts = pc.replace_substring_regex(texts.filter(present), rf"^(-?[0-9]+){decimal}0+$", r"\1")
    keys = keys_of(_with_digits(texts)) >> np.uint64(11)  # 53 bits, which doubles hold exactly
    found[_as_mask(present)] = keys.astype(np.float64)
    return found


def _may_be_classes(kind: pa.DataType) -> bool:
    plain = is_text(kind) or is_moment(kind) or pa.types.is_boolean(kind)
    return bool(plain or (is_number(kind) and not pa.types.is_temporal(kind)))


def _class_texts(values: pa.Array) -> pa.Array:
    if pa.types.is_date(values.type):
        return values.cast(pa.date32()).cast(pa.string())
    return _key_texts(values)


def _numbers(values: pa.Array, csv: CsvFormat | None) -> Floats:
    found = np.full(len(values), np.nan)
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.int8())
    elif is_text(values.type) and csv is not None:
        values = numbers_in(_with_digits(pc.utf8_lower(values.cast(pa.string()))), csv)
    if is_number(values.type) and not pa.types.is_temporal(values.type):
        present = values.is_valid()
        found[_as_mask(present)] = values.filter(present).cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    found[~np.isfinite(found)] = np.nan
    return found


def _with_digits(texts: pa.Array) -> pa.Array:
    """`true` and `false` as 1 and 0."""
    for word, digit in (("true", "1"), ("false", "0")):
        texts = pc.if_else(pc.fill_null(pc.equal(texts, word), False), digit, texts)
    return texts


def _as_mask(present: pa.BooleanArray) -> Mask:
    found: Mask = present.to_numpy(zero_copy_only=False)
    return found
