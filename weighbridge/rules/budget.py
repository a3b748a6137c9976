"""What the node pools may cost is within the budget that the spec states; it blocks where the spec says so."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from weighbridge.quota.cost import Cost, at_least, cost_of, monthly_of, pools_of
from weighbridge.quota.prices import NodePrices
from weighbridge.rules.rule import Rule
from weighbridge.rules.rule_input import RuleInput
from weighbridge.rules.violation import Excess, Level, Violation
from weighbridge.units import usd

RULE = Rule(
    name="budget",
    description="The node pools at their most cost no more than the spec's budget.",
    stops="With `budget: {blocks: true}`: pools that cost more, or that have no price so that nobody can tell.",
    remediation="Lower the maximum of a pool that the violation names, or raise the budget.",
    judge=lambda given: judge(given),  # noqa: PLW0108 - it is defined below
)
UNIT = "USD a month"
PATH = ("budget", "monthly_usd")


def judge(given: RuleInput) -> Iterator[Violation]:
    """What is wrong with the cost of a stack whose own spec states a budget."""
    stated = given.spec.budget if given.spec is not None else None
    if stated is None:
        return
    pools = pools_of(given.resources, given.around)
    prices = NodePrices.of(given.catalog, given.shared.quota, given.stack, given.now.date())
    cost = cost_of(pools, None, Decimal(str(stated.monthly_usd)), prices)
    if cost.keeps_budget or cost.budget is None:
        return
    level: Level = "mandatory" if stated.blocks else "advisory"
    parts = [
        (found[1], f"{pool.group.name}, {usd(found[1])}", "Lower what it may grow to", pool.group.name)
        for pool, found in zip(pools.read, monthly_of(pools.read, prices), strict=True)
        if found is not None
    ]
    if cost.idle:
        words = f"committed nodes that no pool takes, {usd(cost.idle)}"
        parts.append((cost.idle, words, "Use them, or take them out", "commitments"))
    if cost.over_budget is not None and parts:
        _, most_of_it, do, holder = max(parts, key=lambda part: part[0])
        message = (
            f"{_sum(cost)}, {usd(cost.over_budget)} over the budget of {usd(cost.budget)}; most of it is {most_of_it}. "
            f"{do}, or raise budget.monthly_usd."
        )
    else:
        holder = cost.unpriced[0]
        message = (
            f"{_sum(cost)}, so nobody can tell that the budget of {usd(cost.budget)} is kept. Choose a machine type, "
            "region or provisioning that has a price, or have its price added to the catalog, with a source."
        )
    most = int(cost.most.to_integral_value(ROUND_CEILING))
    excess = Excess(most, int(cost.budget.to_integral_value(ROUND_FLOOR)), UNIT)
    yield Violation(RULE.name, message, level=level, path=PATH, holder=holder, excess=excess)


def _sum(cost: Cost) -> str:
    if cost.unpriced:
        return f"The node pools cost {at_least(cost)}"
    committed = " at committed-use prices" if any(not entry.ended for entry in cost.commitments) else ""
    return f"The node pools cost up to {usd(cost.most)} a month{committed}"
