"""The ledger of all stacks for programs."""

from __future__ import annotations

import json

from tests.support.quota_demand import demand_of_specs
from tests.support.specs import CATALOG, NOW, limit, quota_file, spec
from weighbridge.quota.ledger import ClaimedUse, build_ledger
from weighbridge.render.quota.json import render

POOL = {"serve": {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 6}}}


def test_a_row_has_integers_and_the_holders_of_each_stack():
    quota = quota_file(limit("NVIDIA-L4-GPUS-per-project-region", 8), keep_free="10%")
    demands = demand_of_specs({"dev": spec(POOL)}, quota)
    found = json.loads(render(build_ledger(quota, demands, CATALOG, NOW), ("dev: x",), NOW))
    assert (found["fits"], found["findings"], found["at"]) == (False, ["dev: x"], "2026-11-24T12:00:00Z")
    (row,) = (row for row in found["rows"] if row["quota"] == "NVIDIA-L4-GPUS-per-project-region")
    assert row["stacks"] == {"dev": {"steady": 6, "peak": 6, "holders": [{"name": "serve", "peak": 6}]}}
    assert (row["limit"], row["kept_free"], row["left"], row["state"]) == (8, 1, 1, "fits")


def test_what_is_claimed_stands_where_anything_is():
    quota = quota_file(limit("NVIDIA-L4-GPUS-per-project-region", 8))
    demands = demand_of_specs({"dev": spec(POOL)}, quota)
    key = next(key for key in demands["dev"].drawn if key.quota_id == "NVIDIA-L4-GPUS-per-project-region")
    uses = (ClaimedUse("prod", "pr-1", 3, NOW), ClaimedUse("old", "deployed", 1, None))
    rows = json.loads(render(build_ledger(quota, demands, CATALOG, NOW, {key: uses}), (), NOW))["rows"]
    assert [row["claimed"] for row in rows if "claimed" in row] == [
        [
            {"stack": "prod", "holder": "pr-1", "amount": 3, "until": "2026-11-24T12:00:00Z"},
            {"stack": "old", "holder": "deployed", "amount": 1, "until": None},
        ]
    ]
