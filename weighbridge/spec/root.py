"""The root of a spec, one per environment (`stacks/<stack>.yaml`)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictBool, StringConstraints

from weighbridge.spec.cloud import Cloud
from weighbridge.spec.cluster import Cluster
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.gateway import Gateway
from weighbridge.spec.monitoring import Monitoring
from weighbridge.spec.network import Networking
from weighbridge.spec.node_pool import NodePool
from weighbridge.spec.pipeline import Pipeline
from weighbridge.spec.retirement import Retirement
from weighbridge.units import PART, DnsLabel, Email, Expected, FormatVersion

EnvironmentName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z](?:[a-z0-9-]*[a-z0-9])?$", max_length=20),
    Expected("a name of lower-case letters, digits and hyphens, a letter first, no hyphen last, at most 20 characters"),
]
"""As `DnsLabel`, and short enough to be part of a service account's name."""


SoftPolicy = Literal[
    "canary-steps",
    "canary-approval",
    "canary-capacity",
    "placement",
    "queue-capacity",
    "queue-lending",
    "queue-flavors",
    "queue-references",
    "queue-bypass",
    "queue-start",
    "endpoint-security",
    "model-server",
    "serving-continuity",
    "monitoring-coverage",
    "alert-hygiene",
]
"""Policies that an environment may make advisory. Those that guard the shared quota never are."""


class Budget(BaseModel):
    """`budget`: what the environment may cost."""

    model_config = PART

    monthly_usd: Annotated[float, Field(strict=True, gt=0, le=1e9, allow_inf_nan=False, examples=[2500])]
    """US dollars a month (730 hours), for the node pools at their most."""

    blocks: StrictBool = False
    """A cost above it blocks, and so does a pool without a price, as nobody can tell. Left out: either is advice."""


class Spec(BaseModel):
    """One environment. Every key that is not listed here is refused."""

    model_config = PART

    version: FormatVersion = Field(examples=[1])
    """Format of this file."""

    environment: EnvironmentName = Field(examples=["dev"])
    """Name of the environment; the cluster is named after it. Equal to the file's name."""

    production: StrictBool = False
    """Makes approvals, monitoring coverage and deletion protection mandatory."""

    owner: Email = Field(examples=["ml-platform@example.com"])
    """Who answers for it."""

    cloud: Cloud = Field(examples=[{"project": "example-ml", "region": "us-central1", "zones": ["us-central1-a"]}])
    """Where it runs."""

    network: Networking = Networking()
    """The network. Left out: all defaults."""

    cluster: Cluster = Cluster()
    """The cluster. Left out: all defaults."""

    node_pools: dict[DnsLabel, NodePool] = Field(
        min_length=1, examples=[{"system": {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}}]
    )
    """Node pools by name."""

    pipelines: dict[DnsLabel, Pipeline] = Field(default_factory=dict)
    """Pipelines by name."""

    endpoints: dict[DnsLabel, Endpoint] = Field(default_factory=dict)
    """Serving endpoints by name."""

    gateway: Gateway = Gateway()
    """The load balancer in front of the endpoints. Left out: all defaults."""

    monitoring: Monitoring | None = None
    """Who is told. Left out: nobody, which blocks on production."""

    advisory: tuple[SoftPolicy, ...] = ()
    """Policies that only advise here. None on production; those that guard the shared quota always block."""

    budget: Budget | None = None
    """What it may cost. Left out: cost is shown, not compared."""

    retire: Retirement | None = None
    """Lifts deletion protection for a day, so that the stack can be taken down. Left out: production is protected."""

    @property
    def cluster_name(self) -> str:
        """Of the GKE cluster: the environment's, or that of the one that exists."""
        return self.environment if self.cluster.existing is None else self.cluster.existing.name
