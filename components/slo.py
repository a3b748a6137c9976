"""Creates what service plans say: a service of Cloud Monitoring for each endpoint, with its objectives."""

from __future__ import annotations

import pulumi
from pulumi_gcp import monitoring

from weighbridge.alerting.slo import (
    PERIOD_DAYS,
    WINDOW_SECONDS,
    BelowCut,
    BelowInWindows,
    GoodAndTotal,
    ServicePlan,
    SloPlan,
)


class SloComponent(pulumi.ComponentResource):
    """The service and the objectives of one endpoint."""

    def __init__(self, name: str, plan: ServicePlan, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("weighbridge:index:Slo", name, None, opts)
        service = monitoring.CustomService(
            name,
            service_id=plan.service_id,
            display_name=plan.display_name,
            user_labels=plan.labels,
            project=plan.project,
            opts=pulumi.ResourceOptions(parent=self),
        )
        for objective in plan.objectives:
            monitoring.Slo(
                f"{name}-{objective.name}",
                slo_id=objective.name,
                service=service.service_id,
                display_name=objective.display_name,
                goal=objective.goal,
                rolling_period_days=PERIOD_DAYS,
                request_based_sli=_requests(objective),
                windows_based_sli=_windows(objective),
                project=plan.project,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})


def _requests(plan: SloPlan) -> monitoring.SloRequestBasedSliArgs | None:
    match plan.sli:
        case GoodAndTotal(good, bad, total):
            return monitoring.SloRequestBasedSliArgs(
                good_total_ratio=monitoring.SloRequestBasedSliGoodTotalRatioArgs(
                    good_service_filter=good, bad_service_filter=bad, total_service_filter=total
                )
            )
        case BelowCut(series, most):
            return monitoring.SloRequestBasedSliArgs(
                distribution_cut=monitoring.SloRequestBasedSliDistributionCutArgs(
                    distribution_filter=series,
                    range=monitoring.SloRequestBasedSliDistributionCutRangeArgs(max=most),
                )
            )
    return None


def _windows(plan: SloPlan) -> monitoring.SloWindowsBasedSliArgs | None:
    if not isinstance(plan.sli, BelowInWindows):
        return None
    return monitoring.SloWindowsBasedSliArgs(
        window_period=f"{WINDOW_SECONDS}s",
        metric_mean_in_range=monitoring.SloWindowsBasedSliMetricMeanInRangeArgs(
            time_series=plan.sli.series,
            range=monitoring.SloWindowsBasedSliMetricMeanInRangeRangeArgs(max=plan.sli.most),
        ),
    )
