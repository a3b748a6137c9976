"""What a pull found, for programs."""

from __future__ import annotations

import json

from weighbridge.pull.quota_file import PulledFile
from weighbridge.quota.arithmetic import QuotaKey


def render(pulled: PulledFile, *, changed: bool, out_of_date: bool) -> str:
    """``schema_version`` 1.0; amounts are integers in the quota's unit, -1 unlimited, null none."""
    content = {
        "schema_version": "1.0",
        "project": pulled.quota.project,
        "pulled_at": pulled.quota.pulled_at.isoformat().replace("+00:00", "Z"),
        "changed": changed,
        "out_of_date": out_of_date,
        "not_known": {
            "use": [_key(key) for key in pulled.use_unknown],
            "reservations": list(pulled.uncounted),
            "zones": list(pulled.no_such_zones),
            "quota_adjuster": pulled.adjuster_unread or None,
        },
        "limits": [
            {**_key(change.key), "change": change.kind.value, "before": change.before, "after": change.after}
            for change in pulled.limits
        ],
        "unexplained": [entry.model_dump(mode="json") for entry in pulled.unexplained],
        "quota_adjuster": {
            "on": None if pulled.adjuster_unread else pulled.adjuster_on,
            "budgets": [{**_key(entry.key), "limit": entry.limit, "asked": entry.asked} for entry in pulled.adjusted],
        },
        "requests": [entry.model_dump(mode="json") for entry in pulled.quota.requests],
        "reservations_asked_for": list(pulled.asked),
        "spot_pools_unlisted": [_key(key) for key in pulled.spot_pools],
    }
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _key(key: QuotaKey) -> dict[str, object]:
    return {"quota": key.quota_id, "region": key.region, "dimensions": dict(key.dimensions)}
