"""Who is told, as the spec writes it. Secrets are named, never given."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from weighbridge.units import PART, Email, Expected

SecretVersion = Annotated[
    str,
    StringConstraints(pattern=r"^projects/[a-z][a-z0-9-]{4,28}[a-z0-9]/secrets/[\w-]+/versions/(?:latest|[0-9]+)$"),
    Expected("a Secret Manager version such as projects/P/secrets/S/versions/latest"),
]
"""A Secret Manager version, `projects/P/secrets/S/versions/latest`."""


_WAYS: tuple[set[str], ...] = (
    {"email"},
    {"pagerduty_service_key_secret"},
    {"slack_token_secret", "slack_channel"},
    {"webhook_url_secret"},
    {"pubsub_topic"},
)
_ONE_WAY = (
    "exactly one of email, pagerduty_service_key_secret, webhook_url_secret, pubsub_topic, "
    "or slack_token_secret together with slack_channel"
)


class Channel(BaseModel):
    """One way to reach people. Exactly one key."""

    model_config = ConfigDict(
        **PART, json_schema_extra={"oneOf": [{"required": [*sorted(way)], "maxProperties": len(way)} for way in _WAYS]}
    )

    email: Email | None = None
    """E-mail address."""

    pagerduty_service_key_secret: SecretVersion | None = None
    """PagerDuty integration key, in Secret Manager."""

    slack_token_secret: SecretVersion | None = None
    """Slack token, in Secret Manager; with `slack_channel`."""

    slack_channel: (
        Annotated[str, StringConstraints(pattern=r"^#[\w-]{1,80}$"), Expected("a Slack channel such as #ml-alerts")]
        | None
    ) = None
    """Slack channel, such as `#ml-alerts`."""

    webhook_url_secret: SecretVersion | None = None
    """Webhook address, in Secret Manager."""

    pubsub_topic: (
        Annotated[
            str,
            StringConstraints(pattern=r"^projects/[a-z][a-z0-9-]{4,28}[a-z0-9]/topics/[\w.~+%-]+$"),
            Expected("a Pub/Sub topic such as projects/P/topics/T"),
        ]
        | None
    ) = None
    """Pub/Sub topic, `projects/P/topics/T`."""

    @model_validator(mode="after")
    def _one_way(self) -> Channel:
        given = {name for name, value in self if value is not None}
        if given not in _WAYS:
            raise PydanticCustomError("unit", "expected {expected}", {"expected": _ONE_WAY})
        return self


class Notify(BaseModel):
    """`monitoring.notify`: channels by severity."""

    model_config = PART

    page: Channel | None = None
    """Wakes somebody. Left out: page signals go to `ticket`."""

    ticket: Channel = Field(examples=[{"email": "ml-platform@example.com"}])
    """Is read on the next working day."""


class Monitoring(BaseModel):
    """`monitoring`: who is told of what."""

    model_config = PART

    notify: Notify = Field(examples=[{"ticket": {"email": "ml-platform@example.com"}}])
    """Channels by severity."""
