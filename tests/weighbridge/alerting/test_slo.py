"""What an endpoint promises, as objectives of Cloud Monitoring."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support.specs import full, prod
from weighbridge.alerting import slo
from weighbridge.alerting.slo import BelowCut, BelowInWindows, GoodAndTotal, _series, plan_slos


def test_what_the_gateway_answers_itself_counts_as_well():
    (ranker,) = plan_slos(prod())
    every = (
        'metric.type="loadbalancing.googleapis.com/https/external/regional/request_count" AND '
        'resource.type="http_external_regional_lb_rule" AND resource.labels.network_name="prod-network" AND '
        "resource.labels.backend_target_name="
        'monitoring.regex.full_match("gkegw1-[a-z0-9]+-serving-(ranker-v7|ranker-v8)-8000-[a-z0-9]+")'
    )
    assert ranker.objectives[0].sli == GoodAndTotal(
        good=None, bad=f'{every} AND metric.labels.response_code_class="500"', total=every
    )


def test_objectives_follow_the_server_where_the_gateway_s_count_can_not_be_told_apart(monkeypatch):
    monkeypatch.setattr(slo, "gateway_traffic", lambda *_: None)
    plans = {service.name: {plan.name: plan for plan in service.objectives} for service in plan_slos(full())}

    def series(name, app):
        resource = 'resource.type="prometheus_target" AND resource.labels.cluster="prod"'
        where = f'{resource} AND resource.labels.namespace="serving" AND metric.labels.app="{app}"'
        return f'metric.type="prometheus.googleapis.com/{name}" AND {where}'

    ranker = plans["ranker"]
    assert ranker["availability"].goal == 0.999
    assert ranker["availability"].sli == GoodAndTotal(
        good=series("nv_inference_request_success/counter", "ranker"),
        bad=series("nv_inference_request_failure/counter", "ranker"),
        total=None,
    )
    assert isinstance(ranker["latency"].sli, BelowInWindows)
    assert ranker["latency"].sli.most == 400_000
    chat = plans["chat"]["availability"].sli
    assert isinstance(chat, GoodAndTotal)
    assert chat.bad is not None
    assert chat.bad.endswith('metric.labels.app="chat" AND metric.labels.status=monitoring.regex.full_match("5..")')
    assert plans["chat"]["latency"].sli == BelowCut(series("vllm:e2e_request_latency_seconds/histogram", "chat"), 20)
    tagger = plans["tagger"]["availability"].sli
    assert isinstance(tagger, GoodAndTotal)
    assert tagger.bad is not None
    assert tagger.bad.endswith('AND NOT metric.labels.status="OK"')


@pytest.mark.parametrize(
    ("promised", "goal"),
    [("99.9%", 0.999), ("99.99%", 0.9999), ("99.999%", 0.9999), ("95%", 0.95)],
)
def test_a_goal_is_what_is_promised_as_far_as_the_api_takes_it(promised, goal):
    spec = prod(("availability: 99.9%", f"availability: {promised}"))
    (ranker,) = plan_slos(spec)
    availability, latency = ranker.objectives
    assert (availability.goal, latency.goal) == (goal, 0.99)
    assert availability.display_name == f"{Decimal(promised[:-1])}% of requests succeed"
    assert (ranker.service_id, ranker.project) == ("prod-ranker", "example-ml")


def test_an_endpoint_that_promises_nothing_has_no_service():
    assert plan_slos(prod(("    slo: {availability: 99.9%, latency_p99: 400ms}\n", ""))) == ()


@pytest.mark.parametrize(
    ("matcher", "expected"),
    [
        ("", ""),
        ('code="500"', ' AND metric.labels.code="500"'),
        ('code!="200"', ' AND NOT metric.labels.code="200"'),
        ('code=~"5.."', ' AND metric.labels.code=monitoring.regex.full_match("5..")'),
        ('code!~"2.."', ' AND NOT metric.labels.code=monitoring.regex.full_match("2..")'),
    ],
)
def test_a_matcher_of_promql_is_a_filter_of_cloud_monitoring(matcher, expected):
    text = 'metric.type="prometheus.googleapis.com/requests/counter" AND here'
    assert _series("requests", "counter", "here", matcher) == text + expected
