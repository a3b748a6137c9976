"""Frouros' two-sample tests: Kolmogorov-Smirnov for numbers, chi-square for categories, at the level of its README."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from frouros.detectors.data_drift import ChiSquareTest, KSTest

from bench.drift_tools.answering import BASELINE, WINDOW, answer

ALPHA = 0.001


def far(folder: Path, numbers: Sequence[str], categories: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """It has no rule for missing values: they are left out."""
    before, now = (pd.read_parquet(folder / file) for file in (BASELINE, WINDOW))
    columns = [*((name, KSTest) for name in numbers), *((name, ChiSquareTest) for name in categories)]
    found = []
    for name, detector_type in columns:
        detector = detector_type()
        detector.fit(X=before[name].dropna().to_numpy())
        result, _ = detector.compare(X=now[name].dropna().to_numpy())
        if result.p_value <= ALPHA:
            found.append(name)
    return {"Frouros": found}


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # that a test has no exact result
    answer(far)
