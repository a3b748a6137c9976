"""What a rule of the pack is, apart from Pulumi: a name, words for people, and a check."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from weighbridge.resources.held_resource import HeldResource
from weighbridge.rules.finding import Finding

from .run import Run


class Kind(StrEnum):
    """When a rule is asked."""

    STACK = "stack"  # once, about all resources: at the end of a preview, and at the end of an update
    RESOURCE = "resource"  # about each resource before it is created


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. Every rule is mandatory; `pack` refuses to be configured otherwise, `enforcement` knows exceptions.

    `check` is given the resources that the rule is asked about (one, for a rule about resources) and returns what it
    found; it reads files only through the run, and never the clock, the network or the environment.
    """

    name: str
    kind: Kind
    description: str  # the first line of each violation
    stops: str  # what it keeps from happening
    remediation: str  # what to do about a violation
    check: Callable[[Run, tuple[HeldResource, ...]], Iterable[Finding]]
    level: str = "mandatory"
