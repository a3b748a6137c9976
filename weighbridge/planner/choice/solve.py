"""The cheapest set, one column for each group, within limits that all share: a mixed-integer program, solved by HiGHS.

Columns are priced and counted before, so that whatever decides on latency stays outside. What is found is rounded and
added up again in whole numbers, so that no limit is exceeded by a solver's tolerance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np

from weighbridge.errors import NoVerdict

Row: TypeAlias = int
"""The ordinal of a limit."""

SECONDS = 20.0
"""For one program. What is best then is shown, with how far from the best it may be."""

RAISE_SECONDS = 30.0
"""For each step towards the smallest increase, by the clock: two to four on an idle processor, more on a busy one."""

RAISE_GAP = 0.01
"""Of the units of the smallest increase, with more than `EXACT_COLUMNS`."""

EXACT_COLUMNS = 3000
"""Up to so many columns the best is proven; with more, to a thousandth, which is far below what prices are known to."""

GAP = 1e-3
_ROUNDS = 5
_OF_A_UNIT = 0.4


class NoSolver(NoVerdict):
    """HiGHS is not installed, or it gave up."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way for a group. `cost` is None where nobody knows the price, which is never taken for a low one."""

    group: int
    cost: float | None
    draws: Mapping[Row, int]


@dataclass(frozen=True, slots=True)
class Solution:
    """One column for each group, by ordinal; `gap` is the part of the cost that a better set might save at most."""

    columns: tuple[int, ...]
    cost: float  # of those that have a price
    gap: float


@dataclass(frozen=True, slots=True)
class Raise:
    """More of some limits, and the cheapest set that fits then."""

    more: Mapping[Row, int]
    solution: Solution
    proven: bool  # whether nothing less would do


