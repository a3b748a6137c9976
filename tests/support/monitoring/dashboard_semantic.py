"""What Google says of dashboards in words only. Limits: discovery document monitoring.v1.

Overlapping tiles and a scorecard's target axis appear in Google's own samples, so the API takes them; here they are
refused, because nobody means them. How many widgets a dashboard may have is not known.
"""

import re

from tests.support.monitoring import filters
from tests.support.monitoring.conditions import aggregation_flaws
from tests.support.monitoring.flaw import PLACEHOLDER, Flaw, walk
from tests.support.monitoring.policy_semantic import labels

LAYOUTS = ("mosaicLayout", "gridLayout", "rowLayout", "columnLayout")
MOST_COLUMNS = 48
TWO_YEARS = 104 * 7 * 86400
QUERIES = (
    "prometheusQuery",
    "timeSeriesFilter",
    "timeSeriesFilterRatio",
    "timeSeriesQueryLanguage",
    "opsAnalyticsQuery",
    "traceQuery",
)
CONTENTS = (
    "alertChart",
    "blank",
    "collapsibleGroup",
    "errorReportingPanel",
    "filterControl",
    "incidentList",
    "logsPanel",
    "pieChart",
    "scorecard",
    "sectionHeader",
    "singleViewGroup",
    "text",
    "timeSeriesTable",
    "treemap",
    "xyChart",
)
_GROUPS = {"collapsibleGroup", "singleViewGroup"}
_VIEWS = ("blankView", "gaugeView", "sparkChartView")
_POLICY = re.compile(r"projects/[^/]+/alertPolicies/[^/\s]+")
_POLICY_IN_LIST = re.compile(r"(?:projects/[^/]+/)?alertPolicies/[^/\s]+")


def flaws(dashboard):
    """Everything but the expressions and the normal form."""
    if not dashboard["displayName"].strip():
        yield Flaw("semantic", "displayName", "empty")
    yield from labels(dashboard.get("labels", {}), "labels")
    layouts = [name for name in LAYOUTS if name in dashboard]
    if len(layouts) != 1:
        yield Flaw("semantic", "", f"exactly one layout, not {' and '.join(layouts) or 'none'}")
    if "mosaicLayout" in dashboard:
        yield from _mosaic(dashboard["mosaicLayout"])
    for index, filter_ in enumerate(dashboard.get("dashboardFilters", [])):
        if (filter_.get("filterType") == "VALUE_ONLY") == bool(filter_.get("labelKey")):
            yield Flaw("semantic", f"dashboardFilters[{index}].labelKey", "needed, but not for VALUE_ONLY")
    names = []
    for where, widget in widgets(dashboard):
        yield from _widget(where, widget)
        names += [widget["id"]] if "id" in widget else []
    if len(set(names)) < len(names):
        yield Flaw("semantic", "", "two widgets have the same id")


def widgets(dashboard):
    """Every widget with its path."""
    for where, value in walk(dashboard):
        last = where.rpartition(".")[2]
        if isinstance(value, dict) and (last == "widget" or last.startswith("widgets[")):
            yield where, value


def _mosaic(layout):
    columns = layout.get("columns", 0)
    if not 1 <= columns <= MOST_COLUMNS:
        yield Flaw("semantic", "mosaicLayout.columns", f"{columns}: from 1 to {MOST_COLUMNS}")
    tiles = layout.get("tiles", [])
    if not tiles:
        yield Flaw("semantic", "mosaicLayout.tiles", "none")
    boxes = []
    for index, tile in enumerate(tiles):
        where = f"mosaicLayout.tiles[{index}]"
        x, y, width, height = (tile.get(name, 0) for name in ("xPos", "yPos", "width", "height"))
        if width < 1 or height < 1:
            yield Flaw("semantic", where, f"{width} x {height} grid blocks: at least 1 x 1")
        if x < 0 or y < 0 or x + width > columns:
            yield Flaw("semantic", where, f"from {x} to {x + width} of {columns} columns, row {y}: outside the grid")
        if "widget" not in tile:
            yield Flaw("semantic", where, "has no widget")
        boxes.append((x, y, x + width, y + height, bool(_GROUPS & tile.get("widget", {}).keys())))
    for index, box in enumerate(boxes):
        for earlier, other in enumerate(boxes[:index]):
            if _meet(box, other) and not _member(box, other) and not _member(other, box):
                yield Flaw("semantic", f"mosaicLayout.tiles[{index}]", f"overlaps tile {earlier}")


