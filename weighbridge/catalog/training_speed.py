"""Which share of a device's peak rate published trainings of language models reach (MFU).

Table: train_mfu. Operations are counted with causal attention: 6 a weight and token, and 6 a layer, dimension of the
heads and token of the sequence. Rows are by model, as one model's trainings are alike. Nothing here decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from weighbridge.catalog.model_speed import Kind
from weighbridge.catalog.rows import Confidence
from weighbridge.catalog.tables import CONFIDENCE, rows

TrainingPrecision = Literal["bf16", "fp8"]


@dataclass(frozen=True, slots=True)
class ModelMfu:
    """What one model's published trainings reach on one device, of the peak rate of that precision."""

    accelerator: str
    precision: TrainingPrecision
    kind: Kind
    model: str
    rows: int
    middle: float  # geometric mean
    least: float
    most: float
    as_of: date
    confidence: Confidence
    source: str


@cache
def model_mfus() -> tuple[ModelMfu, ...]:
    """train_mfu.csv."""
    return tuple(
        ModelMfu(
            accelerator, "fp8" if precision == "fp8" else "bf16", "mixture" if kind == "mixture" else "dense", model,
            int(n), float(middle), float(least), float(most), date.fromisoformat(day), CONFIDENCE[sure], source,
        )
        for accelerator, precision, kind, model, n, middle, least, most, day, sure, source in rows("train_mfu.csv")
    )  # fmt: skip
