"""A Kubernetes service account that is a Google service account of its own, by Workload Identity; no keys."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_gcp import serviceaccount
from pulumi_kubernetes import core, meta

from weighbridge.conventions import service_account_email, workload_member


class WorkloadIdentity(pulumi.ComponentResource):
    """Both accounts and the link between them. `email` is known in a preview."""

    email: str
    account: serviceaccount.Account
    service_account: core.v1.ServiceAccount

    def __init__(
        self,
        name: str,
        *,
        account_id: str,
        display_name: str,
        project: str,
        namespace: str,
        service_account: str,
        depends_on: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("weighbridge:index:WorkloadIdentity", name, None, opts)
        self.email = service_account_email(account_id, project)
        self.account = serviceaccount.Account(
            name,
            account_id=account_id,
            display_name=display_name,
            project=project,
            opts=pulumi.ResourceOptions(parent=self),
        )
        serviceaccount.IAMMember(
            name,
            service_account_id=f"projects/{project}/serviceAccounts/{self.email}",
            role="roles/iam.workloadIdentityUser",
            member=workload_member(project, namespace, service_account),
            # The identity pool comes with the first cluster of a project.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.account, *depends_on]),
        )
        self.service_account = core.v1.ServiceAccount(
            name,
            metadata=meta.v1.ObjectMetaArgs(
                name=service_account,
                namespace=namespace,
                annotations={"iam.gke.io/gcp-service-account": self.email},
            ),
            automount_service_account_token=False,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(depends_on)),
        )
        self.register_outputs({"email": self.email})
