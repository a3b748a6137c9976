"""The ledger of all stacks for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from weighbridge.quota.ledger import ClaimedUse, Ledger, LedgerRow
from weighbridge.units import format_timestamp


def render(ledger: Ledger, over: Sequence[str], at: datetime) -> str:
    """``schema_version`` 1.0: rows with integers in their unit; `limit` and `left` are null where there is none."""
    content = {
        "schema_version": "1.0",
        "at": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "fits": not over,
        "findings": list(over),
        "rows": [_row(row) for row in ledger.rows],
    }
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _row(row: LedgerRow) -> dict[str, object]:
    return {
        "project": row.key.project,
        "region": row.key.region,
        "quota": row.key.quota_id,
        "dimensions": dict(row.key.dimensions),
        "display": row.display,
        "unit": row.unit,
        "state": row.state.value,
        "limit": row.limit,
        "kept_free": row.kept_free,
        "outside": [{"what": entry.what, "amount": entry.amount, "owner": entry.owner} for entry in row.outside],
        "stacks": {
            use.stack: {
                "steady": use.steady,
                "peak": use.peak,
                "holders": [{"name": claim.holder, "peak": claim.peak} for claim in use.claims],
            }
            for use in row.uses
        },
        "left": row.left,
        **({"claimed": [_claimed(use) for use in row.claimed]} if row.claimed else {}),
    }


def _claimed(use: ClaimedUse) -> dict[str, object]:
    until = None if use.until is None else format_timestamp(use.until)
    return {"stack": use.stack, "holder": use.holder, "amount": use.amount, "until": until}
