"""How far two samples of one distribution lie apart by chance."""

from __future__ import annotations

import numpy as np

from weighbridge.drift_monitor.distance import Distance, shares
from weighbridge.drift_monitor.tally import Counts

DRAWS = 2000
QUANTILE = 0.999
_SEED = 20_261_120


def noise(distance: Distance, one: Counts, other: Counts) -> float:
    """The distance that sampling alone exceeds in one of 1,000 windows of this size.

    Both samples are drawn `DRAWS` times from what they are together, as a permutation test does, so rare cells and
    small windows are right where a formula for large numbers isn't. Seeded: the same counts give the same noise.
    """
    together = one + other
    kept = together > 0
    pooled = together[kept] / together.sum()
    random = np.random.default_rng(_SEED)
    drawn = [shares(random.multinomial(int(counts.sum()), pooled, size=DRAWS)) for counts in (one, other)]
    return float(np.quantile(distance(*drawn), QUANTILE))
