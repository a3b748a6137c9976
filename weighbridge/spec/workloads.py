"""What `weighbridge plan` reads: workloads, the requests that each is to serve, and how fast."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from weighbridge.spec.workload_hardware import HardwareWishes
from weighbridge.units import PART, DnsLabel, Duration, Expected, FormatVersion, Latency, Percent, Region, WholeNumber

ModelName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=80),
    Expected("a model's name in lower case, such as llama-3.1-70b"),
]
FilePath = Annotated[str, StringConstraints(min_length=1, max_length=500), Expected("a path relative to this file")]
Amount = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]
Tokens = Annotated[WholeNumber, Field(ge=1, le=10_000_000)]
Devices = Annotated[WholeNumber, Field(ge=1, le=64)]
Small = Annotated[WholeNumber, Field(ge=0, le=10_000)]
Pattern = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]


class Architecture(BaseModel):
    """`architecture`: a language model that the catalog doesn't know, as its configuration file describes it."""

    model_config = PART

    parameters_billions: Amount = Field(examples=[70.6])
    """All weights, in billions."""

    layers: Annotated[WholeNumber, Field(ge=1, le=1000)] = Field(examples=[80])
    """`num_hidden_layers`."""

    hidden: Annotated[WholeNumber, Field(ge=1, le=1_000_000)] = Field(examples=[8192])
    """`hidden_size`."""

    heads: Annotated[WholeNumber, Field(ge=1, le=4096)] = Field(examples=[64])
    """`num_attention_heads`."""

    kv_heads: Annotated[WholeNumber, Field(ge=1, le=4096)] | None = Field(default=None, examples=[8])
    """`num_key_value_heads`. Left out: as many as `heads`."""

    head_size: Annotated[WholeNumber, Field(ge=1, le=4096)] = 128
    """`head_dim`."""

    latent: Annotated[WholeNumber, Field(ge=1, le=65536)] | None = None
    """Of multi-head latent attention: `kv_lora_rank` and `qk_rope_head_dim` together. Left out: keys and values."""

    active_billions: Amount | None = None
    """Weights that one token meets, in billions. Left out: all. Required with `experts`."""

    experts: Annotated[WholeNumber, Field(ge=2, le=100_000)] | None = None
    """Routed experts of a layer. Left out: a dense model."""

    experts_per_token: Annotated[WholeNumber, Field(ge=1, le=1000)] | None = None
    """Of them, those that a token is sent to. Required with `experts`."""


class ServiceTime(BaseModel):
    """`service_time`: seconds that a server is busy with one request, as you measured them; one request at a time."""

    model_config = PART

    base: Latency = Field(examples=["80ms"])
    """Of each request."""

    per_input_token: Latency | None = None
    """More for each input token. Left out: nothing."""

    per_output_token: Latency | None = None
    """More for each output token. Left out: nothing."""


class MeasuredPoint(BaseModel):
    """One of two points or more that you measured: the step time is the line through them, whatever the table says."""

    model_config = PART

    accelerator: str = Field(examples=["nvidia-h100-80gb"])
    """Where it was measured."""

    devices: Devices = 1
    """On how many of them."""

    concurrency: Annotated[WholeNumber, Field(ge=1, le=100_000)] = Field(examples=[64])
    """Requests in flight."""

    per_token: Latency = Field(examples=["25.35ms"])
    """Mean time of an output token after the first, of one request."""

    first_token: Latency | None = None
    """Mean time to the first token. Left out: estimated by the table, or not at all."""


