"""How long one step of a language model's server takes: the formula, and the estimate with what it rests on.

    step = max(memory / e_m, compute / e_c) + network + layers * (o + o_n if there are several devices)
    request = output tokens * step + concurrency * prefill / e_c

`e_m`, `e_c`, `o` and `o_n` are the four numbers of one engine on one device (`catalog/llm_speed.csv`, fitted by
`fit`). The overheads count once a layer, as kernels are launched and devices wait for one another once a layer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from weighbridge.catalog.model_speed import (
    FittedSpeed,
    LlmDevice,
    LlmModel,
    Measurer,
    SpeedError,
    fitted_speeds,
    llm_models,
    measured_speeds,
    speed_errors,
)

Precision = Literal["bf16", "fp8", "int8", "fp4", "int4"]
BYTES: dict[Precision, float] = {"bf16": 2, "fp8": 1, "int8": 1, "fp4": 0.5625, "int4": 0.5625}
"""Of one weight; four bits come with a scale for each sixteen."""

KV_BYTES = 2.0
"""Of one element of the cache: engines keep it in bf16 unless told otherwise."""

LINK_SHARE = 0.45
"""Of a link's rate that a sum over devices reaches; chosen by cross-validation, the same for all."""

HANDLING_SECONDS = 0.02
"""Of a request before and after the model: HTTP, tokens of text and back. From first tokens of small models."""

FIRST_TOKEN_FACTOR = 1.9
"""Median of measured over computed first tokens with up to four requests at once, which disturb one another."""

LEAST_ROWS = 30
"""Measured rows from which an engine on a device counts as known."""


@dataclass(frozen=True, slots=True)
class ModelReplica:
    """One copy of a model on one machine: `devices` share every layer (tensor parallelism)."""

    model: LlmModel
    device: LlmDevice
    devices: int
    precision: Precision
    engine: str


@dataclass(frozen=True, slots=True)
class TokenLoad:
    """Requests at once, and the tokens of each."""

    concurrency: float
    input_tokens: float
    output_tokens: float


@dataclass(frozen=True, slots=True)
class Work:
    """Seconds that a step and a prefill take at peak rates. Numbers, or arrays of one number a row."""

    memory: Any
    compute: Any
    network: Any
    prefill: Any  # of one request
    weights: Any  # reading them once
    layers: Any
    several: Any  # 1 with several devices, else 0


@dataclass(frozen=True, slots=True)
class FourNumbers:
    """Efficiencies between 0 and about 1, and seconds a layer."""

    memory: float
    compute: float
    layer: float
    layer_several: float


def step_seconds(work: Work, numbers: FourNumbers, maximum: Callable[[Any, Any], Any] = max) -> Any:
    """One token of every request in flight; `maximum` is `numpy.maximum` where `work` holds arrays."""
    return maximum(work.memory / numbers.memory, work.compute / numbers.compute) + _fixed(work, numbers)


def request_seconds(work: Work, load: TokenLoad, numbers: FourNumbers, maximum: Callable[[Any, Any], Any] = max) -> Any:
    """From its arrival to its last token, at a steady concurrency: its own steps, and everybody's prefills."""
    prefills = load.concurrency * work.prefill / numbers.compute
    return load.output_tokens * step_seconds(work, numbers, maximum) + prefills


def first_token_seconds(work: Work, numbers: FourNumbers, maximum: Callable[[Any, Any], Any] = max) -> Any:
    """Until the first token of a request that finds a free place: handling, and its prefill."""
    prefill = maximum(work.prefill / numbers.compute, work.weights / numbers.memory) + _fixed(work, numbers)
    return FIRST_TOKEN_FACTOR * (HANDLING_SECONDS + prefill)


def _fixed(work: Work, numbers: FourNumbers) -> Any:
    return work.network + work.layers * (numbers.layer + numbers.layer_several * work.several)


def work_of(replica: ModelReplica, load: TokenLoad) -> Work:
    """What a step has to move and compute, in seconds at peak rates. The context is half way through the output."""
    model, device, n = replica.model, replica.device, replica.devices
    bandwidth = n * device.bandwidth_gb_s * 1e9
    rate = n * peak_flops(device, replica.precision)
    context = load.input_tokens + load.output_tokens / 2
    read = weight_bytes_read(model, replica.precision, load.concurrency)
    cache = load.concurrency * kv_bytes(model, context) * kv_copies(model, n)
    weights = 2 * (model.active - (0 if model.experts else model.embedding))
    attention = 4 * model.heads * model.head_size
    kept = model.attention_layers * context + model.window_layers * min(context, model.window)
    causal = model.attention_layers * load.input_tokens**2 / 2
    causal += model.window_layers * load.input_tokens * min(load.input_tokens / 2, model.window)
    summed = 2 * model.layers * load.concurrency * model.hidden * 2 * 2 * (n - 1) / n
    return Work(
        memory=(read + cache) / bandwidth,
        compute=load.concurrency * (weights + attention * kept) / rate,
        network=summed / (device.link_gb_s * 1e9 * LINK_SHARE),
        prefill=(weights * load.input_tokens + attention * causal) / rate,
        weights=read / bandwidth,
        layers=model.layers,
        several=int(n > 1),
    )


