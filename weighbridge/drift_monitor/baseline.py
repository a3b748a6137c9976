"""The baseline: which columns it has, of what kind, in which bins or cells."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING, TypeAlias

from weighbridge.drift_monitor.category_cells import CategoryCells, cells_of, counted
from weighbridge.drift_monitor.columns import Kind, TableFile, as_categories, as_moments, as_numbers
from weighbridge.drift_monitor.config import Watched
from weighbridge.drift_monitor.data_form import AS_IT_IS, DataForm
from weighbridge.drift_monitor.dependence import INDEPENDENT, Dependence
from weighbridge.drift_monitor.derived import Derived
from weighbridge.drift_monitor.engine import is_table
from weighbridge.drift_monitor.files import DataFile, Store, is_tabular
from weighbridge.drift_monitor.number_bins import KeptNumbers, NumberBins
from weighbridge.drift_monitor.opening import Opening
from weighbridge.drift_monitor.slice_tallies import Slices
from weighbridge.drift_monitor.tally import Tally, no_keys
from weighbridge.errors import WrongInput
from weighbridge.files.model_problems import listed
from weighbridge.files.problem import KeyPath, Problem
from weighbridge.spec.pipeline import CsvFormat
from weighbridge.spelling import did_you_mean, visible

_ONLY_VECTORS = "`embeddings` takes columns of lists of numbers, which CSV can't hold"
if TYPE_CHECKING:
    from weighbridge.drift_monitor.engine_table import EngineTable
    from weighbridge.drift_monitor.log_file import LogFile

Table: TypeAlias = "TableFile | LogFile | EngineTable"

_LISTED = 12
"""Columns that a message lists."""


class WrongColumns(WrongInput):
    """The spec names columns that the baseline doesn't have. Paths of the problems are below `watch`."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{problem.location}: {problem.message}" for problem in problems))


