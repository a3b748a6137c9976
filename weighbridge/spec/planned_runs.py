"""What `weighbridge plan` reads of work that ends: trainings and data pipelines, their past, and when they run."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from weighbridge.spec.cluster import Weekday
from weighbridge.spec.model_architecture import Architecture, FilePath, ModelName
from weighbridge.units import PART, Duration, Expected, Percent, Region, TimeOfDay, WholeNumber

Positive = Annotated[float, Field(gt=0, le=1e18, allow_inf_nan=False)]
MachineTypeName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60),
    Expected("a machine type such as a3-highgpu-8g"),
]
TpuName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]+-[0-9]+(?:x[0-9]+)*$", max_length=40),
    Expected("a TPU slice such as v5p-128 or v6e-16"),
]
Month = Annotated[
    str, StringConstraints(pattern=r"^20[0-9]{2}-(?:0[1-9]|1[0-2])$"), Expected('a month such as "2026-12"')
]


class ModelTraining(BaseModel):
    """`train`: a language model that is trained or tuned, for which the operations can be counted."""

    model_config = PART

    model: ModelName | None = Field(default=None, examples=["llama-3.1-8b"])
    """A model of the catalog. Exactly one of `model` and `architecture`."""

    architecture: Architecture | None = None
    """A language model that the catalog doesn't know."""

    tokens_billions: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)] = Field(examples=[15.0])
    """Tokens that are read in all, each epoch anew, in billions."""

    sequence: Annotated[WholeNumber, Field(ge=1, le=10_000_000)] = Field(examples=[8192])
    """Tokens of one sequence: the longer, the more goes into attention."""

    precision: Literal["bf16", "fp8"] = "bf16"
    """Of the multiplications."""

    method: Literal["full", "lora"] = "full"
    """`full`: all weights learn. `lora`: small ones beside them do."""

    mfu: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] | None = Field(default=None, examples=[0.41])
    """The share of the devices' peak rate that you measured on the first of `hardware`, attention counted. Left out:
    that of published trainings."""


class RunHardware(BaseModel):
    """What one run occupies. Exactly one of `machine_type`, `tpu` and `accelerator`."""

    model_config = PART

    machine_type: MachineTypeName | None = Field(default=None, examples=["a3-highgpu-8g"])
    """A machine type, with its GPUs, TPU chips or vCPUs."""

    nodes: Annotated[WholeNumber, Field(ge=1, le=100_000)] = 1
    """How many machines. Of `machine_type`."""

    tpu: TpuName | None = Field(default=None, examples=["v5p-128"])
    """A TPU slice by its name. The number counts cores, two a chip, of v5p and TPU7x, and chips of v5e and v6e."""

    accelerator: str | None = Field(default=None, examples=["nvidia-l4"])
    """A GPU as GKE names it, where the machine isn't chosen; then there is no price."""

    devices: Annotated[WholeNumber, Field(ge=1, le=100_000)] = 1
    """How many. Of `accelerator`."""

    region: Region | None = Field(default=None, examples=["us-central1"])
    """Where; decides on the price and whose quota it is. Left out: no price."""

    provisioning: Literal["standard", "spot", "flex-start", "reservation"] = "standard"
    """How it is bought."""


class RunHistory(BaseModel):
    """`history`: past runs of the same code on the same kind of data. Exactly one of `file` and `folder`."""

    model_config = PART

    file: FilePath | None = Field(default=None, examples=["runs/ranker.csv"])
    """CSV: start and end, or a duration; a state; what it worked on, and devices, where you know them."""

    folder: FilePath | None = Field(default=None, examples=["gs://example-ml-runs/ranker-training/"])
    """Where runs leave their status files, as the drift monitor reads them: a folder or a bucket's path."""

    pipeline: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    """Which runs of the file, where it has a column of names."""

    hardware: RunHardware | None = None
    """What they ran on. Left out: the first of the run's `hardware`."""


class RunSchedule(BaseModel):
    """`schedule`: when runs begin, in UTC. Exactly one of `at`, `every` and `a_month`."""

    model_config = PART

    at: TimeOfDay | None = Field(default=None, examples=["02:00"])
    """At this time of each day."""

    days: tuple[Weekday, ...] = Field(default=(), max_length=7, examples=[["mon", "thu"]])
    """With `at`: only on these days of the week. Left out: on all."""

    days_of_month: tuple[Annotated[WholeNumber, Field(ge=1, le=31)], ...] = Field(default=(), max_length=31)
    """With `at`: only on these days of the month. Left out: on all."""

    every: Duration | None = Field(default=None, examples=["6h"])
    """Again and again, from midnight of the month's first day."""

    a_month: Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)] | None = Field(default=None, examples=[6])
    """By hand, so often a month on average, at any time."""


class PlannedRun(BaseModel):
    """One training or data pipeline. `history`, or `train`, or both: then past runs come first."""

    model_config = PART

    history: RunHistory | None = None
    """Past runs. Under three, a range is all they give."""

    work: Positive | None = Field(default=None, examples=[2.4e9])
    """What the next run works on, in the unit of the past runs' `work`: rows, bytes, tokens. Left out: as they did."""

    train: ModelTraining | None = None
    """A language model, where there are no runs, or to compare devices."""

    hardware: tuple[RunHardware, ...] = Field(min_length=1, max_length=20)
    """What it may run on. The first is what you have in mind: others are compared with it; the month counts it."""

    start_up: Duration | None = None
    """From the order to the first step: nodes, image, data, compilation. Past runs have it already. Left out: none."""

    goodput: Percent = Decimal(100)
    """The share of its time in which a training gets on: less restarts and checkpoints. Past runs have it already."""

    deadline: Duration | None = None
    """How long a run may take."""

    schedule: RunSchedule | None = None
    """When runs begin. Left out: it is no part of the month."""

    at_once: Annotated[WholeNumber, Field(ge=1, le=100)] = 1
    """Runs of it at the same time; further ones wait."""


class Experiments(BaseModel):
    """`experiments`: a share of the quota for what nobody has planned, up to a cap."""

    model_config = PART

    share: Percent = Field(examples=["20%"])
    """Of all that is asked for: 20% beside runs that need 40 devices are 10, a fifth of 50. Under 100%."""

    at_most: dict[str, Annotated[WholeNumber, Field(ge=0, le=1_000_000)]] = Field(
        default={}, examples=[{"nvidia-h100-80gb": 8}]
    )
    """The cap in devices or chips, by accelerator; `vcpu` for vCPUs. Left out: none."""
