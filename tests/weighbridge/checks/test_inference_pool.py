"""What is wrong with inference pools beyond the types of their keys."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.specs import CATALOG, endpoint, spec
from weighbridge.checks.inference_pool import check_inference_pools

SYSTEM = {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}
L4 = {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 8}}
IMAGE = "ghcr.io/llm-d/llm-d-router-endpoint-picker:v0.10.0"


def problems(
    settings: dict[str, Any], system: dict[str, Any] = SYSTEM, reach: str = "regional", **changes: Any
) -> list[tuple[str, str]]:
    plain = endpoint(None).model_dump(mode="json", exclude_none=True)
    pool = {"picker_image": IMAGE, **settings}
    made = spec(
        {"serve": L4, "system": system},
        endpoints={"chat": {**plain, "server": "vllm", "inference_pool": pool, **changes}},
        gateway={"reach": reach},
    )
    found = check_inference_pools(made, CATALOG)
    return [(".".join(map(str, problem.path[2:])), problem.message) for problem in found]


def test_a_good_pool_finds_nodes_for_its_picker():
    assert problems({}) == []
    assert problems({"picker_node_pool": "system"}) == []
    assert problems({}, reach="internal") == []


@pytest.mark.parametrize(
    ("settings", "more", "expected"),
    [
        (
            {},
            {"server": "triton"},
            (
                "inference_pool",
                (
                    "endpoint pickers don't understand the metrics of triton, but those of vllm and vllm-tpu: remove "
                    "it, or choose one of these servers"
                ),
            ),
        ),
        (
            {},
            {"reach": "global"},
            (
                "inference_pool",
                (
                    "GKE documents inference pools behind gateways that are regional or internal; this one's reach is "
                    "global. Remove it, or change `gateway.reach`"
                ),
            ),
        ),
        (
            {"picker_node_pool": "sytem"},
            {},
            (
                "inference_pool.picker_node_pool",
                "there is no node pool sytem, but serve and system. Did you mean `system`?",
            ),
        ),
        (
            {"picker_node_pool": "serve"},
            {},
            (
                "inference_pool.picker_node_pool",
                ("serve has accelerators, whose nodes a picker would keep from replicas: choose a node pool without"),
            ),
        ),
        (
            {"picker_node_pool": "system", "picker_cpu": 4},
            {},
            (
                "inference_pool.picker_node_pool",
                (
                    "a picker asks for 4 cpu, and pods of a node of system have 3.92: choose a larger one, or ask for "
                    "less"
                ),
            ),
        ),
        (
            {"picker_cpu": 4},
            {},
            (
                "inference_pool",
                (
                    "a picker asks for 4 cpu and 2Gi memory, and no node pool without accelerators and taints has "
                    "such nodes. Add one, or name one in `picker_node_pool`"
                ),
            ),
        ),
        (
            {},
            {"system": {**SYSTEM, "taints": [{"key": "team", "effect": "NoSchedule"}]}},
            (
                "inference_pool",
                (
                    "a picker asks for 1 cpu and 2Gi memory, and no node pool without accelerators and taints has "
                    "such nodes. Add one, or name one in `picker_node_pool`"
                ),
            ),
        ),
    ],
)
def test_one_change_of_a_good_pool(settings, more, expected):
    assert problems(settings, **more) == [expected]


def test_the_picker_s_name_has_a_longest_length_and_is_nobody_else_s():
    settings = endpoint(None).versions["v7"].model_dump(mode="json", exclude_none=True)
    longest = "v" * 40
    assert problems({}, versions={longest: settings}, stable=longest) == []
    versions = {"v7": settings, "v7-epp": settings}
    rollout = {"candidate": "v7-epp", "steps": ["100%"], "bake": "1h", "at": "0%"}
    assert problems({}, versions=versions, rollout=rollout) == [
        (
            "versions.v7",
            "its picker is called chat-v7-epp, as the objects of chat, version v7-epp are: rename one of the two",
        )
    ]


def test_requests_are_not_mirrored_to_a_pool():
    settings = endpoint(None).versions["v7"].model_dump(mode="json", exclude_none=True)
    rollout = {"candidate": "v8", "steps": ["100%"], "bake": "1h", "at": "0%", "mirror": "5%"}
    assert problems({}, versions={"v7": settings, "v8": settings}, rollout=rollout) == [
        (
            "rollout.mirror",
            "what GKE makes of requests mirrored to an inference pool is unverified: take it out",
        )
    ]
