"""The baseline, made of what `watch.baseline` names: every column is read once, few at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from weighbridge.drift_monitor.baseline import Baseline, BaselineColumn
from weighbridge.drift_monitor.category_cells import CategoryCells, cells_of, counted
from weighbridge.drift_monitor.columns import Kind, as_categories, as_moments, as_numbers
from weighbridge.drift_monitor.config import Watched
from weighbridge.drift_monitor.data_form import AS_IT_IS, DataForm
from weighbridge.drift_monitor.dependence import INDEPENDENT
from weighbridge.drift_monitor.files import DataFile, Store
from weighbridge.drift_monitor.log_shape import refuse_other_logs
from weighbridge.drift_monitor.number_bins import KeptNumbers, NumberBins
from weighbridge.drift_monitor.opening import Opening
from weighbridge.drift_monitor.sources import Table, open_table, other_separator
from weighbridge.drift_monitor.tally import no_keys
from weighbridge.errors import WrongInput
from weighbridge.files.model_problems import listed
from weighbridge.files.problem import KeyPath, Problem
from weighbridge.spec.pipeline import CsvFormat
from weighbridge.spelling import did_you_mean, visible

_ONLY_VECTORS = "`embeddings` takes columns of lists of numbers, which CSV can't hold"
_LISTED = 12
"""Columns that a message lists."""


class WrongColumns(WrongInput):
    """The spec names columns that the baseline doesn't have. Paths of the problems are below `watch`."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{problem.location}: {problem.message}" for problem in problems))


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
    if form.log is not None and table.lines is not None:
        refuse_other_logs(store, file.path, [file], form.log, table.lines)
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
