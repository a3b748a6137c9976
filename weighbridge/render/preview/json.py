"""The report for programs; `preview.schema.json` describes it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC
from decimal import Decimal

from weighbridge.alerting.cost import AlertingCost
from weighbridge.files.yaml_text import Plain
from weighbridge.preview.result import Change, Flag, LocatedViolation, Operation, PreviewResult, QuotaLine
from weighbridge.quota.cost import Cost
from weighbridge.resources.values import Secret, Unknown, Value
from weighbridge.rules.violation import Excess

SCHEMA_VERSION = "2.0"
"""Minor: a new optional field. Major: anything that could break a reader."""


def render(result: PreviewResult) -> str:
    """Sorted keys; times in UTC; quota in integers of its unit; money as decimal text in US dollars."""
    content = {
        "schema_version": SCHEMA_VERSION,
        "stack": result.stack,
        "project": result.project,
        "region": result.region,
        "owner": result.owner,
        "production": result.production,
        "spec_file": result.spec_file,
        "at": result.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "verdict": result.verdict.value,
        "exit_code": result.exit_code,
        "failure": None
        if result.failure is None
        else {"reason": result.failure.reason, "detail": result.failure.detail},
        "rules": [{"name": rule.name, "level": rule.level, "description": rule.description} for rule in result.rules],
        "violations": [_violation(violation) for violation in result.violations],
        "compared": result.compared,
        "changes": [_change(change) for change in result.changes],
        "replacements": [_flag(flag) for flag in result.flags if flag.operation is not Operation.DELETE],
        "deletes": [_flag(flag) for flag in result.flags if flag.operation is Operation.DELETE],
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
            }
            for pool in result.pools
        ],
        "cost": None if result.cost is None else _cost(result.cost, result.alerting),
        "notes": [*result.unread, *result.notes],
    }
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


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
        "others": {use.stack: use.peak for use in row.uses if use.stack != stack},
        "steady": line.steady,
        "peak": line.peak,
        "peak_before": None if line.before is None else line.before.peak,
        "peak_during": line.during,
        "left": row.left,
    }


def _alerting(cost: AlertingCost) -> dict[str, Plain]:
    return {
        "policies": cost.policies,
        "metric_references": cost.references,
        "monthly": f"{cost.usd:.2f}",
        "prices_of": cost.prices_of.isoformat(),
    }


def _cost(cost: Cost, alerting: AlertingCost | None) -> dict[str, Plain]:
    def money(amount: Decimal | None) -> str | None:
        return None if amount is None else f"{amount:.2f}"

    return {
        "currency": "USD",
        "least_monthly": money(cost.least),
        "most_monthly": money(cost.most),
        "most_monthly_before": money(cost.most_before),
        "budget_monthly": money(cost.budget),
        "keeps_budget": cost.keeps_budget,
        "unpriced": list(cost.unpriced),
        "unpriced_before": list(cost.unpriced_before),
        "prices_of": None if cost.prices_of is None else cost.prices_of.isoformat(),
        "alerting": None if alerting is None else _alerting(alerting),
    }


def plain(value: Value) -> Plain:
    """A value as JSON; what is unknown or secret says only that."""
    match value:
        case Unknown():
            return {"unknown": True}
        case Secret():
            return {"secret": True}
        case Mapping():
            return {str(name): plain(item) for name, item in value.items()}
        case str():
            return value
        case Sequence():
            return [plain(item) for item in value]
    return value
