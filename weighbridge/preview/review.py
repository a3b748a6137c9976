"""What a reviewer asks of a spec beside its resources: where each rollout stands, and what is watched."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from weighbridge.catalog import Catalog
from weighbridge.dashboards.plan import plan_dashboards
from weighbridge.dashboards.tile import DashboardPlan
from weighbridge.preview.result import CoverageCell, RolloutStep, RolloutView
from weighbridge.rollouts.authority import Authority
from weighbridge.rollouts.change import gate
from weighbridge.rollouts.record import began, waits_for
from weighbridge.rollouts.weights import next_step, weights
from weighbridge.signals.coverage import Cell, coverage
from weighbridge.signals.quota_words import quota_lists
from weighbridge.signals.subjects import subjects
from weighbridge.signals.watched import watched
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.quota_file import QuotaFile
from weighbridge.spec.rollout import Rollout
from weighbridge.spec.root import Spec
from weighbridge.units import percent


def rollouts_of(spec: Spec, quota: QuotaFile, now: datetime) -> tuple[RolloutView, ...]:
    """Each endpoint, in the spec's order; the quota file says who may approve."""
    authority = Authority.of(spec, quota)
    return tuple(_view(name, endpoint, authority, now) for name, endpoint in spec.endpoints.items())


def pipelines_of(spec: Spec) -> tuple[tuple[str, str], ...]:
    """Each pipeline and the node pool that it runs on."""
    return tuple((name, pipeline.node_pool) for name, pipeline in spec.pipelines.items())


def dashboards_of(spec: Spec, catalog: Catalog) -> tuple[DashboardPlan, ...]:
    """The dashboards that it will have."""
    of = subjects(spec, quota_lists(spec, catalog))
    return tuple(plan_dashboards(spec, of, watched(of), catalog))


def coverage_of(spec: Spec, catalog: Catalog, now: datetime) -> tuple[CoverageCell, ...]:
    """Each cell that is required, watched or could be, by subject."""
    of = subjects(spec, quota_lists(spec, catalog))
    exempt = spec.monitoring.exempt if spec.monitoring is not None else ()
    return tuple(map(_cell, coverage(of, watched(of), exempt, now.date())))


def _view(name: str, endpoint: Endpoint, authority: Authority, now: datetime) -> RolloutView:
    shares = tuple(weights(endpoint).items())
    rollout = endpoint.rollout
    if rollout is None:
        return RolloutView(name, shares, hostname=endpoint.hostname or "", node_pool=endpoint.node_pool)
    blocks = tuple(gate(name, endpoint, authority, now))
    then = _then(rollout, now, blocked=bool(blocks))
    back = rollout.rolled_back is not None
    return RolloutView(
        name,
        shares,
        rollout.candidate,
        tuple(_steps(rollout)),
        then,
        blocks,
        back,
        endpoint.hostname or "",
        endpoint.node_pool,
    )


def _steps(rollout: Rollout) -> Iterator[RolloutStep]:
    following = next_step(rollout)
    for step in rollout.steps:
        given = [approval for approval in rollout.approvals if approval.step == step]
        place: Literal["done", "now", "next", "later"] = (
            "now" if step == rollout.at else "done" if step < rollout.at else "next" if step == following else "later"
        )
        yield RolloutStep(
            step,
            place,
            began(rollout, step) if step <= rollout.at else None,
            tuple(dict.fromkeys(approval.by for approval in given)),
            given[-1].reason if given else "",
        )


def _then(rollout: Rollout, now: datetime, *, blocked: bool) -> str:
    if rollout.rolled_back is not None:
        back = rollout.rolled_back
        return f"rolled back from {percent(back.weight)} at {back.at:%Y-%m-%d %H:%M} UTC: {back.reason}"
    step = next_step(rollout)
    waits = waits_for(rollout, now, "for what blocks it" if blocked else None)
    if step is None:
        return f"the last step is reached; next, {rollout.candidate} becomes stable" + (
            f", which waits {waits[0]}" if waits else ""
        )
    return f"next {percent(step)}, " + (f"which waits {' and '.join(waits)}" if waits else "ready to advance")


def _cell(cell: Cell) -> CoverageCell:
    signals = tuple(dict.fromkeys(signal.row.id for signal in cell.watched_by))
    subject, kind = cell.subject.name, str(cell.subject.kind)
    if signals:
        return CoverageCell(subject, kind, cell.name, "watched", signals)
    if cell.exempt is not None:
        why = f"{cell.exempt.owner} until {cell.exempt.until}: {cell.exempt.reason}"
        return CoverageCell(subject, kind, cell.name, "exempt", (), why)
    return CoverageCell(subject, kind, cell.name, "blind" if cell.required else "could be watched", (), cell.blind)
