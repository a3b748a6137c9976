"""Hardware for many workloads at once: counted and solved in one run, beside scipy's way to the same solver."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from weighbridge.planner.choice.solve import GAP, JointProgram, Way

WORKLOADS, TYPES, FAMILIES = 200, 100, 20
_Found = TypeVar("_Found")


def lines() -> Iterator[str]:
    """One line for each tightness of the quota."""
    yield (
        f"Hardware: {WORKLOADS} workloads x {TYPES} machine types x 2 ways to buy, to {GAP:.1%} (target: 5 s of"
        " processor time, the raises too); ratio to scipy.optimize.milp on the same columns"
    )
    for tight in (1.5, 0.8, 0.5, 0.3):
        made = program(1, tight)
        ours, found = _timed(made.cheapest)
        theirs, cost = _timed(partial(_by_scipy, made))
        share = "no set fits" if found is None else f"${found.cost:,.0f} an hour, scipy ${cost:,.0f}"
        yield (
            f"  quota {tight:g} of what the cheapest draw, {len(made.columns):,} columns: {ours:5.1f} s, scipy"
            f" {theirs:5.1f} s; ratio {theirs / ours:.2f}; {share}"
        )
    made = program(1, 0.05)
    for fewest, words in ((False, "units"), (True, "limits")):
        taken, found_raise = _timed(partial(made.smallest_raise, fewest_limits=fewest))
        more = {} if found_raise is None else found_raise.more
        yield (f"  nothing fits, fewest {words}: {taken:5.1f} s; {sum(more.values()):,} units of {len(more)} limits")


@dataclass(frozen=True, slots=True)
class _Machine:
    family: int
    devices: int
    usd: float
    speed: float


def program(seed: int, tight: float) -> JointProgram:
    """A random one: machines of families, workloads that half of the families can serve, a third of them Spot too."""
    random = np.random.default_rng(seed)
    prices, speeds = random.lognormal(0.5, 0.8, FAMILIES), random.lognormal(0, 0.6, FAMILIES)
    machines = []
    for _ in range(TYPES):
        family, devices = int(random.integers(FAMILIES)), int(random.choice([1, 2, 4, 8]))
        usd = devices * float(prices[family]) * float(random.uniform(0.9, 1.1))
        machines.append(_Machine(family, devices, usd, devices * float(speeds[family])))
    columns = [column for workload in range(WORKLOADS) for column in _columns(workload, machines, random)]
    bare = JointProgram(columns, [None] * (2 * FAMILIES + 4))
    used = bare.drawn(bare.cheapest_alone())
    largest = max(used.values())
    room = [max(8, int(used.get(row, largest // 50) * tight)) for row in range(2 * FAMILIES)]
    room += [int(used.get(row, 0) * max(2.0, tight)) for row in range(2 * FAMILIES, 2 * FAMILIES + 4)]
    return JointProgram(columns, room)


def _columns(workload: int, machines: Sequence[_Machine], random: np.random.Generator) -> Iterator[Way]:
    demand, fits = float(random.lognormal(1.5, 1.0)), random.random(FAMILIES) < 0.5  # noqa: PLR2004
    suits = random.lognormal(0, 0.3, FAMILIES)
    for machine in machines:
        if not fits[machine.family]:
            continue
        speed = machine.speed * float(suits[machine.family])
        expected, most = int(np.ceil(demand / speed)), int(np.ceil(1.4 * demand / speed))
        for spot in (0, 1) if workload % 3 == 0 else (0,):
            totals = (machine.devices, 12 * machine.devices, 1, 100)
            draws = {machine.family + FAMILIES * spot: most * machine.devices}
            draws |= {2 * FAMILIES + place: most * amount for place, amount in enumerate(totals)}
            yield Way(workload, expected * machine.usd * (0.45 if spot else 1.0), draws)


def _timed(action: Callable[[], _Found]) -> tuple[float, _Found]:
    """Seconds of the process, so that other work on the machine counts for neither side."""
    start = time.process_time()
    found = action()
    return time.process_time() - start, found


def _by_scipy(made: JointProgram) -> float:
    """What scipy finds with the same columns and limits, scaled alike."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csc_matrix

    groups, count = made.groups, len(made.columns)
    starts, lines, values = [0], [], []
    for column in made.columns:
        lines.append(column.group)
        values.append(1.0)
        for row, amount in column.draws.items():
            lines.append(groups + row)
            values.append(amount / max(1, made.room[row] or 0))
        starts.append(len(lines))
    matrix = csc_matrix((values, lines, starts), shape=(groups + len(made.room), count))
    low = np.r_[np.ones(groups), np.full(len(made.room), -np.inf)]
    high = np.r_[np.ones(groups), [1.0 if amount else 0.0 for amount in made.room]]
    found = milp(
        np.array([column.cost for column in made.columns]), integrality=np.ones(count), bounds=Bounds(0, 1),
        constraints=LinearConstraint(matrix, low, high), options={"mip_rel_gap": GAP, "time_limit": 60.0},
    )  # fmt: skip
    return float("nan") if found.fun is None else float(found.fun)
