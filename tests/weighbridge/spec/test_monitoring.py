"""Whom a channel reaches, in exactly one way; secrets by their address only."""

from __future__ import annotations

from datetime import timedelta

import jsonschema
import pytest

from tests.support.models import accepts
from weighbridge.spec.monitoring import Cell, Channel, Monitoring, Snooze, WebAddress
from weighbridge.units import SecretVersion

PAGER = "projects/example-ml/secrets/pager/versions/latest"
SCHEMA = jsonschema.Draft202012Validator(Channel.model_json_schema())


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"email": "ml@example.com"}, True),
        ({"pagerduty_service_key_secret": PAGER}, True),
        ({"slack_token_secret": PAGER, "slack_channel": "#ml-alerts"}, True),
        ({"webhook_url_secret": PAGER}, True),
        ({"pubsub_topic": "projects/example-ml/topics/alerts"}, True),
        ({"opsgenie_key_secret": PAGER}, True),
        ({"opsgenie_key_secret": PAGER, "opsgenie_instance": "eu"}, True),
        ({"google_chat_space": "spaces/AAAAtZLKDkk"}, True),
        ({"webhook_url_secret": PAGER, "webhook_user": "weighbridge", "webhook_password_secret": PAGER}, True),
        ({}, False),
        ({"opsgenie_instance": "eu"}, False),
        ({"opsgenie_key_secret": PAGER, "opsgenie_instance": "asia"}, False),
        ({"opsgenie_key_secret": PAGER, "webhook_url_secret": PAGER}, False),
        ({"opsgenie_key_secret": "8c1f-a-key-itself"}, False),
        ({"google_chat_space": "https://chat.google.com/room/AAAAtZLKDkk"}, False),
        ({"webhook_url_secret": PAGER, "webhook_user": "weighbridge"}, False),
        ({"webhook_url_secret": PAGER, "webhook_password_secret": PAGER}, False),
        ({"webhook_user": "weighbridge", "webhook_password_secret": PAGER}, False),
        ({"email": "ml@example.com", "webhook_url_secret": PAGER}, False),
        ({"slack_token_secret": PAGER}, False),
        ({"slack_channel": "#ml-alerts"}, False),
        ({"slack_token_secret": PAGER, "slack_channel": f"#{'ä' * 80}"}, True),
        ({"slack_token_secret": PAGER, "slack_channel": f"#{'ä' * 81}"}, False),
    ],
)
def test_a_channel_reaches_somebody_in_one_way_and_the_schema_knows_it(given, expected):
    assert accepts(Channel, given) is expected
    assert SCHEMA.is_valid(given) is expected


@pytest.mark.parametrize(
    ("type_", "value", "expected"),
    [
        (SecretVersion, PAGER, True),
        (SecretVersion, "projects/example-ml/secrets/pager/versions/7", True),
        (SecretVersion, "projects/example-ml/secrets/pager", False),
        (SecretVersion, "xoxb-a-token-itself", False),
        (Cell, "serving/model-quality", True),
        (Cell, "inference/model-quality", False),
        (WebAddress, "https://wiki.example.com/runbooks", True),
        (WebAddress, "http://wiki.example.com", False),
        (WebAddress, "https://wiki.example.com/?page=1", False),
        (WebAddress, "https://wiki.example.com/#top", False),
        (WebAddress, f"https://{'x' * 1892}", True),
        (WebAddress, f"https://{'x' * 1893}", False),
    ],
)
def test_one_value(type_, value, expected):
    assert accepts(type_, value) is expected


def test_a_snooze_is_of_something():
    snooze = {"what": "x", "of": ["ranker"], "start": "2026-12-05T02:00:00Z", "end": "2026-12-05T06:00:00Z"}
    assert accepts(Snooze, snooze)
    assert not accepts(Snooze, {**snooze, "of": []})
    assert not accepts(Snooze, {**snooze, "what": " "})


def test_what_is_left_out():
    monitoring = Monitoring.model_validate({"notify": {"ticket": {"email": "ml@example.com"}}})
    assert monitoring.auto_close == timedelta(days=1)
    assert (monitoring.notify.page, monitoring.exempt, monitoring.runbooks) == (None, (), None)
