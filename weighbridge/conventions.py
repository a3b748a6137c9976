"""Every name, label and taint that Weighbridge gives to something. Nothing else spells one."""

from __future__ import annotations

from weighbridge.node_pool import Taint

ENVIRONMENT_LABEL = "weighbridge.dev/environment"
NODE_POOL_LABEL = "weighbridge.dev/node-pool"

GPU_TAINT = Taint(key="nvidia.com/gpu", value="present", effect="NoSchedule")
TPU_TAINT = Taint(key="google.com/tpu", value="present", effect="NoSchedule")
"""GKE taints accelerator nodes so itself; stated all the same, so that a preview shows it."""


def slice_pool_name(key: str, ordinal: int) -> str:
    """GKE name of the pool of one TPU slice. Slices are alike, so the ordinal is the slice's identity."""
    return f"{key}-s{ordinal}"


def nat_address_name(environment: str, ordinal: int) -> str:
    """Name of one address of the NAT gateway. The addresses are alike, so the ordinal is their identity."""
    return f"{environment}-nat-{ordinal}"
