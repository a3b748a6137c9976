"""Signals as alert policies, and who is told."""

from __future__ import annotations

import re

from tests.support.specs import everything, full, prod
from weighbridge.alerting.alerts import MOST_CONDITIONS, PromQl, plan_alerts, plan_snoozes
from weighbridge.alerting.channels import SecretRef, plan_channels
from weighbridge.alerting.slo import BelowCut, BelowInWindows, GoodAndTotal, plan_slos
from weighbridge.signals.quota_words import QuotaLists
from weighbridge.signals.subjects import subjects
from weighbridge.signals.watched import watched


def alerts(spec, quota=None):
    return {each.name: each for each in plan_alerts(spec, watched(subjects(spec, quota)))}


def test_page_signals_go_to_the_ticket_channel_where_nobody_is_paged():
    channels = {each.channel for each in alerts(everything()[0]).values()}
    assert channels == {"ticket"}
    assert {each.channel for each in alerts(prod()).values()} == {"page", "ticket"}


def test_measure_only_tells_nobody():
    slo = "    slo: {availability: 99.9%"
    spec = prod((slo, f"    measure_only: true\n    measure_only_until: 2026-12-31\n{slo}"))
    found = alerts(spec)
    assert {each.channel for each in found.values() if each.signal.subject.name == "ranker"} == {None}
    assert found["click-features-late"].channel == "page"


def test_a_spec_without_monitoring_tells_nobody():
    spec = prod()
    assert {each.channel for each in alerts(spec.model_copy(update={"monitoring": None})).values()} == {None}


def test_names_and_labels_are_those_that_the_api_takes():
    for spec in everything():
        for name, alert in alerts(spec).items():
            assert re.fullmatch(r"[a-z0-9-]{1,100}", name)
            assert all(re.fullmatch(r"[a-z0-9_-]{1,63}", text) for pair in alert.labels.items() for text in pair)
            assert len(alert.content) <= 8192
            assert len(alert.subject.encode()) <= 255
            assert alert.labels["owner"] == "ml-platform_example_com"


def test_a_policy_says_what_to_do_and_how_to_go_back():
    alert = alerts(prod(("  notify:\n", "  runbooks: https://wiki.example.com/ml\n  notify:\n")))[
        "ranker-model-quality"
    ]
    assert alert.content == (
        "Against labels that have arrived since, the model does worse than when it was accepted.\n\n"
        "Which one: metric ${metric_or_resource.label.metric}, slice ${metric_or_resource.label.slice}\n\n"
        "First steps:\n\n"
        "1. Look at the slice: is it all requests or one group?\n"
        "2. Roll back to the last good version and stop the rollout.\n\n"
        "Back to the stable version:\n\n"
        '    weighbridge rollout rollback ranker -s prod --reason "..."\n'
        "    pulumi up -s prod\n\n"
        "Runbook: `weighbridge runbook ranker -s prod`\n\n"
        "Owner: ml-platform@example.com"
    )
    assert [(link.title, link.url) for link in alert.links] == [
        ("Runbook", "https://wiki.example.com/ml/ranker.md"),
        ("Dashboards", "https://console.cloud.google.com/monitoring/dashboards?project=example-ml"),
    ]
    assert alert.display_name == "[prod/ranker] The model got worse"
    assert (alert.level, alert.hold_seconds, alert.channel) == ("CRITICAL", 1800, "page")


def test_more_conditions_than_a_policy_may_have_make_a_second_policy():
    entry = {"by": "location", "usage": "u", "usage_of": "", "limit": "l", "limit_of": ""}
    series = tuple({**entry, "entry": str(number), "usage": f"u{number}"} for number in range(MOST_CONDITIONS + 1))
    found = alerts(prod(), QuotaLists(series))
    assert len(found["project-quota-high"].conditions) == MOST_CONDITIONS
    (last,) = found["project-quota-high-2"].conditions
    assert isinstance(last, PromQl)
    assert "u6" in last.query


def test_channels_name_their_secrets_and_never_hold_them():
    page, ticket = plan_channels(prod())
    assert (page.type, page.labels, page.name) == ("pagerduty", {}, "prod-page")
    assert {channel.project for channel in (page, ticket)} == {"example-ml"}
    assert page.secret == SecretRef("service_key", "example-ml", "pagerduty", "latest")
    assert (ticket.type, ticket.labels, ticket.secret) == ("email", {"email_address": "ml-platform@example.com"}, None)


def test_every_kind_of_channel():
    def channel(text):
        old = "{pagerduty_service_key_secret: projects/example-ml/secrets/pagerduty/versions/latest}"
        return plan_channels(prod((old, text)))[0]

    slack = channel("{slack_token_secret: projects/example-ml/secrets/slack/versions/3, slack_channel: '#ml'}")
    assert (slack.type, slack.labels) == ("slack", {"channel_name": "#ml"})
    assert slack.secret == SecretRef("auth_token", "example-ml", "slack", "3")
    web = channel("{webhook_url_secret: projects/example-ml/secrets/hook/versions/latest}")
    assert (web.type, web.secret) == ("webhook_tokenauth", SecretRef("url", "example-ml", "hook", "latest"))
    topic = channel("{pubsub_topic: projects/example-ml/topics/alerts}")
    assert (topic.type, topic.labels, topic.secret) == ("pubsub", {"topic": "projects/example-ml/topics/alerts"}, None)


def test_a_snooze_is_cut_into_parts_that_the_api_takes():
    time = "start: 2026-12-05T02:00:00Z, end: 2026-12-05T06:00:00Z"
    spec = prod(("  notify:\n", f"  snoozes: [{{what: database upgrade, of: [ranker], {time}}}]\n  notify:\n"))
    plans = plan_alerts(spec, watched(subjects(spec)))
    first, second = plan_snoozes(spec, plans)
    assert (first.name, len(first.policies)) == ("prod-snooze-database_upgrade-1", 16)
    assert (second.name, second.start, second.end) == (
        "prod-snooze-database_upgrade-2", "2026-12-05T02:00:00Z", "2026-12-05T06:00:00Z",
    )  # fmt: skip
    assert {*first.policies, *second.policies} == {each.name for each in plans if each.signal.subject.name == "ranker"}


def test_objectives_follow_the_server():
    plans = {each.name: {slo.name: slo for slo in each.objectives} for each in plan_slos(full())}

    def series(name, app):
        place = 'resource.type="prometheus_target" AND resource.labels.cluster="prod"'
        where = f'{place} AND resource.labels.namespace="serving" AND metric.labels.app="{app}"'
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
