"""The controller of LeaderWorkerSets, by its own chart."""

from __future__ import annotations

import pulumi
from pulumi_kubernetes.helm import v3 as helm

from weighbridge.serving.leader_worker_set import LeaderWorkerSetPlan


class LeaderWorkerSetController(pulumi.ComponentResource):
    """One release; its definitions have to be there before any group is."""

    def __init__(self, name: str, plan: LeaderWorkerSetPlan, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("weighbridge:index:LeaderWorkerSetController", name, None, opts)
        helm.Release(
            name,
            name="lws",
            chart=plan.chart,
            version=plan.version,
            namespace=plan.namespace,
            create_namespace=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
