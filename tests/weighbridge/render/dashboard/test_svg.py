"""The picture: well-formed, nothing outside its tile, and what each chart shows with and without data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from tests.support.specs import CATALOG, everything
from weighbridge.dashboards.curves import Answer, Curve, Curves
from weighbridge.dashboards.layout import DashboardSection, laid_out
from weighbridge.dashboards.plan import plan_dashboards
from weighbridge.dashboards.tile import Chart, DashboardPlan, Header, Incidents, Line, Piece, Query, SectionTitle
from weighbridge.render.dashboard.svg import render
from weighbridge.render.dashboard.svg_text import width
from weighbridge.signals.quota_words import quota_lists
from weighbridge.signals.subjects import subjects
from weighbridge.signals.watched import watched

SVG = "{http://www.w3.org/2000/svg}"
END = datetime(2026, 11, 24, 18, tzinfo=UTC)
START = END - timedelta(hours=24)
STEP = 300
HOSTILE = "</text><script>alert(1)</script> & \"'\x00"


def plans(spec):
    of = subjects(spec, quota_lists(spec, CATALOG))
    return plan_dashboards(spec, of, watched(of))


def board(*charts, title="t"):
    header = Header(
        title, ((Piece(title), Piece(title, url=f"https://example.com/?{title}"), Piece(title, code=True)),)
    )
    section = DashboardSection(SectionTitle(title, title), charts)
    return DashboardPlan("n", "r", "p", title, {}, laid_out(header, [section], Incidents(title)))


def curves(answers):
    return Curves(START, END, STEP, answers)


def curve(name, *values, skip=()):
    first = START.timestamp()
    points = ((first + STEP * index, value) for index, value in enumerate(values) if index not in skip)
    return Curve(name, tuple(points))


def tree(text):
    return ET.fromstring(text)  # noqa: S314 - our own text


def tiles(text):
    return tree(text).findall(f".//{SVG}svg")


def words(element):
    return ["".join(each.itertext()) for each in element.iter(f"{SVG}text")]


CHART = Chart("Time since", "seconds", (Query("", "x"),), Line(7200, "page above", "for 10m"), "key")


def tile(answer, chart=CHART):
    """The chart's tile."""
    return tiles(render([board(chart)], curves({chart: answer})))[2]


def texts_outside(text):
    """Texts that are estimated to leave their tile."""
    for place in tiles(text):
        most = float(place.get("width"))
        for each in place.iter(f"{SVG}text"):
            mono, bold = each.get("class") == "code", each.get("font-weight") == "600"
            wide = width("".join(each.itertext()), float(each.get("font-size")), mono=mono, bold=bold)
            left = float(each.get("x")) - wide * {"end": 1, "middle": 0.5}.get(each.get("text-anchor"), 0)
            if left < 0 or left + wide > most + 0.5 or float(each.get("y")) > float(place.get("height")):
                yield "".join(each.itertext())


@pytest.mark.parametrize("spec", everything(), ids=("dev", "staging", "prod", "full"))
def test_the_layout_is_well_formed_and_stays_in_its_tiles(spec):
    found = plans(spec)
    text = render(found)
    assert len(tiles(text)) == sum(len(plan.tiles) for plan in found)
    assert list(texts_outside(text)) == []
    assert render(plans(spec)) == text


def test_curves_stay_in_their_tiles():
    (_, endpoint, *_) = found = plans(everything()[2])
    named = tuple(curve(f"a rather long name of curve {number}", *range(200)) for number in range(12))
    text = render(found, curves({chart: Answer(named) for plan in found for chart in plan.charts}))
    assert list(texts_outside(text)) == []
    assert " more" in text
    for place in tiles(text):
        for line in place.iter(f"{SVG}polyline"):
            points = [tuple(map(float, each.split(","))) for each in line.get("points").split()]
            assert all(0 <= x <= float(place.get("width")) for x, _ in points)
            assert all(0 <= y <= float(place.get("height")) for _, y in points)
    assert endpoint.name == "endpoint-ranker"


def test_hostile_texts_stay_texts():
    chart = Chart(HOSTILE, HOSTILE, (Query(HOSTILE, HOSTILE),), Line(1, HOSTILE, HOSTILE))
    for given in (None, curves({chart: Answer((curve(HOSTILE, 1, 2),))}), curves({chart: Answer((), HOSTILE)})):
        text = render([board(chart, title=HOSTILE)], given)
        assert "<script" not in text
        assert tree(text).findall(f".//{SVG}script") == []


def test_the_layout_shows_threshold_unit_and_queries():
    chart = Chart("Errors", "share", (Query("v8", "sum(a) / sum(b)"), Query("v7", "sum(c)")), Line(0.001, "promised"))
    found = words(tiles(render([board(chart)]))[2])
    assert found == ["Errors", "share", "promised 0.1%", "v8: sum(a) / sum(b)", "v7: sum(c)"]


def test_queries_that_find_no_place_are_counted():
    chart = Chart("Many", "count", tuple(Query(f"e{number}", "up") for number in range(40)))
    found = words(tiles(render([board(chart)]))[2])
    assert found[-1] == f"and {40 - (len(found) - 3)} more"


def test_without_data_and_with_an_error_the_tile_says_so():
    assert "no data" in words(tile(Answer(())))
    said = words(tile(Answer((), "127.0.0.1:9090 answers 400 Bad Request, parse error: unexpected <eof>")))
    assert " ".join(said[1:]) == "error: 127.0.0.1:9090 answers 400 Bad Request, parse error: unexpected <eof>"


def test_the_threshold_is_a_dashed_line_at_its_value():
    found = tile(Answer((curve("", *([3600] * 100 + [10_800] * 100)),)))
    (dashed,) = (each for each in found.iter(f"{SVG}line") if each.get("stroke-dasharray") == "6 4")
    (line,) = found.iter(f"{SVG}polyline")
    heights = [float(each.split(",")[1]) for each in line.get("points").split()]
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
    assert len({(each.get("stroke"), each.get("stroke-dasharray")) for each in lines}) == 12
    assert {f"c{number}" for number in range(12)} <= set(words(found))


def test_a_flat_zero_and_values_below_zero_have_an_axis():
    assert "0" in words(tile(Answer((curve("", 0, 0),)), Chart("Zero", "count", (Query("", "x"),))))
    below = words(tile(Answer((curve("", -0.02, -0.01),)), Chart("Below", "share", (Query("", "x"),))))
    assert {"-2%", "0"} <= set(below)


def test_the_span_is_said():
    text = render([board(CHART)], curves({CHART: Answer(())}))
    assert "2026-11-23 18:00 to 2026-11-24 18:00 UTC" in words(tiles(text)[0])
    assert "layout only: no server was asked" in words(tiles(render([board(CHART)]))[0])
