"""Single faults: each breaks one thing of a good policy or dashboard, as a typing error or a wrong belief would."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support.monitoring import good


@dataclass(frozen=True)
class Fault:
    """`change` breaks what `make` gives, in place. Keys are sorted afterwards, unless their order is the fault."""

    name: str
    make: Callable[[], dict[str, Any]]
    change: Callable[[dict[str, Any]], object]

    def broken(self):
        made = self.make()
        self.change(made)
        made = made if self.name == UNSORTED else _sorted(made)
        assert str(made) != str(_sorted(self.make())), f"{self.name} changes nothing"
        return made


UNSORTED = "keys not sorted"


def _sorted(value):
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(inner) for inner in value] if isinstance(value, list) else value


def _at(value, path):
    for part in path:
        value = value[part]
    return value


def _put(*path_and_value):
    *path, last, value = path_and_value

    def change(made):
        _at(made, path)[last] = value

    return change


def _drop(*path):
    def change(made):
        del _at(made, path[:-1])[path[-1]]

    return change


def _rename(old, new, *path):
    def change(made):
        inner = _at(made, path)
        inner[new] = inner.pop(old)

    return change


PROMQL = ("conditions", 0, "conditionPrometheusQueryLanguage")
QUOTA = ("conditions", 1, "conditionPrometheusQueryLanguage")
EXCEEDED = ("conditions", 0, "conditionThreshold")
FORECAST = ("conditions", 1, "conditionThreshold")
ABSENT = ("conditions", 0, "conditionAbsent")
CHART = ("mosaicLayout", "tiles", 2, "widget", "xyChart")
DATA = (*CHART, "dataSets", 0)
CARD = ("mosaicLayout", "tiles", 3, "widget", "scorecard")
ALERT_CHART = ("mosaicLayout", "tiles", 4, "widget", "alertChart")
TILES = ("mosaicLayout", "tiles")
CONDITION = {"displayName": "more", "conditionAbsent": {"filter": good.UPTIME, "duration": "120s"}}


def _more(path, count, item):
    def change(made):
        _at(made, path).extend(item(index) for index in range(count))

    return change


def _query(text):
    return _put(*PROMQL, "query", text)


def _channel(number):
    return f"projects/{good.PROJECT}/notificationChannels/{number}"


def _alone(made):
    made["conditions"].append({"displayName": "log", "conditionMatchedLog": {"filter": "severity >= ERROR"}})
    made["alertStrategy"] = {"notificationRateLimit": {"period": "300s"}, "notificationPrompts": ["OPENED"]}


_PROMQL_FAULTS = {
    "misspelt field of the policy": _rename("documentation", "documentaton"),
    "snake case": _rename("userLabels", "user_labels"),
    "misspelt field of a condition": _rename("evaluationInterval", "evaluationIntervall", *PROMQL),
    "Pulumi's name of a field": lambda made: made["alertStrategy"].update(notificationChannelStrategies=[]),
    "severity is no word of Google's": _put("severity", "PAGE"),
    "severity says nothing": _put("severity", "SEVERITY_UNSPECIFIED"),
    "combiner is no word of Google's": _put("combiner", "ANY"),
    "no combiner": _drop("combiner"),
    "combiner says nothing": _put("combiner", "COMBINE_UNSPECIFIED"),
    "enabled is a text": _put("enabled", "true"),
    "conditions are no list": lambda made: made.update(conditions=made["conditions"][0]),
    "no condition": _put("conditions", []),
    "conditions missing": _drop("conditions"),
    "seven conditions": _more(("conditions",), 5, lambda index: {**CONDITION, "displayName": f"more {index}"}),
    "two conditions of one name": _put("conditions", 1, "displayName", "MlServingFeatureSkew"),
    "a condition of no kind": _drop(*PROMQL),
    "a condition of two kinds": _put("conditions", 0, "conditionAbsent", CONDITION["conditionAbsent"]),
    "a log condition is not alone": _alone,
    "MQL": lambda made: made["conditions"].__setitem__(
        slice(None), [{"displayName": "m", "conditionMonitoringQueryLanguage": {"query": "fetch x", "duration": "0s"}}]
    ),
    "no query": _drop(*PROMQL, "query"),
    "empty query": _query("  "),
    "hold time in minutes": _put(*PROMQL, "duration", "30m"),
    "hold time without a unit": _put(*PROMQL, "duration", "1800"),
    "hold time is a number": _put(*PROMQL, "duration", 1800),
    "negative hold time": _put(*PROMQL, "duration", "-60s"),
    "hold time of 45 s": _put(*PROMQL, "duration", "45s"),
    "evaluated every 45 s": _put(*PROMQL, "evaluationInterval", "45s"),
    "evaluated every 0 s": _put(*PROMQL, "evaluationInterval", "0s"),
    "rule name with a space": _put(*PROMQL, "alertRule", "Ml Serving"),
    "label name with a hyphen": _put(*PROMQL, "labels", {"managed-by": "x"}),
    "metric validation of an own metric": _drop(*PROMQL, "disableMetricValidation"),
    "unclosed bracket": _query("max(ml_window_rows > 1"),
    "trailing operator": _query("ml_window_rows >"),
    "unknown function": _query("maximum(ml_window_rows) > 1"),
    "rate without a range": _query("rate(ml_serving_requests_total) > 1"),
    "regex on the name": _query('{__name__=~"ml_.*"} > 1'),
    "no name": _query('{pipeline="ranker"} > 1'),
    "quoted name": _query('{"ml_window_rows"} > 1'),
    "range of 25 h": _query("max_over_time(ml_window_rows[25h]) > 1"),
    "range and hold time over 25 h": lambda made: _at(made, PROMQL).update(
        query="max_over_time(ml_window_rows[1d]) > 1", duration="7200s"
    ),
    "function of Prometheus 2.54": _query("limitk(3, ml_window_rows) > 1"),
    "gauge named like a counter": _query("ml_rows_total > 1"),
    "metric that nobody writes": _query("ml_window_row > 1"),
    "histogram without its suffix": _query("ml_serving_latency_seconds > 1"),
    "bare quota selector": _put(*QUOTA, "query", "serviceruntime_googleapis_com:quota_limit > 1"),
    "quota without its resource": _put(
        *QUOTA, "query", "max(last_over_time(serviceruntime_googleapis_com:quota_limit[1d])) > 1"
    ),
    "GKE metric by namespace": _put(*QUOTA, "query", 'kubernetes_io:container_restart_count{namespace="serving"} > 1'),
    "17 channels": _more(("notificationChannels",), 16, lambda index: _channel(2000 + index)),
    "channel given by its name": _put("notificationChannels", 0, "ML on call"),
    "channel of another project": _put("notificationChannels", 0, "projects/other-team/notificationChannels/1"),
    "channel twice": _more(("notificationChannels",), 1, lambda _: good.TICKET),
    "four links": _more(
        ("documentation", "links"), 3, lambda index: {"displayName": f"l{index}", "url": "https://example.com/x"}
    ),
    "link without a name": _drop("documentation", "links", 0, "displayName"),
    "long link name": _put("documentation", "links", 0, "displayName", "x" * 64),
    "long link": _put("documentation", "links", 0, "url", "https://example.com/" + "x" * 2083),
    "link that is no address": _put("documentation", "links", 0, "url", "runbooks/ranker.md"),
    "documentation of 8193 characters": _put("documentation", "content", "x" * 8193),
    "documentation of 10242 bytes": _put("documentation", "content", "\N{EURO SIGN}" * 3414),
    "documentation in HTML": _put("documentation", "mimeType", "text/html"),
    "subject of 256 bytes": _put("documentation", "subject", "x" * 256),
    "Prometheus' template": _put("documentation", "content", "{{ $labels.feature }} moved"),
    "unclosed variable": _put("documentation", "content", "Feature ${metric.label.feature moved"),
    "closes after 10 minutes": _put("alertStrategy", "autoClose", "600s"),
    "closes after 8 days": _put("alertStrategy", "autoClose", "691200s"),
    "told of the end only": _put("alertStrategy", "notificationPrompts", ["CLOSED"]),
    "rate limit without a log condition": _put("alertStrategy", "notificationRateLimit", {"period": "300s"}),
    "label with a capital letter": _put("userLabels", "Pipeline", "ranker"),
    "label value with a space": _put("userLabels", "pipeline", "the ranker"),
    "label value of 64 characters": _put("userLabels", "pipeline", "x" * 64),
    "65 labels": lambda made: made["userLabels"].update({f"l{index}": "x" for index in range(62)}),
    "name of 513 characters": _put("displayName", "x" * 513),
    "no name of the policy": _drop("displayName"),
    "no name of a condition": _drop("conditions", 0, "displayName"),
    "the name that Google gives": _put("name", f"projects/{good.PROJECT}/alertPolicies/1"),
    "label that the metric does not have": _query('ml_window_rows{pipline="ranker"} > 1'),
}

_THRESHOLD_FAULTS = {
    "comparison GE": _put(*EXCEEDED, "comparison", "COMPARISON_GE"),
    "comparison in signs": _put(*EXCEEDED, "comparison", ">"),
    "no comparison": _drop(*EXCEEDED, "comparison"),
    "threshold is a text": _put(*EXCEEDED, "thresholdValue", "0"),
    "threshold: hold time of 90 s": _put(*FORECAST, "duration", "90s"),
    "threshold: no hold time": _drop(*EXCEEDED, "duration"),
    "threshold: no filter": _drop(*EXCEEDED, "filter"),
    "missing data at a hold time of 0": _put(*FORECAST, "duration", "0s"),
    "forecast of 61 h": _put(*FORECAST, "forecastOptions", "forecastHorizon", "219600s"),
    "forecast of half an hour": _put(*FORECAST, "forecastOptions", "forecastHorizon", "1800s"),
    "forecast without a horizon": _put(*FORECAST, "forecastOptions", {}),
    "aligner is no word of Google's": _put(*FORECAST, "aggregations", 0, "perSeriesAligner", "ALIGN_AVG"),
    "aligner without a period": _drop(*FORECAST, "aggregations", 0, "alignmentPeriod"),
    "period of 30 s": _put(*FORECAST, "aggregations", 0, "alignmentPeriod", "30s"),
    "period of 26 h": _put(*FORECAST, "aggregations", 0, "alignmentPeriod", "93600s"),
    "reducer without an aligner": _drop(*EXCEEDED, "aggregations", 0, "perSeriesAligner"),
    "grouped without a reducer": _drop(*EXCEEDED, "aggregations", 0, "crossSeriesReducer"),
    "trigger of two kinds": _put(*EXCEEDED, "trigger", "percent", 10),
    "trigger of none": _put(*EXCEEDED, "trigger", "count", 0),
    "filter of 2049 characters": _put(*EXCEEDED, "filter", f'{good.RESTARTS} AND metric.label.x = "{"y" * 2000}"'),
    "filter with an open quote": _put(*FORECAST, "filter", good.RESTARTS[:-1]),
    "filter with ==": _put(*FORECAST, "filter", good.RESTARTS.replace(" = ", " == ")),
    "filter with &&": _put(*FORECAST, "filter", good.RESTARTS.replace("AND", "&&")),
    "filter without a resource type": _put(*FORECAST, "filter", good.RESTARTS.partition(" AND")[0]),
    "filter on an unknown part": _put(*FORECAST, "filter", good.RESTARTS.replace("resource.type", "resources.type")),
    "filter on a metric that nobody writes": _put(
        *FORECAST, "filter", good.RESTARTS.replace("restart_count", "restarts")
    ),
    "filter on a resource that does not write it": _put(
        *FORECAST, "filter", good.RESTARTS.replace("k8s_container", "gce_instance")
    ),
    "denominator's aggregation alone": _put(*FORECAST, "denominatorAggregations", [{"alignmentPeriod": "60s"}]),
    "reminded every 10 minutes": _put("alertStrategy", "notificationChannelStrategy", 0, "renotifyInterval", "600s"),
    "reminded every 2 days": _put("alertStrategy", "notificationChannelStrategy", 0, "renotifyInterval", "172800s"),
    "reminded by a channel that is not the policy's": _put(
        "alertStrategy", "notificationChannelStrategy", 0, "notificationChannelNames", [_channel(9)]
    ),
}

_ABSENCE_FAULTS = {
    "absent for 60 s": _put(*ABSENT, "duration", "60s"),
    "absent for 150 s": _put(*ABSENT, "duration", "150s"),
    "absent: no filter": _drop(*ABSENT, "filter"),
    "absent: 150 percent": _put(*ABSENT, "trigger", "percent", 150),
    "absent: a threshold's field": _put(*ABSENT, "comparison", "COMPARISON_GT"),
    "absent: function of filters misspelt": _put(*ABSENT, "filter", good.UPTIME.replace("starts_with", "startswith")),
}


def _overlap(made):
    _at(made, (*TILES, 3))["xPos"] = 15


_DASHBOARD_FAULTS = {
    "misspelt field of the dashboard": _rename("displayName", "displayname"),
    "no name of the dashboard": _drop("displayName"),
    "Console's field": _put(*DATA, "showLegend", True),
    "two layouts": _put("gridLayout", {"columns": "2", "widgets": [{"text": {"content": "x", "format": "RAW"}}]}),
    "no layout": _drop("mosaicLayout"),
    "columns as a text": _put("mosaicLayout", "columns", "48"),
    "49 columns": _put("mosaicLayout", "columns", 49),
    "no columns": _drop("mosaicLayout", "columns"),
    "no tiles": _put(*TILES, []),
    "a tile of no width": _drop(*TILES, 2, "width"),
    "a tile outside the grid": _put(*TILES, 4, "xPos", 40),
    "a tile left of the grid": _put(*TILES, 3, "xPos", -1),
    "overlapping tiles": _overlap,
    "half a column": _put(*TILES, 3, "width", 16.5),
    "xPos 0": _put(*TILES, 0, "xPos", 0),
    "a tile without a widget": _drop(*TILES, 5, "widget"),
    "a widget of nothing": _drop(*TILES, 5, "widget", "incidentList"),
    "a widget of two things": _put(*TILES, 0, "widget", "blank", {}),
    "two widgets of one id": _put(*TILES, 3, "widget", "id", "latency"),
    "widget id with a space": _put(*TILES, 2, "widget", "id", "p 99"),
    "chart without data": _put(*CHART, "dataSets", []),
    "chart: dataSets missing": _drop(*CHART, "dataSets"),
    "plot type LINES": _put(*DATA, "plotType", "LINES"),
    "no query of a chart": _drop(*DATA, "timeSeriesQuery", "prometheusQuery"),
    "two queries": _put(
        *DATA, "timeSeriesQuery", "timeSeriesFilter", {"filter": good.RESTARTS}
    ),
    "MQL in a chart": lambda made: _at(made, (*DATA, "timeSeriesQuery")).update(
        {"timeSeriesQueryLanguage": _at(made, (*DATA, "timeSeriesQuery")).pop("prometheusQuery")}
    ),
    "chart: PromQL that is none": _put(*DATA, "timeSeriesQuery", "prometheusQuery", "sum(rate(ml_window_rows[5m])"),
    "chart: regex on the name": _put(*DATA, "timeSeriesQuery", "prometheusQuery", '{__name__=~"ml_.*"}'),
    "chart: a metric that nobody writes": _put(*DATA, "timeSeriesQuery", "prometheusQuery", "ml_windows_rows"),
    "chart: a bare range": _put(*DATA, "timeSeriesQuery", "prometheusQuery", "ml_window_rows[5m]"),
    "alignment in minutes": _put(*DATA, "minAlignmentPeriod", "1m"),
    "threshold of a chart has a colour": _put(*CHART, "thresholds", 0, {"color": "RED", "value": 0.4}),
    "threshold of a chart has a direction": _put(*CHART, "thresholds", 0, {"direction": "ABOVE", "value": 0.4}),
    "threshold's value is a text": _put(*CHART, "thresholds", 0, "value", "0.4"),
    "scale LOG2": _put(*CHART, "yAxis", "scale", "LOG2"),
    "threshold of a scorecard has an axis": _put(
        *CARD, "thresholds", 0, {"color": "RED", "direction": "ABOVE", "targetAxis": "Y1", "value": 3}
    ),
    "scorecard of two views": _put(*TILES, 3, "widget", "scorecard", {
        "blankView": {}, "sparkChartView": {"sparkChartType": "SPARK_LINE"},
        "timeSeriesQuery": {"prometheusQuery": "ml_window_rows"},
    }),
    "gauge upside down": _put(*TILES, 3, "widget", "scorecard", {
        "gaugeView": {"lowerBound": 10, "upperBound": 1}, "timeSeriesQuery": {"prometheusQuery": "ml_window_rows"},
    }),
    "scorecard without a query": _drop(*CARD, "timeSeriesQuery"),
    "scorecard: a broken filter": _put(*CARD, "timeSeriesQuery", "timeSeriesFilter", "filter", "metric.type: foo"),
    "scorecard: aligner without a period": _drop(
        *CARD, "timeSeriesQuery", "timeSeriesFilter", "aggregation", "alignmentPeriod"
    ),
    "text in HTML": _put(*TILES, 0, "widget", "text", "format", "HTML"),
    "text of no format": _drop(*TILES, 0, "widget", "text", "format"),
    "alert chart by display name": _put(*ALERT_CHART, "name", "Features differ from training"),
    "alert chart without a name": _drop(*ALERT_CHART, "name"),
    "alert chart of a policy that is gone": _put(*ALERT_CHART, "name", f"projects/{good.PROJECT}/alertPolicies/78"),
    "incident list by display name": _put(*TILES, 5, "widget", "incidentList", "policyNames", ["ranker skew"]),
    "empty list": _put(*TILES, 5, "widget", "incidentList", "policyNames", []),
    "an etag": _put("etag", "a1"),
    UNSORTED: lambda made: made.update(displayName=made.pop("displayName")),
    "null": _put(*TILES, 5, "widget", "title", None),
    "label of a dashboard": _put("labels", {"Pipeline": "ranker"}),
}  # fmt: skip


FAULTS = [
    Fault(name, make, change)
    for make, faults in (
        (good.promql_policy, _PROMQL_FAULTS),
        (good.threshold_policy, _THRESHOLD_FAULTS),
        (good.absence_policy, _ABSENCE_FAULTS),
        (good.dashboard, _DASHBOARD_FAULTS),
    )
    for name, change in faults.items()
]
