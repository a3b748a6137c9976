"""Evidently's preset for drift with its own choice of tests and thresholds."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset

from bench.drift_tools.answering import BASELINE, WINDOW, answer


def far(folder: Path, numbers: Sequence[str], categories: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """A test's result is a p-value and far below its threshold; a distance is far at it or above."""
    known = DataDefinition(numerical_columns=list(numbers), categorical_columns=list(categories))
    before, now = (Dataset.from_pandas(pd.read_parquet(folder / file), known) for file in (BASELINE, WINDOW))
    metrics = Report([DataDriftPreset()]).run(now, before).dict()["metrics"]
    drifts = [metric for metric in metrics if metric["config"]["type"] == "evidently:metric_v2:ValueDrift"]
    return {"Evidently": [drift["config"]["column"] for drift in drifts if _is_far(drift["config"], drift["value"])]}


def _is_far(config: Mapping[str, object], value: float) -> bool:
    threshold = float(str(config["threshold"]))
    return value < threshold if "p_value" in str(config["method"]) else value >= threshold


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    answer(far)
