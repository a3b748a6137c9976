"""The gateway of an environment as the spec writes it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from weighbridge.units import PART


class Gateway(BaseModel):
    """`gateway`: the load balancer in front of all endpoints, with a managed certificate for each host name."""

    model_config = PART

    reach: Literal["regional", "global", "internal"] = "regional"
    """Who reaches it: everybody through an address in the region, everybody through a global one, or only the VPC
    network."""
