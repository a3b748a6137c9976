"""Creates what dashboard plans say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_gcp import monitoring

from weighbridge.dashboards.tile import DashboardPlan
from weighbridge.render.dashboard.json import as_text


class Dashboards(pulumi.ComponentResource):
    """The dashboards of one environment."""

    dashboards: Mapping[str, monitoring.Dashboard]
    """By the plan's name."""

    def __init__(self, name: str, plans: Sequence[DashboardPlan], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("weighbridge:index:Dashboards", name, None, opts)
        self.dashboards = {
            plan.name: monitoring.Dashboard(
                plan.resource,
                dashboard_json=as_text(plan),
                project=plan.project,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for plan in plans
        }
        self.register_outputs({"dashboards": len(self.dashboards)})
