"""Signals as alert policies, and who is told."""

from __future__ import annotations

import re

import pytest

from tests.support.specs import CATALOG, everything, prod, varied
from weighbridge.alerting.alerts import MOST_CONDITIONS, PromQl, plan_alerts, plan_snoozes
from weighbridge.signals.kept_labels import kept_labels
from weighbridge.signals.quota_words import QuotaLists, quota_lists
from weighbridge.signals.subjects import subjects
from weighbridge.signals.watched import watched
from weighbridge.spec.root import Spec
from weighbridge.stacks.load import read_spec


def alerts(spec, quota=None):
    return {plan.name: plan for plan in plan_alerts(spec, watched(subjects(spec, quota)))}


def test_page_signals_go_to_the_ticket_channel_where_nobody_is_paged():
    channels = {plan.notified for plan in alerts(everything()[0]).values()}
    assert channels == {"ticket"}
    assert {plan.notified for plan in alerts(prod()).values()} == {"page", "ticket"}


def test_measure_only_tells_nobody():
    slo = "    slo: {availability: 99.9%"
    spec = prod((slo, f"    measure_only: true\n    measure_only_until: 2026-12-31\n{slo}"))
    found = alerts(spec)
    assert {plan.notified for plan in found.values() if plan.signal.subject.name == "ranker"} == {None}
    assert found["click-features-late"].notified == "page"


def test_a_spec_without_monitoring_tells_nobody():
    spec = prod()
    assert {plan.notified for plan in alerts(spec.model_copy(update={"monitoring": None})).values()} == {None}


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
        "    pulumi up --stack prod --policy-pack policies\n\n"
        "Runbook: `weighbridge runbook ranker -s prod`\n\n"
        "Owner: ml-platform@example.com"
    )
    assert [(link.title, link.url) for link in alert.links] == [
        ("Runbook", "https://wiki.example.com/ml/ranker.md"),
        ("Dashboards", "https://console.cloud.google.com/monitoring/dashboards?project=example-ml"),
    ]
    assert alert.display_name == "[prod/ranker] The model got worse"
    assert (alert.level, alert.hold_seconds, alert.notified) == ("CRITICAL", 1800, "page")


def test_more_conditions_than_a_policy_may_have_make_a_second_policy():
    entry = {"by": "location", "usage": "u", "usage_of": "", "limit": "l", "limit_of": ""}
    series = tuple({**entry, "entry": str(number), "usage": f"u{number}"} for number in range(MOST_CONDITIONS + 1))
    found = alerts(prod(), QuotaLists(series))
    assert len(found["project-quota-high"].conditions) == MOST_CONDITIONS
    (last,) = found["project-quota-high-2"].conditions
    assert isinstance(last, PromQl)
    assert "u6" in last.query


def test_a_snooze_is_cut_into_parts_that_the_api_takes():
    time = "start: 2026-12-05T02:00:00Z, end: 2026-12-05T06:00:00Z"
    spec = prod(("  notify:\n", f"  snoozes: [{{what: database upgrade, of: [ranker], {time}}}]\n  notify:\n"))
    plans = plan_alerts(spec, watched(subjects(spec)))
    first, second = plan_snoozes(spec, plans)
    assert (first.name, len(first.policies)) == ("prod-snooze-database_upgrade-1", 16)
    assert (second.name, second.start, second.end) == (
        "prod-snooze-database_upgrade-2", "2026-12-05T02:00:00Z", "2026-12-05T06:00:00Z",
    )  # fmt: skip
    assert {*first.policies, *second.policies} == {plan.name for plan in plans if plan.signal.subject.name == "ranker"}


LABEL = re.compile(r"\$\{metric_or_resource\.label\.(\w+)\}")
VARIABLE = re.compile(r"\$\{[^}]*\}")


def rendered(content: str, labels: frozenset[str] | None) -> str:
    """The text as Cloud Monitoring fills it in for a series with these labels; None: with any."""
    text = content.replace("${metric_or_resource.labels}", ", ".join(f"{label}=x" for label in sorted(labels or ())))
    return LABEL.sub(lambda found: "x" if labels is None or found[1] in labels else found[0], text)


def test_every_text_names_only_labels_that_each_of_its_expressions_keeps():
    assert sum(texts_without_holes(stack) for stack in (*everything(), varied())) > 100


@pytest.mark.parametrize("stack", ["fleet", "llm", "train"])
def test_so_do_the_texts_of_specs_that_platform_teams_write(shared, stack):
    assert texts_without_holes(read_spec(shared("design") / "examples2" / f"{stack}.yaml")) > 10


def texts_without_holes(stack: Spec) -> int:
    """How many texts there are, each filled in for a series of one of its expressions."""
    texts = 0
    for alert in alerts(stack, quota_lists(stack, CATALOG)).values():
        for condition in alert.conditions:
            if isinstance(condition, PromQl):
                texts += 1
                text = rendered(alert.content, kept_labels(condition.query))
                assert not VARIABLE.search(text), (alert.name, condition.query)
                assert "Which one: \n" not in text, alert.name
    return texts


@pytest.mark.parametrize(
    ("changes", "which"),
    [
        ((), "quota_metric ${metric_or_resource.label.quota_metric}, location ${metric_or_resource.label.location}"),
        ((("machine_type: a2-highgpu-4g", "machine_type: a3-highgpu-8g"),), "${metric_or_resource.labels}"),
    ],
    ids=["one kind of limit", "limits of families beside others"],
)
def test_a_quotas_ticket_says_by_which_label_it_is_told_apart(changes, which):
    stack = prod(*changes)
    found = alerts(stack, quota_lists(stack, CATALOG))
    (ticket,) = [alert for name, alert in found.items() if name.endswith("quota-high")]
    assert f"Which one: {which}\n" in ticket.content
