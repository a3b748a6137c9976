"""Quantiles of Student's law, for intervals of few observations."""

from __future__ import annotations

QUANTILES_95 = (
    6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833, 1.812,
    1.796, 1.782, 1.771, 1.761, 1.753, 1.746, 1.740, 1.734, 1.729, 1.725,
    1.721, 1.717, 1.714, 1.711, 1.708, 1.706, 1.703, 1.701, 1.699, 1.697,
)  # fmt: skip
"""Of 1 to 30 degrees of freedom."""

NORMAL_95, CORRECTION = 1.6449, 1.5238
"""Of the normal law, and what a degree of freedom adds: (z**3 + z) / 4."""


def student_95(freedom: int) -> float:
    """Below it, and above its negative, lies a twentieth: nine tenths between. `freedom` is 1 or more."""
    if freedom <= len(QUANTILES_95):
        return QUANTILES_95[freedom - 1]
    return NORMAL_95 + CORRECTION / freedom
