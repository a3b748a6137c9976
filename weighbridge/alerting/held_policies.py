"""Alert policies as a program's resources say: what they look at, whether they are on, and whom they reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.inputs import CannotJudge
from weighbridge.signals.expression import NotPromQl, normal

POLICY_TYPE = "gcp:monitoring/alertPolicy:AlertPolicy"
CHANNEL_TYPE = "gcp:monitoring/notificationChannel:NotificationChannel"


@dataclass(frozen=True, slots=True)
class Policy:
    """An alert policy as its inputs say: its conditions, whether it is on, and the channels that it reaches."""

    resource: HeldResource
    conditions: frozenset[tuple[str, str]]  # text and hold time
    enabled: bool
    channels: tuple[HeldResource, ...]
    foreign_channels: int  # given by id, so of another stack


def policies_of(resources: Sequence[HeldResource]) -> Iterator[Policy]:
    """The alert policies of a stack, by name. One whose conditions can't be read counts as having none."""
    by_urn = {resource.urn: resource for resource in resources if resource.type == CHANNEL_TYPE}
    for resource in sorted(resources, key=lambda resource: resource.name):
        if resource.type != POLICY_TYPE or resource.existing:
            continue
        own = tuple(
            by_urn[urn] for urn in resource.property_dependencies.get("notificationChannels", ()) if urn in by_urn
        )
        given = resource.inputs.get("notificationChannels")
        count = len(given) if isinstance(given, list) else 0
        yield Policy(
            resource=resource,
            conditions=frozenset(_held_conditions(resource)),
            enabled=resource.inputs.get("enabled") is not False,
            channels=own,
            foreign_channels=max(0, count - len(own)),
        )


def _held_conditions(resource: HeldResource) -> Iterator[tuple[str, str]]:
    try:
        for condition in resource.read.parts("conditions"):
            promql = condition.part("conditionPrometheusQueryLanguage")
            threshold = condition.part("conditionThreshold")
            if promql is not None:
                yield normal(promql.text("query") or ""), promql.text("duration") or "0s"
            elif threshold is not None:
                yield threshold.text("filter") or "", threshold.text("duration") or "0s"
    except (CannotJudge, NotPromQl):
        return
