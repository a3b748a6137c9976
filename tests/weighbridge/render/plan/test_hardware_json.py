"""A choice of hardware for programs."""

import json

from tests.support.hardware import plan_result
from weighbridge.render.plan import json as plan_json


def test_json_has_all_of_it():
    made = json.loads(plan_json.render(plan_result()))["hardware"]
    assert made["fits"] is True
    assert made["workloads"]["a"]["chosen"]["machine_type"] == "a2-highgpu-2g"
    assert made["workloads"]["a"]["obvious_lacks"][0]["limit_to_ask_for"] == 17
    assert made["workloads"]["b"]["chosen"]["draws"][0]["amount"] >= 1
    assert made["cheapest"]["units"] == 5
    assert made["writes"] == {"a": {"pool": "a", "endpoint": None}, "b": {"pool": "b", "endpoint": None}}
