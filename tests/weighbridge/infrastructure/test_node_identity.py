"""Who the nodes are: one account, two roles, one scope."""

from __future__ import annotations

from tests.support.specs import spec
from weighbridge.infrastructure.node_identity import NODE_SCOPES, NodeIdentityPlan, plan_node_identity


def test_nodes_may_pull_images_and_write_logs_and_nothing_else():
    stack = spec({"system": {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}}, environment="perf")
    assert plan_node_identity(stack) == NodeIdentityPlan(
        account_id="wb-perf-nodes",
        email="wb-perf-nodes@example-ml.iam.gserviceaccount.com",
        project="example-ml",
        environment="perf",
        roles=("roles/artifactregistry.reader", "roles/container.defaultNodeServiceAccount"),
    )
    assert NODE_SCOPES == ("https://www.googleapis.com/auth/cloud-platform",)
