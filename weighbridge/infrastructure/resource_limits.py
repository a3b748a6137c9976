"""The cluster-wide limits that bound node auto-provisioning, as GKE counts them."""

from __future__ import annotations

from dataclasses import dataclass

from weighbridge.spec.cluster import AutoProvisioning

GIB = 2**30


@dataclass(frozen=True, slots=True)
class ResourceLimit:
    """The most of one resource in the whole cluster: vCPUs, GiB of memory, or GPUs of one model."""

    resource_type: str  # cpu, memory, or GKE's accelerator name
    maximum: int


def resource_limits(limits: AutoProvisioning) -> tuple[ResourceLimit, ...]:
    """The limits of a checked spec, GPUs by name. Memory is rounded down: never more than was allowed."""
    return (
        ResourceLimit("cpu", limits.cpu),
        ResourceLimit("memory", int(limits.memory // GIB)),
        *(ResourceLimit(accelerator, count) for accelerator, count in sorted(limits.gpus.items())),
    )