def peak_flops(device: LlmDevice, precision: Precision) -> float:
    """Operations a second of one device; weights that it has no units for are unpacked to bf16."""
    rate = {"fp8": device.fp8_tflops, "int8": device.int8_tops, "fp4": device.fp4_tflops}.get(precision, 0.0)
    return (rate or device.bf16_tflops) * 1e12


def weight_bytes(model: LlmModel, precision: Precision) -> float:
    """All weights in memory; in four bits a mixture's experts are, and the rest stays in bf16."""
    size = BYTES[precision]
    if not model.experts:
        return model.parameters * size
    rest = BYTES["bf16"] if precision in {"fp4", "int4"} else size
    return model.experts_parameters * size + (model.parameters - model.experts_parameters) * rest


def weight_bytes_read(model: LlmModel, precision: Precision, concurrency: float) -> float:
    """Of one step: all but the input's embedding, and of a mixture the experts that some request asks for."""
    size = BYTES[precision]
    if not model.experts:
        return (model.parameters - model.embedding) * size
    rest = BYTES["bf16"] if precision in {"fp4", "int4"} else size
    asked: float = 1 - (1 - model.experts_per_token / model.experts) ** concurrency
    others = model.parameters - model.experts_parameters - model.embedding
    return model.experts_parameters * size * asked + others * rest


def kv_bytes(model: LlmModel, tokens: float) -> float:
    """What one request of that many tokens keeps, over all devices, without copies."""
    kept = model.attention_layers * tokens + model.window_layers * min(tokens, model.window)
    return kept * KV_BYTES * (model.latent or 2 * model.kv_heads * model.head_size)


def kv_copies(model: LlmModel, devices: int) -> float:
    """How often it is kept: a latent on each device, keys and values once more where devices outnumber their heads."""
    return devices if model.latent else max(1.0, devices / model.kv_heads)


Origin = Literal[
    "measured here", "measured elsewhere", "fitted", "fitted, few rows", "fitted, model not measured", "no estimate"
]


@dataclass(frozen=True, slots=True)
class Basis:
    """What an estimate rests on: the numbers, the class of its error, and words for people."""

    origin: Origin
    numbers: FourNumbers | None
    error: SpeedError | None
    first_token: SpeedError | None
    words: str


def basis_of(replica: ModelReplica) -> Basis:
    """The fitted numbers for a replica and their error; without any measurement of the device, none."""
    model, device = replica.model, replica.device
    fitted = fitted_speeds().get((replica.engine, device.accelerator, model.kind))
    if fitted is None:
        return Basis("no estimate", None, None, None, _nothing(replica))
    errors, first, numbers = speed_errors(), speed_errors()["first token"], numbers_of(fitted)
    rows = f"{fitted.rows} measured row{'s' if fitted.rows > 1 else ''} of {replica.engine} on {device.display}"
    if fitted.rows < LEAST_ROWS:
        words = f"{rows}{_measured_by(replica)}, leaning on other devices'"
        return Basis("fitted, few rows", numbers, errors["few rows"], first, words)
    if model.name in fitted.models:
        off = _off(fitted.held_out_mean or 0, fitted.held_out_median or 0)
        words = f"{rows}, this model among them (held out: {off})"
        return Basis("fitted", numbers, errors[f"{model.kind}, known"], first, words)
    error = errors[f"{model.kind}, model never seen"]
    words = f"{rows}, none of this model (models held out whole: {_off(error.mean, error.median)})"
    return Basis("fitted, model not measured", numbers, error, first, words)


def _off(mean: float, median: float) -> str:
    return f"off by {mean:.0%} on average, {median:.0%} at the median"


_WHO: dict[Measurer, str] = {"maker": "the maker", "third party": "a third party", "MLPerf": "MLPerf"}


def _measured_by(replica: ModelReplica) -> str:
    """Who published the few rows there are, and of which versions."""
    models = llm_models()
    found = [
        row
        for row in measured_speeds()
        if (row.engine, row.accelerator) == (replica.engine, replica.device.accelerator)
        and models[row.model].kind == replica.model.kind
    ]
    who = sorted({_WHO[row.measured_by] for row in found})
    versions = sorted({row.engine_version for row in found if row.engine_version})
    by = f" by {' and '.join(who)}" if who else ""
    return f"{by}, version {' and '.join(versions)}" if versions else by


def _nothing(replica: ModelReplica) -> str:
    known = sorted(
        {
            speed.engine
            for speed in fitted_speeds().values()
            if (speed.accelerator, speed.kind) == (replica.device.accelerator, replica.model.kind)
        }
    )
    models = "mixtures of experts" if replica.model.kind == "mixture" else "dense models"
    if known:
        return (
            f"nobody measured {models} with {replica.engine} on {replica.device.display}; measured: {', '.join(known)}"
        )
    return f"nobody measured {models} on {replica.device.display}; state two points of your own in `measured`"


def numbers_of(speed: FittedSpeed) -> FourNumbers:
    """The four numbers of a row of the table."""
    return FourNumbers(
        speed.memory_efficiency, speed.compute_efficiency, speed.layer_us / 1e6, speed.layer_us_several / 1e6
    )
