"""In which regions it fits, for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence

from weighbridge.pull.where import PossibleRegion


def render(stack: str, pool: str | None, places: Sequence[PossibleRegion]) -> str:
    """``schema_version`` 1.0; amounts are integers in the quota's unit, `limit` is null where there is none."""
    content = {
        "schema_version": "1.0",
        "stack": stack,
        "pool": pool,
        "places": [
            {
                "region": place.region,
                "zones": list(place.zones),
                "here": place.here,
                "fits": place.fits,
                "not_sold": list(place.not_sold),
                "uncounted": list(place.doubts),
                "short": [
                    {
                        "quota": row.key.quota_id,
                        "region": row.key.region,
                        "dimensions": dict(row.key.dimensions),
                        "state": row.state.value,
                        "demand": row.demand,
                        "limit": row.limit,
                    }
                    for row in place.short
                ],
            }
            for place in places
        ],
    }
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
