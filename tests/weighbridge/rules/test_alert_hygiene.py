"""One change of a good alert policy, and the exact message."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import pytest

from tests.support.platform import platform_resources
from tests.support.specs import CATALOG, everything, prod
from weighbridge.alerting.held_policies import CHANNEL_TYPE, POLICY_TYPE
from weighbridge.resources.values import Unknown
from weighbridge.rules.alert_hygiene import judge
from weighbridge.rules.violation import Violation

SPEC = prod()


RESOURCES = platform_resources(SPEC)
LATE = next(
    resource for resource in RESOURCES if resource.type == POLICY_TYPE and resource.name == "click-features-late"
)


def messages(resources, spec=SPEC):
    return [violation.message for violation in judge(resources, spec, CATALOG)]


def after(change, resource=LATE):
    inputs = deepcopy(dict(resource.inputs))
    change(inputs)
    return messages([replace(other, inputs=inputs) if other is resource else other for other in RESOURCES])


def promql(inputs):
    return inputs["conditions"][0]["conditionPrometheusQueryLanguage"]


@pytest.mark.parametrize("spec", everything(), ids=["dev", "staging", "prod", "all"])
def test_what_the_components_create_is_clean(spec):
    assert messages(platform_resources(spec), spec) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda i: i.pop("documentation"),
            "whoever is told doesn't know what to do: write first steps into documentation.content, or a link",
        ),
        (lambda i: i["userLabels"].pop("owner"), "nobody answers for it: add userLabels.owner"),
        (
            lambda i: i["conditions"][0]["conditionPrometheusQueryLanguage"].update(
                query="sum(ml_feature_distnce) > 1"
            ),
            "it reads ml_feature_distnce, which nothing known exposes, so it would never fire: correct the name, or",
        ),
        (
            lambda i: promql(i).update(query="sum(up"),
            "its query is not PromQL, line 1, column 4: ",
        ),
        (
            lambda i: i.update(documentation=Unknown()),
            "documentation is not known before the deployment: write it as a literal or take it from stack config",
        ),
    ],
)
def test_one_change(change, expected):
    (text,) = after(change)
    assert text.startswith(f"click-features-late: {expected}")


@pytest.mark.parametrize("left_out", ["content", "links"])
def test_first_steps_or_a_link_will_do(left_out):
    links = [{"displayName": "Runbook", "url": "https://example.com/runbook"}]

    def change(inputs):
        inputs["documentation"] = {"content": "Look at its last runs.", "links": links}
        del inputs["documentation"][left_out]

    assert after(change) == []


def test_a_page_that_no_person_hears():
    page = next(resource for resource in RESOURCES if resource.type == CHANNEL_TYPE and resource.name == "prod-page")
    found = after(lambda i: i.update(type="pubsub"), page)
    assert (
        "click-features-late: it pages, and no person is at the end of its channels (pubsub): "
        "add one of email, google_chat, opsgenie, pagerduty, slack"
    ) in found
    assert not any("prod-ticket" in text or "feature-skew" in text for text in found)


def test_a_webhook_of_opsgenie_s_ends_at_a_person_and_another_doesn_t():
    old = "{pagerduty_service_key_secret: projects/example-ml/secrets/pagerduty/versions/latest}"
    version = "projects/example-ml/secrets/key/versions/1"
    opsgenie = prod((old, f"{{opsgenie_key_secret: {version}}}"))
    assert messages(platform_resources(opsgenie), opsgenie) == []
    hook = prod((old, f"{{webhook_url_secret: {version}}}"))
    assert any(
        "at the end of its channels (webhook_tokenauth)" in text for text in messages(platform_resources(hook), hook)
    )


def test_a_page_through_a_channel_of_another_stack():
    late = replace(LATE, property_dependencies={})
    found = messages([late if resource is LATE else resource for resource in RESOURCES])
    assert len(found) == 1
    assert found[0] == (
        "click-features-late: it pages through a channel of another stack, so nobody can tell here whether a person is "
        "at its end: use one of `monitoring.notify`"
    )


def test_what_is_measured_only_pages_nobody_yet():
    slo = "    slo: {availability: 99.9%"
    spec = prod((slo, f"    measure_only: true\n    measure_only_until: 2026-12-31\n{slo}"))
    assert messages(platform_resources(spec), spec) == []


def test_an_alert_written_twice():
    twin = replace(LATE, name="mine", urn=f"{LATE.urn}-2")
    assert messages([*RESOURCES, twin]) == [
        "mine: it fires exactly when click-features-late does, so the same people are told twice: take one out"
    ]


def test_a_stack_without_a_spec_may_read_what_the_catalogue_knows():
    assert judge(RESOURCES, None, CATALOG) == []
    wrong = deepcopy(dict(LATE.inputs))
    promql(wrong).update(query="ml_feature_distnce > 1")
    assert judge([replace(LATE, inputs=wrong)], None, CATALOG) == [
        Violation(
            "alert-hygiene",
            "click-features-late: it reads ml_feature_distnce, which nothing known exposes, so it would never fire: "
            "correct the name, or add the metric to an emitter of weighbridge/signals/catalogue.yaml",
            LATE.urn,
            holder="click-features-late",
        )
    ]


def test_every_channel_of_a_page_is_looked_at():
    page, ticket = (next(one for one in RESOURCES if one.name == name) for name in ("prod-page", "prod-ticket"))
    loud = replace(LATE, property_dependencies={"notificationChannels": (page.urn, ticket.urn)})
    others = [resource for resource in RESOURCES if resource not in (LATE, page, ticket)]
    bots = [
        replace(page, inputs={**page.inputs, "type": "bot"}),
        replace(ticket, inputs={**ticket.inputs, "type": "sms-bot"}),
    ]
    found = [text for text in messages([*others, loud, *bots]) if text.startswith("click-features-late")]
    assert found == [
        (
            "click-features-late: it pages, and no person is at the end of its channels (bot, sms-bot): add one of "
            "email, google_chat, opsgenie, pagerduty, slack"
        )
    ]
    assert not any(text.startswith("click-features-late") for text in messages([*others, loud, bots[0], ticket]))


def test_an_alert_by_a_threshold_is_read_too():
    inputs = deepcopy(dict(LATE.inputs))
    condition = {"filter": 'resource.type = "x" AND metric.type = "prometheus.googleapis.com/nothing_at_all/gauge"'}
    inputs["conditions"] = [{"conditionThreshold": condition}]
    (text,) = messages([replace(LATE, inputs=inputs) if one is LATE else one for one in RESOURCES])
    assert text.startswith(
        "click-features-late: it reads prometheus_googleapis_com:nothing_at_all_gauge, which nothing known exposes"
    )


def test_a_duplicate_names_the_resource_that_is_to_go():
    twin = replace(LATE, name="mine", urn=f"{LATE.urn}-2")
    (found,) = judge([*RESOURCES, twin], SPEC, CATALOG)
    assert found == Violation("alert-hygiene", found.message, twin.urn, holder="mine")
