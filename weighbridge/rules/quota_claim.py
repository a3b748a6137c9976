"""Each resource before it is created: the backstop where no preview judged the stack first.

`--skip-preview` and the Automation API ask the rules about the whole stack only when everything exists. So
this rule adds up what each resource may draw as it comes, and refuses exactly the one that goes over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from weighbridge.quota.holders import renders
from weighbridge.quota.ledger import Demand, of_limits
from weighbridge.rules import shared_quota
from weighbridge.rules.rule import Kind, Rule
from weighbridge.rules.rule_input import RuleInput, Shared
from weighbridge.rules.violation import Violation


def judge(given: RuleInput) -> tuple[Violation, ...]:
    """What keeps a resource from being created on top of those admitted before it."""
    if all(map(renders, given.resources)):
        return ()
    claimed = given.demand
    if not claimed.claims and not claimed.doubts:
        return ()
    own, shared = _of_these_limits(claimed, given.admitted, given.shared)
    return shared_quota.judge(given.stack, own, shared, given.catalog, given.now)


def _of_these_limits(claimed: Demand, admitted: Mapping[str, Demand], shared: Shared) -> tuple[Demand, Shared]:
    """Only the limits that this resource draws on can have become too small, so only those are looked at."""
    keys = sorted(claimed.drawn)
    before = tuple(claim for demand in admitted.values() for claim in demand.claims if claim.key in keys)
    others = {stack: of_limits(demand, keys) for stack, demand in shared.others.items()}
    return Demand(before + claimed.claims, claimed.doubts), replace(shared, others=others)


RULE = Rule(
    name="quota-claim",
    kind=Kind.RESOURCE,
    description="A resource is created only if what it may draw still fits the shared quota.",
    stops="With `--skip-preview` or the Automation API: the creation of the resource that goes over.",
    remediation="Preview the stack: `shared-quota` says everything that does not fit at once.",
    judge=judge,
    may_be_advisory=False,
)
