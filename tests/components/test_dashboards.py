"""What the dashboard component creates, and that Google would take it and give it back as it is."""

from __future__ import annotations

import json

import pytest

from components.dashboards import Dashboards
from tests.support.monitoring.semantic import problems_of_dashboard
from tests.support.platform import platform
from tests.support.recording import record
from tests.support.specs import CATALOG, everything, full, prod
from weighbridge.dashboards.plan import plan_dashboards
from weighbridge.signals.emitters import known_of
from weighbridge.signals.quota_words import quota_lists
from weighbridge.signals.subjects import subjects
from weighbridge.signals.watched import watched

DASHBOARD = "gcp:monitoring/dashboard:Dashboard"


def plans(spec):
    of = subjects(spec, quota_lists(spec, CATALOG))
    return plan_dashboards(spec, of, watched(of), CATALOG)


def created(spec):
    """The JSON of each dashboard, by the resource's name."""
    recorded = record(lambda: Dashboards("prod-dashboards", plans(spec)))
    return {dashboard.name: dashboard.inputs for dashboard in recorded.of_type(DASHBOARD)}


@pytest.mark.parametrize("spec", everything(), ids=("dev", "staging", "prod", "full"))
def test_google_would_take_every_dashboard(spec):
    known = known_of(spec)
    found = created(spec)
    assert len(found) == len(spec.endpoints) + 2
    assert {
        name: problems_of_dashboard(json.loads(inputs["dashboardJson"]), known) for name, inputs in found.items()
    } == {name: [] for name in found}


def test_the_platform_creates_them_in_the_project_of_the_spec():
    recorded = platform(prod())
    found = {dashboard.name: dashboard for dashboard in recorded.of_type(DASHBOARD)}
    assert set(found) == {"prod-overview", "prod-endpoint-ranker", "prod-quota"}
    assert {dashboard.inputs["project"] for dashboard in found.values()} == {"example-ml"}
    assert {dashboard.parent.rpartition("::")[2] for dashboard in found.values()} == {"prod-dashboards"}


def test_the_same_spec_gives_the_same_text():
    assert created(full()) == created(full())


def chart(spec, resource, title):
    tiles = json.loads(created(spec)[resource]["dashboardJson"])["mosaicLayout"]["tiles"]
    (found,) = (tile for tile in tiles if tile["widget"]["title"] == title)
    return found


def test_one_chart_in_full():
    found = chart(prod(), "prod-endpoint-ranker", "Share of features that differ")
    (data,) = found["widget"]["xyChart"]["dataSets"]
    query = data["timeSeriesQuery"].pop("prometheusQuery")
    assert query.startswith("((count by (pipeline, stage) ((max by")
    assert found == {
        "height": 12, "width": 16, "xPos": 16, "yPos": found["yPos"],
        "widget": {
            "title": "Share of features that differ",
            "xyChart": {
                "chartOptions": {"mode": "COLOR"},
                "dataSets": [
                    {"plotType": "LINE", "targetAxis": "Y1", "timeSeriesQuery": {"unitOverride": "10^2.%"}},
                ],
                "thresholds": [{"label": "page above 50% for 15m", "targetAxis": "Y1", "value": 0.5}],
                "yAxis": {"label": "share", "scale": "LINEAR"},
            },
        },
    }  # fmt: skip


def test_a_threshold_of_zero_is_one_without_a_value():
    tiles = json.loads(created(full())["prod-overview"]["dashboardJson"])["mosaicLayout"]["tiles"]
    waits = [tile["widget"]["xyChart"] for tile in tiles if tile["widget"]["title"] == "Workloads that wait for quota"]
    assert waits
    assert all(chart["thresholds"] == [{"label": "ticket above 0 for 1h", "targetAxis": "Y1"}] for chart in waits)


def test_curves_of_several_queries_have_legends():
    found = chart(full(), "prod-overview", "Replicas that answer")
    legends = [data_set["legendTemplate"] for data_set in found["widget"]["xyChart"]["dataSets"]]
    assert legends == ["ranker", "chat", "tagger", "embed", "rules"]


def test_the_header_is_markdown_with_links():
    runbooks = ("  notify:\n", "  runbooks: https://wiki.example.com/ml\n  notify:\n")
    tiles = json.loads(created(prod(runbooks))["prod-endpoint-ranker"]["dashboardJson"])["mosaicLayout"]["tiles"]
    assert tiles[0]["widget"]["text"] == {
        "content": (
            "Endpoint of prod in example-ml, us-central1. Owner: **ml-platform@example.com**  \n"
            "Traffic: **v7 90%, v8 10%**  \n"
            "[Runbook](https://wiki.example.com/ml/ranker.md) · Spec: `stacks/prod.yaml` · "
            "[Dashboards](https://console.cloud.google.com/monitoring/dashboards?project=example-ml) · "
            "[Incidents](https://console.cloud.google.com/monitoring/alerting/incidents?project=example-ml)"
        ),
        "format": "MARKDOWN",
    }