@dataclass(frozen=True)
class JointProgram:
    """Groups that each take one column, and what there is of each limit (None: no bound)."""

    columns: Sequence[Way]
    room: Sequence[int | None]

    @cached_property
    def groups(self) -> int:
        """How many there are: each has a column at least."""
        return 1 + max((column.group for column in self.columns), default=-1)

    def cheapest(
        self, more: Mapping[Row, int] | None = None, without: AbstractSet[int] = frozenset()
    ) -> Solution | None:
        """The cheapest set, with `more` of some limits and without some columns; None where no set fits.

        Where a set fits that takes columns with a price wherever a group has one, it is such a set; else as few groups
        as can be take one without. Raises `NoSolver`.
        """
        room = [None if amount is None else amount + (more or {}).get(row, 0) for row, amount in enumerate(self.room)]
        usable = [
            index
            for index, column in enumerate(self.columns)
            if index not in without and all(_within(room[row], amount) for row, amount in column.draws.items())
        ]
        if len({self.columns[index].group for index in usable}) < self.groups:
            return None
        kept = _undominated(self.columns, usable, room)
        priced = {self.columns[index].group for index in kept if self.columns[index].cost is not None}
        first = [
            index for index in kept if self.columns[index].cost is not None or self.columns[index].group not in priced
        ]
        found = self._solve(first, room)
        if found is None and len(first) < len(kept):
            unpriced = [1.0 if self.columns[index].cost is None else 0.0 for index in kept]
            fewest = self._solve(kept, room, costs=unpriced)
            if fewest is None:
                return None
            most = sum(self.columns[index].cost is None for index in fewest.columns)
            found = self._solve(kept, room, at_most=(unpriced, most))
        return found

    def cheapest_alone(self) -> tuple[int, ...]:
        """Of each group, what would be taken if no limit were shared or reached: by price, then by what it draws."""
        best: dict[int, tuple[tuple[bool, float, int], int]] = {}
        for index, column in enumerate(self.columns):
            order = (column.cost is None, column.cost or 0.0, sum(column.draws.values()))
            if column.group not in best or order < best[column.group][0]:
                best[column.group] = order, index
        return tuple(best[group][1] for group in sorted(best))

    def lacking(self, columns: Sequence[int]) -> Mapping[Row, int]:
        """What a set draws beyond what there is, by limit."""
        drawn = self.drawn(columns)
        return {
            row: amount - room
            for row, amount in sorted(drawn.items())
            if (room := self.room[row]) is not None and amount > room
        }

    def drawn(self, columns: Sequence[int]) -> Mapping[Row, int]:
        """What a set draws from each limit."""
        drawn: dict[Row, int] = {}
        for index in columns:
            for row, amount in self.columns[index].draws.items():
                drawn[row] = drawn.get(row, 0) + amount
        return drawn

    def smallest_raise(self, *, fewest_limits: bool) -> Raise | None:
        """The least more that makes some set fit: the fewest units, or the fewest limits and then units.

        Of the sets that do with as little, the cheapest. None where groups have no columns. Raises `NoSolver`.
        """
        everything = _undominated(self.columns, range(len(self.columns)), self.room)
        if len(everything) > EXACT_COLUMNS:
            return self._small_raise(fewest_limits=fewest_limits)
        found = self._solve(everything, self.room, slack=_Slack(limits=fewest_limits))
        if found is None:
            return None
        proven = found.gap == 0
        if fewest_limits:
            most_limits = len(self.lacking(found.columns))
            fewer = self._tried(everything, _Slack(most_limits=most_limits))
            proven = proven and fewer is not None and fewer.gap == 0
            found = fewer or found
        # With the same limits raised by as many units in all, what costs least; a price that nobody knows is not low.
        more = self.lacking(found.columns)
        slack = _Slack(most_units=sum(more.values()), most_limits=len(more) if fewest_limits else None, free=True)
        priced = {column.group for column in self.columns if column.cost is not None}
        kept = [i for i in everything if self.columns[i].cost is not None or self.columns[i].group not in priced]
        better = self._tried(kept, slack) or self._tried(everything, slack) or found
        return Raise(self.lacking(better.columns), better, proven)

    def _small_raise(self, *, fewest_limits: bool) -> Raise | None:
        """As `smallest_raise`, for many columns: the limits first, without whole numbers, and then the units of those.

        The units are within `RAISE_GAP` of the fewest. Cost decides between sets only as far as less than a unit.
        """
        every = _undominated(self.columns, range(len(self.columns)), self.room, by_cost=False)
        if not fewest_limits:
            limits, fewest = frozenset(range(len(self.room))), True
            found = self._solve(every, self.room, slack=_Slack(cheap=True))
        else:
            limits, fewest = self._fewest_limits(every)
            found = self._tried(every, _Slack(only=limits, cheap=True))
            found = found or self._solve(every, self.room, slack=_Slack(limits=True, cheap=True))
        if found is None:
            return None
        more = self.lacking(found.columns)
        least = found.gap * (sum(more.values()) + 1) < 1 - _OF_A_UNIT
        return Raise(more, found, fewest and len(more) <= len(limits) and least)

    def _fewest_limits(self, kept: Sequence[int]) -> tuple[frozenset[Row], bool]:
        """The fewest limits that would do if parts of columns could be taken, and whether no fewer were found to do.

        What is exceeded little is made dear, again and again, until few limits are left; then, where at most two are,
        every smaller choice is tried.
        """
        bounds = {row: amount for row, amount in enumerate(self.room) if amount is not None}
        model = _model([self.columns[index] for index in kept], self.groups, bounds, None, None, _Slack())
        parts = _Parts(model, tuple(bounds))
        limits = frozenset(bounds)
        for _ in range(_ROUNDS):
            exceeded = parts.exceeded(frozenset(bounds))
            if exceeded is None:
                return limits, False
            if len(exceeded) >= len(limits):
                break
            limits = frozenset(exceeded)
            parts.make_dear({row: amount / max(1, bounds[row]) for row, amount in exceeded.items()})
        if len(limits) == 2:  # noqa: PLR2004 - more pairs, or triples, would take minutes
            for row in bounds:
                if parts.exceeded(frozenset({row})) is not None:
                    return frozenset({row}), True
        return limits, len(limits) <= 2  # noqa: PLR2004

    def _tried(self, kept: Sequence[int], slack: _Slack) -> Solution | None:
        """None as well where there was no time to tell."""
        try:
            return self._solve(kept, self.room, slack=slack)
        except NoSolver:
            return None

    def _solve(
        self, kept: Sequence[int], room: Sequence[int | None], *, costs: Sequence[float] | None = None,
        at_most: tuple[Sequence[float], int] | None = None, slack: _Slack | None = None,
    ) -> Solution | None:  # fmt: skip
        """The program over some columns; a solution that rounds to too much is refused, and the limit drawn closer."""
        rows = [row for row, amount in enumerate(room) if amount is not None]
        tighter = dict.fromkeys(rows, 0)
        for _ in range(_ROUNDS):
            bounds = {row: (room[row] or 0) - tighter[row] for row in rows}
            model = _model([self.columns[index] for index in kept], self.groups, bounds, costs, at_most, slack)
            gap = 0.0 if len(kept) <= EXACT_COLUMNS else GAP if slack is None else 0.0 if slack.limits else RAISE_GAP
            found = model.run(gap=gap, seconds=SECONDS if slack is None else RAISE_SECONDS)
            if found is None:
                return None
            taken, below = found
            solution = tuple(kept[place] for place in taken if place < len(kept))
            over = [row for row, amount in self.drawn(solution).items() if row in bounds and amount > (room[row] or 0)]
            if slack is not None or not over:
                cost = sum(self.columns[index].cost or 0.0 for index in solution)
                return Solution(solution, cost, below)
            for row in over:
                tighter[row] += 1
        raise NoSolver("the cheapest set could not be found within whole numbers of quota")


