"""What all stacks share, as `stacks/quota.yaml` writes it: limits, what is kept free, what runs outside."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from weighbridge.units import (
    PART,
    Count,
    Day,
    DnsLabel,
    Duration,
    Email,
    Expected,
    FormatVersion,
    Percent,
    ProjectId,
    Timestamp,
)

UNLIMITED = -1
"""How the Cloud Quotas API spells a limit without end."""

UNLIMITED_BY_SIZE = 2**53
"""Limits this large mean unlimited; some of Google's interfaces write 2**63 - 1."""

QuotaName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]*-per-project(?:-region|-zone)?$"),
    Expected("a Cloud Quotas id such as NVIDIA-L4-GPUS-per-project-region"),
]
Place = Annotated[
    str,
    StringConstraints(pattern=r"^(?:global|[a-z]+-[a-z]+[0-9]+)$"),
    Expected("a region such as us-central1, or global"),
]
Dimensions = dict[
    Annotated[str, StringConstraints(pattern=r"^[a-z_]+$"), Expected("a dimension's name such as gpu_family")], str
]


class Limit(BaseModel):
    """One limit as Google granted it."""

    model_config = PART

    quota: QuotaName = Field(examples=["NVIDIA-L4-GPUS-per-project-region"])
    """Cloud Quotas id."""

    region: Place = Field(examples=["us-central1"])
    """Region, or `global`."""

    dimensions: Dimensions = Field(default_factory=dict)
    """Further dimensions, such as `gpu_family: NVIDIA_H100`."""

    limit: Annotated[int, Field(strict=True, ge=UNLIMITED, le=UNLIMITED_BY_SIZE, examples=[24])]
    """Granted amount in the quota's unit; -1 is unlimited."""


class Outside(BaseModel):
    """A use of the quota that is in none of the stacks."""

    model_config = PART

    what: Annotated[
        str, StringConstraints(min_length=1, max_length=200), Expected("a few words, at most 200 characters")
    ] = Field(examples=["search team notebooks"])
    """What it is, in words."""

    quota: QuotaName = Field(examples=["NVIDIA-L4-GPUS-per-project-region"])
    """Cloud Quotas id."""

    region: Place = Field(examples=["us-central1"])
    """Region, or `global`."""

    dimensions: Dimensions = Field(default_factory=dict)
    """Further dimensions."""

    amount: Count = Field(examples=[2])
    """The most it uses, in the quota's unit."""

    owner: Email = Field(examples=["search-ml@example.com"])
    """Who answers for it."""

    review_by: Day = Field(examples=["2035-01-31"])
    """The last day on which this entry is believed; afterwards it is a violation."""


class QuotaFile(BaseModel):
    """`stacks/quota.yaml`."""

    model_config = PART

    version: FormatVersion = Field(examples=[1])
    """Format of this file."""

    project: ProjectId = Field(examples=["example-ml"])
    """The project whose limits these are."""

    pulled_at: Timestamp = Field(examples=["2026-11-20T08:00:00Z"])
    """When the limits were read from Google Cloud."""

    max_age: Duration | None = None
    """Limits pulled longer ago than this admit nothing. Left out: they never expire."""

    keep_free: Percent = Decimal(0)
    """Part of every limit that no stack may plan with, rounded up."""

    limits: tuple[Limit, ...] = Field(
        min_length=1, examples=[[{"quota": "NVIDIA-L4-GPUS-per-project-region", "region": "us-central1", "limit": 24}]]
    )
    """The limits. One that is missing counts as zero, except those that Google sets on some projects only."""

    spot_pools: tuple[str, ...] = ()
    """Whose preemptible quota was granted; spot use of all others draws on standard quota."""

    shares: dict[DnsLabel, Percent] = Field(default_factory=dict)
    """The most of any one limit that a stack may take. A stack left out may take all of it."""

    outside: tuple[Outside, ...] = ()
    """What else runs in the project."""
