"""Who is told, as notification channels: by severity, with the rule that nobody goes unheard."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from weighbridge.conventions import PAGING_LABEL
from weighbridge.signals.rows import Severity
from weighbridge.spec.monitoring import Channel, Monitoring, OpsgenieInstance
from weighbridge.spec.root import Spec

ChannelKey = Literal["page", "ticket", "heartbeat"]
ChannelType = Literal["email", "google_chat", "pagerduty", "pubsub", "slack", "webhook_basicauth", "webhook_tokenauth"]
"""Types of Cloud Monitoring that a spec can name. It has three more: `sms`, silent until somebody has entered a code
that Google sends, which no deployment can; `campfire` and `hipchat`, whose services are gone. Source: what the API says
to a type that it doesn't know; confidence: reported."""

SecretField = Literal["service_key", "auth_token", "url", "password"]

HUMAN_TYPES = ("email", "google_chat", "pagerduty", "slack")
"""Types of channels that end at a person; a topic or an address of a program doesn't."""

OPSGENIE = "opsgenie"
"""Value of `PAGING_LABEL` on a webhook that ends at a person, as its address is a secret."""

OPSGENIE_HOSTS: Mapping[OpsgenieInstance, str] = {"us": "api.opsgenie.com", "eu": "api.eu.opsgenie.com"}
OPSGENIE_PATH = "/v1/json/googlestackdriver?apiKey="
"""Of its integration for Google Cloud Monitoring, which takes the key in the address. Confidence: reported."""

FALLBACK: Mapping[ChannelKey, ChannelKey] = {"page": "ticket"}
"""Where an environment has no channel of its own for a severity, its signals go to this one's."""


@dataclass(frozen=True, slots=True)
class SecretRef:
    """A Secret Manager version, and the field of the channel that takes its text, after what is no secret."""

    field: SecretField
    project: str
    secret: str
    version: str
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class ChannelPlan:
    """One notification channel; a severity may have several. `type` and the keys of `labels` are Cloud Monitoring's."""

    key: ChannelKey
    name: str
    type: ChannelType
    display_name: str
    project: str
    labels: Mapping[str, str]
    secrets: tuple[SecretRef, ...] = ()
    user_labels: Mapping[str, str] = field(default_factory=dict)


def plan_channels(spec: Spec) -> tuple[ChannelPlan, ...]:
    """The channels of a checked spec; none where it tells nobody."""
    if spec.monitoring is None:
        return ()
    return tuple(
        _plan(key, ordinal, channel, spec)
        for key, channels in _given(spec.monitoring).items()
        for ordinal, channel in enumerate(channels, start=1)
    )


def channel_of(severity: Severity, channels: Collection[ChannelKey]) -> ChannelKey | None:
    """Whose channels get signals of a severity; None: nobody's."""
    if severity in channels:
        return severity
    fallback = FALLBACK.get(severity)
    return fallback if fallback in channels else None


def _given(monitoring: Monitoring) -> dict[ChannelKey, tuple[Channel, ...]]:
    notify = monitoring.notify
    heartbeat = (notify.heartbeat,) if notify.heartbeat is not None else ()
    found: dict[ChannelKey, tuple[Channel, ...]] = {
        "page": notify.page or (),
        "ticket": notify.ticket,
        "heartbeat": heartbeat,
    }
    return {key: channels for key, channels in found.items() if channels}


def reaches_person(channel_type: object, user_labels: Mapping[str, object]) -> bool:
    """Whether somebody is at the end of a channel of that type, and with those labels of its owner's."""
    return channel_type in HUMAN_TYPES or user_labels.get(PAGING_LABEL) == OPSGENIE


def _plan(key: ChannelKey, ordinal: int, channel: Channel, spec: Spec) -> ChannelPlan:
    type_, labels, secrets = _reach(channel)
    further = f"-{ordinal}" if ordinal > 1 else ""
    return ChannelPlan(
        key=key,
        name=f"{spec.environment}-{key}{further}",
        type=type_,
        display_name=f"{spec.environment}: {key}{further}",
        project=spec.cloud.project,
        labels=labels,
        secrets=secrets,
        user_labels={PAGING_LABEL: OPSGENIE} if channel.opsgenie_key_secret is not None else {},
    )


def _reach(channel: Channel) -> tuple[ChannelType, dict[str, str], tuple[SecretRef, ...]]:
    """Type, labels and secrets. Source: Cloud Monitoring's notification channel descriptors."""
    if channel.email is not None:
        return "email", {"email_address": channel.email}, ()
    if channel.pubsub_topic is not None:
        return "pubsub", {"topic": channel.pubsub_topic}, ()
    if channel.pagerduty_service_key_secret is not None:
        return "pagerduty", {}, (_secret("service_key", channel.pagerduty_service_key_secret),)
    if channel.opsgenie_key_secret is not None:
        address = f"https://{OPSGENIE_HOSTS[channel.opsgenie_instance or 'us']}{OPSGENIE_PATH}"
        return "webhook_tokenauth", {}, (_secret("url", channel.opsgenie_key_secret, address),)
    if channel.google_chat_space is not None:
        return "google_chat", {"space": channel.google_chat_space}, ()
    if channel.slack_token_secret is not None and channel.slack_channel is not None:
        return "slack", {"channel_name": channel.slack_channel}, (_secret("auth_token", channel.slack_token_secret),)
    if channel.webhook_url_secret is not None:
        url = _secret("url", channel.webhook_url_secret)
        if channel.webhook_user is not None and channel.webhook_password_secret is not None:
            password = _secret("password", channel.webhook_password_secret)
            return "webhook_basicauth", {"username": channel.webhook_user}, (url, password)
        return "webhook_tokenauth", {}, (url,)
    raise ValueError("a channel without a way to reach people")  # the model refuses it


def _secret(field_: SecretField, version: str, prefix: str = "") -> SecretRef:
    _, project, _, secret, _, number = version.split("/")
    return SecretRef(field_, project, secret, number, prefix)
