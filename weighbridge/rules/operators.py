"""Objects that nothing acts on: a JobSet, a RayJob or a TrainJob where nobody has said that its controller is there.

It never blocks, as a controller may have been installed by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from weighbridge.files.model_problems import listed
from weighbridge.infrastructure.operators import NEEDED_BY, operators_of
from weighbridge.resources.held_resource import HeldResource, by_name
from weighbridge.rules.rule import Rule
from weighbridge.rules.violation import Violation
from weighbridge.spec.root import Spec

RULE = Rule(
    name="operators",
    description="The controllers that jobs need are in the cluster.",
    stops="Nothing: it advises of jobs that would wait for ever, as no controller is said to act on them.",
    remediation="Say `installed` or `present` of the operator that it names, under `cluster.operators`.",
    judge=lambda given: judge(given.resources, given.spec),
    only_advises=True,
)
PATH = ("cluster", "operators")
_PREFIX = "kubernetes:"


def judge(resources: Iterable[HeldResource], spec: Spec | None) -> Iterator[Violation]:
    """Each operator that is missing, with everything of the program that waits for it."""
    if spec is None:
        return
    there = operators_of(spec)
    waiting: dict[str, list[str]] = {}
    for resource in by_name(resources):
        operator = NEEDED_BY.get(_group_and_kind(resource.type))
        if operator is not None and operator not in there and not resource.existing:
            waiting.setdefault(operator, []).append(f"{resource.type.rpartition(':')[2]} {resource.known_as}")
    for operator, names in sorted(waiting.items()):
        verb = "waits" if len(names) == 1 else "wait"
        message = (
            f"{listed(names)} {verb} for a controller, and the spec doesn't say that it is there: say "
            f"`operators: {{{operator}: installed}}` under `cluster`, or `present` where something else installs it"
        )
        yield Violation(RULE.name, message, level="advisory", path=PATH, holder=spec.environment)


def _group_and_kind(type_: str) -> tuple[str, str]:
    version, _, kind = type_.removeprefix(_PREFIX).partition(":")
    return version.partition("/")[0], kind
