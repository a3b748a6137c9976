"""The root of a spec, one per environment (`stacks/<stack>.yaml`)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictBool, StringConstraints

from weighbridge.cloud import Cloud
from weighbridge.cluster import Cluster
from weighbridge.endpoint import Endpoint
from weighbridge.monitoring import Monitoring
from weighbridge.node_pool import NodePool
from weighbridge.pipeline import Pipeline
from weighbridge.units import PART, DnsLabel, Email

EnvironmentName = Annotated[str, StringConstraints(pattern=r"^[a-z](?:[a-z0-9-]*[a-z0-9])?$", max_length=20)]
"""As `DnsLabel`, and short enough to be part of a service account's name."""


class Budget(BaseModel):
    """`budget`: what the environment may cost."""

    model_config = PART

    monthly_usd: Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]
    """US dollars a month (730 hours)."""


class Spec(BaseModel):
    """One environment. Every key that is not listed here is refused."""

    model_config = PART

    version: Literal[1]
    """Format of this file."""

    environment: EnvironmentName
    """Name of the environment; the cluster is named after it. Equal to the file's name."""

    production: StrictBool = False
    """Makes approvals, monitoring coverage and deletion protection mandatory."""

    owner: Email
    """Who answers for it."""

    cloud: Cloud
    """Where it runs."""

    cluster: Cluster = Cluster()
    """The cluster. Left out: all defaults."""

    node_pools: dict[DnsLabel, NodePool] = Field(min_length=1)
    """Node pools by name."""

    pipelines: dict[DnsLabel, Pipeline] = Field(default_factory=dict)
    """Pipelines by name."""

    endpoints: dict[DnsLabel, Endpoint] = Field(default_factory=dict)
    """Serving endpoints by name."""

    monitoring: Monitoring | None = None
    """Who is told. Left out: nobody, which blocks on production."""

    budget: Budget | None = None
    """What it may cost. Left out: cost is shown, not compared."""
