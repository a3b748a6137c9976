"""Who is told, as the spec writes it. Secrets are named, never given."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from weighbridge.spec.otlp import OtlpCollector
from weighbridge.spec.rollout import Reason
from weighbridge.spec.thresholds import Thresholds
from weighbridge.units import (
    PART,
    Day,
    DnsLabel,
    Duration,
    Email,
    Expected,
    Image,
    MayBeSecret,
    SecretVersion,
    Timestamp,
)

SIGNALS = (
    "feature-skew",
    "feature-drift",
    "prediction-skew",
    "prediction-drift",
    "data-types",
    "quota-use",
    "model-quality",
    "latency",
    "outage",
    "freshness",
    "silence",
    "label-skew",
    "label-drift",
    "quota-rate",
    "quota-limit",
    "training-time",
    "failures",
    "data-skew",
    "data-drift",
    "first-token",
    "token-rate",
    "cache-use",
)
"""What may be required; the catalogue of signals says of which kind."""

Cell = Annotated[
    str,
    StringConstraints(pattern=rf"^(?:(?:serving|data|training|validation|experiment)/[a-z-]+|{'|'.join(SIGNALS)})$"),
    Expected("a requirement such as serving/model-quality"),
]
"""One required signal, `KIND/SIGNAL`, or `SIGNAL` alone as messages name it."""

WebAddress = Annotated[
    str,
    StringConstraints(pattern=r"^https://[^\s/?#]+(?:/[^\s?#]*)?$", max_length=1900),
    Expected("an address such as https://wiki.example.com/runbooks, without query or fragment"),
]
"""An https address without query and fragment. Cloud Monitoring takes 2,083 characters of a link."""

_WAYS: tuple[set[str], ...] = (
    {"email"},
    {"pagerduty_service_key_secret"},
    {"slack_token_secret", "slack_channel"},
    {"opsgenie_key_secret"},
    {"opsgenie_key_secret", "opsgenie_instance"},
    {"google_chat_space"},
    {"webhook_url_secret"},
    {"webhook_url_secret", "webhook_user", "webhook_password_secret"},
    {"pubsub_topic"},
)
_ONE_WAY = (
    "exactly one of email, pagerduty_service_key_secret, opsgenie_key_secret, google_chat_space, webhook_url_secret, "
    "pubsub_topic, or slack_token_secret together with slack_channel; opsgenie_instance belongs to "
    "opsgenie_key_secret, webhook_user and webhook_password_secret together to webhook_url_secret"
)


AUTO_CLOSE = timedelta(days=1)
"""Time without news after which an incident is closed, unless the spec says otherwise."""


OpsgenieInstance = Literal["us", "eu"]


class Channel(BaseModel):
    """One way to reach people. Exactly one key, with those that belong to it."""

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
        Annotated[
            str,
            StringConstraints(pattern=r"^#[\w-]+$", max_length=81),
            Expected("a Slack channel such as #ml-alerts"),
        ]
        | None
    ) = None
    """Slack channel, such as `#ml-alerts`."""

    opsgenie_key_secret: SecretVersion | None = None
    """Key of Opsgenie's integration for Google Cloud Monitoring, in Secret Manager; it is told by webhook."""

    opsgenie_instance: OpsgenieInstance | None = None
    """Where the Opsgenie account lives. Left out: `us`."""

    google_chat_space: (
        Annotated[
            str,
            StringConstraints(pattern=r"^spaces/[A-Za-z0-9_-]{1,64}$"),
            Expected("a Google Chat space such as spaces/AAAAtZLKDkk"),
            MayBeSecret(),  # the address of a webhook of Chat has a token
        ]
        | None
    ) = None
    """Google Chat space, `spaces/ID` as its address ends; Google Cloud's app for Monitoring has to be in it."""

    webhook_url_secret: SecretVersion | None = None
    """Webhook address, in Secret Manager, with its token if it has one."""

    webhook_user: (
        Annotated[
            str, StringConstraints(pattern=r"^[^\s:]{1,128}$"), Expected("a user's name without spaces and colons")
        ]
        | None
    ) = None
    """Name by which a webhook with basic authentication knows Cloud Monitoring; with `webhook_password_secret`."""

    webhook_password_secret: SecretVersion | None = None
    """Password for it, in Secret Manager."""

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


