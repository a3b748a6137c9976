"""What Compute Engine advises of each node pool's capacity, and how to say it beside its quota: never a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import TypeVar

from pydantic import ValidationError

from weighbridge.catalog import Catalog, MachineType, Provisioning
from weighbridge.cloud_api import advice
from weighbridge.cloud_api.client import GoogleCloud
from weighbridge.errors import NoVerdict
from weighbridge.infrastructure.node_pool import NodePoolPlan, plan_node_pools
from weighbridge.quota.ledger import Ledger, LimitState
from weighbridge.spec.capacity import CalendarSlot, CapacityFile, PoolCapacity
from weighbridge.spec.root import Spec

MODELS: Mapping[Provisioning, str] = {
    Provisioning.STANDARD: "STANDARD",
    Provisioning.SPOT: "SPOT",
    Provisioning.FLEX_START: "FLEX_START",
    Provisioning.QUEUED: "FLEX_START",
}
"""How Compute Engine calls the ways to buy; a reservation's machines are had already."""

CALENDAR_FAMILIES = frozenset({"a3", "a4", *advice.TPU_FAMILIES})
"""Machine families that calendar mode has. Source: Google's page on future reservations in calendar mode."""

SLOT_DAYS = 7
LIKELY_FROM, DOUBTFUL_BELOW = 0.7, 0.4
"""Of obtainability, which Google leaves to the reader: our words for its parts."""

_T = TypeVar("_T")


def ask_capacity(
    cloud: GoogleCloud, specs: Mapping[str, Spec], catalog: Catalog, now: datetime,
    show: Callable[[str], None] | None = None,
) -> CapacityFile:  # fmt: skip
    """Asks about every pool that has accelerators or may be preempted. What isn't answered is kept with its reason."""
    pools = []
    for stack, spec in specs.items():
        by_key: dict[str, list[NodePoolPlan]] = {}
        for plan in plan_node_pools(spec, catalog):
            by_key.setdefault(plan.key, []).append(plan)
        for key, plans in by_key.items():
            if _is_asked_about(plans[0]):
                if show is not None:
                    show(f"asking about {key} of {stack}")
                pools.append(_asked(cloud, stack, key, plans, now))
    return CapacityFile(version=1, asked_at=now.replace(microsecond=0), pools=tuple(pools))


def _is_asked_about(plan: NodePoolPlan) -> bool:
    accelerated = plan.gpus is not None or plan.machine.tpu is not None
    return plan.provisioning in MODELS and (accelerated or plan.provisioning is Provisioning.SPOT)


def _asked(cloud: GoogleCloud, stack: str, key: str, plans: list[NodePoolPlan], now: datetime) -> PoolCapacity:
    first, nodes = plans[0], sum(plan.most_nodes for plan in plans)
    unknown: list[str] = []

    def ask(what: str, question: Callable[[], _T], instead: _T) -> _T:
        try:
            return question()
        except NoVerdict as failed:
            unknown.append(f"{what}: {failed}")
            return instead

    machine, model = first.machine, MODELS[first.provisioning]
    question = partial(
        advice.obtainability, cloud, first.project, first.region, machine.name, first.zones, nodes, model
    )
    found = ask("obtainability", question, advice.Obtainability(None, None))
    history = advice.SpotHistory(None, None)
    if first.provisioning is Provisioning.SPOT:
        question_of_past = partial(
            advice.spot_history, cloud, first.project, first.region, machine.name, first.zones[0]
        )
        history = ask("Spot history", question_of_past, history)
    slot = None
    if machine.family in CALENDAR_FAMILIES:
        question_of_slot = partial(
            advice.free_slot, cloud, first.project, first.region, machine.name, nodes, now, SLOT_DAYS,
            _chips(machine, nodes),
        )  # fmt: skip
        slot = ask("calendar", question_of_slot, None)
    return PoolCapacity.model_validate(
        {
            "stack": stack,
            "pool": key,
            "machine_type": machine.name,
            "provisioning": first.provisioning.value,
            "nodes": nodes,
            "obtainability": _part(found.score),
            "uptime_hours": None if found.uptime_seconds is None else round(found.uptime_seconds / 3600, 1),
            "preemption_rate": _part(history.preemption_rate),
            "spot_usd_per_hour": float(history.usd_per_hour) if history.usd_per_hour is not None else None,
            "slot": _slot(slot),
            "unknown": tuple(unknown),
        }
    )


def _part(value: float | None) -> float | None:
    """A part of one; what isn't one is not said."""
    return round(value, 2) if value is not None and 0 <= value <= 1 else None


def _chips(machine: MachineType, nodes: int) -> tuple[str, int] | None:
    return (machine.family, machine.tpu_chips * nodes) if machine.family in advice.TPU_FAMILIES else None


def _slot(found: advice.FreeSlot | None) -> CalendarSlot | None:
    if found is None:
        return None
    try:
        return CalendarSlot.model_validate({"zone": found.zone, "from": found.begins, "to": found.ends})
    except ValidationError:  # half an answer
        return None


def capacity_lines(
    capacity: CapacityFile, stack: str, spec: Spec, ledger: Ledger, catalog: Catalog, now: datetime
) -> Iterator[str]:
    """A line for each pool of a stack that was asked about: whether its quota fits, and how capacity looked when."""
    peaks: dict[str, int] = {}
    machines: dict[str, tuple[str, str]] = {}
    for plan in plan_node_pools(spec, catalog):
        peaks[plan.key] = peaks.get(plan.key, 0) + plan.most_nodes
        machines[plan.key] = plan.machine.name, plan.provisioning.value
    for entry in capacity.pools:
        if entry.stack != stack or entry.pool not in peaks:
            continue
        if (entry.machine_type, entry.provisioning) != machines[entry.pool] or entry.nodes != peaks[entry.pool]:
            yield f"{entry.pool}: capacity was asked for something else: weighbridge quota pull --advice"
            continue
        quota = "yes" if _quota_fits(ledger, stack, entry.pool) else "no"
        yield f"{entry.pool}: quota {quota}, {in_words(entry)} ({_day(capacity.asked_at, now)})"


def in_words(entry: PoolCapacity) -> str:
    """How capacity looks: ``capacity doubtful (0.2), 40% of Spot machines preempted``."""
    score = entry.obtainability
    if score is None:
        words = "capacity unknown"
    else:
        word = "likely" if score >= LIKELY_FROM else "doubtful" if score < DOUBTFUL_BELOW else "uncertain"
        words = f"capacity {word} ({score:g})"
    parts = [words]
    if entry.preemption_rate is not None:
        parts.append(f"{entry.preemption_rate:.0%} of Spot machines preempted")
    if entry.uptime_hours is not None:
        parts.append(f"about {entry.uptime_hours:g} h until then")
    if entry.spot_usd_per_hour is not None:
        parts.append(f"Spot at {entry.spot_usd_per_hour:g} USD/h")
    if entry.slot is not None:
        parts.append(f"a week free in {entry.slot.zone} from {entry.slot.start}")
    return ", ".join(parts)


def _day(asked_at: datetime, now: datetime) -> str:
    days = (now - asked_at).days
    return f"Google, {asked_at:%Y-%m-%d}" + (f", {days} days ago" if days > 1 else "")


def _quota_fits(ledger: Ledger, stack: str, pool: str) -> bool:
    for row in ledger.rows:
        if row.state not in (LimitState.OVER, LimitState.ABSENT, LimitState.STALE):
            continue
        use = row.use(stack)
        for claim in use.claims if use is not None else ():
            if claim.holder == pool or (claim.bound is not None and claim.bound.pool == pool):
                return False
    return True
