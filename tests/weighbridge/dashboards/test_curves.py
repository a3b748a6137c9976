"""Curves as a server answers: their names, their points, and what it refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from math import inf, nan
from typing import Any, cast

import pytest

from weighbridge.dashboards.curves import Answer, Curve, Curves, gather, refuse_plain_http
from weighbridge.dashboards.tile import Chart, DashboardPlan, Query, Tile
from weighbridge.prometheus import BadAnswer, NoAnswer, Prometheus, Series, UnsafeAddress

END = datetime(2026, 11, 24, 18, tzinfo=UTC)
DAY = timedelta(days=1)


class AnsweringServer:
    """Answers each query by its text; an exception is raised."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.steps: list[int] = []

    def query_range(self, query: str, start: datetime, end: datetime, step_seconds: int) -> tuple[Series, ...]:
        self.steps.append(step_seconds)
        answer = self.answers[query]
        if isinstance(answer, Exception):
            raise answer
        return answer


def series(labels: Mapping[str, str] | None = None, **values: float) -> Series:
    """Values by second, written t0=..."""
    return Series(labels or {}, {float(name[1:]): value for name, value in values.items()})


def board(*charts: Chart) -> DashboardPlan:
    return DashboardPlan("n", "r", "p", "n", {}, tuple(Tile(0, 0, 1, 1, chart) for chart in charts))


def gathered(server: AnsweringServer, *rest: Any) -> Curves:
    return gather(cast("Prometheus", server), *rest)


def answer(legend: str, *found: Series) -> Answer:
    chart = Chart("c", "s", (Query(legend, "q"),))
    return gathered(AnsweringServer(q=found), [board(chart)], END - DAY, END).answers[chart]


@pytest.mark.parametrize(
    ("legend", "found", "names"),
    [
        ("", [{}], [""]),
        ("v7", [{"pod": "a"}], ["v7"]),
        ("", [{"app": "ranker", "cluster": "prod", "pod": "a"}], ["a"]),
        ("", [{"app": "ranker", "feature": "price"}, {"app": "ranker", "feature": "age"}], ["age", "price"]),
        ("v7", [{"pod": "a", "zone": "z"}, {"pod": "b", "zone": "z"}], ["v7 a", "v7 b"]),
        ("", [{"app": "a", "pod": "1"}, {"app": "b", "pod": "1"}], ["a", "b"]),
        ("", [{"app": "a"}, {}], ["", "a"]),
    ],
)
def test_curves_are_named_by_what_tells_them_apart(legend, found, names):
    assert [curve.name for curve in answer(legend, *(series(labels, t0=1) for labels in found)).curves] == names


def test_points_are_in_order_of_time_and_finite():
    found = answer("a", series(t300=3, t0=1, t60=nan, t120=inf, t180=2))
    assert found == Answer((Curve("a", ((0.0, 1), (180.0, 2), (300.0, 3))),))
    assert answer("a", series(t0=nan)) == Answer(())


def test_a_refused_query_is_said_in_its_chart_and_the_others_are_drawn():
    good, bad = (Chart(name, "s", (Query("", name),)) for name in ("good", "bad"))
    server = AnsweringServer(good=(series(t0=1),), bad=BadAnswer("parse error at char 3"))
    found = gathered(server, [board(good, bad)], END - DAY, END).answers
    assert found == {
        good: Answer((Curve("", ((0.0, 1),)),)),
        bad: Answer((), "parse error at char 3"),
    }


def test_a_server_that_does_not_answer_ends_it():
    chart = Chart("c", "s", (Query("", "q"),))
    with pytest.raises(NoAnswer):
        gathered(AnsweringServer(q=NoAnswer("gone")), [board(chart)], END - DAY, END)


@pytest.mark.parametrize(("hours", "step"), [(24, 300), (1, 15), (48, 600)])
def test_a_curve_has_as_many_points_whatever_the_span_but_none_more_often_than_scraped(hours, step):
    chart = Chart("c", "s", (Query("", "q"),))
    server = AnsweringServer(q=())
    gathered(server, [board(chart), board(chart)], END - timedelta(hours=hours), END)
    assert server.steps == [step], "a chart on two boards is asked for once"


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9090", "http://localhost:9090", "https://prometheus.example.com"]
)
def test_names_may_go_to_this_machine_or_encrypted(address):
    refuse_plain_http(address)


def test_names_never_cross_a_network_in_the_clear():
    with pytest.raises(UnsafeAddress) as refused:
        refuse_plain_http("http://prometheus.example.com:9090")
    assert str(refused.value) == "plain http is for a server on this machine: use https for prometheus.example.com"
