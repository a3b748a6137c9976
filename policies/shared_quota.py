"""All resources of the stack together: the project's quota suffices for every stack at its peak, or why not."""

from __future__ import annotations

from collections.abc import Iterable

from weighbridge.quota.holders import graph_demand
from weighbridge.resources.held_resource import HeldResource
from weighbridge.rules.finding import Finding
from weighbridge.rules.shared_quota import RULE, judge

from .rule import Kind, Rule
from .run import Run, Unreadable


def check(run: Run, resources: tuple[HeldResource, ...]) -> Iterable[Finding]:
    """Judges the whole stack; asked at the end of every preview, hence before anything is created."""
    if not resources:
        return ()
    stack = run.stack_of(resources[0].urn)
    try:
        shared = run.shared(stack)
    except Unreadable as unreadable:
        return tuple(Finding(RULE, line) for line in unreadable.lines)
    own = graph_demand(resources, shared.quota, run.catalog)
    return judge(stack, own, shared.others, shared.quota, run.catalog, run.now)


SHARED_QUOTA = Rule(
    name=RULE,
    kind=Kind.STACK,
    description="All stacks together fit the quota that they share, each at its peak.",
    stops="A stack that, with all others, could take the project over a limit; anything whose demand nobody can tell.",
    remediation="Lower the bound that the violation names, ask Google for what it names, or state what is unknown.",
    check=check,
)
