"""Both versions of every rollout have room; one change to bounds or pools, and the exact message."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from tests.support.graphs import components_of
from tests.support.paths import ROOT
from tests.support.specs import CATALOG, quota_file
from weighbridge.resources.held_resource import Surroundings
from weighbridge.resources.values import Unknown
from weighbridge.rules.canary_capacity import judge
from weighbridge.rules.violation import Excess, Violation
from weighbridge.stacks.load import read_spec

STACKS = {
    file.stem: file
    for file in (
        *sorted((ROOT / "tests" / "integration" / "stacks").glob("*.yaml")),
        *(ROOT / "stacks" / f"{name}.yaml" for name in ("dev", "staging", "prod")),
    )
}
QUOTA = quota_file()
SCALER, POOL = "HorizontalPodAutoscaler", "NodePool"


@pytest.fixture(scope="module")
def created():
    return {name: components_of(STACKS[name]) for name in ("prod", "accelerated")}


def messages(resources, stack: str | None) -> list[str]:
    spec = None if stack is None else read_spec(STACKS[stack], CATALOG)
    return [found.message for found in judge(resources, Surroundings.of(resources, QUOTA, CATALOG), spec)]


@pytest.mark.parametrize("stack", STACKS)
def test_what_the_components_create_has_room_for_both_versions(stack):
    assert messages(components_of(STACKS[stack]), stack) == []


def changed(given, kind: str, name: str, change):
    copies = copy.deepcopy(given)
    (one,) = (
        resource
        for resource in copies
        if resource.type.endswith(f":{kind}") and resource.name == name and resource.inputs
    )
    change(one.inputs)
    return copies


def most(count: float | Unknown):
    return lambda inputs: inputs["spec"].update(maxReplicas=count)


def test_one_replica_too_many(created):
    over = changed(created["prod"], SCALER, "ranker-v8", most(3.0))

    assert messages(over, None) == [
        (
            "serve-l4: at their most, ranker-v7 4 + ranker-v8 3 = 7 replicas may run here, and serve-l4 (6 nodes of "
            "g2-standard-8) holds 6, so the rollout could stall. Lower replicas.max by 1 in all, or raise nodes.max "
            "until there are 7 nodes"
        )
    ]
    assert messages(over, "prod")[0] == (
        "ranker-v8: runs 1 to 3 replicas, and by the spec 1 to 2. The spec alone sets them: take the difference out"
    )


def test_one_node_too_few(created):
    def fewer(inputs) -> None:
        inputs["autoscaling"]["totalMaxNodeCount"] = 4.0

    assert messages(changed(created["prod"], POOL, "serve-l4", fewer), "prod") == [
        (
            "serve-l4: at their most, ranker-v7 4 + ranker-v8 2 = 6 replicas may run here, and serve-l4 (4 nodes of "
            "g2-standard-8) holds 4, so the rollout could stall. Lower replicas.max by 2 in all, or raise nodes.max "
            "until there are 6 nodes"
        )
    ]


def test_one_version_alone_may_wait_for_room(created):
    """No rollout, no second version: what an autoscaler can't have then is no rollout's way back."""
    alone = [resource for resource in created["prod"] if not resource.name.startswith("ranker-v8")]
    assert messages(changed(alone, SCALER, "ranker-v7", most(9.0)), None) == []


def test_other_endpoints_on_the_pool_count(created):
    """The other endpoint has one version, but takes the room that the rollout needs."""
    prod = created["prod"]
    copies = copy.deepcopy([resource for resource in prod if resource.name == "ranker-v8"])
    for resource in copies:
        resource.inputs.get("metadata", {}).update(name="other-v1")
        if resource.type.endswith(":Deployment"):
            resource.inputs["spec"]["template"]["metadata"]["labels"].update(app="other", version="v1")
        if resource.type.endswith(SCALER):
            resource.inputs["spec"]["scaleTargetRef"]["name"] = "other-v1"
    (found,) = messages([*prod, *copies], "prod")
    assert "other-v1 2 + ranker-v7 4 + ranker-v8 2 = 8 replicas may run here" in found
    assert found.endswith("Lower replicas.max by 2 in all, or raise nodes.max until there are 8 nodes")


def test_replicas_of_several_pods_and_gpus(created):
    """Two replicas of chat-v2 take both GPUs of a node each, as those of chat-v1 do."""
    (found,) = messages(changed(created["accelerated"], SCALER, "chat-v2", most(2.0)), None)
    assert found.startswith("l4: at their most, chat-v1 2 + chat-v2 2 = 4 replicas may run here, and l4 (3 nodes of")


def test_groups_of_hosts_are_counted_in_slices(created):
    """A second version of the group, so that three slices would be needed."""
    copies = copy.deepcopy([resource for resource in created["accelerated"] if resource.name == "writer-v1"])
    for resource in copies:
        resource.inputs.get("metadata", {}).update(name="writer-v2")
        if resource.type.endswith(":LeaderWorkerSet"):
            template = resource.inputs["spec"]["leaderWorkerTemplate"]["leaderTemplate"]
            template["metadata"]["labels"].update(version="v2")
        if resource.type.endswith(SCALER):
            resource.inputs["spec"]["scaleTargetRef"]["name"] = "writer-v2"
            resource.inputs["spec"]["maxReplicas"] = 1.0
    assert messages([*created["accelerated"], *copies], None) == [
        (
            "tpu-s0: at their most, writer-v1 2 + writer-v2 1 = 3 replicas may run here, and tpu-s0 (4 nodes of "
            "ct5lp-hightpu-4t) and tpu-s1 (4 nodes of ct5lp-hightpu-4t) hold 2, so the rollout could stall. Lower "
            "replicas.max by 1 in all, or raise slices.max by 1"
        )
    ]


def test_without_an_autoscaler_the_spec_is_not_followed(created):
    without = [
        resource
        for resource in created["prod"]
        if not (resource.name == "ranker-v7" and resource.type.endswith(SCALER))
    ]
    assert messages(without, "prod") == [
        "ranker-v7: runs 1 to 1 replicas, and by the spec 2 to 4. The spec alone sets them: take the difference out"
    ]


def test_what_is_not_known_is_no_room(created):
    found = messages(changed(created["prod"], SCALER, "ranker-v8", most(Unknown("number"))), None)
    assert found == [
        (
            "ranker-v8: spec.maxReplicas is not known before the deployment: write it as a literal or take it from "
            "stack config"
        )
    ]


def test_a_wish_that_cannot_be_judged_is_no_room_either(created):
    by_name = {"nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["a"]}]}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": by_name}}
    tied = changed(
        created["prod"],
        "Deployment",
        "ranker-v8",
        lambda inputs: inputs["spec"]["template"]["spec"].update(affinity=affinity),
    )
    (found,) = messages(tied, None)
    assert found.startswith("ranker-v8: ")
    assert found.endswith("matchFields ties pods to nodes by name: use matchExpressions")


def test_a_violation_names_the_workload_or_the_pool_and_its_numbers(created):
    over = changed(created["prod"], SCALER, "ranker-v8", most(3.0))
    found = judge(over, Surroundings.of(over, QUOTA, CATALOG), read_spec(STACKS["prod"], CATALOG))
    version, pool, scaler = (
        next(one.urn for one in over if one.type.endswith(f":{kind}") and one.name == name and one.inputs)
        for kind, name in (("Deployment", "ranker-v8"), (POOL, "serve-l4"), (SCALER, "ranker-v8"))
    )
    assert [replace(one, message="") for one in found] == [
        Violation("canary-capacity", "", version, holder="ranker-v8"),
        Violation("canary-capacity", "", pool, holder="serve-l4", excess=Excess(7, 6, "replicas")),
    ]
    unclear = changed(created["prod"], SCALER, "ranker-v8", most(Unknown("number")))
    (doubt,) = judge(unclear, Surroundings.of(unclear, QUOTA, CATALOG), None)
    assert doubt == Violation("canary-capacity", doubt.message, scaler, holder="ranker-v8")


def test_what_is_not_known_of_other_namespaces_is_no_doubt_here(created):
    def in_namespace(name: str | Unknown):
        def change(inputs) -> None:
            inputs["metadata"]["namespace"] = name
            inputs["spec"]["maxReplicas"] = Unknown("number")

        return change

    elsewhere = messages(changed(created["prod"], SCALER, "ranker-v8", in_namespace("other")), None)
    assert not any("is not known" in text for text in elsewhere)
    anywhere = messages(changed(created["prod"], SCALER, "ranker-v8", in_namespace(Unknown())), None)
    assert sum("is not known" in text for text in anywhere) == 1


def test_a_rollout_of_the_spec_is_judged_before_its_candidate_exists(created):
    alone = [one for one in created["prod"] if not one.name.startswith("ranker-v8")]
    unclear = changed(alone, SCALER, "ranker-v7", most(Unknown("number")))
    assert messages(unclear, None) == []
    assert any("spec.maxReplicas is not known" in text for text in messages(unclear, "prod"))
