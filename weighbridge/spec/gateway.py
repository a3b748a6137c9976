"""The gateway of an environment as the spec writes it."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import BaseModel, Field

from weighbridge.spec.network import Origin
from weighbridge.units import PART, DnsLabel, Hostname, ProjectId, WholeNumber


class DnsZone(BaseModel):
    """`gateway.dns.<zone>`: a managed zone of Cloud DNS, by its name, that gets the records of the host names in it."""

    model_config = PART

    domain: Hostname = Field(examples=["ml.example.com"])
    """Its DNS name; every host name below it, or equal to it, has its record here."""

    project: ProjectId | None = Field(default=None, examples=["example-dns"])
    """Of a zone that exists: its project. Left out: this stack's."""

    origin: Origin = "existing"
    """`create`: this stack makes the zone; whoever has the domain above delegates to its name servers."""

    visibility: Literal["public", "private"] = "public"
    """`private`: only networks that the zone is bound to see it. Proofs of certificates go to public zones alone."""


Reach: TypeAlias = Literal["regional", "global", "internal"]


class Gateway(BaseModel):
    """`gateway`: the load balancer in front of all endpoints, with a managed certificate for each host name."""

    model_config = PART

    reach: Reach = "regional"
    """Who reaches it: everybody through an address in the region, everybody through a global one, or only the VPC
    network."""

    dns: dict[DnsLabel, DnsZone] = Field(
        default_factory=dict, max_length=20, examples=[{"ml-example-com": {"domain": "ml.example.com"}}]
    )
    """Zones of Cloud DNS that get the records of the host names, and the proofs that certificates wait for. Left out:
    none; the stack's outputs say what the names' DNS needs."""

    dns_ttl_seconds: WholeNumber = Field(default=300, ge=30, le=86_400)
    """How long resolvers keep the addresses."""
