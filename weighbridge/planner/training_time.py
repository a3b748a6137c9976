"""How long a language model trains, without past runs: operations with attention, over the rate that devices reach.

    operations a token = 6 * weights that it meets + 6 * layers * dimension of the heads * tokens of the sequence
    seconds = operations / (devices * peak rate * MFU)

The second term is causal attention (a token sees half of its sequence); of long sequences it is the larger one. MFU is
that of published trainings (`catalog/train_mfu.csv`), whose rates are counted in the same way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from weighbridge.catalog.model_speed import Kind, LlmDevice, LlmModel, llm_devices
from weighbridge.catalog.training_speed import ModelMfu, TrainingPrecision, model_mfus
from weighbridge.planner.student import student_95
from weighbridge.spec.planned_runs import ModelTraining

MOST_MFU = 0.75
"""Of the peak rate of that precision: nobody who counted rightly has reached it."""

LORA_WEIGHTS, FULL_WEIGHTS = 4, 6
"""Operations a token and weight: forward, backward, and of learning weights their gradients."""

ADAM_BYTES, LORA_BYTES = 16, 2
"""A weight: in bf16, its gradient, and in 32 bits itself and two moments; or, where it doesn't learn, itself."""

USED_SHARE = 0.9
"""Of the devices' memory. What else is needed, such as activations, depends on the program and isn't counted."""

LORA_LOWEST = 0.10
"""Of small tunings no MFU is published; untuned programs reach a fourth, and down to this."""


@dataclass(frozen=True, slots=True)
class MfuEstimate:
    """The share of the peak rate, and the two between which nine trainings of ten lie."""

    middle: float
    low: float
    high: float
    origin: str
    words: str


def operations_per_token(training: ModelTraining, model: LlmModel) -> float:
    """Floating-point operations, attention counted; of a window, no token sees more than its size."""
    weights = FULL_WEIGHTS if training.method == "full" else LORA_WEIGHTS
    seen = model.attention_layers * training.sequence
    seen += model.window_layers * min(training.sequence, 2 * model.window)
    return weights * model.active + 6 * model.heads * model.head_size * seen


def operations(training: ModelTraining, model: LlmModel) -> float:
    """Of the whole training."""
    return operations_per_token(training, model) * training.tokens_billions * 1e9


def peak_rate(device: LlmDevice, precision: TrainingPrecision) -> float:
    """Operations a second of one device; 0: it has no units for that precision."""
    if precision == "fp8":
        return device.fp8_tflops * 1e12
    return 0.0 if device.accelerator == "nvidia-tesla-t4" else device.bf16_tflops * 1e12


def no_room(training: ModelTraining, model: LlmModel, device: LlmDevice, devices: int) -> str:
    """Why a training can't be done there; empty where it can, as far as its weights go."""
    if not peak_rate(device, training.precision):
        return f"{device.display} has no {training.precision} units"
    bytes_ = model.parameters * (ADAM_BYTES if training.method == "full" else LORA_BYTES)
    usable = devices * device.memory_gb * 1e9 * USED_SHARE
    if bytes_ > usable:
        what = "weights, gradients and optimizer need" if training.method == "full" else "weights need"
        return f"{what} {bytes_ / 1e9:,.0f} GB, {usable / 1e9:,.0f} GB can be used"
    return ""


def mfu_of(accelerator: str, training: ModelTraining, kind: Kind) -> MfuEstimate:
    """From published trainings: of that device, precision and kind of model, else of other devices."""
    found = _published(model_mfus(), accelerator, training.precision, kind)
    if training.method == "full":
        return found
    return MfuEstimate(
        found.middle, min(found.low, LORA_LOWEST), found.high, "published, of full training",
        f"{found.words}; of LoRA nobody published any, so it may be down to {LORA_LOWEST:g}",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spread:
    """Standard deviation of logarithms of trainings on one device in one precision, by the kind of model."""

    deviation: float
    freedom: int


RANGE_SHARE = {2: 1.128, 3: 1.693, 4: 2.059, 5: 2.326, 6: 2.534, 7: 2.704}
"""How many standard deviations the range of so many numbers is wide on average."""


def spread_of(rows: Sequence[ModelMfu], kind: Kind) -> Spread:
    """Between models, and within one: pooled over all devices and precisions with two models or more."""
    groups: dict[tuple[str, str], list[float]] = {}
    within = []
    for row in rows:
        if row.kind == kind:
            groups.setdefault((row.accelerator, row.precision), []).append(math.log(row.middle))
            if row.rows > 1:
                share = RANGE_SHARE.get(row.rows, RANGE_SHARE[7])
                within.append((math.log(row.most / row.least) / share) ** 2)
    squares = sum(float(np.var(logs)) * len(logs) for logs in groups.values())
    freedom = sum(len(logs) - 1 for logs in groups.values())
    return Spread(math.sqrt(squares / freedom + float(np.mean(within))), freedom)


SAME_CHIP = {"nvidia-h100-mega-80gb": "nvidia-h100-80gb"}
"""Of which one's trainings say as much about the other."""


def _published(rows: Sequence[ModelMfu], accelerator: str, precision: TrainingPrecision, kind: Kind) -> MfuEstimate:
    alike = [row for row in rows if (row.precision, row.kind) == (precision, kind)]
    accelerator = SAME_CHIP.get(accelerator, accelerator)
    own = [row for row in alike if row.accelerator == accelerator]
    spread = spread_of(rows, kind)
    display = llm_devices()[accelerator].display
    what = f"{'mixtures' if kind == 'mixture' else 'dense models'} in {precision}"
    if own:
        middle = float(np.mean([math.log(row.middle) for row in own]))
        wide = student_95(spread.freedom) * spread.deviation * math.sqrt(1 + 1 / len(own))
        n, models = sum(row.rows for row in own), len(own)
        words = (
            f"{n} published training{'s' * (n > 1)} of {models} {'model' if models == 1 else 'models'} on {display}"
            f" ({what}): {min(row.least for row in own):.2f} to {max(row.most for row in own):.2f}"
        )
        return _estimate(middle, wide, "published", words)
    devices = sorted({row.accelerator for row in alike})
    of_devices = [
        float(np.mean([math.log(row.middle) for row in alike if row.accelerator == name])) for name in devices
    ]
    deviation = math.sqrt(float(np.var(of_devices, ddof=1)) + spread.deviation**2)
    wide = student_95(len(devices) - 1) * deviation * math.sqrt(1 + 1 / len(devices))
    words = (
        f"none published on {display} ({what}): {sum(row.rows for row in alike)} trainings on {len(devices)} other"
        f" devices, {min(row.least for row in alike):.2f} to {max(row.most for row in alike):.2f}"
    )
    return _estimate(float(np.mean(of_devices)), wide, "published, of other devices", words)


def _estimate(middle: float, wide: float, origin: str, words: str) -> MfuEstimate:
    high = min(MOST_MFU, math.exp(middle + wide))
    return MfuEstimate(math.exp(middle), math.exp(middle - wide), high, origin, words)
