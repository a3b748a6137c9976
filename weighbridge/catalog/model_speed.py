"""What is known of the speed of models: what they are made of, what devices can do, what was measured, what was fitted.

Tables: llm_models, llm_devices, llm_measured, llm_speed, llm_speed_errors, model_throughput. The two of fitted numbers
are written by ``python -m weighbridge.planner.build``, the rest by hand. Nothing here decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Literal

from weighbridge.catalog.rows import Confidence
from weighbridge.catalog.tables import CONFIDENCE, rows

Kind = Literal["dense", "mixture"]
"""Whether all weights take part in each token, or a few of many experts do."""

Measurer = Literal["maker", "third party", "MLPerf"]


@dataclass(frozen=True, slots=True)
class LlmModel:
    """What decides on a language model's speed and memory. Counts of weights in units, not in billions."""

    name: str
    parameters: float  # all weights
    active: float  # those that one token meets
    embedding: float  # of the input: looked up, not read
    experts_parameters: float  # those of all routed experts
    layers: int
    attention_layers: int  # that keep every token
    window_layers: int  # that keep `window` tokens
    window: int
    heads: int
    kv_heads: int  # 0: a latent instead
    head_size: int
    latent: int  # elements a token and layer (MLA); 0: keys and values
    hidden: int
    experts: int
    experts_per_token: int
    confidence: Confidence | None = None  # None: the user's own figures
    source: str = ""
    note: str = ""

    @property
    def kind(self) -> Kind:
        return "mixture" if self.experts else "dense"


@dataclass(frozen=True, slots=True)
class LlmDevice:
    """One accelerator: peak rates without sparsity, memory and links, a device or chip."""

    accelerator: str  # as GKE names it
    display: str
    bf16_tflops: float
    int8_tops: float
    fp8_tflops: float  # 0: no units of its own
    fp4_tflops: float
    memory_gb: float  # 10^9 bytes
    bandwidth_gb_s: float
    link_gb_s: float  # between devices of one machine, one direction
    most_devices: int  # of one machine
    confidence: Confidence
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class MeasuredSpeed:
    """Output tokens a second of one replica, as somebody published it."""

    model: str
    precision: str
    engine: str
    engine_version: str
    accelerator: str
    devices: int
    concurrency: int | None  # None: as many as fit, which nobody stated
    input_tokens: int
    output_tokens: int
    tokens_per_s: float
    measured_by: Measurer
    as_of: date
    confidence: Confidence
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class FittedSpeed:
    """The four numbers of one engine on one device, for dense models or mixtures, and what they rest on."""

    engine: str
    accelerator: str
    kind: Kind
    memory_efficiency: float
    compute_efficiency: float
    layer_us: float  # a layer and step
    layer_us_several: float  # the same, more, with several devices
    rows: int
    models: frozenset[str]
    held_out_mean: float | None  # of the absolute relative error; None: too few rows to hold any out
    held_out_median: float | None
    first: date | None
    last: date | None
    source: str


@dataclass(frozen=True, slots=True)
class SpeedError:
    """How far estimates of a class were off on rows that they were not fitted on."""

    estimate: str  # the class, such as `dense, known`
    rows: int
    mean: float
    median: float
    p90: float
    low: float  # measured time is this many times the estimate, or more, in 95 % of rows
    high: float  # or less, in 95 % of rows
    coverage: float  # share of held-out rows between the two, of rows that the two were not taken from
    target_mean: float | None
    target_median: float | None


@dataclass(frozen=True, slots=True)
class ModelThroughput:
    """Samples a second of one device on a model of another kind than language: the median of published results.

    Speech to text is published in tokens of text: MLCommons' own checker takes that field of the log for whisper, and
    prints it under the heading of samples. 30 s of sound are about 2e12 operations of its encoder besides, and so many
    samples a second would be several times what the devices can compute.
    """

    model: str
    accelerator: str
    devices: int  # that work on it together, where it doesn't fit on one
    scenario: str  # offline, or server: within the benchmark's bound on latency
    per_device: float
    least: float
    most: float
    n: int
    unit: Literal["samples/s", "tokens/s"]
    rounds: str
    as_of: date
    confidence: Confidence
    source: str


