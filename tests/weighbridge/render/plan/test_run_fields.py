"""Runs and their month for programs: seconds, dollars, and what each rests on."""

from __future__ import annotations

import json

from tests.support import past_runs
from weighbridge.planner.plan import plan_file
from weighbridge.render.plan.run_fields import overlap_fields, run_fields


def test_each_option_has_its_time_its_money_and_its_reason(tmp_path):
    past_runs.write_example(tmp_path)
    result = plan_file(tmp_path / "month.yaml")
    fields = {plan.name: json.loads(json.dumps(run_fields(plan))) for plan in result.runs}
    assert set(fields) == {plan.name for plan in result.runs}
    for plan in fields.values():
        chosen = plan["options"][plan["chosen"]]
        assert chosen["seconds"]["low"] <= chosen["seconds"]["high"]
        assert chosen["basis"]
        assert chosen["excluded"] is None
    assert result.overlap is not None
    month = json.loads(json.dumps(overlap_fields(result.overlap)))
    assert month
