"""What `weighbridge.drift_monitor.noise` promises, simulated: how often chance is called far, and what shift is seen.

Baseline and window are drawn from one distribution, or from two that differ by a shift, then compared as a monitor
does. Counts are drawn, not rows, so that a million rows cost as much as a thousand. Rows that depend on one another,
and numbers with ties, are drawn as rows. Of several features it is counted how many windows have any that is far.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from weighbridge.drift_monitor.category_cells import cells_of, counted, in_cells
from weighbridge.drift_monitor.dependence import dependence_of
from weighbridge.drift_monitor.distance import jensen_shannon, l_infinity, shares
from weighbridge.drift_monitor.noise import ONE_IN, chance_of, noise
from weighbridge.drift_monitor.number_bins import COARSE, KeptNumbers
from weighbridge.drift_monitor.tally import Counts, Floats

DRAWS, POWER_DRAWS = 20_000, 200
SEEN = 0.9
_HALVINGS = 7
_ZEROS = 0.9
_NEVER_FAR = 2.3
"""Standard deviations of the cell that differs most, below which no limit is exceeded: saves looking for the limit."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """One kind of column and two sizes. `categories` is 0 for numbers."""

    shape: str
    baseline: int
    window: int
    categories: int = 0
    features: int = 1

    def __str__(self) -> str:
        what = f"{self.categories:,} categories, {self.shape}" if self.categories else f"numbers, {self.shape}"
        what = f"{self.features} of {what}" if self.features > 1 else what
        return f"{what}, {self.baseline:,} and {self.window:,} rows"


CATEGORIES = tuple(
    Simulation(shape, baseline, window, categories)
    for categories in (2, 10, 100, 1000, 100_000)
    for baseline, window in ((300, 300), (300, 5000), (10_000, 10_000), (1_000_000, 1_000_000))
    for shape in (("even",) if categories != 1000 else ("even", "zipf"))  # noqa: PLR2004 - one of those above
    if categories < max(baseline, 100_000) or window < 1_000_000  # noqa: PLR2004
)
NUMBERS = (
    *(Simulation("no ties", *sizes) for sizes in ((100, 300), (100, 10**6), (300, 300), (300, 10**6), (10**5, 300))),
    Simulation("no ties", 10**6, 10**6),
    *(Simulation(shape, 1000, 1000) for shape in ("Cauchy", "whole numbers", "rounded", "mostly zero")),
    *(Simulation("Cauchy", *sizes) for sizes in ((100, 1000), (300, 300))),
)
SEVERAL = (
    Simulation("no ties", 1000, 1000, features=20),
    Simulation("even", 1000, 1000, categories=10, features=20),
    Simulation("the same in each", 1000, 1000, features=20),
)
DEPENDENT = (
    Simulation("in runs of 10", 300, 300),
    Simulation("autoregressive 0.9", 300, 300),
    Simulation("in runs of 10", 300, 5000, categories=10),
    *(
        Simulation(shape, *sizes)
        for shape in ("in runs of 10", "in runs of 1 to 40", "autoregressive 0.5", "autoregressive 0.9")
        for sizes in ((1000, 1000), (1000, 5000), (20_000, 20_000))
    ),
    *(
        Simulation(shape, *sizes, categories=categories)
        for shape in ("in runs of 10", "in runs of 1 to 40")
        for categories in (2, 10, 1000)
        for sizes in ((1000, 5000), (20_000, 20_000))
    ),
)

_DRAWN: dict[str, Callable[[np.random.Generator, int], Floats]] = {
    "Cauchy": lambda random, rows: random.standard_cauchy(rows),
    "whole numbers": lambda random, rows: random.poisson(3, rows).astype(float),
    "rounded": lambda random, rows: np.round(random.normal(size=rows), 1),
    "mostly zero": lambda random, rows: random.exponential(size=rows) * (random.random(rows) > _ZEROS),
    "in runs of 10": lambda random, rows: np.repeat(random.normal(size=-(-rows // 10)), 10)[:rows],
    "in runs of 1 to 40": lambda random, rows: np.repeat(random.normal(size=rows), random.integers(1, 41, rows))[:rows],
    "autoregressive 0.5": lambda random, rows: autoregressive(random, rows, 0.5),
    "autoregressive 0.9": lambda random, rows: autoregressive(random, rows, 0.9),
}


def false_alarms(simulation: Simulation, draws: int, seed: int) -> int:
    """How many of so many draws from one distribution are called far."""
    random = np.random.default_rng(seed)
    draw = _drawer(simulation)
    if simulation.shape == "the same in each":
        one = replace(simulation, shape="no ties")
        return sum(_numbers(one, random, 0.0) for _ in range(draws))
    return sum(any(draw(simulation, random, 0.0) for _ in range(simulation.features)) for _ in range(draws))


def _drawer(simulation: Simulation) -> Callable[[Simulation, np.random.Generator, float], bool]:
    if not simulation.categories:
        return _numbers
    return _categories_in_runs if simulation.shape.startswith("in runs") else _categories


def least_shift(simulation: Simulation, draws: int, seed: int) -> float:
    """The share of rows that has to move to be seen in 9 of 10 windows, to a tenth of it.

    They move to one category, or among the highest tenth of the baseline's numbers.
    """
    draw = _drawer(simulation)
    low, high = 0.001, 1.0
    for _ in range(_HALVINGS):
        shift = math.sqrt(low * high)
        seen = sum(draw(simulation, np.random.default_rng([seed, at]), shift) for at in range(draws))
        low, high = (low, shift) if seen >= SEEN * draws else (shift, high)
    return high


def lines(draws: int = DRAWS) -> Iterator[str]:
    """One line for each simulation."""
    yield f"Chance called far, promised 1 in {ONE_IN:,} at most: draws of {draws:,}, with the 95 % interval of the rate"
    for simulation in (*CATEGORIES, *NUMBERS, *SEVERAL, *DEPENDENT):
        far = false_alarms(simulation, draws, seed=1)
        low, high = interval(far, draws)
        verdict = "within" if low <= 1 / ONE_IN else "ABOVE"
        yield f"  {simulation!s:<68}{far:5}  {low:.2%} to {high:.2%}  {verdict}"
    yield f"Share of rows that has to move, to one category or the highest tenth, to be seen in {SEEN:.0%} of windows"
    for simulation in (*CATEGORIES, *NUMBERS, *DEPENDENT):
        if simulation.categories == 0 or simulation.window <= 10_000:  # noqa: PLR2004 - beyond, a thousandth is seen
            yield f"  {simulation!s:<68}{least_shift(simulation, POWER_DRAWS, seed=2):7.1%}"


def _categories(simulation: Simulation, random: np.random.Generator, shift: float) -> bool:
    count = simulation.categories
    likely = np.full(count, 1 / count) if simulation.shape == "even" else 1 / np.arange(1, count + 1) ** 1.2
    likely /= likely.sum()
    moved = (1 - shift) * likely
    moved[-1] += shift
    keys = np.arange(count, dtype=np.uint64)
    samples = []
    for rows, chances in ((simulation.baseline, likely), (simulation.window, moved)):
        drawn = random.multinomial(rows, chances)
        samples.append(counted(keys[drawn > 0], drawn[drawn > 0]))
    before, now = in_cells(*samples)
    return _is_far("l-infinity", before, now, chance_of(simulation.features))


def _numbers(simulation: Simulation, random: np.random.Generator, shift: float) -> bool:
    if simulation.shape == "no ties":  # between the baseline's own quantiles, whatever the distribution
        likely = random.dirichlet(np.full(COARSE, simulation.baseline / COARSE))
        likely *= 1 - shift
        likely[-2:] += shift / 2  # of the 20 bins, the highest tenth
        before = np.full(COARSE, simulation.baseline // COARSE)
        return _is_far(
            "jensen-shannon", before, random.multinomial(simulation.window, likely), chance_of(simulation.features)
        )
    draw = _DRAWN[simulation.shape]
    baseline, window = draw(random, simulation.baseline), draw(random, simulation.window)
    if shift:
        window = np.where(random.random(window.size) < shift, random.choice(highest(baseline), window.size), window)
    kept = KeptNumbers()
    kept.add(baseline)
    bins, tally = kept.bins()
    before, now = bins.coarse(tally), bins.coarse(bins.tally(window))
    rows = dependence_of(bins.codes(baseline)), dependence_of(bins.codes(window))
    distance = float(jensen_shannon(shares(before), shares(now)))
    return distance > noise("jensen-shannon", before, now, chance_of(simulation.features), rows)


def _categories_in_runs(simulation: Simulation, random: np.random.Generator, shift: float) -> bool:
    tallies, rows = [], []
    for size, share in ((simulation.baseline, 0.0), (simulation.window, shift)):
        lengths = np.full(-(-size // 10), 10) if simulation.shape == "in runs of 10" else random.integers(1, 41, size)
        values = np.repeat(random.integers(0, simulation.categories, lengths.size), lengths)[:size].astype(np.uint64)
        if share:
            values[random.random(size) < share] = simulation.categories - 1
        keys, counts = np.unique(values, return_counts=True)
        tallies.append(counted(keys, counts))
        rows.append(dependence_of(cells_of(tallies[-1]).codes(values), values.astype(np.int64)))
    before, now = in_cells(*tallies)
    distance = float(l_infinity(shares(before), shares(now)))
    return distance > noise("l-infinity", before, now, chance_of(simulation.features), (rows[0], rows[1]))


def _is_far(method: str, before: Counts, now: Counts, chance: float) -> bool:
    ours, theirs = shares(before), shares(now)
    if method == "l-infinity":
        most = int(np.argmax(np.abs(ours - theirs)))
        share = (before + now)[most] / (before + now).sum()
        deviation = math.sqrt(max(share * (1 - share), 1e-300) * (1 / before.sum() + 1 / now.sum()))
        if abs(ours - theirs)[most] < _NEVER_FAR * deviation:
            return False
        return float(l_infinity(ours, theirs)) > noise(method, before, now, chance)
    return float(jensen_shannon(ours, theirs)) > noise(method, before, now, chance)


def highest(numbers: Floats) -> Floats:
    """The highest tenth; where nine tenths are the least value, all above it."""
    at = np.quantile(numbers, 0.9)
    found: Floats = numbers[numbers >= at] if at > numbers.min() else numbers[numbers > at]
    return found


def autoregressive(random: np.random.Generator, rows: int, share: float) -> Floats:
    """Each value keeps a share of the one before; filtered in doubling steps, as a loop would be slow."""
    values = random.normal(size=rows + 200)
    kept, step = share, 1
    while step < 200:  # noqa: PLR2004 - the rest is below 0.9^200
        values[step:] = values[step:] + kept * values[:-step]
        kept, step = kept * kept, 2 * step
    return values[200:]


def interval(found: int, draws: int) -> tuple[float, float]:
    """Of a rate, 95 % (Wilson)."""
    rate, z = found / draws, 1.96
    middle = (rate + z**2 / (2 * draws)) / (1 + z**2 / draws)
    half = z / (1 + z**2 / draws) * math.sqrt(rate * (1 - rate) / draws + z**2 / (4 * draws**2))
    return max(0.0, middle - half), middle + half