class RequestDemand(BaseModel):
    """`demand`: the requests to serve. Either `trace`, or `rate` with tokens where the workload is a language model."""

    model_config = PART

    trace: FilePath | None = Field(default=None, examples=["traces/code.csv"])
    """CSV or Parquet: a column of times; for language models also input and output tokens. Either this or `rate`."""

    rate: Amount | None = Field(default=None, examples=[12.5])
    """Requests a second, on average over the week."""

    input_tokens: Tokens | None = None
    """Of a request, on average. Required with `rate` for a language model."""

    output_tokens: Tokens | None = None
    """Of a request, on average. Required with `rate` for a language model."""

    daily: tuple[Pattern, ...] | None = Field(default=None, min_length=24, max_length=24)
    """24 numbers in proportion to the rate of each hour. Left out: all alike."""

    weekly: tuple[Pattern, ...] | None = Field(default=None, min_length=7, max_length=7)
    """Seven numbers in proportion to the rate of each day, Monday first. Left out: all alike."""

    peak_factor: Annotated[float, Field(ge=1, le=1000, allow_inf_nan=False)] = 1.0
    """How far bursts go above the busiest hour. With a trace, bursts are in it."""

    growth: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)] = 1.0
    """Requests then over requests now. Never read from a trace."""


class LatencyObjective(BaseModel):
    """`objective`: how fast, for which share of requests. At least one of the times."""

    model_config = PART

    within: Percent = Decimal(95)
    """The share of requests that must keep `wait`, `latency` and `first_token`."""

    wait: Latency | None = None
    """Time in the queue."""

    latency: Latency | None = None
    """Time of the whole request: waiting and service. Of a `service_time`."""

    first_token: Latency | None = Field(default=None, examples=["2s"])
    """Time to the first token, waiting included. Of a language model."""

    per_token: Latency | None = Field(default=None, examples=["50ms"])
    """Mean time of an output token after the first. Of a language model. Left out: any."""


class Failures(BaseModel):
    """`survive`: what may fail while the objective still holds."""

    model_config = PART

    replicas: Small = 0
    """Replicas at once, such as one that a rollout takes away."""

    zones: Annotated[WholeNumber, Field(ge=0, le=1)] = 0
    """Zones at once."""

    of_zones: Annotated[WholeNumber, Field(ge=2, le=10)] = 3
    """Zones that replicas are spread over, evenly."""


class ServedWorkload(BaseModel):
    """One model to serve. Exactly one of `model`, `architecture` and `service_time`."""

    model_config = PART

    model: ModelName | None = Field(default=None, examples=["llama-3.1-70b"])
    """A model of the catalog."""

    architecture: Architecture | None = None
    """A language model that the catalog doesn't know."""

    service_time: ServiceTime | None = None
    """What you measured of a server that takes one request at a time."""

    precision: Literal["bf16", "fp8", "int8", "fp4", "int4"] = "bf16"
    """Of the weights of a language model."""

    engine: Literal["vllm", "vllm-tpu", "sglang", "tensorrt-llm", "jetstream"] = "vllm"
    """What serves a language model."""

    accelerators: tuple[str, ...] = Field(default=(), max_length=16, examples=[["nvidia-h100-80gb", "nvidia-l4"]])
    """Devices to look at, as GKE names them. Required but with `service_time`."""

    devices: tuple[Devices, ...] = ()
    """Devices of one replica to look at. Left out: 1, 2, 4 and 8, as many as a machine has."""

    demand: RequestDemand
    """The requests to serve."""

    objective: LatencyObjective = LatencyObjective()
    """How fast. Left out: as the published results of a model of another kind than language."""

    scale_up_delay: Duration | None = Field(default=None, examples=["6m"])
    """From an order to a replica that serves: node, image, weights. Left out: replicas stand, none is scaled."""

    survive: Failures = Failures()
    """What may fail. Left out: nothing."""

    measured: tuple[MeasuredPoint, ...] = ()
    """Points of your own. Two of one accelerator and number of devices override the table there."""

    hardware: HardwareWishes = HardwareWishes()
    """On which machines it may run. Left out: on demand, or on a reservation of the quota file."""


class Workloads(BaseModel):
    """The file that `weighbridge plan` reads."""

    model_config = PART

    version: FormatVersion = Field(examples=[1])
    """Format of this file."""

    region: Region | None = Field(default=None, examples=["us-central1"])
    """Where machines are priced. Left out: in the region of the stack that is named, or not at all."""

    workloads: dict[DnsLabel, ServedWorkload] = Field(min_length=1)
    """By name."""
