"""The gate before an update: without a ticket for exactly this change nothing is created.

It is asked about every resource before it is created, the root stack first, and only where the run is no preview. So it
holds for `--skip-preview` and for the Automation API too, and for a program that makes more than it did when it was
previewed.
"""

from __future__ import annotations

from collections.abc import Iterator

from weighbridge.quota.holders import renders
from weighbridge.quota.ledger import Demand
from weighbridge.rules.rule import Kind, Rule
from weighbridge.rules.rule_input import RuleInput
from weighbridge.rules.violation import Excess, Violation


def judge(given: RuleInput) -> Iterator[Violation]:
    """What keeps a resource from being created: the ticket, or that it draws more than the ticket has."""
    gate = given.gate
    if gate is None:
        return
    if gate.closed is not None:
        yield Violation(RULE.name, gate.closed, given.resources[0].urn, exemptible=False)
        return
    if all(map(renders, given.resources)):
        return
    before = [demand for urn, demand in given.admitted.items() if urn != given.resources[0].urn]
    for key, claims in given.demand.by_key.items():
        peak = sum(claim.peak for claim in claims) + sum(_peak(demand, claims[0].key) for demand in before)
        most = gate.peaks.get(key, 0)
        if peak > most:
            quota = claims[0].quota
            message = (
                f"{claims[0].holder}: with it the stack draws {peak:,} {quota.display}, and its ticket has {most:,}"
                f"{key.in_region}. Preview this commit and have it admitted again: weighbridge admit {given.stack}."
            )
            excess = Excess(peak, most, quota.unit, key)
            yield Violation(RULE.name, message, claims[0].urn, holder=claims[0].holder, excess=excess, exemptible=False)


def _peak(demand: Demand, key: object) -> int:
    return sum(claim.peak for claim in demand.claims if claim.key == key)


RULE = Rule(
    name="admission",
    kind=Kind.RESOURCE,
    description="An update has a ticket for exactly this commit, pack, quota file and demand.",
    stops="Where the quota file asks for tickets: every update that was not previewed and admitted before.",
    remediation="Preview the commit and sign the ticket, with `weighbridge admit`, where the key is.",
    judge=judge,
    may_be_advisory=False,
)
