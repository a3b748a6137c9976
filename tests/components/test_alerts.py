"""What the alert components create, and that it is in the form in which the API gives it back."""

from __future__ import annotations

import json
from functools import partial

import pytest
from pulumi.runtime import rpc

from components.ml_platform import Platform
from tests.support.monitoring.pulumi_inputs import policy_of
from tests.support.monitoring.semantic import problems_of_policy
from tests.support.platform import platform
from tests.support.recording import record
from tests.support.specs import CATALOG, everything, full, prod
from weighbridge.host.functions import PLACEHOLDER
from weighbridge.signals.emitters import known_of

POLICY = "gcp:monitoring/alertPolicy:AlertPolicy"
CHANNEL = "gcp:monitoring/notificationChannel:NotificationChannel"


@pytest.fixture(scope="module")
def recording():
    return platform(prod())


@pytest.mark.parametrize("spec", everything(), ids=["dev", "staging", "prod", "all"])
def test_google_would_take_every_policy(spec):
    policies = platform(spec, preview=True).of_type(POLICY)
    assert policies
    known = known_of(spec)
    found = {policy.name: problems_of_policy(policy_of(policy.inputs), known) for policy in policies}
    assert {name: problems for name, problems in found.items() if problems} == {}


def empties(value, path=""):
    match value:
        case dict():
            for name, inner in value.items():
                yield from empties(inner, f"{path}.{name}")
        case list() if value:
            for index, inner in enumerate(value):
                yield from empties(inner, f"{path}[{index}]")
        case "" | 0 | [] | "0s":
            yield path


def test_nothing_empty_and_no_zero_is_sent(recording):
    for policy in recording.of_type(POLICY):
        assert list(empties(dict(policy.inputs))) == [], policy.name


def test_conditions_are_promql_and_don_t_wait_for_the_metric_to_exist(recording):
    policy = recording.named(POLICY, "ranker-replicas-gone").inputs
    assert policy["combiner"] == "OR"
    first, second = policy["conditions"]
    assert first["displayName"] == "No replica answers (v7)"
    assert first["conditionPrometheusQueryLanguage"] == {
        "query": 'absent(up{cluster="prod", namespace="serving", app="ranker", model_version="v7"} == 1) == 1',
        "duration": "600s",
        "evaluationInterval": "60s",
        "alertRule": "ReplicasGone",
        "ruleGroup": "prod-ranker",
        "disableMetricValidation": True,
    }
    assert 'model_version="v8"' in second["conditionPrometheusQueryLanguage"]["query"]


def test_channels_are_created_once_and_secrets_stay_secret(recording):
    page, ticket = (recording.named(CHANNEL, f"prod-{channel}").inputs for channel in ("page", "ticket"))
    assert page["type"] == "pagerduty"
    assert ticket["labels"] == {"email_address": "ml-platform@example.com"}
    assert "sensitiveLabels" not in ticket


def test_a_heartbeat_is_repeated():
    policy = platform(full(), preview=True).named(POLICY, "prod-watchdog").inputs
    (strategy,) = policy["alertStrategy"]["notificationChannelStrategies"]
    assert strategy["renotifyInterval"] == "1800s"


def test_nothing_depends_on_the_order_in_which_it_is_written():
    spec = everything()[1]
    program = partial(Platform, spec.environment, spec, CATALOG)
    first, second = (
        {policy.name: json.dumps(policy.inputs, sort_keys=True) for policy in record(program).of_type(POLICY)}
        for _ in range(2)
    )
    assert first == second


def test_opsgenie_s_key_stands_in_the_address_of_its_webhook_which_is_a_secret():
    old = "{pagerduty_service_key_secret: projects/example-ml/secrets/pagerduty/versions/latest}"
    spec = prod((old, "{opsgenie_key_secret: projects/example-ml/secrets/opsgenie/versions/4}"))
    page = platform(spec, alerts=False).named(CHANNEL, "prod-page").inputs
    assert (page["type"], page["userLabels"]) == ("webhook_tokenauth", {"paging_service": "opsgenie"})
    assert page["labels"] == secret_of(
        {"url": f"https://api.opsgenie.com/v1/json/googlestackdriver?apiKey={PLACEHOLDER}"}
    )


def test_basic_authentication_s_password_is_a_secret_of_its_own():
    old = "{pagerduty_service_key_secret: projects/example-ml/secrets/pagerduty/versions/latest}"
    hook = (
        "{webhook_url_secret: projects/example-ml/secrets/hook/versions/1, webhook_user: ml, "
        "webhook_password_secret: projects/example-ml/secrets/p/versions/2}"
    )
    page = platform(prod((old, hook)), alerts=False).named(CHANNEL, "prod-page").inputs
    assert page["type"] == "webhook_basicauth"
    assert page["labels"] == secret_of({"url": PLACEHOLDER, "username": "ml"})
    assert page["sensitiveLabels"] == secret_of({"password": PLACEHOLDER})


def secret_of(value):
    """As Pulumi sends it."""
    return {rpc._special_sig_key: rpc._special_secret_sig, "value": value}
