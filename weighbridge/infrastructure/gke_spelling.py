"""How GKE's API spells what Kubernetes and the spec spell otherwise: components write it, readers of inputs turn it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from weighbridge.spec.node_pool import GpuDriver, GpuSharingStrategy, TaintEffect

TAINT_EFFECTS: Mapping[TaintEffect, str] = {
    "NoSchedule": "NO_SCHEDULE",
    "PreferNoSchedule": "PREFER_NO_SCHEDULE",
    "NoExecute": "NO_EXECUTE",
}
GPU_SHARING: Mapping[GpuSharingStrategy, str] = {"time-sharing": "TIME_SHARING", "mps": "MPS"}
GPU_DRIVERS: Mapping[GpuDriver, str] = {"default": "DEFAULT", "latest": "LATEST", "none": "INSTALLATION_DISABLED"}

BLUE_GREEN = "BLUE_GREEN"
"""The upgrade strategy that takes a second pool of the same size."""

RESERVATION_KEY = "compute.googleapis.com/reservation-name"
"""The label by which a node pool names a reservation."""

SPECIFIC_RESERVATION = "SPECIFIC_RESERVATION"
"""The only way to use a reservation that is sure to hold the machines; any other falls back on quota."""


Ours = TypeVar("Ours", bound=str)


def turned(spelling: Mapping[Ours, str]) -> Mapping[str, Ours]:
    """Ours by the API's, in the same order."""
    return {api: ours for ours, api in spelling.items()}
