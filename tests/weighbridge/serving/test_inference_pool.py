"""Inference pools in a spec: what is refused, where pickers go, and that weights of a canary are still judged."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.graphs import components_of
from tests.support.paths import ROOT
from tests.support.specs import CATALOG, messages
from weighbridge.rules.canary_steps import judge as judge_steps
from weighbridge.serving.endpoint import plan_endpoints
from weighbridge.serving.endpoint_picker import endpoint_pickers
from weighbridge.spec.inference_pool import InferencePool
from weighbridge.spec.schema import spec_schema
from weighbridge.stacks.load import parse_spec, read_spec

FILE = ROOT / "tests" / "integration" / "stacks" / "inference.yaml"
GOOD = FILE.read_text()
NAME = Path("stacks/inference.yaml")
NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "node_pools:\n",
            "gateway: {reach: global}\nnode_pools:\n",
            [
                ("15:5: endpoints.chat.inference_pool: GKE documents inference pools behind gateways that are regional "
                "or internal; this one's reach is global. Remove it, or change `gateway.reach`"),
                ("32:5: endpoints.drafts.inference_pool: GKE documents inference pools behind gateways that are "
                "regional or internal; this one's reach is global. Remove it, or change `gateway.reach`"),
            ],
        ),
        (
            "      at: 10%\n",
            "      at: 10%\n      mirror: 5%\n",
            [
                ("26:7: endpoints.chat.rollout.mirror: what GKE makes of requests mirrored to an inference pool is "
                "unverified: take it out"),
            ],
        ),
        (
            "nodes: {min: 1, max: 3}}\n",
            "nodes: {min: 1, max: 3}, taints: [{key: team, effect: NoSchedule}]}\n",
            [
                ("14:5: endpoints.chat.inference_pool: a picker asks for 1 cpu and 2Gi memory, and no node pool "
                "without accelerators and taints has such nodes. Add one, or name one in `picker_node_pool`"),
            ],
        ),
    ],
)  # fmt: skip
def test_one_change_of_a_good_spec(old, new, expected):
    assert old in GOOD
    found = messages(GOOD.replace(old, new), NAME)
    assert [message.removeprefix("stacks/inference.yaml:") for message in found] == expected


def test_a_picker_has_a_name_of_its_own_that_a_service_may_have():
    long = "v" * 24
    changed = GOOD.replace("  chat:\n", f"  {'c' * 36}:\n").replace("v2", long)
    assert messages(changed, NAME) == [
        (
            f"stacks/inference.yaml:19:7: endpoints.{'c' * 36}.versions.{long}: its picker {'c' * 36}-{long}-epp has "
            "65 characters, and names of Services at most 63. Shorten one of the two names"
        )
    ]
    assert messages(GOOD.replace("v2", "v1-epp"), NAME) == [
        (
            "stacks/inference.yaml:18:7: endpoints.chat.versions.v1: its picker is called chat-v1-epp, as the objects "
            "of chat, version v1-epp are: rename one of the two"
        )
    ]


def test_a_tainted_pool_that_is_named_is_tolerated():
    spec = parse_spec(
        GOOD.replace("max: 3}}", "max: 3}, taints: [{key: team, value: ml, effect: NoSchedule}]}", 1).replace(
            "      priority: 10\n", "      picker_node_pool: system\n"
        ),
        NAME,
    )
    chat, _ = plan_endpoints(spec, CATALOG)
    assert [(toleration.key, toleration.value) for toleration in chat.versions[0].pool.picker.tolerations] == [
        ("team", "ml")
    ]


def test_only_leaders_of_a_group_are_in_the_pool():
    text = (
        GOOD.replace(
            "  l4: {machine_type: g2-standard-12, nodes: {min: 0, max: 6}}",
            "  l4: {machine_type: ct5lp-hightpu-4t, tpu_topology: 4x4, slices: {min: 0, max: 6}}",
        )
        .replace("server: vllm", "server: vllm-tpu")
        .replace("gpu: 1", "tpu: 16")
    )
    chat, _ = plan_endpoints(parse_spec(text, NAME), CATALOG)
    assert dict(chat.versions[0].pool.selector) == {"app": "chat", "version": "v1", "role": "leader"}


def test_every_family_that_a_spec_may_name_is_in_the_table():
    named = spec_schema()["$defs"]["InferencePool"]["properties"]["picker_api_group"]["enum"]
    assert sorted(endpoint_pickers()) == sorted(named)
    assert InferencePool.model_fields["picker_api_group"].default in endpoint_pickers()
    for row in endpoint_pickers().values():
        assert row.source


def test_weights_among_pools_are_judged_as_those_among_services():
    spec, created = read_spec(FILE, CATALOG), components_of(FILE)
    assert judge_steps(created, spec, NOW) == []
    copies = copy.deepcopy(created)
    (route,) = (resource for resource in copies if resource.type.endswith(":HTTPRoute") and resource.name == "chat")
    route_spec: Any = route.inputs["spec"]
    first, second = route_spec["rules"][-1]["backendRefs"]
    first["weight"], second["weight"] = 50.0, 50.0
    assert [violation.message for violation in judge_steps(copies, spec, NOW)] == [
        (
            "the route of chat gives 50% to chat-v1, 50% to chat-v2, and the rollout in the spec 90% to chat-v1, 10% "
            "to chat-v2. Weights come from the spec alone: take the difference out"
        )
    ]
