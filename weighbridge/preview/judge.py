"""What a program registered and a pack said, judged beside state, ledger and cost: the `PreviewResult`.

The verdict is the pack's, and what it can't know is added: what becomes of the stack's old resources (see `update`).
The ledger is judged here as well, from the same resources: what it refuses is admitted by no pack, and where a pack
guards the quota and disagrees with it, nothing is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from weighbridge.alerting.cost import alerting_cost
from weighbridge.host import Outcome
from weighbridge.preview.base_revision import BaseRun, compared_with
from weighbridge.preview.changes import compare
from weighbridge.preview.effects import effects
from weighbridge.preview.expected_cost import ExpectedCost, expected_cost
from weighbridge.preview.headlines import ServingState
from weighbridge.preview.pool_lines import pool_flags, pool_lines
from weighbridge.preview.result import (
    AskedPolicy,
    Before,
    Change,
    LocatedViolation,
    NotJudged,
    PreviewResult,
    PreviewVerdict,
    QuotaLine,
)
from weighbridge.preview.started import Started
from weighbridge.preview.state import held_in, state_of
from weighbridge.preview.update import PreviewedUpdate, as_asked, beyond_pack
from weighbridge.preview.violations import of_ledger, of_pack, with_ledger
from weighbridge.quota.cost import cost_of, pools_of
from weighbridge.quota.explained import explanations
from weighbridge.quota.holders import graph_demand
from weighbridge.quota.ledger import Demand, Ledger, build_ledger
from weighbridge.quota.prices import NodePrices
from weighbridge.quota.update import peak_of
from weighbridge.resources.graph import Graph
from weighbridge.resources.held_resource import HeldResource, Surroundings, held
from weighbridge.rules import shared_quota
from weighbridge.rules.rule_input import RuleInput, Shared
from weighbridge.rules.violation import Violation

ENVIRONMENTS_FIX = (
    "What they set may change what the program makes, and it ran without.\n"
    "Judge the stack where they can be opened:\n"
    "    pulumi preview -s {stack} --policy-pack policies\n"
    "Or write the settings under config, and take environment out."
)


@dataclass(frozen=True, slots=True)
class _Earlier:
    """What is compared with: the state, else what a base makes."""

    changes: tuple[Change, ...]
    resources: tuple[HeldResource, ...] | None  # None: nothing is
    around: Surroundings


def judge(
    started: Started, outcome: Outcome, graph: Graph, seconds: Mapping[str, float], base: BaseRun | None = None
) -> tuple[PreviewResult, Ledger]:
    """The result of a program and pack that have ended well. `graph` is the outcome's, in the order of a report.

    A base is shown, and changes no verdict.
    """
    resources = held(graph)
    quota, stack, catalog = started.folder.quota, started.request.stack, started.catalog
    shared = Shared.of(stack, started.spec, started.folder.demands, quota, catalog, started.claims)
    given = RuleInput(stack, resources, Surroundings.of(resources, quota, catalog), shared, started.now)
    peaks, claimed = {stack: given.demand, **shared.others}, shared.claimed(stack, given.demand)
    ledger = build_ledger(quota, peaks, catalog, started.now, claimed)
    earlier = _earlier(started, graph, base)
    update = None if started.state is None else PreviewedUpdate(given, graph, started.state, earlier.changes)
    violations, missed = _violations(started, outcome, graph, given, update)
    verdict, failure = _verdict(started, violations, missed)
    shown = outcome.mask.over  # names come from the program
    result = started.result(
        verdict,
        failure=shown(failure),
        seconds=seconds,
        rules=tuple(
            AskedPolicy(policy.name, policy.description, policy.level, policy.remediation, policy.url)
            for policy in outcome.policies
        ),
        violations=shown(violations),
        guarded=_guards_quota(outcome),
        changes=shown(earlier.changes),
        compared=earlier.resources is not None,
        with_state=started.state is not None,
        quota=shown(_quota(started, ledger, earlier, update)),
        quota_untouched=sum(row.use(stack) is None for row in ledger.rows),
        alerting=shown(alerting_cost(resources)),
        unread=shown(started.unread()),
        notes=shown((*_capacity(started, ledger), *_notes(outcome))),
        **shown(_of_pools(started, given, earlier)),
        **_details(started, base),
    )
    if base is not None:
        since_base = earlier.changes if started.state is None else compare(graph, state_of(base.graph))
        others = build_ledger(quota, shared.others, catalog, started.now, shared.claimed(stack, Demand()))
        compared = compared_with(base, result, ledger, since_base)
        compared = replace(compared, effects=effects(base.ledger or others, ledger, stack))
        result = replace(result, base=shown(base.mask.over(compared)), changes=base.mask.over(result.changes))
        result = replace(result, flags=base.mask.over(result.flags))
    return result, ledger


def _earlier(started: Started, graph: Graph, base: BaseRun | None) -> _Earlier:
    before = started.state or (None if base is None else state_of(base.graph))
    resources = None if before is None else held_in(before.current.values(), before)
    around = Surroundings.of(resources or (), started.folder.quota, started.catalog)
    return _Earlier(compare(graph, before), resources, around)


def _guards_quota(outcome: Outcome) -> bool:
    return any(policy.name == shared_quota.RULE.name for policy in outcome.policies)


def _violations(
    started: Started, outcome: Outcome, graph: Graph, given: RuleInput, update: PreviewedUpdate | None
) -> tuple[tuple[LocatedViolation, ...], tuple[Violation, ...]]:
    """What blocks or advises, and what the ledger refuses that a pack is told enough to refuse as well."""
    rule = shared_quota.RULE
    asked = tuple(rule.judge(as_asked(given)))
    by_ledger = tuple(rule.enforced(asked, given))
    found = rule.enforced((*asked, *beyond_pack(given, update)), given, with_update=update is not None)
    locator = started.locator()
    located = with_ledger(
        of_pack(outcome, started.spec, locator),
        by_ledger if _guards_quota(outcome) else (),
        [of_ledger(violation, graph, locator) for violation in found],
    )
    return located, tuple(violation for violation in by_ledger if violation.level == "mandatory")


def _verdict(
    started: Started, violations: Sequence[LocatedViolation], missed: Sequence[Violation]
) -> tuple[PreviewVerdict, NotJudged | None]:
    if any(violation.level == "mandatory" for violation in violations):
        return PreviewVerdict.BLOCKED, None
    if missed:
        failure = NotJudged("the policy pack admitted what the ledger does not", missed[0].message)
        return PreviewVerdict.COULD_NOT_JUDGE, failure
    if started.config.environments:
        fix = ENVIRONMENTS_FIX.format(stack=started.request.stack)
        return PreviewVerdict.COULD_NOT_JUDGE, NotJudged(started.environments()[0], fix)
    return PreviewVerdict.ADMITTED, None


def _of_pools(started: Started, given: RuleInput, earlier: _Earlier) -> dict[str, object]:
    """What of a result the node pools decide: lines, cost, and what becomes of those that serve or train."""
    quota, catalog, spec = started.folder.quota, started.catalog, started.spec
    pools = pools_of(given.resources, given.around)
    before = None if earlier.resources is None else pools_of(earlier.resources, earlier.around)
    prices = NodePrices.of(catalog, quota, started.request.stack, started.now.date())
    budget = Decimal(str(spec.budget.monthly_usd)) if spec is not None and spec.budget else None
    cost, expected = cost_of(pools, before, budget, prices), ExpectedCost({}, ())
    if spec is not None:
        expected = expected_cost(spec, given.resources, given.around, pools, prices)
    serving = ServingState(earlier.resources or (), earlier.around, spec, given.resources)
    groups = [pool.group for pool in pools.read]
    return {
        "pools": pool_lines(pools.read, prices, expected.by_pool),
        "cost": replace(cost, expected=expected.total(cost)),
        "cost_shares": expected.shares,
        "flags": pool_flags(earlier.changes, pools.read, before.read if before is not None else (), serving),
        "quota_notes": explanations(given.demand.claims, groups, quota.spot_pools, catalog),
    }


def _capacity(started: Started, ledger: Ledger) -> tuple[str, ...]:
    """What Google said of the pools' machines and capacity, where somebody asked; it decides nothing."""
    from weighbridge.stacks.capacity import read_capacity

    lines: list[str] = []
    spec, quota = started.spec, started.folder.quota
    if spec is not None and quota.sold:
        from weighbridge.pull.sold import not_sold_lines

        lines += not_sold_lines(spec, quota, started.catalog)
    found, wrong = read_capacity(started.home.stacks)
    if wrong is not None:
        lines.append(wrong)
    if found is not None and spec is not None:
        from weighbridge.pull.capacity import capacity_lines

        lines += capacity_lines(found, started.request.stack, spec, ledger, started.catalog, started.now)
    return tuple(lines)


