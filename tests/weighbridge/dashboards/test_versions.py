"""Versions of an endpoint in the same charts, with the queries of `weighbridge rollout check`."""

from __future__ import annotations

from tests.support.paths import STACKS
from tests.support.specs import full, prod
from weighbridge.canary_analysis.queries import comparison
from weighbridge.dashboards.tile import Chart, Query
from weighbridge.dashboards.versions import load, side_by_side
from weighbridge.signals.emitters import known_of
from weighbridge.signals.subjects import subjects
from weighbridge.spec.root import Spec
from weighbridge.stacks.load import read_spec


def drawn(draw, spec: Spec, name: str) -> dict[str, Chart]:
    (subject,) = (subject for subject in subjects(spec) if subject.kind == "serving" and subject.name == name)
    return {chart.title: chart for chart in draw(subject, spec.endpoints[name], known_of(spec))}


def test_candidate_and_stable_are_in_the_same_charts_while_there_is_a_rollout():
    charts = drawn(side_by_side, prod(), "ranker")
    errors = charts["Error ratio"]
    assert [query.legend for query in errors.queries] == ["v7 (stable)", "v8 (candidate)"]
    assert 'model_version="v7"' in errors.queries[0].text
    assert 'model_version="v8"' in errors.queries[1].text
    assert {"Saturation", "Latency p50", "Latency p99", "ndcg_at_10"} <= set(charts)
    assert drawn(load, prod(), "ranker") == {}


def test_without_a_rollout_only_how_full_the_replicas_are():
    staging = read_spec(STACKS / "staging.yaml")
    charts = drawn(load, staging, "ranker")
    assert {title: [query.legend for query in chart.queries] for title, chart in charts.items()} == {
        "Saturation": ["v8"]
    }
    assert drawn(side_by_side, staging, "ranker") == {}


def test_what_googles_promql_does_not_read_is_not_drawn():
    assert "Waiting requests" not in drawn(side_by_side, full(), "ranker")  # its gauge is no part of a histogram
    assert "Waiting requests" in drawn(load, full(), "chat")


def test_latency_is_drawn_by_version_with_the_queries_of_the_check():
    (compared,) = (
        measure for measure in comparison("ranker", prod().endpoints["ranker"], "prod") if measure.quantile == 0.99
    )
    assert compared.candidate is not None
    chart = drawn(side_by_side, prod(), "ranker")["Latency p99"]
    assert chart.queries == (Query("v7 (stable)", compared.stable), Query("v8 (candidate)", compared.candidate))
    assert chart.unit == "seconds"
