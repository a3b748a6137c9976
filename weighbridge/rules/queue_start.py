"""What is admitted starts, or gives its quota back: stated, not left to a default that has changed between releases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from weighbridge.queues.objects import kueue_objects
from weighbridge.resources.held_resource import HeldResource, by_name
from weighbridge.resources.values import Value, bare, items, mapping
from weighbridge.rules.rule import Rule
from weighbridge.rules.violation import Violation

RULE = Rule(
    name="queue-start",
    description="What is admitted starts, or gives its quota back.",
    stops="Requests for nodes that are repeated for ever, and admitted jobs that hold quota and never start.",
    remediation="State retryStrategy.backoffLimitCount of a ProvisioningRequestConfig (kubernetes-sigs/kueue#2572, "
    "#2560), and waitForPodsReady in Kueue's configuration (#2391, #1726): it is on by default from 0.19.0 only.",
    judge=lambda given: judge(given.resources),
)
_RELEASES = ("kubernetes:helm.sh/v3:Release", "kubernetes:helm.sh/v4:Chart", "kubernetes:helm.sh/v3:Chart")
_SETTING = "waitForPodsReady"


def judge(resources: Sequence[HeldResource]) -> Iterator[Violation]:
    """Requests for nodes without an end, then releases of Kueue that don't say how long a job may take to start."""
    for request in kueue_objects(resources).node_requests.values():
        if request.retries is None:
            message = (
                f"{request.name}: doesn't state how often nodes are asked for, so a stock-out may hold the queue's "
                "quota (kueue#2572, #2560). State retryStrategy.backoffLimitCount, such as 3"
            )
            yield Violation(RULE.name, message, request.urn, "advisory", holder=request.name)
    for resource in by_name(resources):
        if resource.type in _RELEASES and _is_kueue(resource.inputs.get("chart")) and not resource.existing:
            values = resource.inputs.get("values")
            if not _mentions(values):
                message = (
                    f"{resource.known_as}: installs Kueue and doesn't state {_SETTING}, so a job that is admitted and "
                    "never starts may hold its quota (kueue#2391, #1726). State it in values.managerConfig"
                )
                yield Violation(RULE.name, message, resource.urn, holder=resource.known_as)


def _is_kueue(chart: Value) -> bool:
    name = bare(chart)
    return isinstance(name, str) and name.partition("@")[0].rstrip("/").rpartition("/")[2] == "kueue"


def _mentions(value: Value) -> bool:
    """Whether it is stated anywhere in the chart's values, as a key or in the text of the configuration."""
    match bare(value):
        case str() as text:
            lines = (line.strip() for line in text.splitlines())
            return any(line.startswith(f"{_SETTING}:") for line in lines)
        case list():
            return any(map(_mentions, items(value)))
    return any(name == _SETTING or _mentions(inner) for name, inner in mapping(value).items())
