"""Tables of a baseline and a window: of one distribution, or with a share of the window's values moved.

A value that moves becomes one of the highest tenth of its column, or one above the least where nine tenths are that; a
category becomes the last one by name. Rows of real data are parted at random, so that both parts are of one
distribution, whatever it is; parted by whole days they aren't independent of one another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from bench.drift_tools.environments import FLIGHTS
from bench.noise import autoregressive, highest

if TYPE_CHECKING:
    import pandas as pd

Random: TypeAlias = np.random.Generator
Columns: TypeAlias = "dict[str, np.ndarray]"

SIZES = (300, 3000, 30_000)
COLUMNS = 10
"""Of a table that is made up: all of one kind."""

SHARES = (0.05, 0.2)
_DAYS = 15


@dataclass(frozen=True, slots=True)
class TableKind:
    """What tables hold; `draw` gives both samples of so many rows each, 0 where the data decides."""

    name: str
    rows: tuple[int, ...]
    draw: Callable[[Random, int], tuple[Columns, Columns]]


@dataclass(frozen=True, slots=True)
class DrawnTable:
    """One table, with the names of its columns by what they hold."""

    baseline: Columns
    window: Columns

    @property
    def numbers(self) -> list[str]:
        """Columns of numbers."""
        return [name for name, values in self.baseline.items() if values.dtype != object]

    @property
    def categories(self) -> list[str]:
        """Columns of texts."""
        return [name for name, values in self.baseline.items() if values.dtype == object]

    def moved(self, random: Random, share: float) -> DrawnTable:
        """The same with a share of the window's values moved."""
        made = {name: _moved(random, values, self.baseline[name], share) for name, values in self.window.items()}
        return replace(self, window=made)


def drawn(kind: TableKind, rows: int, share: float, seed: tuple[int, ...]) -> DrawnTable:
    """A table of a kind; the same for the same seed."""
    random = np.random.default_rng(seed)
    return DrawnTable(*kind.draw(random, rows)).moved(random, share)


def _moved(random: Random, values: np.ndarray, baseline: np.ndarray, share: float) -> np.ndarray:
    moves = random.random(values.size) < share
    if values.dtype == object:
        present = [value for value in baseline if value is not None]
        return np.where(moves, max(present), values)
    return np.where(moves, random.choice(highest(baseline[~np.isnan(baseline)]), values.size), values)


def _made_up(draw: Callable[[Random, int], np.ndarray]) -> Callable[[Random, int], tuple[Columns, Columns]]:
    def both(random: Random, rows: int) -> tuple[Columns, Columns]:
        samples = [{f"c{number}": draw(random, rows) for number in range(COLUMNS)} for _ in range(2)]
        return samples[0], samples[1]

    return both


def _categories(count: int) -> Callable[[Random, int], np.ndarray]:
    names = np.array([f"v{number:04}" for number in range(count)], dtype=object)
    return lambda random, rows: names[random.integers(0, count, rows)]


def _split(table: Callable[[], pd.DataFrame], most: int) -> Callable[[Random, int], tuple[Columns, Columns]]:
    def both(random: Random, _rows: int) -> tuple[Columns, Columns]:
        frame = table()
        order = random.permutation(len(frame))
        half = min(most, len(frame) // 2)
        return _columns(frame.iloc[order[:half]]), _columns(frame.iloc[order[half : 2 * half]])

    return both


def _whole_days(random: Random, _rows: int) -> tuple[Columns, Columns]:
    frame = _flights()
    days = (frame["month"] * 100 + frame["day"]).to_numpy()
    chosen = random.choice(np.unique(days), 2 * _DAYS, replace=False)
    ours, theirs = (frame[np.isin(days, part)].drop(columns=["month", "day"]) for part in np.split(chosen, 2))
    return _columns(ours), _columns(theirs)


def _columns(frame: pd.DataFrame) -> Columns:
    found = {}
    for name in frame:
        if frame[name].dtype.kind in "iufb":
            found[name] = frame[name].to_numpy(float)
        else:
            found[name] = np.array([value if isinstance(value, str) else None for value in frame[name]], object)
    return found


@cache
def _cancer() -> pd.DataFrame:
    from sklearn.datasets import load_breast_cancer

    return load_breast_cancer(as_frame=True).data


@cache
def _visits() -> pd.DataFrame:
    from statsmodels.datasets import randhie

    return randhie.load_pandas().data


@cache
def _flights() -> pd.DataFrame:
    import pandas as pd

    numbers = ["dep_delay", "arr_delay", "air_time", "distance", "hour", "sched_dep_time"]
    categories = ["carrier", "origin", "dest", "tailnum"]
    return pd.read_csv(FLIGHTS, usecols=["month", "day", *numbers, *categories])


def _flights_alone() -> pd.DataFrame:
    return _flights().drop(columns=["month", "day"])


_NUMBERS: Mapping[str, Callable[[Random, int], np.ndarray]] = {
    "normal": lambda random, rows: random.normal(size=rows),
    "Cauchy": lambda random, rows: random.standard_cauchy(rows),
    "whole numbers (Poisson, 3)": lambda random, rows: random.poisson(3, rows).astype(float),
    "autoregressive, 0.9": lambda random, rows: autoregressive(random, rows, 0.9),
}

MADE_UP = (
    *(TableKind(name, SIZES, _made_up(draw)) for name, draw in _NUMBERS.items()),
    *(TableKind(f"{count:,} categories", SIZES, _made_up(_categories(count))) for count in (2, 10, 100, 1000)),
)
REAL = (
    TableKind("breast cancer, 30 columns", (284,), _split(_cancer, 284)),
    TableKind("visits to doctors, 10 columns", (3000,), _split(_visits, 3000)),
    TableKind("flights, 10 columns", (30_000,), _split(_flights_alone, 30_000)),
    TableKind("flights, whole days", (13_800,), _whole_days),
)
