"""Every name, label and taint that Weighbridge gives to something. Nothing else spells one."""

from __future__ import annotations

import re

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


POD_RANGE = "pods"
SERVICE_RANGE = "services"
"""Secondary ranges of a subnetwork; names are its own, so they need no environment."""


def network_name(environment: str) -> str:
    """Name of the VPC network."""
    return f"{environment}-network"


def subnetwork_name(environment: str) -> str:
    """Name of the nodes' subnetwork."""
    return f"{environment}-nodes"


def router_name(environment: str) -> str:
    """Name of the Cloud Router that carries NAT."""
    return f"{environment}-router"


def nat_name(environment: str) -> str:
    """Name of the Cloud NAT gateway."""
    return f"{environment}-nat"


def workload_policy_name(environment: str, node_pool: str) -> str:
    """Name of the resource policy that places the hosts of one TPU slice."""
    return f"{environment}-{node_pool}"


def node_service_account_id(environment: str) -> str:
    """Id of the nodes' service account; at most 30 characters, which is why environments have at most 20."""
    return f"wb-{environment}-nodes"


def service_account_email(account_id: str, project: str) -> str:
    """Address of a service account; a literal, so that a preview knows it."""
    return f"{account_id}@{project}.iam.gserviceaccount.com"


def workload_pool(project: str) -> str:
    """The project's Workload Identity pool."""
    return f"{project}.svc.id.goog"


def resource_labels(environment: str, owner: str) -> dict[str, str]:
    """Google Cloud labels of what can carry them. A label takes lower-case letters, digits, ``_`` and ``-`` only."""
    return {"environment": environment, "owner": _label_value(owner), "managed-by": "weighbridge"}


def _label_value(text: str) -> str:
    return re.sub(r"[^a-z0-9_-]", "_", text.lower())[:63]
