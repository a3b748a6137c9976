"""The plan for programs: every number of the text, in base units."""

import json

from weighbridge.planner.plan import PlanResult
from weighbridge.planner.serving import WorkloadPlan, plan_workload
from weighbridge.render.plan.json import render
from weighbridge.spec.workloads import ServedWorkload


def test_the_json_has_demand_options_curve_and_intervals(tmp_path):
    workload = ServedWorkload.model_validate(
        {
            "model": "llama-3.1-8b",
            "accelerators": ["nvidia-l4", "nvidia-tesla-t4"],
            "devices": [1],
            "demand": {"rate": 1, "input_tokens": 500, "output_tokens": 100, "peak_factor": 2},
            "objective": {"first_token": "5s"},
        }
    )
    plan = plan_workload("chat", workload, tmp_path)
    assert isinstance(plan, WorkloadPlan)
    made = json.loads(render(PlanResult((plan,))))
    assert made["schema_version"] == "1.1"
    chat = made["workloads"]["chat"]
    assert chat["demand"]["requests_per_s"] == 2
    assert chat["best"] == [0]
    best, excluded = chat["options"]
    assert (best["accelerator"], best["devices_per_replica"], best["origin"]) == ("nvidia-l4", 1, "fitted, few rows")
    assert best["curve"][0]["requests_at_once"] == 1
    assert best["curve"][0]["per_token_s"]["low"] < best["curve"][0]["per_token_s"]["middle"] < 0.2
    assert 0 <= best["wait_s"]["middle"] < 5
    assert best["replicas"]["middle"] == best["replicas_with_failures"] == best["devices"]
    assert excluded["excluded"] == "weights need 16 GB, 12 GB can be used"
    assert excluded["replicas"] is None
