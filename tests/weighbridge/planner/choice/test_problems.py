"""What is wrong with wished hardware, each said at its key."""

import pytest

from tests.support.hardware import SYSTEM, stack
from tests.support.specs import CATALOG
from weighbridge.planner.choice.problems import hardware_problems
from weighbridge.spec.workloads import Workloads

RANKER = {"service_time": {"base": "40ms"}, "demand": {"rate": 10}, "objective": {"wait": "20ms"}}
CHAT = {
    "model": "llama-3.1-8b", "accelerators": ["nvidia-l4"], "objective": {"first_token": "2s"},
    "demand": {"rate": 1, "input_tokens": 10, "output_tokens": 10},
}  # fmt: skip


def refused(workload, hardware, *, in_stack=False, **keys):
    content = {"version": 1, "workloads": {"w": {**workload, "hardware": hardware}}, **keys}
    found = hardware_problems(Workloads.model_validate(content), stack() if in_stack else None, CATALOG)
    return [f"{problem.location}: {problem.message}" for problem in found]


@pytest.mark.parametrize(
    ("workload", "hardware", "message"),
    [
        (CHAT, {"machine_types": ["g9-*"]}, "machine_types[0]: the catalog has no machine type g9-*."),
        (
            CHAT, {"now": {"machine_type": "g2-standrd-4", "nodes": 1}},
            "now.machine_type: the catalog has no machine type g2-standrd-4. Did you mean `g2-standard-4`?",
        ),
        (
            CHAT, {"per_replica": {"accelerator": "nvidia-l4"}},
            "per_replica.accelerator: `accelerators` says it already: leave it out",
        ),
        (
            RANKER, {"per_replica": {"accelerator": "nvidia-l5"}},
            "per_replica.accelerator: the catalog knows no accelerator 'nvidia-l5'. Did you mean `nvidia-l4`?",
        ),
        (
            RANKER, {"per_replica": {"cpu": 2}},
            (
                ": `machine_types` is missing: `service_time` holds for the machines that it was measured on, such as"
                " [n2-*]"
            ),
        ),
        (
            RANKER, {"per_replica": {}, "machine_types": ["n2-*"]},
            "per_replica: expected `cpu`, `memory` or `accelerator`: what one server takes",
        ),
    ],
)  # fmt: skip
def test_wishes_that_nothing_can_meet(workload, hardware, message):
    separator = "" if message.startswith(":") else "."
    assert refused(workload, hardware) == [f"workloads.w.hardware{separator}{message}"]


def test_good_wishes_have_no_problem():
    assert refused(CHAT, {"machine_types": ["g2-*"], "spot_share": "50%"}, region="us-central1") == []
    assert refused(RANKER, {"per_replica": {"accelerator": "nvidia-l4"}}, in_stack=True) == []


def test_a_region_must_be_known_and_the_stacks_own():
    assert refused(CHAT, {}, region="us-centrl1") == [
        "region: the catalog knows no region 'us-centrl1'. Did you mean `us-central1`?"
    ]
    assert refused(CHAT, {}, in_stack=True, region="us-east1") == [
        "region: dev is in us-central1: leave the region out, or name another stack"
    ]


def test_an_endpoint_must_be_there_and_a_pool_is_for_one():
    assert refused(CHAT, {"endpoint": "chatt"}, in_stack=True) == [
        "workloads.w.hardware.endpoint: dev has no endpoint chatt."
    ]
    content = {
        "version": 1,
        "workloads": {name: {**CHAT, "hardware": {"pool": "system"}} for name in ("a", "b")},
    }
    at_hand = stack(pools={"system": SYSTEM})
    assert [
        f"{problem.location}: {problem.message}"
        for problem in hardware_problems(Workloads.model_validate(content), at_hand, CATALOG)
    ] == ["workloads.b: a is to be on the pool system, too: name another one as `pool`"]