def _details(started: Started, base: BaseRun | None) -> dict[str, object]:
    spec, detailed = started.spec, started.request.detailed
    if spec is None or not (detailed or base is not None):
        return {}
    # heavy, and most previews go without
    from weighbridge.preview.review import coverage_of, dashboards_of, pipelines_of, rollouts_of

    return {
        "rollouts": rollouts_of(spec, started.folder.quota, started.now),
        "coverage": coverage_of(spec, started.catalog, started.now),
        "pipelines": pipelines_of(spec),
        "dashboards": dashboards_of(spec, started.catalog) if detailed else (),
    }


def _quota(
    started: Started, ledger: Ledger, earlier: _Earlier, update: PreviewedUpdate | None
) -> tuple[QuotaLine, ...]:
    held_of = None if earlier.resources is None else _held_before(started, earlier.resources)
    lines = []
    for row in ledger.rows:
        use, was = row.use(started.request.stack), None if held_of is None else held_of.get(row.key)
        if use is None and was is None:
            continue
        before = (was or Before(0, 0)) if held_of is not None else None
        during = None if update is None else peak_of(update.update.during, row.key)
        lines.append(QuotaLine(row, use.steady if use else 0, use.peak if use else 0, before, during))
    return tuple(lines)


def _held_before(started: Started, resources: Sequence[HeldResource]) -> Mapping[object, Before]:
    quota, stack = started.folder.quota, started.request.stack
    demand = graph_demand(resources, quota, started.catalog)
    ledger = build_ledger(quota, {stack: demand}, started.catalog, started.now)
    uses = ((row, row.use(stack)) for row in ledger.rows)
    return {row.key: Before(use.steady, use.peak) for row, use in uses if use is not None}


def _notes(outcome: Outcome) -> tuple[str, ...]:
    """What the program and the pack log."""
    return tuple(f"{line.severity}: {line.message.strip()}" for line in outcome.log if line.severity != "debug")
