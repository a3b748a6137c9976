"""A policy of each kind and a dashboard with each widget, written by hand as Google's API takes them."""

from weighbridge.signals.metric_facts import MetricFacts
from weighbridge.signals.quota_series import quota_metric_facts

PROJECT = "example-ml"
PAGE = f"projects/{PROJECT}/notificationChannels/1001"
TICKET = f"projects/{PROJECT}/notificationChannels/1002"
KNOWN = {
    facts.name: facts
    for facts in (
        MetricFacts("ml_feature_distance", "gauge"),
        MetricFacts("ml_window_rows", "gauge"),
        MetricFacts("ml_rows_total", "gauge"),
        MetricFacts("ml_serving_requests_total", "counter"),
        MetricFacts("ml_serving_latency_seconds", "histogram"),
        MetricFacts("kubernetes_io:container_restart_count", "counter"),
        MetricFacts("monitoring_googleapis_com:uptime_check_check_passed", "gauge"),
        *quota_metric_facts(),
    )
}
"""What something writes: the metrics of these policies, and one badly named gauge."""

RESTARTS = 'metric.type = "kubernetes.io/container/restart_count" AND resource.type = "k8s_container"'
EXCEEDED = (
    'resource.type = "consumer_quota" AND metric.type = "serviceruntime.googleapis.com/quota/exceeded" AND '
    'resource.label.location = "us-central1" AND metric.label.quota_metric = "compute.googleapis.com/nvidia_l4_gpus"'
)
UPTIME = (
    'metric.type = "monitoring.googleapis.com/uptime_check/check_passed" AND resource.type = "uptime_url" AND '
    'metric.label.check_id = starts_with("ranker-")'
)


def promql_policy():
    return {
        "displayName": "[ranker] Serving features differ from training",
        "combiner": "OR",
        "severity": "WARNING",
        "conditions": [
            {
                "displayName": "MlServingFeatureSkew",
                "conditionPrometheusQueryLanguage": {
                    "query": (
                        "max by (pipeline, feature) "
                        '(ml_feature_distance{pipeline="ranker", stage="serving", baseline="training"}) > 0.3\n'
                        'and on (pipeline) max by (pipeline) (ml_window_rows{pipeline="ranker"}) >= 1000'
                    ),
                    "duration": "1800s",
                    "evaluationInterval": "60s",
                    "alertRule": "MlServingFeatureSkew",
                    "ruleGroup": "ranker-serving",
                    "labels": {"severity": "ticket"},
                    "disableMetricValidation": True,
                },
            },
            {
                "displayName": "MlQuotaUsageHigh",
                "conditionPrometheusQueryLanguage": {
                    "query": (
                        "max(last_over_time(serviceruntime_googleapis_com:quota_allocation_usage"
                        '{monitored_resource="consumer_quota", location="us-central1"}[1d])) > 19.2'
                    ),
                    "duration": "600s",
                },
            },
        ],
        "notificationChannels": [TICKET],
        "documentation": {
            "content": "Feature ${metric_or_resource.label.feature} moved. Compare its histogram with training.",
            "mimeType": "text/markdown",
            "subject": "ticket: serving features differ from training (ranker)",
            "links": [{"displayName": "Runbook", "url": "https://runbooks.example.com/ranker.md"}],
        },
        "alertStrategy": {"autoClose": "86400s", "notificationPrompts": ["OPENED", "CLOSED"]},
        "userLabels": {"pipeline": "ranker", "signal": "serving-feature-skew", "managed-by": "weighbridge"},
        "enabled": True,
    }


