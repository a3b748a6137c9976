"""What a judged comparison of quantiles rests on: samples become what `pairs` tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import isfinite
from typing import TYPE_CHECKING

from weighbridge.canary_analysis.samples import QUANTILE_INTERVAL, Samples, VersionQuantiles

if TYPE_CHECKING:
    from weighbridge.canary_analysis.pairs import Side, Values

INTERVAL = timedelta(seconds=QUANTILE_INTERVAL)


@dataclass(frozen=True, slots=True)
class Paired:
    """Of one quantile. `above`: of `intervals`, those in which the candidate's is more than `floor` times stable's."""

    intervals: int  # that count
    asked: int  # of the window
    span: int  # from the first that counts to the last of the window; 0 without intervals
    above: int
    needed: int
    floor: float
    ratio: float | None  # the middle one of the intervals; None without intervals
    candidate_seconds: float | None  # likewise; where none counts, of those in which it is known
    stable_seconds: float | None
    inflation: float  # by which intervals are worth less, as neighbours are alike
    chance: float


def pairs(samples: Samples, quantile: float, chance: float, least_ratio: float) -> Paired | None:
    """None where the server exposes no quantiles. `least_ratio`: up to which a difference matters to nobody."""
    from weighbridge.canary_analysis.counts import DOUBLED
    from weighbridge.canary_analysis.pairs import compare, needed

    if samples.quantiles is None:
        return None
    new, old = (_side(side, quantile) for side in samples.quantiles)
    outcome = compare(quantile, new, old, least_ratio)
    some = bool(outcome.intervals)
    floor, doubled = (float(outcome.floor), float(outcome.doubled)) if some else (least_ratio, DOUBLED)
    spread = float(outcome.spread)
    return Paired(
        intervals=int(outcome.intervals),
        asked=new.quantile.size,
        span=new.quantile.size - int(outcome.counts.argmax()) if some else 0,
        above=int(outcome.above),
        needed=needed(doubled / floor, spread if isfinite(spread) else 0.0, float(outcome.inflation), chance),
        floor=floor,
        ratio=float(outcome.ratio) if some else None,
        candidate_seconds=_middle(new.quantile[outcome.counts] if some else new.quantile),
        stable_seconds=_middle(old.quantile[outcome.counts] if some else old.quantile),
        inflation=float(outcome.inflation),
        chance=float(outcome.chance),
    )


def _middle(values: Values) -> float | None:
    import numpy as np

    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else None


def _side(version: VersionQuantiles, quantile: float) -> Side:
    import numpy as np

    from weighbridge.canary_analysis.pairs import Side

    return Side(np.array(version.seconds[quantile]), np.array(version.requests))
