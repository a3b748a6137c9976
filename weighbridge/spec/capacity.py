"""`stacks/capacity.json`: what Compute Engine said of capacity, of one day. It decides nothing."""

from __future__ import annotations

from pydantic import BaseModel, Field

from weighbridge.spec.node_pool import ProvisioningName
from weighbridge.units import PART, Count, Day, FormatVersion, Timestamp, Zone


class CalendarSlot(BaseModel):
    """A time in which machines can be reserved in calendar mode."""

    model_config = PART

    zone: Zone
    """Where."""

    start: Day = Field(alias="from")
    """The day on which it begins."""

    end: Day = Field(alias="to")
    """The day on which it ends."""


class PoolCapacity(BaseModel):
    """What was asked for one node pool, and what was answered."""

    model_config = PART

    stack: str
    """The stack."""

    pool: str
    """The node pool, as the spec calls it."""

    machine_type: str
    """What was asked for."""

    provisioning: ProvisioningName
    """How it would be bought."""

    nodes: Count
    """How many, at once."""

    obtainability: float | None = Field(default=None, ge=0, le=1)
    """How likely they are to be had. Left out: Compute Engine doesn't say."""

    uptime_hours: float | None = Field(default=None, ge=0)
    """How long most Spot machines would run. Left out: it doesn't say."""

    preemption_rate: float | None = Field(default=None, ge=0, le=1)
    """Of Spot machines that stopped lately, the part that was preempted. Left out: it doesn't say."""

    spot_usd_per_hour: float | None = Field(default=None, ge=0)
    """The newest list price of a Spot machine. Left out: it doesn't say."""

    slot: CalendarSlot | None = None
    """The next free week in calendar mode. Left out: none was recommended, or nobody asked."""

    unknown: tuple[str, ...] = ()
    """What could not be asked, and why."""


class CapacityFile(BaseModel):
    """`stacks/capacity.json`, as `weighbridge quota pull --advice` writes it."""

    model_config = PART

    version: FormatVersion
    """Format of this file."""

    asked_at: Timestamp
    """When it was asked."""

    pools: tuple[PoolCapacity, ...] = ()
    """One entry for each node pool that was asked about."""
