"""Made-up curves are the same each time, break no threshold, and say that they are made up."""

from datetime import UTC, datetime

import pytest

from tests.support.paths import STACKS
from weighbridge.catalog import load
from weighbridge.dashboards.plausible import plausible
from weighbridge.preview.review import dashboards_of
from weighbridge.render.dashboard.chart_svg import MADE_UP
from weighbridge.render.dashboard.svg import render
from weighbridge.stacks.load import read_folder

END = datetime(2026, 11, 26, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def plans():
    return dashboards_of(read_folder(STACKS).specs["prod"], load())


def test_every_chart_has_a_day_of_each_curve_on_the_good_side_of_its_threshold(plans):
    curves = plausible(plans, END)
    charts = {chart for plan in plans for chart in plan.charts}
    assert set(curves.answers) == charts
    for chart, answer in curves.answers.items():
        assert [curve.name for curve in answer.curves] == [query.legend for query in chart.queries]
        for curve in answer.curves:
            assert curve.points[0][0] == curves.start.timestamp()
            assert curve.points[-1][0] == END.timestamp()
            if chart.line is not None and chart.line.value:
                below = chart.line.before.endswith("below")
                assert all((value > chart.line.value) == below for _, value in curve.points), chart.title


def test_the_same_moment_gives_the_same_curves(plans):
    assert plausible(plans, END) == plausible(plans, END)


def test_every_chart_says_that_its_curves_are_made_up(plans):
    drawn = render(plans, plausible(plans, END))
    assert drawn.count(f"{MADE_UP}</text>") == sum(len(plan.charts) for plan in plans)
    assert drawn.count("example data: the curves are made up, and no server was asked") == len(plans)
    assert MADE_UP not in render(plans)
