"""Dashboards for a terminal of 80 columns."""

from __future__ import annotations

from weighbridge.dashboards.tile import Chart, DashboardPlan, Incidents, Line, Query, SectionTitle, Tile
from weighbridge.render.dashboard.text import WIDTH, render

ERRORS = Chart("Error ratio", "share", (Query("", "x"),), Line(0.001, "promised"))
LONG = Chart("t" * 60, "u" * 20, (Query("", "x"),), Line(7200, "page above " + "w" * 40, "for 10m"))


def board(name: str, *contents) -> DashboardPlan:
    tiles = tuple(Tile(0, 0, 1, 1, content) for content in contents)
    return DashboardPlan(name, name, "p", f"[prod] {name}", {}, tiles)


def test_dashboards_with_sections_charts_units_and_lines():
    plans = [
        board("overview", SectionTitle("Requests", "of ranker"), ERRORS, Incidents("Open")),
        board("quota", SectionTitle("Limits", "all"), ERRORS, Chart("Growth", "share", ())),
    ]
    assert render(plans) == (
        "overview  [prod] overview: 1 chart\n"
        "  Requests (of ranker)\n"
        "    Error ratio                             share       promised 0.1%\n"
        "\n"
        "quota  [prod] quota: 2 charts\n"
        "  Limits (all)\n"
        "    Error ratio                             share       promised 0.1%\n"
        "    Growth                                  share\n"
    )


def test_what_is_too_long_is_cut_and_says_so():
    (line,) = render([board("o", LONG)]).splitlines()[1:]
    assert len(line) == WIDTH
    assert line.endswith("…")
    assert f"{'t' * 37}…  {'u' * 9}…  page above" in line
