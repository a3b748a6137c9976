"""The nodes' service account and its roles."""

from __future__ import annotations

import pulumi
from pulumi_gcp import projects, serviceaccount

from weighbridge.infrastructure.node_identity import NodeIdentityPlan


class NodeIdentity(pulumi.ComponentResource):
    """One service account, one project role binding per role; none where it exists. Nodes depend on all of it."""

    email: str
    """A literal, so that previews know it; depend on this component where it is used."""

    def __init__(self, name: str, plan: NodeIdentityPlan, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("weighbridge:index:NodeIdentity", name, None, opts)
        account = (
            serviceaccount.Account(
                f"{name}-nodes",
                account_id=plan.account_id,
                display_name=f"GKE nodes of {plan.environment}",
                project=plan.project,
                opts=pulumi.ResourceOptions(parent=self),
            )
            if plan.account_id is not None
            else None
        )
        for role in plan.roles:
            projects.IAMMember(
                f"{name}-nodes-{role.removeprefix('roles/')}",
                project=plan.project,
                role=role,
                member=f"serviceAccount:{plan.email}",
                opts=pulumi.ResourceOptions(parent=self, depends_on=account),
            )
        self.email = plan.email
        self.register_outputs({"email": self.email})