@dataclass(frozen=True, slots=True, eq=False)
class BaselineColumn:
    """One column of the baseline; `kind` is what a window is held to."""

    watched: Watched
    kind: Kind
    bins: NumberBins | CategoryCells
    tally: Tally
    dependence: Dependence = INDEPENDENT  # of its rows on one another

    @property
    def fingerprint(self) -> str:
        """Equal for equal bins: what is counted in one can be compared with what is counted in the other."""
        if isinstance(self.bins, CategoryCells):
            derived = self.watched.derived
            return "\n".join((self.bins.fingerprint(), *(derived.phrases if derived is not None else ())))
        return sha256(self.bins.edges.tobytes()).hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """All watched columns by name, in the order of the spec."""

    columns: Mapping[str, BaselineColumn]
    rows: int = 0
    slices: Slices = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Equal for equal columns and bins."""
        lines = "".join(f"{name} {column.fingerprint}\n" for name, column in self.columns.items())
        return sha256(lines.encode()).hexdigest()[:32]


def open_table(
    store: Store, file: DataFile, form: DataForm = AS_IT_IS, derived: Sequence[Derived | None] = ()
) -> Table:
    """A file, a log, or a table of an engine, in which nothing is derived. Raises `UnreadableData`."""
    if is_table(file.path):
        from weighbridge.drift_monitor.engine_table import EngineTable

        return EngineTable(store, file)
    if form.log is not None and not is_tabular(file.name):
        from weighbridge.drift_monitor.log_file import LogFile

        return LogFile(store, file, form.log, derived)
    return TableFile(store, file, form.csv, derived)


def source_file(store: Store, path: str, form: DataForm = AS_IT_IS) -> DataFile:
    """A file, the logs of a folder, a table or a partition as it is now. Raises `UnreadableData`."""
    if is_table(path):
        from weighbridge.drift_monitor.engine_table import table_file

        return table_file(store, path)
    if form.log is not None and path.endswith("/"):
        from weighbridge.drift_monitor.log_file import log_folder

        return log_folder(store, path)
    return store.file(path)


def read_baseline(store: Store, file: DataFile, watched: Sequence[Watched], form: DataForm = AS_IT_IS) -> Baseline:
    """The watched columns of a baseline. Raises `WrongColumns` with all of them, or `Unreadable`."""
    table = open_table(store, file, form, [column.derived for column in watched])
    problems = list(_unknown(table, file, watched))
    known = [column for column in watched if column.name in table.types]
    problems += [_doubled(file, column) for column in known if column.source in table.twice]
    kinds = {column.name: table.kind(column.name) for column in known if column.source not in table.twice}
    problems += [_unfit(table, file, column) for column in known if kinds.get(column.name, "") is None]
    problems = list(dict.fromkeys(problems))  # several columns may stand for one
    if problems:
        raise WrongColumns(sorted(problems, key=lambda problem: watched.index(_at(watched, problem))))
    columns: dict[str, BaselineColumn] = {}
    by_name = {column.name: column for column in known}
    for group in table.groups(list(by_name)):  # few at a time, so that the values of few columns are in memory
        readers = {name: _Reader(by_name[name], kinds[name] or "number", table.csv) for name in group}
        for batch in table.batches(group):
            for name, values in batch.items():
                readers[name].add(values)
        columns |= {name: reader.column() for name, reader in readers.items()}
    if not table.in_order:
        known_order = table.dependences(columns)
        columns = {
            name: replace(column, dependence=known_order.get(name, INDEPENDENT)) for name, column in columns.items()
        }
    return Baseline(columns, rows=max((column.tally.rows for column in columns.values()), default=0))


class _Reader:
    """One column while it is read."""

    def __init__(self, watched: Watched, kind: Kind, csv: CsvFormat | None) -> None:
        self._watched, self._kind, self._csv = watched, kind, csv
        self._numbers = KeptNumbers()
        self._categories = CategoryCells(no_keys(), folded=False).empty()
        self._opening = Opening()
        self._rows = self._missing = self._mistyped = 0

    def add(self, values: object) -> None:
        if self._kind in ("category", "boolean"):
            categories = as_categories(values, self._kind, self._csv, self._opening.lacking)
            self._categories = self._categories.plus(counted(categories.keys, categories.counts))
            self._opening.add_categories(categories)
            self._count(categories.rows, categories.missing, categories.mistyped)
        else:
            numbers = as_moments(values) if self._kind == "moment" else as_numbers(values, self._csv)
            self._numbers.add(numbers.values)
            self._opening.add_numbers(numbers)
            self._count(numbers.rows, numbers.missing, numbers.mistyped)

    def column(self) -> BaselineColumn:
        bins: NumberBins | CategoryCells
        if self._kind in ("category", "boolean"):
            bins, tally = cells_of(self._categories), self._categories
        else:
            bins, tally = self._numbers.bins()
        whole = replace(tally, rows=self._rows, missing=self._missing, mistyped=self._mistyped)
        return BaselineColumn(self._watched, self._kind, bins, whole, self._opening.dependence(bins))

    def _count(self, rows: int, missing: int, mistyped: int) -> None:
        self._rows += rows
        self._missing += missing
        self._mistyped += mistyped


def _unknown(table: Table, file: DataFile, watched: Sequence[Watched]) -> Iterator[Problem]:
    for column in watched:
        if column.name not in table.types:
            yield unknown_column(table, file, column.source, (column.role, column.index))


def unknown_column(table: Table, file: DataFile, column: str, path: KeyPath) -> Problem:
    """That the baseline has no such column, and which it has."""
    names = list(map(visible, table.stored))
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    has = ", ".join(names[:_LISTED]) + more if more else listed(names)
    message = f"the baseline {file.path} has no column '{column}', but {has or 'none at all'}."
    hint = other_separator(names) if table.csv is not None else ""
    return Problem(path, message + (hint or did_you_mean(column, names)))


def other_separator(names: Sequence[str]) -> str:
    """A question where all columns of CSV seem to stand in one name; else nothing."""
    mark = next((mark for mark in ";\t|" if len(names) == 1 and mark in names[0]), None)
    return f" Are its values parted by {json.dumps(mark)}? Then say so in `csv.separator`" if mark is not None else ""


def _doubled(file: DataFile, column: Watched) -> Problem:
    message = f"the baseline {file.path} has more than one column '{column.source}', so which one is meant"
    return Problem((column.role, column.index), f"{message} can't be told: rename all but one")


def _unfit(table: Table, file: DataFile, column: Watched) -> Problem:
    message = f"the baseline {file.path} has {table.stored[column.source]} in column '{column.source}'"
    only = "only numbers, times, texts and booleans can be compared"
    if column.derived is not None:
        only = "`texts` takes columns of texts" if column.derived.of_text else _ONLY_VECTORS
    return Problem((column.role, column.index), f"{message}: {only}")


def _at(watched: Sequence[Watched], problem: Problem) -> Watched:
    return next(column for column in watched if (column.role, column.index) == problem.path)
