"""The network of an environment as the spec writes it: created, or one that exists."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from weighbridge.spec.cluster import Cidr, NetworkResourceName
from weighbridge.units import PART, ProjectId

Origin = Literal["create", "existing"]
"""Whether Weighbridge creates something, or it is there."""


class ExistingNetwork(BaseModel):
    """`network.existing`: a network that somebody else made, of this project or of a Shared VPC's host project."""

    model_config = PART

    project: ProjectId | None = Field(default=None, examples=["example-net"])
    """Its project: the host project of a Shared VPC. Left out: this stack's."""

    network: NetworkResourceName = Field(examples=["shared-vpc"])
    """Name of the VPC network."""

    subnetwork: NetworkResourceName = Field(examples=["ml-us-central1"])
    """Name of the nodes' subnetwork, in this stack's region."""

    pod_range: NetworkResourceName = Field(examples=["pods"])
    """Name of its secondary range for pods."""

    service_range: NetworkResourceName = Field(examples=["services"])
    """Name of its secondary range for services."""


class Networking(BaseModel):
    """`network`: where nodes, pods and load balancers get their addresses, and how nodes reach the internet."""

    model_config = PART

    existing: ExistingNetwork | None = None
    """A network that is there. Left out: one is created, sized for the node pools."""

    nat: Origin | None = None
    """Cloud NAT for the nodes. Left out: created with a network that is created, else one that exists."""

    proxies: Origin | None = None
    """The subnetwork for the proxies of a regional or internal gateway; a network has one for each region. Left out:
    created with a network that is created, else one that exists."""

    proxy_range: Cidr = "10.127.254.0/23"
    """Range of the proxies' subnetwork, created or there, as network policies let its proxies in; Google recommends a
    /23."""

    accelerator_range: Cidr = "192.168.0.0/16"
    """Range of the further networks of pools with `accelerator_network`; apart from all others, and at least a /18."""
