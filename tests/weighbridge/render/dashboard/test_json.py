"""A dashboard in the form in which Cloud Monitoring gives it back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from weighbridge.dashboards.tile import (
    Chart,
    Content,
    DashboardPlan,
    Header,
    Incidents,
    Line,
    Piece,
    Query,
    SectionTitle,
    Tile,
)
from weighbridge.render.dashboard.json import as_object, as_text, for_people


def board(*contents: Content, name: str = "overview") -> DashboardPlan:
    tiles = tuple(Tile(0, 12 * index, 48, 12, content) for index, content in enumerate(contents))
    return DashboardPlan(name, f"prod-{name}", "example-ml", f"[prod] {name}", {"owner": "ml"}, tiles)


def widget(content: Content) -> dict[str, Any]:
    whole: Any = as_object(board(content))
    (tile,) = whole["mosaicLayout"]["tiles"]
    found: dict[str, Any] = tile["widget"]
    return found


def test_nothing_empty_and_no_zero_is_sent():
    assert as_object(board(Incidents("Open"), SectionTitle("Requests", ""))) == {
        "displayName": "[prod] overview",
        "labels": {"owner": "ml"},
        "mosaicLayout": {
            "columns": 48,
            "tiles": [
                {"width": 48, "height": 12, "widget": {"title": "Open", "incidentList": {}}},
                {
                    "yPos": 12,
                    "width": 48,
                    "height": 12,
                    "widget": {"title": "Requests", "sectionHeader": {"dividerBelow": True}},
                },
            ],
        },
    }


@pytest.mark.parametrize(
    ("unit", "theirs"),
    [("share", "10^2.%"), ("us", "us"), ("seconds", "s"), ("per second", "1/s"), ("count", "1")],
)
def test_a_chart_has_its_unit_in_the_api_s_words(unit, theirs):
    chart = Chart("Errors", unit, (Query("v7", "a"), Query("", "b")))
    assert widget(chart) == {
        "title": "Errors",
        "xyChart": {
            "chartOptions": {"mode": "COLOR"},
            "dataSets": [
                {
                    "legendTemplate": "v7",
                    "plotType": "LINE",
                    "targetAxis": "Y1",
                    "timeSeriesQuery": {"prometheusQuery": "a", "unitOverride": theirs},
                },
                {
                    "plotType": "LINE",
                    "targetAxis": "Y1",
                    "timeSeriesQuery": {"prometheusQuery": "b", "unitOverride": theirs},
                },
            ],
            "yAxis": {"label": unit, "scale": "LINEAR"},
        },
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.5, {"label": "page above 50% for 15m", "targetAxis": "Y1", "value": 0.5}),
        (1.0, {"label": "page above 100% for 15m", "targetAxis": "Y1", "value": 1}),
        (0, {"label": "page above 0 for 15m", "targetAxis": "Y1"}),
    ],
)
def test_a_threshold_of_zero_is_one_without_a_value(value, expected):
    chart = Chart("Errors", "share", (Query("", "a"),), Line(value, "page above", "for 15m"))
    assert json.dumps(widget(chart)["xyChart"]["thresholds"]) == json.dumps([expected])


def test_a_header_is_markdown_with_a_break_after_each_line():
    pieces = (
        (Piece("Owner: "), Piece("ml@example.com", strong=True)),
        (Piece("Runbook", url="https://wiki.example.com/x"), Piece(" · "), Piece("stacks/prod.yaml", code=True)),
    )
    assert widget(Header("Prod", pieces))["text"] == {
        "content": "Owner: **ml@example.com**  \n[Runbook](https://wiki.example.com/x) · `stacks/prod.yaml`",
        "format": "MARKDOWN",
    }


def test_one_line_for_a_deployment_and_many_for_people():
    plans = [board(Incidents("Offen · ü"), name=name) for name in ("overview", "quota")]
    assert "\n" not in as_text(plans[0])
    assert "ü" in as_text(plans[0])
    assert json.loads(as_text(plans[0])) == as_object(plans[0])
    assert json.loads(for_people(plans[:1], alone=True)) == as_object(plans[0])
    assert json.loads(for_people(plans, alone=False)) == {plan.name: as_object(plan) for plan in plans}
