"""The report for programs; `preview.schema.json` describes it."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal

from weighbridge.alerting.cost import AlertingCost
from weighbridge.files.yaml_text import Plain
from weighbridge.preview.result import (
    Base,
    Change,
    CostShare,
    CoverageCell,
    Effect,
    Flag,
    LocatedViolation,
    Operation,
    PreviewResult,
    QuotaLine,
    RolloutView,
)
from weighbridge.quota.cost import Cost
from weighbridge.quota.ledger import ClaimedUse
from weighbridge.quota.prices import Commitment
from weighbridge.render.plain_value import plain
from weighbridge.rules.violation import Excess

SCHEMA_VERSION = "2.3"
"""Minor: a new optional field. Major: anything that could break a reader."""


def render(result: PreviewResult) -> str:
    """Sorted keys; times in UTC; quota in integers of its unit; money as decimal text in US dollars."""
    return json.dumps(_content(result), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def render_line(result: PreviewResult) -> str:
    """The same as one line, so that many stacks are one file that is read line by line."""
    return json.dumps(_content(result), sort_keys=True, allow_nan=False) + "\n"


def _content(result: PreviewResult) -> dict[str, Plain]:
    return {
        "schema_version": SCHEMA_VERSION,
        "stack": result.stack,
        "project": result.project,
        "region": result.region,
        "owner": result.owner,
        "production": result.production,
        "spec_file": result.spec_file,
        "at": _time(result.at),
        "verdict": result.verdict.value,
        "exit_code": result.exit_code,
        "failure": None
        if result.failure is None
        else {"reason": result.failure.reason, "detail": result.failure.detail},
        "rules": [
            {
                "name": rule.name,
                "level": rule.level,
                "description": rule.description,
                "remediation": rule.remediation,
                "help_uri": rule.help_uri,
            }
            for rule in result.rules
        ],
        "guarded": result.guarded,
        "violations": [_violation(violation) for violation in result.violations],
        "compared": result.compared,
        "with_state": result.with_state,
        "changes": [_change(change) for change in result.changes],
        "replacements": [_flag(flag) for flag in result.flags if flag.operation is not Operation.DELETE],
        "deletes": [_flag(flag) for flag in result.flags if flag.operation is Operation.DELETE],
        "headlines": [{**_flag(flag), "operation": flag.operation.value} for flag in result.flags],
        "quota": [_quota(result.stack, line) for line in result.quota],
        "quota_untouched": result.quota_untouched,
        "node_pools": [
            {
                "name": pool.name,
                "machine_type": pool.machine_type,
                "accelerators": pool.accelerators,
                "provisioning": pool.provisioning,
                "least_nodes": pool.least_nodes,
                "most_nodes": pool.most_nodes,
                "peak_nodes": pool.peak_nodes,
                "least_monthly": _money(pool.least_monthly),
                "most_monthly": _money(pool.most_monthly),
                "priced_on": None if pool.priced_on is None else pool.priced_on.isoformat(),
                "expected_monthly": _money(pool.expected_monthly),
            }
            for pool in result.pools
        ],
        "cost": None if result.cost is None else _cost(result.cost, result.alerting),
        "cost_shares": [_cost_share(share) for share in result.cost_shares],
        "notes": [*result.unread, *result.notes],
        "not_known": list(result.unread),
        "base": None if result.base is None else _base(result.base),
        "rollouts": [_rollout(view) for view in result.rollouts],
        "coverage": [_cell(cell) for cell in result.coverage],
        "pipelines": [{"name": name, "node_pool": pool} for name, pool in result.pipelines],
    }


def _base(base: Base) -> dict[str, Plain]:
    return {
        "revision": base.revision,
        "verdict": base.verdict.value,
        "existed": base.existed,
        "blocked": base.blocked,
        "cost": None if base.cost is None else _cost(base.cost, None),
        "mended": [_violation(violation) for violation in base.mended],
        "added": [_violation(violation) for violation in base.added],
        "changes": [_change(change) for change in base.changes if change.operation is not Operation.SAME],
        "limits": [
            {"display": change.display, "what": change.what, "before": change.before, "after": change.after}
            for change in base.limits
        ],
        "most_monthly": None if base.cost is None else f"{base.cost.most:.2f}",
        "budget_monthly": None if base.budget_before is None else f"{base.budget_before:.2f}",
        "effects": [_effect(effect) for effect in base.effects],
        "rollouts": [{"before": _rollout(one), "after": _rollout(other)} for one, other in base.rollouts],
        "coverage": [{"before": _cell(one), "after": _cell(other)} for one, other in base.cells],
    }


def _effect(effect: Effect) -> dict[str, Plain]:
    return {
        "stack": effect.stack,
        "holder": effect.holder or None,
        "short": [
            {"display": one.display, "region": one.region, "demand": one.demand, "limit": one.limit}
            for one in effect.short
        ],
    }


def _rollout(view: RolloutView | None) -> Plain:
    if view is None:
        return None
    return {
        "endpoint": view.endpoint,
        "weights": {version: f"{share:f}" for version, share in view.weights},
        "versions": [version for version, _ in view.weights],
        "hostname": view.hostname,
        "node_pool": view.node_pool,
        "rolled_back": view.rolled_back,
        "candidate": view.candidate,
        "then": view.then,
        "blocks": list(view.blocks),
        "steps": [
            {
                "weight": f"{step.weight:f}",
                "place": step.place,
                "began": None if step.began is None else _time(step.began),
                "approved_by": list(step.approved_by),
                "reason": step.reason,
            }
            for step in view.steps
        ],
    }


def _cell(cell: CoverageCell | None) -> Plain:
    if cell is None:
        return None
    return {
        "subject": cell.subject,
        "kind": cell.kind,
        "name": cell.name,
        "state": cell.state,
        "signals": list(cell.signals),
        "why": cell.why,
    }


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _flag(flag: Flag) -> dict[str, Plain]:
    return {"urn": flag.urn, "name": flag.name, "message": flag.message}


def _violation(violation: LocatedViolation) -> dict[str, Plain]:
    location = violation.location
    return {
        "policy": violation.policy,
        "level": violation.level,
        "message": violation.message,
        "urn": violation.urn,
        "resource": violation.resource,
        "location": {"file": location.file, "line": location.line, "column": location.column},
        "path": None if violation.path is None else list(violation.path),
        "holder": violation.holder,
        "excess": None if violation.excess is None else _excess(violation.excess),
    }


def _excess(excess: Excess) -> dict[str, Plain]:
    quota = excess.quota
    return {
        "demand": excess.demand,
        "limit": excess.limit,
        "unit": excess.unit,
        "quota": None
        if quota is None
        else {
            "quota": quota.quota_id,
            "project": quota.project,
            "region": quota.region,
            "dimensions": dict(quota.dimensions),
        },
    }


def _change(change: Change) -> dict[str, Plain]:
    return {
        "operation": change.operation.value,
        "urn": change.urn,
        "type": change.type,
        "name": change.name,
        "parent": change.parent,
        "delete_first": change.delete_first,
        "note": change.note,
        "properties": [
            {
                "path": changed.path,
                "old": plain(changed.old),
                "new": plain(changed.new),
                "effect": changed.effect.value,
                "recreates_nodes": changed.recreates_nodes,
            }
            for changed in change.properties
        ],
    }


def _quota(stack: str, line: QuotaLine) -> dict[str, Plain]:
    row = line.row
    return {
        "quota": row.key.quota_id,
        "project": row.key.project,
        "region": row.key.region,
        "dimensions": dict(row.key.dimensions),
        "display": row.display,
        "unit": row.unit,
        "state": row.state.value,
        "limit": row.limit,
        "kept_free": row.kept_free,
        "outside": row.outside_amount,
        "outside_uses": [{"what": use.what, "amount": use.amount, "owner": use.owner} for use in row.outside],
        "others": {use.stack: use.peak for use in row.uses if use.stack != stack},
        "steady": line.steady,
        "peak": line.peak,
        "peak_before": None if line.before is None else line.before.peak,
        "peak_during": line.during,
        "left": row.left,
        **({"claimed": [_claimed(use) for use in row.claimed]} if row.claimed else {}),
    }


def _claimed(use: ClaimedUse) -> dict[str, Plain]:
    until = None if use.until is None else _time(use.until)
    return {"stack": use.stack, "holder": use.holder, "amount": use.amount, "until": until}


def _alerting(cost: AlertingCost) -> dict[str, Plain]:
    return {
        "policies": cost.policies,
        "metric_references": cost.references,
        "monthly": f"{cost.usd:.2f}",
        "prices_of": cost.prices_of.isoformat(),
    }


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"


def _commitment(one: Commitment) -> dict[str, Plain]:
    return {**asdict(one), "until": one.until.isoformat()}


def _cost_share(share: CostShare) -> dict[str, Plain]:
    return {
        "name": share.name,
        "kind": share.kind,
        "node_pool": share.node_pool,
        "least_monthly": _money(share.least_monthly),
        "expected_monthly": _money(share.expected_monthly),
        "most_monthly": _money(share.most_monthly),
        "priced_on": None if share.priced_on is None else share.priced_on.isoformat(),
        "assumed": share.assumed,
    }


def _cost(cost: Cost, alerting: AlertingCost | None) -> dict[str, Plain]:
    return {
        "currency": "USD",
        "least_monthly": _money(cost.least),
        "expected_monthly": _money(cost.expected),
        "most_monthly": _money(cost.most),
        "most_monthly_before": _money(cost.most_before),
        "budget_monthly": _money(cost.budget),
        "keeps_budget": cost.keeps_budget,
        "unpriced": list(cost.unpriced),
        "unpriced_before": list(cost.unpriced_before),
        "prices_of": None if cost.prices_of is None else cost.prices_of.isoformat(),
        **({"commitments": [_commitment(one) for one in cost.commitments]} if cost.commitments else {}),
        **({"idle_commitments_monthly": _money(cost.idle)} if cost.idle else {}),
        "alerting": None if alerting is None else _alerting(alerting),
    }
