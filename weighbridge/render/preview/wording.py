"""Words and signs that the report for a terminal and the comment on a pull request share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from weighbridge.alerting.cost import AlertingCost
from weighbridge.files.model_problems import few
from weighbridge.preview.result import (
    Base,
    CoverageCell,
    LocatedViolation,
    Operation,
    PreviewResult,
    PreviewVerdict,
    QuotaLine,
    RolloutView,
)
from weighbridge.quota.arithmetic import GLOBAL
from weighbridge.quota.cost import Cost, at_least
from weighbridge.rules.shared_quota import RULE as GUARD
from weighbridge.rules.shared_quota import claim_words
from weighbridge.units import percent, usd

DESTRUCTIVE = (Operation.REPLACE, Operation.MAY_REPLACE, Operation.DELETE)
COUNTED = (Operation.CREATE, Operation.UPDATE, Operation.REPLACE, Operation.MAY_REPLACE, Operation.DELETE)
SIGNS: Mapping[Operation, str] = {
    Operation.CREATE: "+", Operation.UPDATE: "~", Operation.REPLACE: "+-", Operation.MAY_REPLACE: "+-?",
    Operation.DELETE: "-", Operation.READ: ">", Operation.SAME: " ",
}  # fmt: skip

DONE: Mapping[Operation, str] = {
    Operation.CREATE: "is new", Operation.UPDATE: "changes", Operation.REPLACE: "is replaced",
    Operation.MAY_REPLACE: "may be replaced", Operation.DELETE: "goes", Operation.READ: "is read",
    Operation.SAME: "stays as it is",
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


def counts_text(result: PreviewResult) -> str:
    """How many resources are created, updated, replaced, deleted, and stay."""
    counts = ((operation, result.count(operation)) for operation in COUNTED)
    text = ", ".join(f"{count} to {operation.value}" for operation, count in counts if count) or "nothing to do"
    same = result.count(Operation.SAME)
    return f"{text}; {same} unchanged" if same else text


def nearest(result: PreviewResult) -> QuotaLine | None:
    """The limit that is fullest; None where none is bounded."""
    bounded = [line for line in result.quota if line.row.left is not None]
    return max(bounded, key=lambda line: line.row.demand / (line.row.limit or 0.5), default=None)


def nearest_text(line: QuotaLine) -> str:
    """Which limit is fullest, and how full."""
    return f"nearest its limit: {line.row.display}, {fill_text(line)}"


def fill_text(line: QuotaLine) -> str:
    """How full a limit is, such as ``18 of 24 (6 left)``."""
    row, left = line.row, line.row.left
    if left is None:
        return "no limit"
    return f"{row.demand:,} of {row.limit or 0:,} ({f'{-left:,} over' if left < 0 else f'{left:,} left'})"


def cost_summary(result: PreviewResult) -> str:
    """What the nodes cost at most and, where that is known, what it was; empty where nobody knows any of it."""
    cost = result.cost
    if cost is None:
        return ""
    if cost.most_before is None:
        return f"cost {'at least ' if cost.unpriced else ''}{usd(cost.most)} a month at most"
    if cost.most_before == cost.most and not (cost.unpriced or cost.unpriced_before):
        return f"cost unchanged, {usd(cost.most)} a month at most"
    before = Cost(cost.least, cost.most_before, unpriced=cost.unpriced_before)
    return f"cost {cost_change(before, cost)}"


def counted_problems(result: PreviewResult) -> str:
    """How much is wrong with what people wrote."""
    count = len(result.violations)
    return f"{count} problem{'s' if count != 1 else ''}"


def was(base: Base) -> str:
    """What became of the base."""
    if not base.existed:
        return "it had no such stack, so everything is new"
    if base.verdict is PreviewVerdict.BLOCKED:
        return f"it was blocked, by {base.blocked} violation{'s' if base.blocked != 1 else ''}"
    return "it was admitted" if base.verdict is PreviewVerdict.ADMITTED else "it could not be judged"


def base_lines(result: PreviewResult, base: Base) -> Iterator[tuple[str, str]]:
    """What a change does beside its resources: a word for the part, and a line. Of a new stack, the rest says all."""
    if not base.existed:
        yield from effect_lines(base)
        return
    for violation in base.mended:
        yield "mended", f"{violation.policy}{of_resource(violation)}{_beyond(result, violation)}"
    for violation in base.added:
        yield "new block", f"{violation.policy}{of_resource(violation)}{_beyond(result, violation)}"
    yield from effect_lines(base)
    for change in base.limits:
        yield "quota", f"{change.display}: {change.what} {_amount(change.before)} → {_amount(change.after)}"
    if base.cost is not None and result.cost is not None and base.cost.most != result.cost.most:
        yield "cost", cost_change(base.cost, result.cost)
    if base.budget_before != (result.cost.budget if result.cost is not None else None):
        now = result.cost.budget if result.cost is not None else None
        yield "budget", f"{_money(base.budget_before)} → {_money(now)} a month"
    for before, after in base.rollouts:
        yield "rollout", rollout_change(before, after)
    for one, other in base.cells:
        yield "watched", cell_change(one, other)
    for alert in base.alerts:
        yield "alert", f"{alert.name} {DONE[alert.operation]}"


def effect_lines(base: Base) -> Iterator[tuple[str, str]]:
    """Who else would no longer fit, and by how much."""
    for effect in base.effects:
        who = f"{effect.holder} with its claim for {effect.stack}" if effect.holder else effect.stack
        short = "; ".join(_asked(one.display, one.demand, one.limit, one.region) for one in effect.short)
        yield "others", f"{who} would no longer fit: {short}"


def _asked(display: str, demand: int, limit: int, region: str) -> str:
    """Such as ``NVIDIA L4 9 of 8 in us-central1``."""
    return f"{display} {demand:,} of {limit:,}{'' if region == GLOBAL else f' in {region}'}"


def _beyond(result: PreviewResult, violation: LocatedViolation) -> str:
    """Which limit, and by how much; empty where it is about none."""
    excess = violation.excess
    if excess is None:
        return ""
    if excess.quota is None:
        return f": {excess.demand:,} of {excess.limit:,} {excess.unit}"
    key = excess.quota
    display = next((line.row.display for line in result.quota if line.row.key == key), key.quota_id)
    return f": {_asked(display, excess.demand, excess.limit, key.region)}"


def claimed_lines(result: PreviewResult) -> Iterator[str]:
    """What is claimed of limits beyond the specs, which the numbers of the others include."""
    for line in result.quota:
        if line.row.claimed:
            named = ", ".join(f"{claim_words(use)} {use.amount:,}" for use in line.row.claimed)
            yield f"{line.row.display}: {named}"


def of_resource(violation: LocatedViolation) -> str:
    """Such as ``, serve-l4``; empty where it is about the stack as a whole."""
    name = violation.holder or violation.resource
    return f", {name}" if name else ""


def cost_change(before: Cost, after: Cost) -> str:
    """What the nodes cost at most, before and after, and by how much that differs."""
    lower = "at least " if before.unpriced or after.unpriced else ""
    more = after.most - before.most
    sign = "+" if more >= 0 else "-"
    return f"{lower}{usd(before.most)} → {usd(after.most)} a month at most ({sign}{usd(abs(more))})"


def rollout_change(before: RolloutView | None, after: RolloutView | None) -> str:
    """Who takes which share, before and after, and what is next."""
    view = after or before
    if view is None:
        return ""
    shares = " → ".join("none" if one is None else shares_text(one) for one in dict.fromkeys((before, after)))
    if before is not None and after is not None and before.weights == after.weights:
        shares = f"{shares_text(after)} as before"
    then = f"; {after.then}" if after is not None and after.then else ""
    return f"{view.endpoint}: {shares}{then}"


def shares_text(view: RolloutView) -> str:
    """Such as ``v7 90%, v8 10%``."""
    return ", ".join(f"{version} {percent(share)}" for version, share in view.weights)


def cell_change(before: CoverageCell | None, after: CoverageCell | None) -> str:
    """What becomes of one requirement."""
    cell = after or before
    if cell is None:
        return ""
    states = [one.state if one is not None else "not there" for one in (before, after)]
    text = f"{cell.subject} {cell.name}: {states[0]} → {states[1]}"
    if before is not None and after is not None and before.state == after.state:
        text = f"{cell.subject} {cell.name}: {after.state}, otherwise than before"
    return f"{text} ({cell.why})" if after is not None and after.state == "blind" else text


def _amount(amount: int | None) -> str:
    return "not listed" if amount is None else f"{amount:,}"


def _money(amount: Decimal | None) -> str:
    return "none" if amount is None else usd(amount)


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
    if cost.expected is not None:
        text = f"{usd(cost.least)} to {usd(cost.most)}{before}, {usd(cost.expected)} expected, a month for the nodes"
    return f"{at_least(cost)}. {text} that have one" if cost.unpriced else text


def committed_text(cost: Cost) -> str:
    """By which committed-use prices it is so, and which have ended; empty where there are none."""
    counted = [f"{one.words}, until {one.until}" for one in cost.commitments if not one.ended]
    ended = [f"{one.machines} in {one.region}, ended on {one.until}" for one in cost.commitments if one.ended]
    texts = []
    if counted:
        texts.append(f"at committed-use prices: {'; '.join(counted)}")
    if cost.idle:
        texts.append(f"{usd(cost.idle)} of the most is for committed nodes that no pool takes")
    if ended:
        texts.append(f"at list prices again: {'; '.join(ended)}")
    return "; ".join(texts)


@dataclass(frozen=True, slots=True)
class CostRow:
    """A pool, or below it (`inside`) what runs on it: floor, expected, ceiling and the day of the price, as text."""

    name: str
    cells: tuple[str, str, str, str]
    inside: bool


def cost_rows(result: PreviewResult) -> Iterator[CostRow]:
    """Each node pool, then the endpoints and pipelines on it; nothing of a program without a spec."""
    if not result.cost_shares and all(pool.expected_monthly is None for pool in result.pools):
        return
    listed: set[str] = set()
    for pool in result.pools:
        sums = (pool.least_monthly, pool.expected_monthly, pool.most_monthly)
        yield CostRow(pool.name, _cost_cells(*sums, pool.priced_on), inside=False)
        key = pool.name if any(share.node_pool == pool.name for share in result.cost_shares) else _sliced(pool.name)
        for share in result.cost_shares if key not in listed else ():
            if share.node_pool == key:
                sums = (share.least_monthly, share.expected_monthly, share.most_monthly)
                yield CostRow(share.name, _cost_cells(*sums, share.priced_on), inside=True)
        listed.add(key)


def assumptions(result: PreviewResult) -> Iterator[str]:
    """What expected sums rest on that the spec doesn't say: for whom, and what."""
    by_words: dict[str, list[str]] = {}
    for share in result.cost_shares:
        if share.assumed and share.expected_monthly is not None:
            by_words.setdefault(share.assumed, []).append(share.name)
    for words, names in by_words.items():
        yield f"expected of {few(names)}: {words}"


def _sliced(pool: str) -> str:
    """The spec's key of a pool that is one of its slices, such as train of train-s0."""
    key, _, ordinal = pool.rpartition("-s")
    return key if key and ordinal.isdecimal() else pool


def _cost_cells(
    least: Decimal | None, expected: Decimal | None, most: Decimal | None, priced_on: date | None
) -> tuple[str, str, str, str]:
    if least is None or most is None:
        return ("no price", "no price", "no price", "")
    return (usd(least), "" if expected is None else usd(expected), usd(most), f"{priced_on or ''}")


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
