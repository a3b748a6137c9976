"""On which machines a workload may run, and on which it runs now, as a file of workloads writes it."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from weighbridge.spec.node_pool import ProvisioningName
from weighbridge.units import PART, CpuQuantity, DnsLabel, Expected, MemoryQuantity, Percent, WholeNumber

MachinePattern = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9*-]+$", max_length=60),
    Expected("a machine type such as a3-highgpu-8g, in which * stands for any text"),
]


class PerReplica(BaseModel):
    """`per_replica`: what one replica takes of its node."""

    model_config = PART

    cpu: CpuQuantity | None = Field(default=None, examples=[4])
    """Cores. Left out: its part of the node."""

    memory: MemoryQuantity | None = Field(default=None, examples=["16Gi"])
    """Memory. Left out: its part of the node."""

    accelerator: str | None = Field(default=None, examples=["nvidia-l4"])
    """The accelerator that `service_time` was measured on, as GKE names it. Left out: none."""

    devices: Annotated[WholeNumber, Field(ge=1, le=64)] = 1
    """How many of it one replica has."""


class RunsOn(BaseModel):
    """`now`: the machines that serve it now."""

    model_config = PART

    machine_type: str = Field(examples=["a2-ultragpu-8g"])
    """Their type."""

    nodes: Annotated[WholeNumber, Field(ge=1, le=1_000_000)] = Field(examples=[3])
    """The most of them."""

    devices: Annotated[WholeNumber, Field(ge=1, le=64)] | None = None
    """Devices of one replica. Left out: those of the whole node."""

    provisioning: ProvisioningName = "standard"
    """How Google provides them."""


class HardwareWishes(BaseModel):
    """`hardware`: which machines may be chosen; they are chosen for all workloads together."""

    model_config = PART

    machine_types: tuple[MachinePattern, ...] = Field(default=(), max_length=50, examples=[["a3-*", "g2-standard-48"]])
    """The only machine types to look at; `*` stands for any text. Left out: all that carry the accelerator. Required
    for a `service_time` without one."""

    per_replica: PerReplica | None = None
    """What one replica takes. Left out: its devices, and its part of the node. Required with `service_time`."""

    spot_share: Percent = Decimal(0)
    """The most of the nodes that may be Spot, which Google takes away at any time. Left out: none."""

    flex_start: bool = False
    """Nodes may be flex-start: they come when there is capacity, and live seven days at most. Left out: no."""

    maximum: Literal["safe", "likely"] = "safe"
    """What the autoscaler may reach, and quota is charged for: `safe` is as many as it takes where the speed is at the
    slow end of its interval, `likely` as many as the estimate says."""

    endpoint: DnsLabel | None = None
    """The stack's endpoint that serves it. Left out: the one of the workload's name, if there is one."""

    pool: DnsLabel | None = None
    """The stack's node pool for it. Left out: that of the endpoint, or one of the workload's name."""

    now: RunsOn | None = None
    """What serves it now. Left out: what that pool in the stack's spec is, if there is one."""
