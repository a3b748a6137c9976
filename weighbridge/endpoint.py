"""A serving endpoint as the spec writes it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from weighbridge.pipeline import Watch
from weighbridge.rollout import Rollout
from weighbridge.units import PART, BucketPath, Count, DnsLabel, Hostname, Latency, Percent, Quantity

Server = Literal["vllm", "vllm-tpu", "triton", "tf-serving", "custom"]
Image = Annotated[
    str,
    StringConstraints(
        pattern=r"^[a-z0-9.-]+(?::[0-9]+)?(?:/[a-z0-9._-]+)+(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?$"
    ),
]
"""A container image reference with its registry; a tag or a digest is a policy's business."""


class Replicas(BaseModel):
    """Between how many replicas the autoscaler may choose."""

    model_config = PART

    min: Count
    """Fewest replicas."""

    max: Count = Field(ge=1)
    """Most replicas."""


class Version(BaseModel):
    """`versions.<name>`: one immutable version of the model."""

    model_config = PART

    image: Image
    """Container image of the server."""

    model: BucketPath
    """Model artefact."""

    replicas: Replicas
    """Replicas of this version."""

    gpu: Count | None = Field(default=None, le=16)
    """GPUs per replica. Left out: none."""

    tpu: Count | None = None
    """TPU chips per replica. Left out: none."""

    cpu: Quantity | None = None
    """CPU per replica. Left out: a replica's part of its node."""

    memory: Quantity | None = None
    """Memory per replica. Left out: a replica's part of its node."""


class Slo(BaseModel):
    """`slo`: what users are promised."""

    model_config = PART

    availability: Percent
    """Share of good requests, below 100%."""

    latency_p99: Latency
    """Latency that 99 of 100 requests stay under."""


class Endpoint(BaseModel):
    """`endpoints.<name>`: a model served under one hostname."""

    model_config = PART

    node_pool: DnsLabel
    """The node pool its replicas run on."""

    hostname: Hostname
    """Name that clients call."""

    server: Server
    """Model server; ports, probes and metrics follow from it."""

    slo: Slo | None = None
    """Service level objective. Left out: latency and outages are not alerted on."""

    watch: Watch | None = None
    """What its requests and predictions are compared with."""

    versions: dict[DnsLabel, Version] = Field(min_length=1)
    """Versions that exist now."""

    stable: DnsLabel
    """The version that serves whatever the candidate does not."""

    rollout: Rollout | None = None
    """The current rollout. Left out: `stable` takes all traffic."""