@dataclass(frozen=True, slots=True)
class _Slack:
    """That limits may be exceeded, and what is to be least: units, limits, or (`free`) the cost within bounds."""

    limits: bool = False
    only: frozenset[Row] | None = None  # the limits that may be exceeded; None: all
    cheap: bool = False  # whether cost decides as far as less than one of them
    most_units: int | None = None
    most_limits: int | None = None
    free: bool = False


def _within(room: int | None, amount: int) -> bool:
    return room is None or amount <= room


def _undominated(
    columns: Sequence[Way], usable: Sequence[int], room: Sequence[int | None], *, by_cost: bool = True
) -> list[int]:
    """Without what draws no less than another of its group of each bounded limit and, if that counts, costs no less."""

    def order(index: int) -> tuple[bool, float, int]:
        column = columns[index]
        if not by_cost:
            return False, float(sum(amount for row, amount in column.draws.items() if row in place)), index
        return column.cost is None, column.cost or 0.0, index

    bounded = [row for row, amount in enumerate(room) if amount is not None]
    place = {row: index for index, row in enumerate(bounded)}
    by_group: dict[int, list[int]] = {}
    for index in usable:
        by_group.setdefault(columns[index].group, []).append(index)
    kept: list[int] = []
    for members in by_group.values():
        ordered = sorted(members, key=order)
        draws = np.zeros((len(ordered), len(bounded)), dtype=np.int64)
        for line, index in enumerate(ordered):
            for row, amount in columns[index].draws.items():
                if row in place:
                    draws[line, place[row]] = amount
        good: list[int] = []
        for line in range(len(ordered)):
            if not (draws[good] <= draws[line]).all(axis=1).any():
                good.append(line)
        kept += (ordered[line] for line in good)
    return sorted(kept)


class _Model:
    """One program as HiGHS takes it: lines with bounds, and whole-numbered variables with their entries in lines."""

    def __init__(self, groups: int) -> None:
        self.high = [1.0] * groups
        self.low = [1.0] * groups
        self.entries: list[dict[int, float]] = []
        self.cost: list[float] = []
        self.upper: list[float] = []

    def line(self, high: float) -> int:
        """A line more, which is at most `high`."""
        self.high.append(high)
        self.low.append(-np.inf)
        return len(self.high) - 1

    def variable(self, cost: float, upper: float, entry: dict[int, float]) -> dict[int, float]:
        """A variable from 0 to `upper`; its entries, to which more may be added."""
        self.cost.append(cost)
        self.upper.append(upper)
        self.entries.append(entry)
        return entry

    def program(self) -> Any:
        """As HiGHS takes it, with parts of variables allowed."""
        core = _highs()
        program = core.HighsLp()
        program.num_col_, program.num_row_ = len(self.entries), len(self.low)
        program.col_cost_ = np.array(self.cost)
        program.col_lower_, program.col_upper_ = np.zeros(len(self.entries)), np.array(self.upper)
        program.row_lower_, program.row_upper_ = np.array(self.low), np.array(self.high)
        program.a_matrix_.format_ = core.MatrixFormat.kColwise
        program.a_matrix_.start_ = np.cumsum([0, *(len(entry) for entry in self.entries)])
        program.a_matrix_.index_ = np.array([line for entry in self.entries for line in entry], dtype=np.int32)
        program.a_matrix_.value_ = np.array([value for entry in self.entries for value in entry.values()])
        return program

    def run(self, *, gap: float, seconds: float) -> tuple[list[int], float] | None:
        """Which variables are above a half, and how far from the best they may be; None where nothing fits.

        `gap` is how far is near enough; 0 asks for the best.
        """
        core = _highs()
        program = self.program()
        program.integrality_ = [core.HighsVarType.kInteger] * len(self.entries)
        highs = _quiet()
        highs.setOptionValue("time_limit", seconds)
        highs.setOptionValue("mip_rel_gap", max(gap, 1e-9))
        highs.setOptionValue("mip_abs_gap", 1e-9)
        highs.passModel(program)
        highs.run()
        status, known = highs.getModelStatus(), core.HighsModelStatus
        if status == known.kInfeasible:
            return None
        info = highs.getInfo()
        if status not in (known.kOptimal, known.kTimeLimit) or not np.isfinite(info.objective_function_value):
            raise NoSolver(f"no set was found within {seconds:g} s, and none is known to be impossible")
        values = np.array(highs.getSolution().col_value)
        proven = status == known.kOptimal and (gap == 0 or info.mip_gap < 1e-9)  # noqa: PLR2004
        return np.flatnonzero(values > 0.5).tolist(), 0.0 if proven else max(0.0, float(info.mip_gap))  # noqa: PLR2004


