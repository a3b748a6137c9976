"""Each resource before it is created: the backstop where no preview judged the stack first.

`pulumi up --skip-preview` and the Automation API ask the rules about the whole stack only when everything exists. So
this rule adds up what each resource may draw as it comes, and refuses exactly the one that goes over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from weighbridge.quota.holders import resource_demand
from weighbridge.quota.ledger import Demand
from weighbridge.resources.held_resource import HeldResource
from weighbridge.rules.finding import Finding
from weighbridge.rules.shared_quota import judge

from .rule import Kind, Rule
from .run import Run, Shared, Unreadable

NAME = "quota-claim"


def check(run: Run, resources: tuple[HeldResource, ...]) -> Iterable[Finding]:
    """Judges one resource on top of those admitted before. Silent in a preview, where `shared-quota` says it all."""
    if run.dry_run:
        return ()
    (resource,) = resources
    stack = run.stack_of(resource.urn)
    with run.lock:
        try:
            shared = run.shared(stack)
        except Unreadable as unreadable:
            return tuple(Finding(NAME, line) for line in unreadable.lines)
        claimed = resource_demand(resource, run.surroundings(shared.quota))
        if not claimed.claims and not claimed.doubts:
            return ()
        run.admitted.pop(resource.urn, None)  # asked again: it counts once
        own, others = _of_these_limits(claimed, run.admitted, shared)
        found = judge(stack, own, others, shared.quota, run.catalog, run.now)
        if not found:
            run.admitted[resource.urn] = claimed
        return found


def _of_these_limits(
    claimed: Demand, admitted: Mapping[str, Demand], shared: Shared
) -> tuple[Demand, Mapping[str, Demand]]:
    """Only the limits that this resource draws on can have become too small, so only those are looked at."""
    keys = sorted({claim.key for claim in claimed.claims})
    before = tuple(claim for demand in admitted.values() for claim in demand.claims if claim.key in keys)
    others = {
        stack: Demand(
            tuple(claim for key in keys for claim in shared.others_by_key.get(key, {}).get(stack, ())), demand.doubts
        )
        for stack, demand in shared.others.items()
    }
    return Demand(before + claimed.claims, claimed.doubts), others


QUOTA_CLAIM = Rule(
    name=NAME,
    kind=Kind.RESOURCE,
    description="A resource is created only if what it may draw still fits the shared quota.",
    stops="With `pulumi up --skip-preview` or the Automation API: the creation of the resource that goes over.",
    remediation="Preview the stack: `shared-quota` says everything that does not fit at once.",
    check=check,
)
