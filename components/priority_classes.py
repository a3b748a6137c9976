"""The PriorityClasses of a cluster."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes import meta, scheduling

from weighbridge.infrastructure.priority_classes import PriorityClassPlan


class PriorityClasses(pulumi.ComponentResource):
    """All of them; pods that name one are made after it."""

    def __init__(
        self, name: str, plans: Sequence[PriorityClassPlan], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("weighbridge:index:PriorityClasses", name, None, opts)
        for plan in plans:
            scheduling.v1.PriorityClass(
                f"{name}-{plan.name}",
                metadata=meta.v1.ObjectMetaArgs(name=plan.name),
                value=plan.value,
                description=plan.description,
                preemption_policy=plan.preempts,
                global_default=False,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})
