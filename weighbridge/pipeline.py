"""A pipeline as the spec writes it: its share of a node pool, when it runs, and what its data is watched for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from weighbridge.units import PART, BucketPath, DnsLabel, Duration, Quantity

ResourceName = Annotated[
    str,
    StringConstraints(
        pattern=r"^(?:cpu|memory|ephemeral-storage|nvidia\.com/(?:gpu|mig-[0-9a-z.]+)|google\.com/tpu)$"
    ),
]
"""Kubernetes' names of what pods ask for."""

Column = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Quality(BaseModel):
    """`watch.quality`: where reports of the model's quality land, and what is normal."""

    model_config = PART

    metric: Annotated[str, StringConstraints(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]{0,62}$")]
    """Name of the metric in the reports."""

    report: BucketPath
    """Folder of the reports."""

    baseline: float = Field(allow_inf_nan=False)
    """Its value when the model was accepted."""

    better: Literal["higher", "lower"]
    """Which way is better."""


class Watch(BaseModel):
    """`watch`: what the newest data is compared with, and which columns matter."""

    model_config = PART

    baseline: Annotated[str, StringConstraints(min_length=1)]
    """Parquet or CSV file of the reference data, in a bucket (`gs://…`) or a folder."""

    window: Annotated[str, StringConstraints(min_length=1)]
    """Folder of the newest data."""

    features: tuple[Column, ...] = ()
    """Columns that are inputs."""

    labels: tuple[Column, ...] = ()
    """Columns that are labels."""

    predictions: tuple[Column, ...] = ()
    """Columns that are predictions."""

    quality: Quality | None = None
    """Reports of model quality."""


class Pipeline(BaseModel):
    """`pipelines.<name>`: work that runs on one node pool, with a guaranteed share and a ceiling."""

    model_config = PART

    kind: Literal["data", "training", "validation", "experiment"]
    """What it does; decides which signals it must have."""

    node_pool: DnsLabel
    """The node pool it runs on."""

    guaranteed: dict[ResourceName, Quantity]
    """Nominal quota: what it can always have. The sum over a pool fits the pool."""

    at_most: dict[ResourceName, Quantity]
    """The most it may use when others are idle; at least `guaranteed`."""

    runs_every: Duration | None = None
    """How often it runs. Left out: at any time, so freshness is not watched."""

    expected_duration: Duration | None = None
    """How long a run normally takes. Left out: learned from past runs."""

    runs: BucketPath | None = None
    """Folder where each run leaves its status file."""

    watch: Watch | None = None
    """What its data is compared with."""