def _billions(text: str) -> float:
    return float(text) * 1e9


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _number(text: str) -> float | None:
    return float(text) if text else None


@cache
def llm_models() -> Mapping[str, LlmModel]:
    """llm_models.csv by name, and by each other name of a model."""
    found: dict[str, LlmModel] = {}
    for name, aliases, total, active, embedding, in_experts, *figures, sure, source, note in rows("llm_models.csv"):
        layers, attention, windows, window, heads, kv_heads, size, latent, hidden, experts, per_token = map(
            int, figures
        )
        model = LlmModel(
            name, _billions(total), _billions(active), _billions(embedding), _billions(in_experts), layers, attention,
            windows, window, heads, kv_heads, size, latent, hidden, experts, per_token, CONFIDENCE[sure], source, note,
        )  # fmt: skip
        found |= dict.fromkeys((name, *aliases.split()), model)
    return MappingProxyType(found)


@cache
def llm_devices() -> Mapping[str, LlmDevice]:
    """llm_devices.csv by accelerator."""
    found = {}
    for accelerator, display, *figures, most, sure, source, note in rows("llm_devices.csv"):
        bf16, int8, fp8, fp4, memory, bandwidth, link = map(float, figures)
        found[accelerator] = LlmDevice(
            accelerator,
            display,
            bf16,
            int8,
            fp8,
            fp4,
            memory,
            bandwidth,
            link,
            int(most),
            CONFIDENCE[sure],
            source,
            note,
        )
    return MappingProxyType(found)


_UNITS: Mapping[str, Literal["samples/s", "tokens/s"]] = {"samples/s": "samples/s", "tokens/s": "tokens/s"}
_MEASURERS: Mapping[str, Measurer] = {"maker": "maker", "third party": "third party", "MLPerf": "MLPerf"}
_KINDS: Mapping[str, Kind] = {"dense": "dense", "mixture": "mixture"}


@cache
def measured_speeds() -> tuple[MeasuredSpeed, ...]:
    """llm_measured.csv."""
    return tuple(
        MeasuredSpeed(
            model, precision, engine, version, accelerator, int(devices), int(concurrency) if concurrency else None,
            int(inputs), int(outputs), float(speed), _MEASURERS[measurer], date.fromisoformat(day), CONFIDENCE[sure],
            source, note,
        )
        for model, precision, engine, version, accelerator, devices, concurrency, _, inputs, outputs, speed, measurer,
            day, sure, source, note in rows("llm_measured.csv")
    )  # fmt: skip


@cache
def fitted_speeds() -> Mapping[tuple[str, str, Kind], FittedSpeed]:
    """llm_speed.csv by engine, accelerator and kind of model."""
    found = {}
    for engine, accelerator, kind, *numbers, n, models, mean, median, first, last, source in rows("llm_speed.csv"):
        memory, compute, layer, several = map(float, numbers)
        speed = FittedSpeed(
            engine, accelerator, _KINDS[kind], memory, compute, layer, several, int(n), frozenset(models.split()),
            _number(mean), _number(median), _day(first), _day(last), source,
        )  # fmt: skip
        found[engine, accelerator, speed.kind] = speed
    return MappingProxyType(found)


@cache
def speed_errors() -> Mapping[str, SpeedError]:
    """llm_speed_errors.csv by class of estimate."""
    found = {}
    for estimate, n, mean, median, p90, low, high, coverage, target_mean, target_median in rows("llm_speed_errors.csv"):
        found[estimate] = SpeedError(
            estimate, int(n), float(mean), float(median), float(p90), float(low), float(high), float(coverage),
            _number(target_mean), _number(target_median),
        )  # fmt: skip
    return MappingProxyType(found)


@cache
def model_throughputs() -> tuple[ModelThroughput, ...]:
    """model_throughput.csv."""
    return tuple(
        ModelThroughput(
            model, accelerator, int(devices), scenario, float(middle), float(least), float(most), int(n), _UNITS[unit],
            rounds,
            date.fromisoformat(day), CONFIDENCE[sure], source,
        )
        for model, accelerator, devices, scenario, middle, least, most, n, unit, rounds, day, sure, source in rows(
            "model_throughput.csv"
        )
    )  # fmt: skip
