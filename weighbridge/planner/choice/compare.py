"""What serves a workload now against what would: speed, money, quota freed, what moving takes, what is too large."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from weighbridge.catalog import Catalog, Provisioning
from weighbridge.files.problem import Problem
from weighbridge.planner.choice.candidates import Candidate, Site, candidates
from weighbridge.planner.choice.room import LimitRoom, QuotaRoom
from weighbridge.planner.serving import ServingOption, WorkloadPlan, plan_workload
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.spec.workload_hardware import RunsOn


@dataclass(frozen=True, slots=True)
class OldAndNew:
    """One workload on what it has and on what was chosen. Money is US dollars an hour of the most nodes."""

    workload: str
    now: RunsOn
    old: ServingOption | None  # None: nobody knows how fast it is there
    needed: Candidate | None  # the same machines, as many as it needs; None: it can't be served on them
    chosen: Candidate | None
    old_usd: Decimal | None
    freed: Mapping[QuotaKey, int]  # by moving; negative: more is drawn
    lacking_meanwhile: tuple[tuple[LimitRoom, int], ...]  # what both at once would draw too much
    moves: tuple[str, ...]  # what moving takes

    @property
    def spare_nodes(self) -> int:
        """Nodes beyond what the workload needs of the same machines."""
        return max(0, self.now.nodes - self.needed.most) if self.needed is not None else 0

    @property
    def stays(self) -> bool:
        """Whether the machines that were chosen are those that it has."""
        chosen = self.chosen
        return (
            chosen is not None
            and chosen.node.machine.name == self.now.machine_type
            and {part.provisioning.value for part in chosen.bought} == {self.now.provisioning}
        )


def compare(
    plan: WorkloadPlan, now: RunsOn, drawn_now: Mapping[QuotaKey, int], chosen: Candidate | None, site: Site,
    room: QuotaRoom | None, folder: Path, catalog: Catalog,
) -> OldAndNew:  # fmt: skip
    """Old against new; `drawn_now` is what the pool that it has draws, and `folder` where its trace lies."""
    old = _on_old(plan, now, folder, catalog)
    same = _candidate(old, now, site, catalog) if old is not None else None
    draws = chosen.draws if chosen is not None else {}
    freed = {
        key: change
        for key in sorted({*drawn_now, *draws})
        if chosen is not None and (change := drawn_now.get(key, 0) - draws.get(key, 0))
    }
    price = catalog.price(now.machine_type, site.region, Provisioning(now.provisioning))
    return OldAndNew(
        plan.name, now, _best(old), same, chosen, None if price is None else price.usd_per_hour * now.nodes,
        freed, tuple(_meanwhile(drawn_now, draws, room)), tuple(_moves(plan, now, chosen, catalog)),
    )  # fmt: skip


def devices_of(now: RunsOn, catalog: Catalog) -> int:
    """Devices of one replica: as stated, or all of the node."""
    machine = catalog.machine_types[now.machine_type]
    return now.devices or machine.tpu_chips or machine.gpu_count or 1


def _on_old(plan: WorkloadPlan, now: RunsOn, folder: Path, catalog: Catalog) -> WorkloadPlan | None:
    """The same workload planned on what it has; None where that can't be."""
    machine = catalog.machine_types[now.machine_type]
    accelerator, devices = machine.gpu or machine.tpu, devices_of(now, catalog)
    if plan.workload.service_time is not None:
        return plan
    if accelerator is None:
        return None
    known = tuple(o for o in plan.options if (o.accelerator, o.devices) == (accelerator, devices))
    if known:
        return replace(plan, options=known)
    asked = plan.workload.model_copy(update={"accelerators": (accelerator,), "devices": (devices,), "measured": ()})
    planned = plan_workload(plan.name, asked, folder)
    return None if isinstance(planned, Problem) else planned


def _best(plan: WorkloadPlan | None) -> ServingOption | None:
    return next((option for option in plan.options if not option.excluded), None) if plan is not None else None


def _candidate(plan: WorkloadPlan, now: RunsOn, site: Site, catalog: Catalog) -> Candidate | None:
    """As many of the same machines as it needs, bought the same way."""
    wishes = plan.workload.hardware.model_copy(
        update={"machine_types": (now.machine_type,), "spot_share": Decimal(100), "flex_start": True}
    )
    plan = replace(plan, workload=plan.workload.model_copy(update={"hardware": wishes}))
    found, _ = candidates(plan, site, catalog)
    return next((c for c in found if [part.provisioning.value for part in c.bought] == [now.provisioning]), None)


def _meanwhile(
    drawn_now: Mapping[QuotaKey, int], draws: Mapping[QuotaKey, int], room: QuotaRoom | None
) -> list[tuple[LimitRoom, int]]:
    """Where the old pool and the new one don't fit beside one another; the room counts the old one as gone."""
    lacking = []
    for key, amount in draws.items():
        allowance = room.of(key) if room is not None else None
        if allowance is not None and amount + drawn_now.get(key, 0) > allowance.left:
            lacking.append((allowance, amount + drawn_now.get(key, 0) - allowance.left))
    return lacking


def _moves(plan: WorkloadPlan, now: RunsOn, chosen: Candidate | None, catalog: Catalog) -> list[str]:
    """What has to be made anew."""
    if chosen is None:
        return []
    machine, new = catalog.machine_types[now.machine_type], chosen.node
    moves = []
    if (machine.tpu is None) != (new.machine.tpu is None):
        moves.append(f"another image: `{plan.workload.engine}` runs on {'TPUs' if new.machine.tpu else 'GPUs'}")
    elif (machine.gpu, machine.tpu) != (new.gpu, new.machine.tpu):
        moves.append(f"the image tried on {new.gpu or new.machine.tpu or 'CPUs'}")
    devices = devices_of(now, catalog)
    if devices != (chosen.node.devices or 1):
        moves.append(f"a new version: {chosen.node.devices} devices a replica, {devices} now")
    delay = plan.workload.scale_up_delay
    if delay is not None:
        moves.append(f"{int(delay.total_seconds() // 60)} min until the first replica serves there")
    return moves
