"""Production's alerts are all there; without any one of them, or with one weakened, something is said."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.support.platform import platform_resources
from tests.support.specs import CATALOG, everything, prod
from weighbridge.alerting.held_policies import CHANNEL_TYPE, POLICY_TYPE
from weighbridge.rules.monitoring_coverage import judge

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SPEC = prod()


RESOURCES = platform_resources(SPEC)
POLICIES = sorted(resource.name for resource in RESOURCES if resource.type == POLICY_TYPE)


def messages(resources, spec=SPEC, now=NOW):
    found = judge(resources, spec, CATALOG, now)
    assert {violation.level for violation in found} <= {"mandatory" if spec.production else "advisory"}
    return [violation.message for violation in found]


def changed(name, change, type_=POLICY_TYPE):
    found = []
    for resource in RESOURCES:
        if resource.type == type_ and resource.name == name:
            inputs = deepcopy(dict(resource.inputs))
            change(inputs)
            found.append(replace(resource, inputs=inputs))
        else:
            found.append(resource)
    return found


def test_production_as_it_is():
    assert messages(RESOURCES) == []


@pytest.mark.parametrize("name", POLICIES)
def test_without_any_one_of_them_it_is_blocked(name):
    (text,) = messages([resource for resource in RESOURCES if resource.name != name or resource.type != POLICY_TYPE])
    assert "no alert policy has the conditions of" in text


def test_what_is_said_of_an_alert_that_is_gone():
    left = [resource for resource in RESOURCES if resource.name != "click-features-late"]
    do = "To mend it, create them with components.alerts, from the same spec"
    assert messages(left) == [f"click-features: no alert policy has the conditions of late. {do}"]
    some = "feature-skew, feature-drift, dataset-skew, prediction-skew, prediction-drift, missing-values"
    assert messages(())[0] == f"ranker: no alert policy has the conditions of {some} and 16 more. {do}"


def promql(inputs):
    return inputs["conditions"][0]["conditionPrometheusQueryLanguage"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda i: promql(i).update(query=promql(i)["query"].replace("> 7200", "> 720000")), "no alert policy has"),
        (lambda i: promql(i).update(duration="36000s"), "no alert policy has"),
        (lambda i: promql(i).update(query="up =="), "no alert policy has"),
        (
            lambda i: i.update(enabled=False),
            "switched off: late. To mend it, take `enabled: false` out, or snooze them in `monitoring.snoozes`",
        ),
        (lambda i: i.update(conditions=[]), "no alert policy has"),
    ],
)
def test_a_weakened_alert_counts_as_none(change, expected):
    (text,) = messages(changed("click-features-late", change))
    assert expected in text


def test_layout_of_a_query_doesn_t_matter():
    def spread(inputs):
        promql(inputs)["query"] = promql(inputs)["query"].replace(" - ", "\n  -\n ").replace(", ", ",")

    assert messages(changed("click-features-late", spread)) == []


def test_an_alert_without_a_channel_tells_nobody():
    def mute(resource):
        gone = resource.type == POLICY_TYPE and resource.name == "click-features-late"
        inputs = {k: v for k, v in resource.inputs.items() if k != "notificationChannels"} if gone else resource.inputs
        return replace(resource, inputs=inputs, property_dependencies={} if gone else resource.property_dependencies)

    (text,) = messages([mute(resource) for resource in RESOURCES])
    assert text.startswith("click-features: nobody is told at their severity of late")


def test_a_page_that_goes_to_the_ticket_channel_only():
    def rename(inputs):
        inputs.update(type="email", labels={"email_address": "nobody@example.com"})

    found = messages(changed("prod-page", rename, CHANNEL_TYPE))
    assert any("nobody is told at their severity of" in text and text.startswith("ranker") for text in found)


def test_a_channel_of_another_stack_or_project_is_believed():
    def foreign(resource):
        if resource.type != POLICY_TYPE or resource.name != "click-features-late":
            return resource
        inputs = {**resource.inputs, "notificationChannels": ["projects/other-team/notificationChannels/1"]}
        return replace(resource, inputs=inputs, property_dependencies={})

    # `alert-hygiene` says what nobody can tell of it.
    assert messages([foreign(resource) for resource in RESOURCES]) == []


def test_labels_prove_nothing():
    def pretend(inputs):
        inputs["conditions"][0]["conditionPrometheusQueryLanguage"]["query"] = "vector(0) > 1"

    (text,) = messages(changed("ranker-replicas-gone", pretend))
    assert "replicas-gone" in text


def test_a_blind_spot_says_what_to_write_and_where():
    spec = prod(("      predictions: [score]\n", ""))
    (text,) = messages(platform_resources(spec), spec)
    assert text == (
        "ranker: 2 of 11 required signals are not watched (serving). In endpoints.ranker, do as follows, or exempt "
        "them in `monitoring.exempt` with a reason, an owner and a date:\n"
        "- prediction-skew, prediction-drift: name the columns that are predictions in `watch.predictions`"
    )


def test_exemptions_and_measure_only_end_on_their_day():
    exempt = "".join(
        f"    - {{of: ranker, cell: serving/{cell}, reason: later, owner: a@example.com, until: 2026-12-01}}\n"
        for cell in ("prediction-skew", "prediction-drift")
    )
    slo = "    slo: {availability: 99.9%"
    spec = prod(
        ("      predictions: [score]\n", ""),
        ("  notify:\n", f"  exempt:\n{exempt}  notify:\n"),
        (slo, f"    measure_only: true\n    measure_only_until: 2026-12-15\n{slo}"),
    )
    resources = platform_resources(spec)
    assert messages(resources, spec) == []
    assert len(messages(resources, spec, datetime(2026, 12, 1, tzinfo=UTC))) == 1
    assert messages(resources, spec, datetime(2026, 12, 15, tzinfo=UTC))[1] == (
        "ranker was to be measured only until 2026-12-15: take `measure_only` out of endpoints.ranker"
    )


def test_production_without_a_page_channel():
    spec = prod(
        ("    page: {pagerduty_service_key_secret: projects/example-ml/secrets/pagerduty/versions/latest}\n", "")
    )
    assert messages(platform_resources(spec), spec) == [
        "on production somebody has to be woken: name a channel in `monitoring.notify.page`"
    ]


def test_elsewhere_it_is_advice():
    dev = everything()[0]
    (finding,) = judge(platform_resources(dev), dev, CATALOG, NOW)
    assert finding.level == "advisory"
    assert finding.message.startswith("ranker: 8 of 11 required signals are not watched (serving).")


def test_a_stack_without_a_spec_has_nothing_to_watch():
    assert judge(RESOURCES, None, CATALOG, NOW) == []


def test_a_violation_says_where_in_the_spec_and_whose_signals():
    def places(resources, spec=SPEC, now=NOW):
        found = judge(resources, spec, CATALOG, now)
        assert {(one.rule, one.urn, one.exemptible) for one in found} == {("monitoring-coverage", None, True)}
        return [(one.path, one.holder) for one in found]

    page = "    page: {pagerduty_service_key_secret: projects/example-ml/secrets/pagerduty/versions/latest}\n"
    silent = prod((page, ""))
    assert places(platform_resources(silent), silent) == [(("monitoring", "notify"), "monitoring.notify.page")]
    blind = prod(("      predictions: [score]\n", ""))
    assert places(platform_resources(blind), blind) == [(("endpoints", "ranker"), "ranker")]
    gone = [resource for resource in RESOURCES if resource.name != "click-features-late"]
    assert places(gone) == [(("pipelines", "click-features"), "click-features")]
    nobody = SPEC.model_copy(update={"monitoring": None})
    assert places((), nobody)[0] == (("monitoring",), "monitoring.notify")
    assert judge((), nobody, CATALOG, NOW)[0].message == (
        "nobody is told of anything: add `monitoring.notify` with a channel for tickets, and one for pages"
    )


def test_a_channel_that_is_off_tells_nobody():
    found = messages(changed("prod-page", lambda inputs: inputs.update(enabled=False), CHANNEL_TYPE))
    assert found
    assert all("nobody is told at their severity of" in text for text in found)


def test_what_a_language_model_could_have_watched_is_advice_on_production_too():
    spec = prod(("    server: triton\n", "    server: vllm\n    profile: text\n"))
    without = spec.model_copy(
        update={"endpoints": {"ranker": spec.endpoints["ranker"].model_copy(update={"watch": None})}, "pipelines": {}}
    )
    found = judge(platform_resources(without), without, CATALOG, NOW)
    assert [(violation.level, violation.path, violation.holder) for violation in found] == [
        ("advisory", ("endpoints", "ranker"), None)
    ]
    assert found[0].message == (
        "ranker: 7 further signals can be watched of text data (serving). In endpoints.ranker, once its columns are "
        "logged:\n"
        "- feature-skew, feature-drift: name the columns that are inputs in `watch.features`\n"
        "- prediction-skew, prediction-drift: name the columns that are predictions in `watch.predictions`\n"
        "- data-types, freshness: say in `watch` what its data is compared with\n"
        "- model-quality: say in `watch.quality` where reports of the model's quality land"
    )


def test_of_several_channels_each_has_to_be_told():
    old = "{pagerduty_service_key_secret: projects/example-ml/secrets/pagerduty/versions/latest}"
    spec = prod(
        (old, f"[{old}, {{slack_token_secret: projects/example-ml/secrets/s/versions/1, slack_channel: '#ml'}}]")
    )
    resources = platform_resources(spec)
    assert messages(resources, spec) == []
    off = {"prod-page-2": False}
    quiet = [
        replace(resource, inputs={**resource.inputs, "enabled": off.get(resource.name, True)})
        if resource.type == CHANNEL_TYPE
        else resource
        for resource in resources
    ]
    assert any("nobody is told at their severity of" in text for text in messages(quiet, spec))