class _Parts:
    """A program in which parts of columns may be taken: its last variables are by how much each limit is exceeded."""

    def __init__(self, model: _Model, rows: tuple[Row, ...]) -> None:
        self._rows, self._first, self._upper = rows, len(model.entries) - len(rows), model.upper
        self._highs = _quiet()
        self._highs.passModel(model.program())

    def make_dear(self, exceeded: Mapping[Row, float]) -> None:
        """Whatever is exceeded little, or not at all, costs most from now on."""
        for place, row in enumerate(self._rows):
            self._highs.changeColCost(self._first + place, 1 / (1 + 20 * exceeded.get(row, 0.0)))

    def exceeded(self, only: frozenset[Row]) -> Mapping[Row, float] | None:
        """By how much limits are exceeded, of which only some may be; None where that is not enough."""
        for place, row in enumerate(self._rows, self._first):
            self._highs.changeColBounds(place, 0.0, self._upper[place] if row in only else 0.0)
        self._highs.run()
        if self._highs.getModelStatus() != _highs().HighsModelStatus.kOptimal:
            return None
        values = self._highs.getSolution().col_value[self._first :]
        return {row: value for row, value in zip(self._rows, values, strict=True) if value > 1e-6}  # noqa: PLR2004


def _model(
    columns: Sequence[Way], groups: int, bounds: Mapping[Row, int], costs: Sequence[float] | None,
    at_most: tuple[Sequence[float], int] | None, slack: _Slack | None,
) -> _Model:  # fmt: skip
    """Columns first, then by how much each limit is exceeded, then whether it is. Lines are scaled to at most 1."""
    model = _Model(groups)
    largest = dict.fromkeys(bounds, 1)
    for column in columns:
        for row, amount in column.draws.items():
            if row in largest and amount > largest[row]:
                largest[row] = amount
    line_of = {row: model.line(bound / largest[row]) for row, bound in bounds.items()}
    counted = model.line(at_most[1] + 0.5) if at_most is not None else None
    little = 1.0 if slack is None or slack.free else _OF_A_UNIT / _dearest(columns) if slack.cheap else 0.0
    for place, column in enumerate(columns):
        cost = costs[place] if costs is not None else _tie_broken(column, largest)
        entry = {column.group: 1.0}
        entry |= {line_of[row]: amount / largest[row] for row, amount in column.draws.items() if row in line_of}
        if at_most is not None and counted is not None and at_most[0][place]:
            entry[counted] = at_most[0][place]
        model.variable(cost * little, 1.0, entry)
    if slack is not None:
        _add_slack(model, slack, columns, line_of, largest)
    return model


def _add_slack(
    model: _Model, slack: _Slack, columns: Sequence[Way], line_of: Mapping[Row, int], largest: Mapping[Row, int]
) -> None:
    units = model.line(slack.most_units + 0.5) if slack.most_units is not None else None
    limits = model.line(slack.most_limits + 0.5) if slack.most_limits is not None else None
    counts = slack.limits or limits is not None
    worst: dict[tuple[Row, int], int] = {}  # nobody needs more than the largest column of each group
    for column in columns:
        for row, amount in column.draws.items():
            worst[row, column.group] = max(amount, worst.get((row, column.group), 0))
    for row in line_of if slack.only is None else sorted(slack.only & line_of.keys()):
        most = sum(amount for (of, _), amount in worst.items() if of == row)
        exceeded = model.variable(
            0.0 if slack.free or slack.limits else 1.0, float(most), {line_of[row]: -1.0 / largest[row]}
        )
        if units is not None:
            exceeded[units] = 1.0
        if counts and most:
            line = model.line(0.0)
            exceeded[line] = 1.0 / most
            entry = {line: -1.0} if limits is None else {line: -1.0, limits: 1.0}
            model.variable(1.0 if slack.limits else 0.0, 1.0, entry)


def _dearest(columns: Sequence[Way]) -> float:
    """More than any set costs."""
    dearest: dict[int, float] = {}
    for column in columns:
        dearest[column.group] = max(dearest.get(column.group, 0.0), column.cost or 0.0)
    return sum(dearest.values()) + 1.0


def _tie_broken(column: Way, largest: Mapping[Row, int]) -> float:
    """Of what costs the same, what draws less: far less than a cent."""
    drawn = sum(amount / largest[row] for row, amount in column.draws.items() if row in largest)
    return (column.cost or 0.0) + 1e-6 * drawn


def _quiet() -> Any:
    """A solver. The public class greets on standard output, where a plan may be JSON."""
    highs = _highs()._Highs()  # noqa: SLF001
    highs.setOptionValue("output_flag", False)
    return highs


def _highs() -> ModuleType:
    try:
        from highspy import _core
    except ImportError:
        raise NoSolver("choosing hardware needs HiGHS: pip install 'weighbridge[planner]'") from None
    return _core
