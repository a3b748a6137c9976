"""One chart: what is drawn with data, without, and where a server refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from weighbridge.dashboards.curves import Answer, Curve, Curves
from weighbridge.dashboards.tile import Chart, Line, Query
from weighbridge.render.axis import Frame
from weighbridge.render.dashboard.chart_svg import chart_svg, labelled, tooltip

SVG = "{http://www.w3.org/2000/svg}"
END = datetime(2026, 11, 24, 18, tzinfo=UTC)
START = END - timedelta(hours=24)
STEP = 300
WIDE, HIGH = 420, 300
CHART = Chart("Time since", "seconds", (Query("", "x"),), Line(7200, "page above", "for 10m"), "key")


def curve(name, *values, skip=()):
    first = START.timestamp()
    points = ((first + STEP * index, value) for index, value in enumerate(values) if index not in skip)
    return Curve(name, tuple(points))


def drawn(chart, curves):
    inside = "".join(chart_svg(chart, WIDE, HIGH, curves))
    return ET.fromstring(f'<svg xmlns="http://www.w3.org/2000/svg">{inside}</svg>')  # noqa: S314 - our own text


def tile(answer, chart=CHART):
    return drawn(chart, Curves(START, END, STEP, {chart: answer}))


def words(element):
    return ["".join(text.itertext()) for text in element.iter(f"{SVG}text")]


def test_the_layout_shows_threshold_unit_and_queries():
    chart = Chart("Errors", "share", (Query("v8", "sum(a) / sum(b)"), Query("v7", "sum(c)")), Line(0.001, "promised"))
    found = words(drawn(chart, None))
    assert found == ["Errors", "share", "promised 0.1%", "v8: sum(a) / sum(b)", "v7: sum(c)"]


def test_queries_that_find_no_place_are_counted():
    chart = Chart("Many", "count", tuple(Query(f"e{number}", "up") for number in range(40)))
    found = words(drawn(chart, None))
    assert found[-1] == f"and {40 - (len(found) - 3)} more"


def test_without_data_and_with_an_error_the_tile_says_so():
    assert "no data" in words(tile(Answer(())))
    found = words(tile(Answer((), "127.0.0.1:9090 answers 400 Bad Request, parse error: unexpected <eof>")))
    assert " ".join(found[1:]) == "error: 127.0.0.1:9090 answers 400 Bad Request, parse error: unexpected <eof>"


def test_the_threshold_is_a_dashed_line_at_its_value():
    found = tile(Answer((curve("", *([3600] * 100 + [10_800] * 100)),)))
    (dashed,) = (line for line in found.iter(f"{SVG}line") if line.get("stroke-dasharray") == "6 4")
    (curved,) = found.iter(f"{SVG}polyline")
    heights = [float(point.split(",")[1]) for point in curved.get("points").split()]
    assert heights[-1] < float(dashed.get("y1")) < heights[0]
    assert "page above 2h for 10m" in words(found)
    assert "2h" in words(found)
    assert "seconds" not in words(found)  # the marks say it


def test_a_gap_stays_a_gap_and_a_lone_point_is_a_dot():
    found = tile(Answer((curve("", *range(30), skip={10, 11, 12, 14, 15, 16}),)))
    assert len(list(found.iter(f"{SVG}polyline"))) == 2
    assert len(list(found.iter(f"{SVG}circle"))) == 1


def test_curves_have_legends_and_differ_in_colour_or_stroke():
    found = tile(Answer(tuple(curve(f"c{number}", 1, 2) for number in range(12))))
    lines = list(found.iter(f"{SVG}polyline"))
    assert len({(line.get("stroke"), line.get("stroke-dasharray")) for line in lines}) == 12
    assert {f"c{number}" for number in range(12)} <= set(words(found))


def test_a_flat_zero_and_values_below_zero_have_an_axis():
    assert "0" in words(tile(Answer((curve("", 0, 0),)), Chart("Zero", "count", (Query("", "x"),))))
    below = words(tile(Answer((curve("", -0.02, -0.01),)), Chart("Below", "share", (Query("", "x"),))))
    assert {"-2%", "0"} <= set(below)


def test_pixels_run_from_left_to_right_and_from_bottom_to_top():
    frame = Frame(left=10, right=110, top=5, bottom=55, start=0, end=200, low=-10, high=40)
    assert (frame.x(0), frame.x(50), frame.x(200)) == (10, 35, 110)
    assert (frame.y(-10), frame.y(40), frame.y(15)) == (55, 5, 30)


def test_what_a_screen_reader_and_a_pointer_get():
    chart = Chart("A & B", "seconds", (Query("v7", "x < 1"), Query("", "y")), Line(7200, "page above", "for 10m"))
    assert labelled(chart) == '"A &amp; B in seconds, threshold: page above 2h for 10m"'
    assert tooltip(chart) == "<title>A &amp; B\n\nv7: x &lt; 1\n\ny</title>"


@pytest.mark.parametrize(("count", "more"), [(5, None), (60, "+")])
def test_names_that_find_no_place_are_counted(count, more):
    found = words(tile(Answer(tuple(curve(f"pod-{number}", 1, 2) for number in range(count)))))
    named = [word for word in found if word.startswith("pod-")]
    assert [word for word in found if word.startswith("+")] == ([f"+{count - len(named)} more"] if more else [])
