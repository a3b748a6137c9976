"""A serving endpoint as the spec writes it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from weighbridge.pipeline import Watch
from weighbridge.rollout import Rollout
from weighbridge.units import (
    PART,
    BucketPath,
    Count,
    DnsLabel,
    Expected,
    Hostname,
    Latency,
    Percent,
    Quantity,
    WholeNumber,
)

Server = Literal["vllm", "vllm-tpu", "triton", "tf-serving", "custom"]
Image = Annotated[
    str,
    StringConstraints(
        pattern=r"^[a-z0-9.-]+(?::[0-9]+)?(?:/[a-z0-9._-]+)+(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?$",
        max_length=512,
    ),
    Expected("a container image with its registry, such as us-docker.pkg.dev/project/repository/image:tag"),
]
"""A container image reference with its registry; a tag or a digest is a policy's business."""


class Replicas(BaseModel):
    """Between how many replicas the autoscaler may choose."""

    model_config = PART

    min: Count = Field(examples=[0])
    """Fewest replicas."""

    max: WholeNumber = Field(ge=1, le=1_000_000, examples=[2])
    """Most replicas."""


class Version(BaseModel):
    """`versions.<name>`: one immutable version of the model."""

    model_config = PART

    image: Image = Field(examples=["us-docker.pkg.dev/example-ml/serving/triton:25.09"])
    """Container image of the server."""

    model: BucketPath = Field(examples=["gs://example-ml-models/ranker/v8"])
    """Model artefact."""

    replicas: Replicas = Field(examples=[{"min": 0, "max": 2}])
    """Replicas of this version."""

    gpu: WholeNumber | None = Field(default=None, ge=1, le=16)
    """GPUs per replica. Left out: none."""

    tpu: WholeNumber | None = Field(default=None, ge=1, le=100_000)
    """TPU chips per replica. Left out: none."""

    cpu: Quantity | None = None
    """CPU per replica. Left out: a replica's part of its node."""

    memory: Quantity | None = None
    """Memory per replica. Left out: a replica's part of its node."""


class Slo(BaseModel):
    """`slo`: what users are promised."""

    model_config = PART

    availability: Percent = Field(examples=["99.9%"])
    """Share of good requests, below 100%."""

    latency_p99: Latency = Field(examples=["400ms"])
    """Latency that 99 of 100 requests stay under."""


class Endpoint(BaseModel):
    """`endpoints.<name>`: a model served under one hostname."""

    model_config = PART

    node_pool: DnsLabel = Field(examples=["system"])
    """The node pool its replicas run on."""

    hostname: Hostname = Field(examples=["ranker.example.com"])
    """Name that clients call."""

    server: Server = Field(examples=["triton"])
    """Model server; ports, probes and metrics follow from it."""

    slo: Slo | None = None
    """Service level objective. Left out: latency and outages are not alerted on."""

    watch: Watch | None = None
    """What its requests and predictions are compared with."""

    versions: dict[DnsLabel, Version] = Field(
        min_length=1,
        examples=[
            {
                "v8": {
                    "image": "us-docker.pkg.dev/example-ml/serving/triton:25.09",
                    "model": "gs://example-ml-models/ranker/v8",
                    "replicas": {"min": 0, "max": 2},
                }
            }
        ],
    )
    """Versions that exist now."""

    stable: DnsLabel = Field(examples=["v8"])
    """The version that serves whatever the candidate does not."""

    rollout: Rollout | None = None
    """The current rollout. Left out: `stable` takes all traffic."""
