"""Creates what alert plans say: notification channels, alert policies, snoozes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_gcp import monitoring, secretmanager

from weighbridge.alerting.alerts import (
    ALIGNMENT_SECONDS,
    EVALUATED_EVERY_SECONDS,
    AlertPlan,
    PromQl,
    SnoozePlan,
    Threshold,
)
from weighbridge.alerting.channels import ChannelKey, ChannelPlan, SecretRef


class Alerts(pulumi.ComponentResource):
    """The channels, policies and snoozes of one environment."""

    channels: Mapping[ChannelKey, Sequence[monitoring.NotificationChannel]]
    policies: Mapping[str, monitoring.AlertPolicy]
    """By the plan's name."""

    def __init__(
        self,
        name: str,
        channels: Sequence[ChannelPlan],
        alerts: Sequence[AlertPlan],
        snoozes: Sequence[SnoozePlan],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("weighbridge:index:Alerts", name, None, opts)
        created = [(channel.key, self._channel(channel)) for channel in channels]
        self.channels = {key: [channel for of, channel in created if of == key] for key, _ in created}
        self.policies = {alert.name: self._policy(alert) for alert in alerts}
        for snooze in snoozes:
            self._snooze(snooze)
        self.register_outputs({"policies": len(self.policies)})

    def _channel(self, plan: ChannelPlan) -> monitoring.NotificationChannel:
        labels: dict[str, pulumi.Input[str]] = dict(plan.labels)
        texts = {secret.field: self._text(secret) for secret in plan.secrets}
        url = texts.pop("url", None)
        if url is not None:
            labels["url"] = url  # Cloud Monitoring has no sensitive label for it; here it is a secret
        return monitoring.NotificationChannel(
            plan.name,
            type=plan.type,
            display_name=plan.display_name,
            labels=labels or None,
            sensitive_labels=monitoring.NotificationChannelSensitiveLabelsArgs(**texts) if texts else None,
            user_labels=plan.user_labels or None,
            project=plan.project,
            opts=pulumi.ResourceOptions(
                parent=self,
                # What the provider reads back holds the address too.
                additional_secret_outputs=["labels"] if url is not None else None,
            ),
        )

    def _text(self, secret: SecretRef) -> pulumi.Output[str]:
        data: pulumi.Output[str] = secretmanager.get_secret_version_access_output(
            project=secret.project,
            secret=secret.secret,
            version=secret.version,
            opts=pulumi.InvokeOptions(parent=self),
        ).secret_data
        # A line feed at the end, as `echo` leaves one, would be part of an address or a key.
        return pulumi.Output.secret(data.apply(lambda text: f"{secret.prefix}{text.strip()}"))

    def _policy(self, plan: AlertPlan) -> monitoring.AlertPolicy:
        channels = [] if plan.notified is None else [channel.name for channel in self.channels[plan.notified]]
        return monitoring.AlertPolicy(
            plan.name,
            display_name=plan.display_name,
            combiner="OR",
            severity=plan.level,
            conditions=[_condition(plan, condition) for condition in plan.conditions],
            notification_channels=channels or None,
            user_labels=plan.labels,
            documentation=monitoring.AlertPolicyDocumentationArgs(
                content=plan.content,
                mime_type="text/markdown",
                subject=plan.subject,
                links=[
                    monitoring.AlertPolicyDocumentationLinkArgs(display_name=link.title, url=link.url)
                    for link in plan.links
                ],
            ),
            alert_strategy=monitoring.AlertPolicyAlertStrategyArgs(
                auto_close=f"{plan.auto_close_seconds}s",
                notification_channel_strategies=[
                    monitoring.AlertPolicyAlertStrategyNotificationChannelStrategyArgs(
                        notification_channel_names=channels, renotify_interval=f"{plan.renotify_seconds}s"
                    )
                ]
                if plan.renotify_seconds is not None and channels
                else None,
            ),
            project=plan.project,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _snooze(self, plan: SnoozePlan) -> None:
        monitoring.Snooze(
            plan.name,
            display_name=plan.display_name,
            criteria=monitoring.SnoozeCriteriaArgs(policies=[self.policies[policy].name for policy in plan.policies]),
            interval=monitoring.SnoozeIntervalArgs(start_time=plan.start, end_time=plan.end),
            project=plan.project,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _condition(plan: AlertPlan, condition: PromQl | Threshold) -> monitoring.AlertPolicyConditionArgs:
    match condition:
        case PromQl():
            return monitoring.AlertPolicyConditionArgs(
                display_name=condition.name,
                condition_prometheus_query_language=monitoring.AlertPolicyConditionConditionPrometheusQueryLanguageArgs(
                    query=condition.query,
                    duration=f"{plan.hold_seconds}s" if plan.hold_seconds else None,
                    evaluation_interval=f"{EVALUATED_EVERY_SECONDS}s",
                    alert_rule=condition.rule,
                    rule_group=condition.group,
                    # On the first deployment nothing has exposed the metric yet, and the policy would be refused.
                    disable_metric_validation=True,
                ),
            )
        case Threshold():
            return monitoring.AlertPolicyConditionArgs(
                display_name=condition.name,
                condition_threshold=monitoring.AlertPolicyConditionConditionThresholdArgs(
                    filter=condition.filter,
                    comparison="COMPARISON_GT",
                    duration=f"{plan.hold_seconds}s",
                    aggregations=[
                        monitoring.AlertPolicyConditionConditionThresholdAggregationArgs(
                            alignment_period=f"{ALIGNMENT_SECONDS}s",
                            per_series_aligner=condition.aligner,
                            cross_series_reducer="REDUCE_SUM",
                        )
                    ],
                    trigger=monitoring.AlertPolicyConditionConditionThresholdTriggerArgs(count=1),
                ),
            )
