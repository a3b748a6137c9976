"""What `weighbridge plan` reads: workloads, the requests that each is to serve, and how fast."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from weighbridge.spec.model_architecture import Amount, Architecture, FilePath, ModelName
from weighbridge.spec.planned_runs import Experiments, Month, PlannedRun
from weighbridge.spec.workload_hardware import HardwareWishes
from weighbridge.units import PART, DnsLabel, Duration, FormatVersion, Latency, Percent, Region, WholeNumber

Tokens = Annotated[WholeNumber, Field(ge=1, le=10_000_000)]
Devices = Annotated[WholeNumber, Field(ge=1, le=64)]
Small = Annotated[WholeNumber, Field(ge=0, le=10_000)]
Pattern = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]


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

    by: Annotated[str, Field(max_length=60)] = ""
    """Who measured it, such as `the maker`. Left out: you."""


class InferenceQuickstart(BaseModel):
    """`quickstart`: what Google measured for its GKE Inference Quickstart. Asked with your Google credentials."""

    model_config = PART

    model: Annotated[str, Field(min_length=1, max_length=200)] = Field(examples=["meta-llama/Llama-3.1-8B-Instruct"])
    """The model as the quickstart names it (`gcloud container ai profiles models list`)."""

    server: Annotated[str, Field(min_length=1, max_length=100)] = "vllm"
    """What serves it."""

    version: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """Its version. Left out: the newest."""


class BenchmarkResults(BaseModel):
    """`results`: a result file of `vllm bench serve`, guidellm or inference-perf, measured on one replica."""

    model_config = PART

    file: FilePath = Field(examples=["bench/h100-64.json"])
    """JSON, as the benchmark wrote it. Of inference-perf, that of one stage."""

    accelerator: str = Field(examples=["nvidia-h100-80gb"])
    """Where it was measured."""

    devices: Devices = 1
    """On how many of them."""


PromQl = Annotated[str, Field(min_length=1, max_length=4000)]


class PrometheusDemand(BaseModel):
    """`prometheus`: the rate that a server has recorded. Its address is PROMETHEUS_URL, its token PROMETHEUS_TOKEN."""

    model_config = PART

    requests: PromQl = Field(examples=["sum(rate(vllm:request_success_total[1m]))"])
    """PromQL of requests a second, one series."""

    input_tokens: PromQl | None = None
    """PromQL of the mean input tokens of a request. Left out: `input_tokens` of `demand`."""

    output_tokens: PromQl | None = None
    """PromQL of the mean output tokens of a request. Left out: `output_tokens` of `demand`."""

    last: Duration = timedelta(days=7)
    """How far back; two weeks are the least that shows days of the week."""

    step: Duration = timedelta(minutes=1)
    """Between two values. Bursts that are shorter are not seen."""


class RequestDemand(BaseModel):
    """`demand`: the requests to serve. One of `trace`, `prometheus`, and `rate` with tokens of a language model."""

    model_config = PART

    trace: FilePath | None = Field(default=None, examples=["traces/code.csv"])
    """CSV or Parquet: a column of times, as `time`; for language models also `input_tokens` and `output_tokens`."""

    prometheus: PrometheusDemand | None = None
    """The rate that a Prometheus server has recorded."""

    rate: Amount | None = Field(default=None, examples=[12.5])
    """Requests a second, on average over the week."""

    input_tokens: Tokens | None = None
    """Of a request, on average. Required without a trace for a language model."""

    output_tokens: Tokens | None = None
    """Of a request, on average. Required without a trace for a language model."""

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

    results: tuple[BenchmarkResults, ...] = Field(default=(), max_length=100)
    """Files of benchmarks, whose points count like those of `measured`."""

    quickstart: InferenceQuickstart | None = None
    """Google's own points, where you have none: they override the table like yours. Left out: not asked for."""

    hardware: HardwareWishes = HardwareWishes()
    """On which machines it may run. Left out: on demand, or on a reservation of the quota file."""


class Workloads(BaseModel):
    """The file that `weighbridge plan` reads."""

    model_config = PART

    version: FormatVersion = Field(examples=[1])
    """Format of this file."""

    region: Region | None = Field(default=None, examples=["us-central1"])
    """Where machines are priced. Left out: in the region of the stack that is named, or not at all."""

    workloads: dict[DnsLabel, ServedWorkload] = {}
    """What is to be served, by name. At least one of these or of `runs`."""

    runs: dict[DnsLabel, PlannedRun] = {}
    """Trainings and data pipelines, by name."""

    experiments: Experiments | None = None
    """What is kept for experiments beside the runs. Left out: nothing."""

    month: Month | None = None
    """The month whose overlap is simulated. Left out: one of 31 days that begins on a Monday."""
