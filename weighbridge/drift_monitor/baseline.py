"""The baseline: which columns it has, of what kind, in which bins or cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from weighbridge.drift_monitor.category_cells import CategoryCells, CountedCategories
from weighbridge.drift_monitor.columns import GROUP, Kind, TableFile, as_categories, as_numbers
from weighbridge.drift_monitor.config import Watched
from weighbridge.drift_monitor.files import DataFile, Store
from weighbridge.drift_monitor.number_bins import KeptNumbers, NumberBins
from weighbridge.drift_monitor.tally import Tally
from weighbridge.errors import WrongInput
from weighbridge.files.model_problems import listed
from weighbridge.files.problem import Problem
from weighbridge.spelling import did_you_mean

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

    @property
    def fingerprint(self) -> str:
        """Equal for equal bins: what is counted in one can be compared with what is counted in the other."""
        if isinstance(self.bins, CategoryCells):
            return self.bins.fingerprint()
        return sha256(self.bins.edges.tobytes()).hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """All watched columns by name, in the order of the spec."""

    columns: Mapping[str, BaselineColumn]

    @property
    def fingerprint(self) -> str:
        """Equal for equal columns and bins."""
        lines = "".join(f"{name} {column.fingerprint}\n" for name, column in self.columns.items())
        return sha256(lines.encode()).hexdigest()[:32]


def read_baseline(store: Store, file: DataFile, watched: Sequence[Watched]) -> Baseline:
    """The watched columns of a baseline. Raises `WrongColumns` with all of them, or `Unreadable`."""
    table = TableFile(store, file)
    problems = list(_unknown(table, file, watched))
    known = [column for column in watched if column.name in table.types]
    kinds = {column.name: table.kind(column.name) for column in known}
    problems += [_unfit(table, file, column) for column in known if kinds[column.name] is None]
    if problems:
        raise WrongColumns(sorted(problems, key=lambda problem: watched.index(_at(watched, problem))))
    columns: dict[str, BaselineColumn] = {}
    for at in range(0, len(known), GROUP):  # a group at a time, so that the values of few columns are in memory
        readers = {
            column.name: _Reader(column, kinds[column.name] or "number", from_csv=table.is_csv)
            for column in known[at : at + GROUP]
        }
        for batch in table.batches(list(readers)):
            for name, values in batch.items():
                readers[name].add(values)
        columns |= {name: reader.column() for name, reader in readers.items()}
    return Baseline(columns)


class _Reader:
    """One column while it is read."""

    def __init__(self, watched: Watched, kind: Kind, *, from_csv: bool) -> None:
        self._watched, self._kind, self._from_csv = watched, kind, from_csv
        self._numbers, self._categories = KeptNumbers(), CountedCategories()
        self._rows = self._missing = self._mistyped = 0

    def add(self, values: object) -> None:
        if self._kind == "number":
            numbers = as_numbers(values, from_csv=self._from_csv)
            self._numbers.add(numbers.values)
            self._count(numbers.rows, numbers.missing, numbers.mistyped)
        else:
            categories = as_categories(values, self._kind, from_csv=self._from_csv)
            self._categories.add(categories.categories, categories.counts)
            self._count(categories.rows, categories.missing, categories.mistyped)

    def column(self) -> BaselineColumn:
        bins: NumberBins | CategoryCells
        if self._kind == "number":
            bins, tally = self._numbers.bins()
        else:
            bins = self._categories.cells()
            tally = self._categories.counted(bins)
        whole = replace(tally, rows=self._rows, missing=self._missing, mistyped=self._mistyped)
        return BaselineColumn(self._watched, self._kind, bins, whole)

    def _count(self, rows: int, missing: int, mistyped: int) -> None:
        self._rows += rows
        self._missing += missing
        self._mistyped += mistyped


def _unknown(table: TableFile, file: DataFile, watched: Sequence[Watched]) -> Iterator[Problem]:
    names = list(table.types)
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    has = ", ".join(names[:_LISTED]) + more if more else listed(names)
    for column in watched:
        if column.name not in table.types:
            message = f"the baseline {file.path} has no column '{column.name}', but {has or 'none at all'}."
            yield Problem((column.role, column.index), message + did_you_mean(column.name, names))


def _unfit(table: TableFile, file: DataFile, column: Watched) -> Problem:
    message = f"the baseline {file.path} has {table.types[column.name]} in column '{column.name}'"
    return Problem((column.role, column.index), f"{message}: only numbers, times, texts and booleans can be compared")


def _at(watched: Sequence[Watched], problem: Problem) -> Watched:
    return next(column for column in watched if (column.role, column.index) == problem.path)
