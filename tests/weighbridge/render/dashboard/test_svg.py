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
    return plan_dashboards(spec, of, watched(of), CATALOG)


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
    return ["".join(part.itertext()) for part in element.iter(f"{SVG}text")]


CHART = Chart("Time since", "seconds", (Query("", "x"),), Line(7200, "page above", "for 10m"), "key")


def tile(answer, chart=CHART):
    """The chart's tile."""
    return tiles(render([board(chart)], curves({chart: answer})))[2]


def texts_outside(text):
    """Texts that are estimated to leave their tile."""
    for place in tiles(text):
        most = float(place.get("width"))
        for element in place.iter(f"{SVG}text"):
            mono, bold = element.get("class") == "code", element.get("font-weight") == "600"
            wide = width("".join(element.itertext()), float(element.get("font-size")), mono=mono, bold=bold)
            left = float(element.get("x")) - wide * {"end": 1, "middle": 0.5}.get(element.get("text-anchor"), 0)
            if left < 0 or left + wide > most + 0.5 or float(element.get("y")) > float(place.get("height")):
                yield "".join(element.itertext())


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
            points = [tuple(map(float, point.split(","))) for point in line.get("points").split()]
            assert all(0 <= x <= float(place.get("width")) for x, _ in points)
            assert all(0 <= y <= float(place.get("height")) for _, y in points)
    assert endpoint.name == "endpoint-ranker"


def test_hostile_texts_stay_texts():
    chart = Chart(HOSTILE, HOSTILE, (Query(HOSTILE, HOSTILE),), Line(1, HOSTILE, HOSTILE))
    for given in (None, curves({chart: Answer((curve(HOSTILE, 1, 2),))}), curves({chart: Answer((), HOSTILE)})):
        text = render([board(chart, title=HOSTILE)], given)
        assert "<script" not in text
        assert tree(text).findall(f".//{SVG}script") == []


def test_the_span_is_said():
    text = render([board(CHART)], curves({CHART: Answer(())}))
    assert "2026-11-23 18:00 to 2026-11-24 18:00 UTC" in words(tiles(text)[0])
    assert "layout only: no server was asked" in words(tiles(render([board(CHART)]))[0])