def _meet(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _member(inner, group):
    """Whether a tile lies in the tile of a group, which is how a group gets its members."""
    return group[4] and group[0] <= inner[0] and group[1] <= inner[1] and inner[2] <= group[2] and inner[3] <= group[3]


def _widget(where, widget):
    given = [name for name in CONTENTS if name in widget]
    if len(given) != 1:
        yield Flaw("semantic", where, f"exactly one content, not {' and '.join(given) or 'none'}")
    if not re.fullmatch(r"[\w-]+", widget.get("id", "a")):
        yield Flaw("semantic", f"{where}.id", "letters, digits, - and _")
    for name in given:
        check = _CHECKS.get(name)
        if check:
            yield from check(f"{where}.{name}", widget[name])
    for path, value in walk(widget, where):
        last = path.rpartition(".")[2]
        if last == "timeSeriesQuery":
            yield from _query(path, value)


def _query(where, query):
    given = [name for name in QUERIES if name in query]
    if len(given) != 1:
        yield Flaw("semantic", where, f"exactly one query, not {' and '.join(given) or 'none'}")
    if "timeSeriesQueryLanguage" in query:
        yield Flaw("semantic", where, "MQL is not supported since 2025-07-22: write PromQL")
    if not query.get("prometheusQuery", "x").strip():
        yield Flaw("semantic", f"{where}.prometheusQuery", "empty")
    for path, value in walk(query, where):
        last = path.rpartition(".")[2]
        if last == "filter":
            yield from filters.flaws(path, value)
        elif last in {"aggregation", "secondaryAggregation"}:
            yield from aggregation_flaws(path, value, TWO_YEARS)


def _chart(where, chart):
    if not chart["dataSets"]:
        yield Flaw("semantic", f"{where}.dataSets", "none")
    for index, threshold in enumerate(chart.get("thresholds", [])):
        for name in ("color", "direction"):
            if name in threshold:
                yield Flaw("semantic", f"{where}.thresholds[{index}].{name}", "not allowed in an xyChart")
    plots = {data_set.get("plotType", "LINE") for data_set in chart["dataSets"]}
    if "timeshiftDuration" in chart and plots != {"LINE"}:
        yield Flaw("semantic", f"{where}.timeshiftDuration", "for lines only")


def _scorecard(where, card):
    views = [name for name in _VIEWS if name in card]
    if len(views) > 1:
        yield Flaw("semantic", where, f"at most one view, not {' and '.join(views)}")
    gauge = card.get("gaugeView", {})
    if gauge and gauge.get("lowerBound", 0) >= gauge.get("upperBound", 0):
        yield Flaw("semantic", f"{where}.gaugeView", "upperBound is not above lowerBound")
    for index, threshold in enumerate(card.get("thresholds", [])):
        if "targetAxis" in threshold:
            yield Flaw("semantic", f"{where}.thresholds[{index}].targetAxis", "not allowed in a scorecard")


def _alert_chart(where, chart):
    if chart["name"] != PLACEHOLDER and not _POLICY.fullmatch(chart["name"]):
        yield Flaw("semantic", f"{where}.name", f"{chart['name']!r} is no projects/P/alertPolicies/N")


def _incidents(where, listed):
    for name in listed.get("policyNames", []):
        # The discovery document wants the short form; the long one is seen in public dashboards. Both are taken.
        if name != PLACEHOLDER and not _POLICY_IN_LIST.fullmatch(name):
            yield Flaw("semantic", f"{where}.policyNames", f"{name!r} is no alertPolicies/N")


def _text(where, text):
    if text.get("format") not in {"MARKDOWN", "RAW"}:
        yield Flaw("semantic", f"{where}.format", "MARKDOWN or RAW")


_CHECKS = {
    "xyChart": _chart,
    "scorecard": _scorecard,
    "alertChart": _alert_chart,
    "incidentList": _incidents,
    "text": _text,
}
