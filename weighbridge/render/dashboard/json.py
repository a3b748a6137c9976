"""A dashboard as Cloud Monitoring's API gives it back: nothing empty, no zeros, keys sorted.

Any other form would differ at every deployment. A threshold of 0 is thus one without a value. Legends are plain words:
how labels of PromQL results are named in a legend's template isn't documented, so where a query has none, the console
names its curves by their labels.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from weighbridge.dashboards.tile import (
    COLUMNS,
    Chart,
    Content,
    DashboardPlan,
    Header,
    Incidents,
    Piece,
    SectionTitle,
    Tile,
)
from weighbridge.files.yaml_text import Plain
from weighbridge.render.dashboard.axis_ticks import line_text

UNITS: Mapping[str, str] = {
    "USD/h": "{USD}/h", "amount": "1", "count": "1", "distance": "1", "ms": "ms", "number": "1", "per second": "1/s",
    "ratio": "1", "s": "s", "seconds": "s", "share": "10^2.%", "times": "1", "us": "us",
}  # fmt: skip
"""Units of charts as Cloud Monitoring writes them. Source: MetricDescriptor.unit in its discovery document."""


def as_text(plan: DashboardPlan) -> str:
    """One line, the same for the same plan."""
    return json.dumps(as_object(plan), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def for_people(plans: Sequence[DashboardPlan], *, alone: bool) -> str:
    """Indented: dashboards by name, or one `alone`, as `gcloud monitoring dashboards create` takes it."""
    found = as_object(plans[0]) if alone else {plan.name: as_object(plan) for plan in plans}
    return json.dumps(found, sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def as_object(plan: DashboardPlan) -> dict[str, Plain]:
    """A dashboard in the shape of Cloud Monitoring's API, without the name that it gives it."""
    whole: dict[str, Plain] = {
        "displayName": plan.display_name,
        "labels": dict(plan.labels),
        "mosaicLayout": {"columns": COLUMNS, "tiles": [_tile(tile) for tile in plan.tiles]},
    }
    return _normal_object(whole)


def _tile(tile: Tile) -> dict[str, Plain]:
    size = {"xPos": tile.x, "yPos": tile.y, "width": tile.width, "height": tile.height}
    return {**size, "widget": {"title": tile.content.title, **_widget(tile.content)}}


def _widget(content: Content) -> dict[str, Plain]:
    match content:
        case Header():
            lines = ("".join(_markdown(piece) for piece in line) for line in content.lines)
            return {"text": {"content": "  \n".join(lines), "format": "MARKDOWN"}}
        case SectionTitle():
            return {"sectionHeader": {"subtitle": content.subtitle, "dividerBelow": True}}
        case Incidents():
            return {"incidentList": {}}
        case Chart():
            return {"xyChart": _chart(content)}


def _chart(chart: Chart) -> dict[str, Plain]:
    line = chart.line
    return {
        "chartOptions": {"mode": "COLOR"},
        "dataSets": [
            {
                "legendTemplate": query.legend,
                "plotType": "LINE",
                "targetAxis": "Y1",
                "timeSeriesQuery": {"prometheusQuery": query.text, "unitOverride": UNITS[chart.unit]},
            }
            for query in chart.queries
        ],
        "thresholds": [{"label": line_text(line, chart.unit), "targetAxis": "Y1", "value": line.value}]
        if line is not None
        else [],
        "yAxis": {"label": chart.unit, "scale": "LINEAR"},
    }


def _markdown(piece: Piece) -> str:
    if piece.url is not None:
        return f"[{piece.text}]({piece.url})"
    if piece.code:
        return f"`{piece.text}`"
    return f"**{piece.text}**" if piece.strong else piece.text


def _normal_object(value: dict[str, Plain]) -> dict[str, Plain]:
    """Without what the API leaves out. An incident list has nothing to say, and its kind still has to be there."""
    kept = {name: _normal(part) for name, part in value.items()}
    return {name: part for name, part in kept.items() if part or name == "incidentList"}


def _normal(value: Plain) -> Plain:
    match value:
        case dict():
            return _normal_object(value)
        case list():
            return [_normal(part) for part in value]
        case float() if value.is_integer():
            return int(value)
    return value
