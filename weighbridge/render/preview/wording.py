"""Words and signs that the report for a terminal and the comment on a pull request share."""

from __future__ import annotations

from collections.abc import Mapping

from weighbridge.alerting.cost import AlertingCost
from weighbridge.preview.result import Operation, PreviewResult
from weighbridge.quota.cost import Cost, at_least
from weighbridge.rules.shared_quota import RULE as GUARD
from weighbridge.units import usd

DESTRUCTIVE = (Operation.REPLACE, Operation.MAY_REPLACE, Operation.DELETE)
SIGNS: Mapping[Operation, str] = {
    Operation.CREATE: "+", Operation.UPDATE: "~", Operation.REPLACE: "+-", Operation.MAY_REPLACE: "+-?",
    Operation.DELETE: "-", Operation.READ: ">", Operation.SAME: " ",
}  # fmt: skip


def fits(result: PreviewResult) -> str:
    """What an admitted stack is admitted by: the pack, which judges the ledger too unless it is somebody else's."""
    everything = "everything fits the shared quota"
    return everything if result.guarded else f"the pack admits, and by the preview's own ledger {everything}"


def counted(result: PreviewResult) -> str:
    """How much blocks, and whose verdict it is where the pack doesn't guard the quota."""
    count = len(result.blocking)
    violations = f"{count} violation{'s' if count != 1 else ''}"
    if result.guarded:
        return violations
    by_ledger = sum(violation.policy == GUARD.name for violation in result.blocking)
    pack = "the pack admits" if by_ledger == count else f"{count - by_ledger} of the pack"
    return f"{violations}: {pack}, {by_ledger} of the preview's own ledger"


def advised(result: PreviewResult) -> str:
    """How much advice there is."""
    count = len(result.advice)
    return f"{count} piece{'s' if count != 1 else ''} of advice"


def not_known(result: PreviewResult) -> tuple[str, ...]:
    """What the verdict goes without, but for what it is about itself; every report begins with it."""
    reason = result.failure.reason if result.failure is not None else None
    return tuple(line for line in result.unread if line != reason)


def alerting_text(cost: AlertingCost) -> str:
    """What alerts cost, in words."""
    count = f"{cost.references:,} metric reference" + ("s" if cost.references != 1 else "")
    return f"Alerts {usd(cost.usd)} a month for {count}; price of {cost.prices_of}, reported"


def nodes_text(cost: Cost) -> str:
    """What the nodes cost; what has no price comes first, as it makes every sum a least one."""
    was = cost.most_before
    lower = "at least " if cost.unpriced_before else ""
    before = f" (was {lower}{usd(was)})" if was is not None and (was != cost.most or cost.unpriced_before) else ""
    text = f"{usd(cost.least)} to {usd(cost.most)}{before} a month for the nodes"
    return f"{at_least(cost)}. {text} that have one" if cost.unpriced else text


def over_text(cost: Cost) -> str:
    """By how much a budget is exceeded; empty where it is not."""
    return "" if cost.over_budget is None else f"{'at least ' if cost.unpriced else ''}{usd(cost.over_budget)}"


def short_type(token: str) -> str:
    """``gcp:container/nodePool:NodePool`` as people say it: ``gcp NodePool``."""
    package, _, rest = token.partition(":")
    name = rest.rpartition(":")[2]
    if package == "pulumi":
        return token.removeprefix("pulumi:")
    return name if package == "weighbridge" else f"{package} {name}"
