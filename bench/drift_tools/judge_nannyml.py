"""NannyML's univariate drift with its own methods, thresholds and chunks: ten of the baseline, ten of the window.

Its threshold is learned from the baseline's chunks, so a window can't be one chunk of the baseline's size.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import nannyml
import pandas as pd

from bench.drift_tools.answering import BASELINE, WINDOW, answer


def far(folder: Path, numbers: Sequence[str], categories: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """A column is far if any of the window's chunks raises an alert."""
    before, now = (pd.read_parquet(folder / file) for file in (BASELINE, WINDOW))
    columns = [*numbers, *categories]
    calculator = nannyml.UnivariateDriftCalculator(column_names=columns)
    calculator.fit(before)
    alerts = calculator.calculate(now).filter(period="analysis").to_df()
    raised = {key[0] for key in alerts if key[2] == "alert" and alerts[key].any()}
    return {"NannyML": [column for column in columns if column in raised]}


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # that chunks are small
    answer(far)
