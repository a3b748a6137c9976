"""The hardware of a file of workloads: chosen for all together, in a stack or a region, beside what serves them now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from weighbridge.catalog import Catalog
from weighbridge.planner.choice.candidates import Site
from weighbridge.planner.choice.choose import HardwareChoice, all_candidates, choose
from weighbridge.planner.choice.compare import OldAndNew, compare
from weighbridge.planner.choice.room import pools_demand, room_of
from weighbridge.planner.choice.targets import StackAtHand, Target, beside_of, pools_at_hand, runs_now, targets_of
from weighbridge.planner.serving import WorkloadPlan
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.quota.ledger import build_ledger
from weighbridge.quota.prices import Commitment
from weighbridge.spec.workloads import Workloads


@dataclass(frozen=True, slots=True)
class Hardware:
    """What was chosen, and what it would replace; `targets` are empty without a stack."""

    choice: HardwareChoice
    comparisons: tuple[OldAndNew, ...] = ()
    targets: Mapping[str, Target] = field(default_factory=dict)
    commitments: tuple[Commitment, ...] = ()  # that cover a machine that was looked at, ended ones too


def hardware_of(
    workloads: Workloads, plans: Sequence[WorkloadPlan], stack: StackAtHand | None, folder: Path, catalog: Catalog,
    on_progress: Callable[[str], None] | None = None,
) -> Hardware | None:  # fmt: skip
    """None where neither a stack nor a region is named. `folder` is where traces lie. Raises `NoSolver`."""
    if stack is None:
        if workloads.region is None:
            return None
        zones = tuple(sorted(zone for zone in catalog.zones(workloads.region) if "-ai" not in zone))
        site = Site(workloads.region, zones)
        found = all_candidates(plans, site, catalog)
        choice = choose(found, site, None, on_progress)
        targets: Mapping[str, Target] = {}
    else:
        targets = targets_of(workloads, stack.spec)
        cloud = stack.spec.cloud
        pools = pools_at_hand(targets, stack.spec)
        site = Site(
            cloud.region,
            cloud.zones,
            cloud.project,
            stack.quota,
            pools,
            beside_of(targets, stack.spec),
            stack.now.date(),
            stack.stack,
        )
        found = all_candidates(plans, site, catalog)
        keys = [key for of, _ in found.values() for candidate in of for key in candidate.draws]
        ledger = build_ledger(stack.quota, stack.demands, catalog, stack.now, stack.claimed)
        replaced = [target.pool for target in targets.values()]
        room = room_of(stack.stack, stack.spec, replaced, keys, stack.quota, ledger, catalog)
        if stack.unread_claims is not None:
            room = replace(room, open_questions=(stack.unread_claims, *room.open_questions))
        choice = choose(found, site, room, on_progress)
    comparisons = []
    picks = {pick.workload: pick for pick in choice.picks}
    for plan in plans:
        now = plan.workload.hardware.now
        drawn: Mapping[QuotaKey, int] = {}
        if stack is not None:
            target = targets[plan.name]
            now = runs_now(plan.workload, target, stack.spec, catalog)
            draws = pools_demand(stack.spec, [target.pool], stack.quota, catalog).drawn
            drawn = {key: amount.peak for key, amount in draws.items()}
        if now is not None:
            if on_progress is not None:
                on_progress(f"comparing {plan.name} with {now.machine_type}")
            candidate = picks[plan.name].candidate
            comparisons.append(compare(plan, now, drawn, candidate, site, choice.room, folder, catalog))
    looked_at = (
        (candidate.node.machine, site.region, part.provisioning)
        for candidates, _ in found.values()
        for candidate in candidates
        for part in candidate.bought
    )
    return Hardware(choice, tuple(comparisons), targets, site.prices(catalog).named_for(looked_at))
