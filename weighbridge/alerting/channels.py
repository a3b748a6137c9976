"""Who is told, as notification channels: by severity, with the rule that nobody goes unheard."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from weighbridge.signals.rows import Severity
from weighbridge.spec.monitoring import Channel, Monitoring
from weighbridge.spec.root import Spec

ChannelKey = Literal["page", "ticket", "heartbeat"]
SecretField = Literal["service_key", "auth_token", "url"]

HUMAN_TYPES = ("email", "pagerduty", "slack")
"""Types of channels that end at a person; a topic or an address of a program doesn't."""

FALLBACK: Mapping[ChannelKey, ChannelKey] = {"page": "ticket"}
"""Where an environment has no channel of its own for a severity, its signals go to this one's."""


@dataclass(frozen=True, slots=True)
class SecretRef:
    """A Secret Manager version, and the field of the channel that takes its text."""

    field: SecretField
    project: str
    secret: str
    version: str


@dataclass(frozen=True, slots=True)
class ChannelPlan:
    """One notification channel; a severity may have several. `type` and the keys of `labels` are Cloud Monitoring's."""

    key: ChannelKey
    name: str
    type: str
    display_name: str
    project: str
    labels: Mapping[str, str]
    secret: SecretRef | None


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


def _plan(key: ChannelKey, ordinal: int, channel: Channel, spec: Spec) -> ChannelPlan:
    type_, labels, secret = _reach(channel)
    further = f"-{ordinal}" if ordinal > 1 else ""
    return ChannelPlan(
        key=key,
        name=f"{spec.environment}-{key}{further}",
        type=type_,
        display_name=f"{spec.environment}: {key}{further}",
        project=spec.cloud.project,
        labels=labels,
        secret=secret,
    )


def _reach(channel: Channel) -> tuple[str, dict[str, str], SecretRef | None]:
    """Type, labels and secret. Source: Cloud Monitoring's notification channel descriptors."""
    if channel.email is not None:
        return "email", {"email_address": channel.email}, None
    if channel.pubsub_topic is not None:
        return "pubsub", {"topic": channel.pubsub_topic}, None
    if channel.pagerduty_service_key_secret is not None:
        return "pagerduty", {}, _secret("service_key", channel.pagerduty_service_key_secret)
    if channel.slack_token_secret is not None and channel.slack_channel is not None:
        return "slack", {"channel_name": channel.slack_channel}, _secret("auth_token", channel.slack_token_secret)
    if channel.webhook_url_secret is not None:
        return "webhook_tokenauth", {}, _secret("url", channel.webhook_url_secret)
    raise ValueError("a channel without a way to reach people")  # the model refuses it


def _secret(field: SecretField, version: str) -> SecretRef:
    _, project, _, secret, _, number = version.split("/")
    return SecretRef(field, project, secret, number)
