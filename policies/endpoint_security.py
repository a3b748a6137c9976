"""Nothing serves that can change unseen, has rights it doesn't need, or answers without TLS."""

from __future__ import annotations

from collections.abc import Iterable

from weighbridge.resources.held_resource import HeldResource
from weighbridge.rules.endpoint_security import RULE, judge
from weighbridge.rules.finding import Finding

from .rule import Kind, Rule
from .run import Run


def check(run: Run, resources: tuple[HeldResource, ...]) -> Iterable[Finding]:
    """Judges every workload, way in and key of the stack; only the spec says whether it is production."""
    return judge(resources, run.own_spec(resources))


ENDPOINT_SECURITY = Rule(
    name=RULE,
    kind=Kind.STACK,
    description="Nothing serves that can change unseen, has rights it doesn't need, or answers without TLS.",
    stops="Untagged or `latest` images, pods that may be root, keys of service accounts, ways in without TLS.",
    remediation="Do what the violation says; components.endpoint does all of it.",
    check=check,
)
