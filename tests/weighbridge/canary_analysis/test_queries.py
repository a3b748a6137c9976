"""What is compared, for every server in the table; and that it is PromQL."""

from __future__ import annotations

from typing import Any, get_args

import promql_parser
import pytest

from tests.support import specs
from weighbridge.canary_analysis.queries import comparison, count_queries, not_compared, quantile_queries
from weighbridge.spec.endpoint import Endpoint, Server

CUSTOM = {"port": 8080, "health_path": "/healthz"}
COUNTED = {"requests": "calls_total", "errors": "failed_calls_total", "latency_seconds": "call_seconds"}
WATCH = {"baseline": "b.parquet", "window": "w/", "predictions": ["score"]}
QUALITY = {"metric": "ndcg", "report": "gs://reports/r/", "baseline": 0.4, "better": "higher"}


def endpoint(server: str = "triton", **more: Any) -> Endpoint:
    custom = {"custom": CUSTOM} if server == "custom" else {}
    return specs.endpoint(**{"rollout": {}, "server": server, **custom, **more})


EVERY = [endpoint(server) for server in get_args(Server)] + [
    endpoint("custom", custom={**CUSTOM, **COUNTED}),
    endpoint("custom", custom={**CUSTOM, "latency_seconds": "call_seconds"}),
    endpoint(watch={**WATCH, "quality": QUALITY}),
    endpoint(rollout=None),
]


@pytest.mark.parametrize("served", EVERY, ids=lambda served: f"{served.server}")
def test_every_query_is_promql_of_one_version(served):
    counts = count_queries("ranker", served, "prod", "v8", 60)
    queries = [
        *(query for one in comparison("ranker", served, "prod") for query in (one.candidate, one.stable)),
        counts.requests, counts.errors, counts.buckets,
    ]  # fmt: skip
    for query in queries:
        if query is None:
            continue
        promql_parser.parse(query)
        assert "__name__" not in query
        assert query.count('cluster="prod"') == query.count("{")
        assert ('model_version="v7"' in query) != ('model_version="v8"' in query) or "slice=" in query


def test_a_triton_endpoint_is_compared_by_all_that_it_exposes():
    compared = comparison("ranker", endpoint(watch={**WATCH, "quality": QUALITY}), "prod", "1h")

    assert [(row.id, row.unit, row.judged) for row in compared] == [
        ("error-ratio", "ratio", True), ("latency-p50", "s", True), ("latency-p95", "s", True),
        ("latency-p99", "s", True), ("saturation", "ratio", False), ("queue", "", False), ("model-quality", "", False),
    ]  # fmt: skip
    labels = 'app="ranker", model_version="v8", cluster="prod", namespace="serving"'
    assert compared[3].candidate == (
        f'avg(avg_over_time(nv_inference_request_summary_us{{{labels}, quantile="0.99"}}[1h]) >= 0) / 1000000'
    )
    assert compared[4].candidate == f"avg(avg_over_time(nv_gpu_utilization{{{labels}}}[1h]))"
    assert compared[6].candidate == (
        'max(ml_model_quality{pipeline="ranker", stage="serving", metric="ndcg", '
        'slice="model_version=v8", cluster="prod"})'
    )


def test_quantiles_of_a_histogram_are_of_all_replicas_together():
    compared = comparison("ranker", endpoint("tf-serving"), "prod", "1h")

    labels = 'app="ranker", model_version="v8", cluster="prod", namespace="serving"'
    assert compared[3].candidate == (
        "histogram_quantile(0.99, sum by (le) (increase("
        f":tensorflow:serving:request_latency_bucket{{{labels}}}[1h]))) / 1000000"
    )


def test_a_server_has_either_buckets_or_quantiles():
    for server in get_args(Server):
        counts = count_queries("ranker", endpoint(server), "prod", "v8", 60)
        quantiles = quantile_queries("ranker", endpoint(server), "prod", "v8", 300)
        assert (counts.buckets is None, quantiles is None) == {
            "triton": (True, False), "custom": (True, True),
        }.get(server, (False, True))  # fmt: skip


def test_quantiles_by_interval_with_the_requests_they_rest_on():
    queries = quantile_queries("ranker", endpoint(), "prod", "v8", 300)

    labels = 'app="ranker", model_version="v8", cluster="prod", namespace="serving"'
    assert queries.requests == f"avg(increase(nv_inference_request_summary_us_count{{{labels}}}[315s])) * 300 / 315"
    assert queries.seconds[0.5] == (
        f'avg(avg_over_time(nv_inference_request_summary_us{{{labels}, quantile="0.5"}}[300s]) >= 0) / 1000000'
    )
    for query in (queries.requests, *queries.seconds.values()):
        promql_parser.parse(query)


def test_failures_count_as_requests_where_the_server_counts_them_apart():
    counts = count_queries("ranker", endpoint(), "prod", "v8", 60)

    labels = 'app="ranker", model_version="v8", cluster="prod", namespace="serving"'
    assert counts.requests == (
        f"((sum(increase(nv_inference_request_success{{{labels}}}[75s])) or vector(0))"
        f" + (sum(increase(nv_inference_request_failure{{{labels}}}[75s])) or vector(0))) * 60 / 75"
    )


@pytest.mark.parametrize(
    ("server", "gaps"),
    [
        ("tf-serving", ["saturation: not watched by this server (tf-serving exposes no gauge)"]),
        (
            "custom",
            [
                "error ratio: not watched by this server (custom exposes no counters of requests and errors)",
                "latency: not watched by this server (custom exposes no histogram)",
                "saturation: not watched by this server (custom exposes no gauge)",
            ],
        ),
    ],
)
def test_what_a_server_does_not_expose_is_said(server, gaps):
    assert [*not_compared("ranker", endpoint(server))] == [
        *gaps, "predictions and model quality: not watched (the endpoint has no `watch`)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("quality", "gap"),
    [
        (None, "model quality: not watched (`watch` has no `quality`)"),
        ({**QUALITY, "proxy": True}, "ndcg: a proxy of all requests, so not compared by version"),
    ],
)
def test_what_the_drift_monitor_cannot_tell_apart_is_said(quality, gap):
    watched = endpoint(watch={**WATCH, "quality": quality})

    assert not_compared("ranker", watched) == (
        "prediction drift: measured over all requests, so not compared by version", gap,
    )  # fmt: skip
    assert "model-quality" not in {compared.id for compared in comparison("ranker", watched, "prod")}


def test_without_rollout_there_is_only_stable():
    for compared in comparison("ranker", endpoint(rollout=None), "prod"):
        assert compared.candidate is None
        assert 'model_version="v7"' in compared.stable
