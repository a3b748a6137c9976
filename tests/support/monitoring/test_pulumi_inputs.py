"""Policies and dashboards that a Pulumi program registers pass the same checks as hand-written ones."""

import json

import pytest
from pulumi_gcp import monitoring

from tests.support.monitoring import good
from tests.support.monitoring.flaw import PLACEHOLDER
from tests.support.monitoring.pulumi_inputs import NotYetKnown, dashboard_of, policy_of
from tests.support.monitoring.semantic import problems_of_dashboard, problems_of_policy
from tests.support.recording import record

POLICY_TYPE = "gcp:monitoring/alertPolicy:AlertPolicy"
DASHBOARD_TYPE = "gcp:monitoring/dashboard:Dashboard"
QUERY = good.promql_policy()["conditions"][0]["conditionPrometheusQueryLanguage"]["query"]


def program():
    page = monitoring.NotificationChannel("page", type="email", labels={"email_address": "ml@example.com"})
    policy = monitoring.AlertPolicy(
        "skew",
        project=good.PROJECT,
        deletion_policy="DELETE",
        display_name="[ranker] Serving features differ from training",
        combiner="OR",
        severity="WARNING",
        conditions=[
            monitoring.AlertPolicyConditionArgs(
                display_name="MlServingFeatureSkew",
                condition_prometheus_query_language=(
                    monitoring.AlertPolicyConditionConditionPrometheusQueryLanguageArgs(
                        query=QUERY, duration="1800s", evaluation_interval="60s", disable_metric_validation=True
                    )
                ),
            ),
            monitoring.AlertPolicyConditionArgs(
                display_name="QuotaExceeded",
                condition_threshold=monitoring.AlertPolicyConditionConditionThresholdArgs(
                    filter=good.EXCEEDED,
                    comparison="COMPARISON_GT",
                    duration="0s",
                    aggregations=[
                        monitoring.AlertPolicyConditionConditionThresholdAggregationArgs(
                            alignment_period="300s", per_series_aligner="ALIGN_COUNT_TRUE"
                        )
                    ],
                    trigger=monitoring.AlertPolicyConditionConditionThresholdTriggerArgs(count=1),
                ),
            ),
        ],
        notification_channels=[page.name],
        alert_strategy=monitoring.AlertPolicyAlertStrategyArgs(
            auto_close="86400s",
            notification_channel_strategies=[
                monitoring.AlertPolicyAlertStrategyNotificationChannelStrategyArgs(
                    notification_channel_names=[page.name], renotify_interval="1800s"
                )
            ],
        ),
        user_labels={"pipeline": "ranker"},
    )
    monitoring.Dashboard("ranker", project=good.PROJECT, dashboard_json=json.dumps(good.dashboard()))
    monitoring.Dashboard("later", dashboard_json=policy.name.apply(lambda name: json.dumps({"displayName": name})))


@pytest.fixture(scope="module")
def recording():
    return record(program, preview=True)


def test_a_recorded_policy_is_the_apis(recording):
    policy = policy_of(recording.only(POLICY_TYPE).inputs)
    assert problems_of_policy(policy, good.KNOWN, good.PROJECT) == []
    assert policy["notificationChannels"] == [PLACEHOLDER]
    assert policy["alertStrategy"]["notificationChannelStrategy"][0]["notificationChannelNames"] == [PLACEHOLDER]
    assert "project" not in policy


def test_a_recorded_policy_has_pulumis_name_of_one_field_only(recording):
    refused = "alertStrategy: Additional properties are not allowed ('notificationChannelStrategies' was unexpected)"
    assert refused in problems_of_policy(recording.only(POLICY_TYPE).inputs, good.KNOWN)


def test_a_recorded_dashboard_is_the_apis(recording):
    dashboard = dashboard_of(recording.named(DASHBOARD_TYPE, "ranker").inputs)
    assert problems_of_dashboard(dashboard, good.KNOWN) == []


def test_a_dashboard_that_is_not_known_yet_is_not_validated_as_if_it_were(recording):
    with pytest.raises(NotYetKnown):
        dashboard_of(recording.named(DASHBOARD_TYPE, "later").inputs)


def test_a_key_that_stands_twice_is_refused():
    with pytest.raises(ValueError, match=r"a key stands twice: .*displayName"):
        dashboard_of({"dashboardJson": '{"displayName": "a", "displayName": "b"}'})


def test_keys_keep_the_order_of_the_text():
    text = json.dumps({"mosaicLayout": good.dashboard()["mosaicLayout"], "displayName": "ranker"})
    assert problems_of_dashboard(dashboard_of({"dashboardJson": text}), good.KNOWN) == ["it: its keys are not sorted"]
