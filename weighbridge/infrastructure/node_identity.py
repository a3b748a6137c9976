"""Who the nodes are: one service account per environment, with no more than nodes need.

Workloads get none of it: Workload Identity gives each its own identity.
"""

from __future__ import annotations

from dataclasses import dataclass

from weighbridge.conventions import node_service_account_id, service_account_email
from weighbridge.spec.root import Spec

IMAGE_ROLE = "roles/artifactregistry.reader"
NODE_ROLES = (
    IMAGE_ROLE,  # pull images
    "roles/container.defaultNodeServiceAccount",  # write logs and metrics; GKE's least for a node
)
"""Source: Google's GKE page on hardening a cluster, "use least privilege IAM service accounts"."""

NODE_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
"""The one scope that leaves the decision to IAM roles."""


@dataclass(frozen=True, slots=True)
class NodeIdentityPlan:
    """The nodes' service account and its roles on the project: none of either where it exists."""

    account_id: str | None
    email: str
    project: str
    environment: str
    roles: tuple[str, ...]


def plan_node_identity(spec: Spec) -> NodeIdentityPlan:
    """The node identity of a checked spec."""
    if spec.cluster.node_service_account is not None:
        return NodeIdentityPlan(
            account_id=None,
            email=spec.cluster.node_service_account,
            project=spec.cloud.project,
            environment=spec.environment,
            roles=(),
        )
    account_id = node_service_account_id(spec.environment)
    return NodeIdentityPlan(
        account_id=account_id,
        email=service_account_email(account_id, spec.cloud.project),
        project=spec.cloud.project,
        environment=spec.environment,
        roles=NODE_ROLES,
    )
