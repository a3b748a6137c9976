"""The report for programs; `preview.schema.json` describes it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC
from decimal import Decimal
from typing import Any

from weighbridge.alerting.cost import AlertingCost
from weighbridge.preview.result import Change, Cost, PreviewResult, QuotaLine, Violation
from weighbridge.resources.values import Secret, Unknown, Value

SCHEMA_VERSION = "1.1"
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
        "rules": [{"name": each.name, "level": each.level, "description": each.description} for each in result.rules],
        "violations": [_violation(each) for each in result.violations],
        "compared": result.compared,
        "changes": [_change(each) for each in result.changes],
        "replacements": [{"urn": each.urn, "name": each.name, "said": each.said} for each in result.flags],
        "quota": [_quota(result.stack, each) for each in result.quota],
        "quota_untouched": result.quota_untouched,
        "node_pools": [
            {
                "name": each.name,
                "machine_type": each.machine_type,
                "accelerators": each.accelerators,
                "provisioning": each.provisioning,
                "least_nodes": each.least_nodes,
                "most_nodes": each.most_nodes,
                "peak_nodes": each.peak_nodes,
            }
            for each in result.pools
        ],
        "cost": None if result.cost is None else _cost(result.cost),
        "notes": list(result.notes),
    }
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def _violation(each: Violation) -> dict[str, Any]:
    return {
        "policy": each.policy,
        "level": each.level,
        "message": each.message,
        "urn": each.urn,
        "resource": each.resource,
        "location": {"file": each.location.file, "line": each.location.line, "column": each.location.column},
    }


def _change(each: Change) -> dict[str, Any]:
    return {
        "operation": each.operation.value,
        "urn": each.urn,
        "type": each.type,
        "name": each.name,
        "parent": each.parent,
        "delete_first": each.delete_first,
        "note": each.note,
        "properties": [
            {
                "path": one.path,
                "old": plain(one.old),
                "new": plain(one.new),
                "effect": one.effect.value,
                "recreates_nodes": one.recreates_nodes,
            }
            for one in each.properties
        ],
    }


def _quota(stack: str, line: QuotaLine) -> dict[str, Any]:
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
        "left": row.left,
    }


def _alerting(cost: AlertingCost) -> dict[str, Any]:
    return {
        "policies": cost.policies,
        "metric_references": cost.references,
        "monthly": f"{cost.usd:.2f}",
        "prices_of": cost.prices_of.isoformat(),
    }


def _cost(cost: Cost) -> dict[str, Any]:
    def money(amount: Decimal | None) -> str | None:
        return None if amount is None else f"{amount:.2f}"

    return {
        "currency": "USD",
        "least_monthly": money(cost.least),
        "most_monthly": money(cost.most),
        "most_monthly_before": money(cost.most_before),
        "budget_monthly": money(cost.budget),
        "unpriced": list(cost.unpriced),
        "prices_of": None if cost.prices_of is None else cost.prices_of.isoformat(),
        "alerting": None if cost.alerting is None else _alerting(cost.alerting),
    }


def plain(value: Value) -> Any:
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