def threshold_policy():
    return {
        "displayName": "[ranker] A request for quota was refused",
        "combiner": "OR",
        "severity": "CRITICAL",
        "conditions": [
            {
                "displayName": "QuotaExceeded",
                "conditionThreshold": {
                    "filter": EXCEEDED,
                    "comparison": "COMPARISON_GT",
                    "thresholdValue": 0,
                    "duration": "0s",
                    "aggregations": [
                        {
                            "alignmentPeriod": "300s",
                            "perSeriesAligner": "ALIGN_COUNT_TRUE",
                            "crossSeriesReducer": "REDUCE_SUM",
                            "groupByFields": ["metric.label.quota_metric"],
                        }
                    ],
                    "trigger": {"count": 1},
                },
            },
            {
                "displayName": "RestartsComing",
                "conditionThreshold": {
                    "filter": RESTARTS,
                    "comparison": "COMPARISON_LT",
                    "thresholdValue": 5,
                    "duration": "300s",
                    "evaluationMissingData": "EVALUATION_MISSING_DATA_INACTIVE",
                    "forecastOptions": {"forecastHorizon": "86400s"},
                    "aggregations": [{"alignmentPeriod": "300s", "perSeriesAligner": "ALIGN_RATE"}],
                },
            },
        ],
        "notificationChannels": [PAGE, TICKET],
        "alertStrategy": {
            "autoClose": "86400s",
            "notificationChannelStrategy": [{"notificationChannelNames": [PAGE], "renotifyInterval": "1800s"}],
        },
        "userLabels": {"pipeline": "ranker", "severity": "page"},
    }


def absence_policy():
    return {
        "displayName": "[ranker] Nobody checks the endpoint from outside",
        "combiner": "AND_WITH_MATCHING_RESOURCE",
        "severity": "CRITICAL",
        "conditions": [
            {
                "displayName": "UptimeAbsent",
                "conditionAbsent": {
                    "filter": UPTIME,
                    "duration": "600s",
                    "aggregations": [{"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_NEXT_OLDER"}],
                    "trigger": {"percent": 50},
                },
            }
        ],
        "notificationChannels": [PAGE],
    }


POLICIES = {"promql": promql_policy, "threshold": threshold_policy, "absence": absence_policy}


def dashboard():
    """3 x 2 tiles below a header, keys sorted, no zero written."""
    return {
        "displayName": "ranker",
        "labels": {"pipeline": "ranker"},
        "mosaicLayout": {
            "columns": 48,
            "tiles": [
                {
                    "height": 4,
                    "widget": {"text": {"content": "# ranker\nServes v7 and v8.", "format": "MARKDOWN"}},
                    "width": 48,
                },
                {
                    "height": 4,
                    "widget": {"sectionHeader": {"subtitle": "requests and latency"}, "title": "Serving"},
                    "width": 48,
                    "yPos": 4,
                },
                {
                    "height": 12,
                    "widget": {
                        "id": "latency",
                        "title": "Latency, 99th percentile",
                        "xyChart": {
                            "chartOptions": {"mode": "COLOR"},
                            "dataSets": [
                                {
                                    "legendTemplate": "p99",
                                    "minAlignmentPeriod": "60s",
                                    "plotType": "LINE",
                                    "targetAxis": "Y1",
                                    "timeSeriesQuery": {
                                        "prometheusQuery": (
                                            "histogram_quantile(0.99, sum by (le) "
                                            "(rate(ml_serving_latency_seconds_bucket[5m])))"
                                        ),
                                        "unitOverride": "s",
                                    },
                                }
                            ],
                            "thresholds": [{"label": "objective", "targetAxis": "Y1", "value": 0.4}],
                            "yAxis": {"label": "seconds", "scale": "LINEAR"},
                        },
                    },
                    "width": 16,
                    "yPos": 8,
                },
                {
                    "height": 12,
                    "widget": {
                        "scorecard": {
                            "sparkChartView": {"sparkChartType": "SPARK_LINE"},
                            "thresholds": [{"color": "RED", "direction": "ABOVE", "value": 3}],
                            "timeSeriesQuery": {
                                "timeSeriesFilter": {
                                    "aggregation": {"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_RATE"},
                                    "filter": RESTARTS,
                                }
                            },
                        },
                        "title": "Restarts",
                    },
                    "width": 16,
                    "xPos": 16,
                    "yPos": 8,
                },
                {
                    "height": 12,
                    "widget": {
                        "alertChart": {"name": f"projects/{PROJECT}/alertPolicies/77"},
                        "title": "Features differ from training",
                    },
                    "width": 16,
                    "xPos": 32,
                    "yPos": 8,
                },
                {
                    "height": 12,
                    "widget": {"incidentList": {"policyNames": ["alertPolicies/77"]}, "title": "Incidents"},
                    "width": 48,
                    "yPos": 20,
                },
            ],
        },
    }
