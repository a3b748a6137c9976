"""A controller that workloads need, by its own chart."""

from __future__ import annotations

import pulumi
from pulumi_kubernetes.helm import v3 as helm

from weighbridge.infrastructure.operators import OperatorPlan


class Operator(pulumi.ComponentResource):
    """One release; its definitions have to be there before any object of its kinds is."""

    def __init__(self, name: str, plan: OperatorPlan, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("weighbridge:index:Operator", name, None, opts)
        helm.Release(
            name,
            name=plan.release,
            chart=plan.chart,
            version=plan.version,
            namespace=plan.namespace,
            repository_opts=helm.RepositoryOptsArgs(repo=plan.repository) if plan.repository is not None else None,
            create_namespace=True,
            values={name: dict(part) for name, part in plan.values.items()} or None,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