MOST_CHANNELS = 16
"""Of one alert policy. Source: Cloud Monitoring's limits; confidence: reported."""


def _one_or_several(given: Any, several: ValidatorFunctionWrapHandler) -> tuple[Channel, ...]:
    channels: tuple[Channel, ...] = several(given) if isinstance(given, list) else (Channel.model_validate(given),)
    return channels


Channels = Annotated[
    tuple[Channel, ...],
    Field(min_length=1, max_length=MOST_CHANNELS),
    WrapValidator(_one_or_several, json_schema_input_type=Channel | list[Channel]),
]
"""One channel, or several that are all told."""


class Notify(BaseModel):
    """`monitoring.notify`: channels by severity."""

    model_config = PART

    page: Channels | None = None
    """Wakes somebody; one channel or a list. Left out: page signals go to `ticket`, which blocks on production."""

    ticket: Channels = Field(examples=[{"email": "ml-platform@example.com"}])
    """Is read on the next working day; one channel or a list."""

    heartbeat: Channel | None = None
    """Gets a sign of life every 30 minutes, so that an outside timer notices when alerting itself is broken. Left out:
    nobody would."""


class SignalExemption(BaseModel):
    """One required signal that is left out on purpose, for a while."""

    model_config = PART

    of: DnsLabel = Field(examples=["ranker"])
    """The endpoint or pipeline."""

    cell: Cell = Field(examples=["serving/model-quality"])
    """The requirement, as the coverage matrix names it."""

    reason: Reason = Field(examples=["labels arrive after 30 days; a proxy follows"])
    """Why it is not watched yet, and what is to follow."""

    owner: Email = Field(examples=["ml-platform@example.com"])
    """Who answers for it."""

    until: Day = Field(examples=["2026-12-31"])
    """The day from which it counts no more."""


class Snooze(BaseModel):
    """A time in which alerts stay quiet, such as planned maintenance."""

    model_config = PART

    what: Reason = Field(examples=["database maintenance"])
    """What happens then; the snooze's name."""

    of: tuple[DnsLabel, ...] = Field(min_length=1, max_length=16, examples=[["ranker"]])
    """Endpoints and pipelines."""

    start: Timestamp = Field(examples=["2026-12-05T02:00:00Z"])
    """From when, with its zone."""

    end: Timestamp = Field(examples=["2026-12-05T06:00:00Z"])
    """Until when, with its zone."""


class Monitoring(BaseModel):
    """`monitoring`: who is told of what."""

    model_config = PART

    notify: Notify = Field(examples=[{"ticket": {"email": "ml-platform@example.com"}}])
    """Channels by severity."""

    thresholds: Thresholds = Thresholds()
    """From where on somebody is told."""

    runbooks: WebAddress | None = None
    """Where the output of `weighbridge runbook` is published: NAME.md below this address. Left out: alerts carry the
    first steps and the rollback command only."""

    exempt: tuple[SignalExemption, ...] = ()
    """Required signals that are left out on purpose."""

    snoozes: tuple[Snooze, ...] = ()
    """Times in which alerts stay quiet."""

    auto_close: Duration = AUTO_CLOSE
    """An incident without news for so long is closed. Cloud Monitoring wants 30m to 7d."""

    monitor_image: Image | None = None
    """Image of the drift monitor, built from `components/monitor.Dockerfile`. Left out: `weighbridge/monitor` in the
    project's own Artifact Registry, of this version."""

    otlp: OtlpCollector | None = None
    """OpenTelemetry collector that drift monitors send their gauges to each minute, beside what is scraped."""
