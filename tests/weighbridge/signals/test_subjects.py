"""What there is to watch in a spec, with its words, lists and which needs it meets."""

from __future__ import annotations

from datetime import date

import pytest

from tests.support.specs import full, prod, spec
from weighbridge.signals.quota_words import QuotaLists
from weighbridge.signals.subjects import Subject, subjects
from weighbridge.signals.words import fill

SERIES = ({"entry": "q", "usage": "u"},)


def named(name: str, stack=None, quota: QuotaLists | None = None) -> Subject:
    (found,) = (subject for subject in subjects(stack or prod(), quota) if subject.name == name)
    return found


def test_endpoints_come_first_then_pipelines_quota_and_the_environment():
    found = [(subject.name, subject.kind, subject.part) for subject in subjects(prod())]
    assert found[:2] == [
        ("ranker", "serving", ("endpoints", "ranker")),
        ("click-features", "data", ("pipelines", "click-features")),
    ]
    assert found[-2:] == [("project", "quota", ("monitoring",)), ("prod", "environment", ("monitoring",))]


def test_a_spec_without_endpoints_and_pipelines_has_nothing_to_watch():
    assert subjects(spec({"system": {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}})) == ()


def test_what_an_endpoint_promises_is_in_the_servers_own_unit():
    words = named("ranker").words
    assert (words["availability_budget"], words["latency_budget"]) == ("0.001", "0.01")
    assert (words["latency_limit"], words["latency_unit"]) == ("400000", "us")
    assert named("chat", full()).words["latency_limit"] == "20"


@pytest.mark.parametrize(
    ("name", "word", "expected"),
    [
        (
            "ranker",
            "${requests:5m}",
            (
                "sum by (app) (rate(nv_inference_request_success{A}[5m]) or label_replace(rate("
                'nv_inference_request_failure{A}[5m]), "part", "plus", "app", ".*"))'
            ),
        ),
        ("ranker", "${p99}", 'max by (app) (nv_inference_request_summary_us{A, quantile="0.99"})'),
        (
            "chat",
            "${p99}",
            ("histogram_quantile(0.99, sum by (app, le) (rate(vllm:e2e_request_latency_seconds_bucket{A}[5m])))"),
        ),
        ("chat", "${errors:1h}", 'sum by (app) (rate(http_requests_total{A, status=~"5.."}[1h]))'),
    ],
)
def test_rates_and_p99_of_a_server(name, word, expected):
    subject = named(name, full())
    app = f'cluster="prod", namespace="serving", app="{name}"'
    assert fill(word, subject.words).replace(app, "A") == expected


def test_lists_are_the_versions_that_exist_and_the_windows_by_severity():
    lists = named("ranker").lists
    assert [entry["version"] for entry in lists["versions"]] == ["v7", "v8"]
    assert {entry["entry"] for entry in lists["page_burns"]}.isdisjoint(
        entry["entry"] for entry in lists["ticket_burns"]
    )


def test_a_pipeline_has_what_it_is_guaranteed():
    (guarantee,) = named("ranker-training").lists["guarantees"]
    assert guarantee == {
        "requested": "kubernetes_io:container_accelerator_request",
        "only": ', resource_name="nvidia.com/gpu"',
        "amount": "4",
        "entry": "nvidia.com/gpu",
    }
    assert "guarantees" in named("ranker-training").meets
    assert ("kueue" in named("ranker-training").meets, "kueue" in named("ranker-training", full()).meets) == (
        False,
        True,
    )


def test_needs_are_met_by_what_the_spec_says():
    assert {"slo", "requests", "errors", "latency"} <= named("ranker").meets
    silent = prod(("    slo: {availability: 99.9%, latency_p99: 400ms}\n", ""))
    assert "slo" not in named("ranker", silent).meets
    assert named("prod").meets == frozenset()
    assert named("prod", full()).meets == {"heartbeat"}
    assert named("project").meets == frozenset()
    assert named("project", quota=QuotaLists(SERIES)).meets == {"quota"}


def test_measure_only_comes_along():
    slo = "    slo: {availability: 99.9%"
    measured = prod((slo, f"    measure_only: true\n    measure_only_until: 2026-12-31\n{slo}"))
    assert (named("ranker", measured).measure_only, named("ranker").measure_only) == (True, False)
    assert named("ranker", measured).measure_only_until == date(2026, 12, 31)
