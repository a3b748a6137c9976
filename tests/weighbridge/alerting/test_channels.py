"""Who is told, and by which kind of channel."""

from __future__ import annotations

import pytest

from tests.support.specs import prod, spec
from weighbridge.alerting.channels import SecretRef, channel_of, plan_channels, reaches_person


def test_channels_name_their_secrets_and_never_hold_them():
    page, ticket = plan_channels(prod())
    assert (page.type, page.labels, page.name) == ("pagerduty", {}, "prod-page")
    assert {channel.project for channel in (page, ticket)} == {"example-ml"}
    assert page.secrets == (SecretRef("service_key", "example-ml", "pagerduty", "latest"),)
    assert (ticket.type, ticket.labels, ticket.secrets) == ("email", {"email_address": "ml-platform@example.com"}, ())


def test_every_kind_of_channel():
    def channel(text):
        old = "{pagerduty_service_key_secret: projects/example-ml/secrets/pagerduty/versions/latest}"
        return plan_channels(prod((old, text)))[0]

    slack = channel("{slack_token_secret: projects/example-ml/secrets/slack/versions/3, slack_channel: '#ml'}")
    assert (slack.type, slack.labels) == ("slack", {"channel_name": "#ml"})
    assert slack.secrets == (SecretRef("auth_token", "example-ml", "slack", "3"),)
    web = channel("{webhook_url_secret: projects/example-ml/secrets/hook/versions/latest}")
    assert (web.type, web.secrets) == ("webhook_tokenauth", (SecretRef("url", "example-ml", "hook", "latest"),))
    topic = channel("{pubsub_topic: projects/example-ml/topics/alerts}")
    assert (topic.type, topic.labels, topic.secrets) == ("pubsub", {"topic": "projects/example-ml/topics/alerts"}, ())
    chat = channel("{google_chat_space: spaces/AAAAtZLKDkk}")
    assert (chat.type, chat.labels, chat.secrets) == ("google_chat", {"space": "spaces/AAAAtZLKDkk"}, ())
    basic = channel(
        "{webhook_url_secret: projects/example-ml/secrets/hook/versions/1, webhook_user: ml, "
        "webhook_password_secret: projects/example-ml/secrets/password/versions/2}"
    )
    assert (basic.type, basic.labels) == ("webhook_basicauth", {"username": "ml"})
    assert basic.secrets == (
        SecretRef("url", "example-ml", "hook", "1"),
        SecretRef("password", "example-ml", "password", "2"),
    )
    assert not reaches_person(basic.type, basic.user_labels)


@pytest.mark.parametrize(
    ("instance", "host"),
    [
        ("", "api.opsgenie.com"),
        (", opsgenie_instance: us", "api.opsgenie.com"),
        (", opsgenie_instance: eu", "api.eu.opsgenie.com"),
    ],
)
def test_opsgenie_is_told_by_a_webhook_that_ends_at_a_person(instance, host):
    old = "{pagerduty_service_key_secret: projects/example-ml/secrets/pagerduty/versions/latest}"
    key = "projects/example-ml/secrets/opsgenie/versions/4"
    page, _ = plan_channels(prod((old, f"{{opsgenie_key_secret: {key}{instance}}}")))
    address = f"https://{host}/v1/json/googlestackdriver?apiKey="
    assert (page.type, page.labels) == ("webhook_tokenauth", {})
    assert page.secrets == (SecretRef("url", "example-ml", "opsgenie", "4", address),)
    assert reaches_person(page.type, page.user_labels)


def test_several_channels_of_a_severity_are_all_there_and_the_first_keeps_its_name():
    old = "{pagerduty_service_key_secret: projects/example-ml/secrets/pagerduty/versions/latest}"
    both = prod((old, f"[{old}, {{email: night@example.com}}]"))
    assert [(channel.key, channel.name, channel.type) for channel in plan_channels(both)] == [
        ("page", "prod-page", "pagerduty"),
        ("page", "prod-page-2", "email"),
        ("ticket", "prod-ticket", "email"),
    ]
    assert plan_channels(prod((old, f"[{old}]"))) == plan_channels(prod())


@pytest.mark.parametrize(
    ("severity", "channels", "expected"),
    [
        ("page", ("page", "ticket"), "page"),
        ("page", ("ticket",), "ticket"),
        ("ticket", ("page", "ticket"), "ticket"),
        ("ticket", ("page",), None),
        ("heartbeat", ("page", "ticket"), None),
        ("page", (), None),
    ],
)
def test_what_would_page_goes_to_the_ticket_channel_and_nothing_else_goes_elsewhere(severity, channels, expected):
    assert channel_of(severity, dict.fromkeys(channels)) == expected


def test_a_spec_without_monitoring_has_no_channels():
    assert plan_channels(spec({"system": {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}})) == ()
