"""The Google account by which KEDA reads queues outside the replicas."""

from __future__ import annotations

import pulumi
from pulumi_gcp import projects, serviceaccount

from weighbridge.conventions import service_account_email, workload_member
from weighbridge.serving.outside_queue import READER_ROLE, QueueReaderPlan


class QueueReader(pulumi.ComponentResource):
    """The account, who may be it, and what it may read. Its Kubernetes account is made by KEDA's chart."""

    def __init__(self, name: str, plan: QueueReaderPlan, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("weighbridge:index:QueueReader", name, None, opts)
        email = service_account_email(plan.account_id, plan.project)
        account = serviceaccount.Account(
            name,
            account_id=plan.account_id,
            display_name=f"Queues that endpoints scale on in {plan.environment}",
            project=plan.project,
            opts=pulumi.ResourceOptions(parent=self),
        )
        made = pulumi.ResourceOptions(parent=self, depends_on=[account])
        serviceaccount.IAMMember(
            name,
            service_account_id=f"projects/{plan.project}/serviceAccounts/{email}",
            role="roles/iam.workloadIdentityUser",
            member=workload_member(plan.project, plan.namespace, plan.service_account),
            opts=made,
        )
        for project in plan.projects:
            projects.IAMMember(
                f"{name}-{project}",
                project=project,
                role=READER_ROLE,
                member=f"serviceAccount:{email}",
                opts=made,
            )
        self.register_outputs({})
