"""The rule about the whole stack, over the protocol."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.graphs import CLUSTER, NODE_POOL, PROVIDER, STACK, cluster, node_pool, resource, urn
from tests.support.policy_pack import RunningPack, messages
from weighbridge.resources.graph import Options
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.values import Secret, Unknown

THE_STACK = resource(STACK, "weighbridge-dev", {}, provider_inputs=None)


def pool(most: float, **changes: object) -> HeldResource:
    return node_pool(autoscaling={"totalMaxNodeCount": most}, **changes)


def test_a_stack_that_fits_passes(pack: RunningPack):
    assert pack.preview(THE_STACK, cluster(), pool(5)) == []


def test_a_stack_that_goes_over_is_told_who_holds_the_rest_and_what_to_do(pack: RunningPack):
    assert pack.preview(THE_STACK, cluster(), pool(8)) == [
        (
            "train: 9 NVIDIA A100 at peak; other stacks 4 (prod 4); outside 0; kept free 0 → 13 of 10 in "
            "us-central1. Lower "
            "autoscaling.totalMaxNodeCount to 5, or ask for 3 more."
        )
    ]


def test_the_violation_belongs_to_the_node_pool(pack: RunningPack):
    pack.start(dry_run=True)
    resources = [THE_STACK, cluster(), pool(8)]
    for held in resources:
        pack.analyze(held)
    (found,) = pack.analyze_stack(resources)
    assert found.urn == urn(NODE_POOL, "train")
    assert found.policyName == "shared-quota"
    assert found.message.startswith("All stacks together fit the quota that they share, each at its peak.\n")


def test_inputs_count_where_outputs_are_unknown(pack: RunningPack):
    """A preview's AnalyzeStack has unknown outputs, other names and order; the inputs were exact."""
    pack.start(dry_run=True)
    for held in (THE_STACK, cluster(), pool(5, location=None, cluster=Unknown(), nodeLocations=None)):
        assert pack.analyze(held) == []
    blurred = HeldResource(
        urn(NODE_POOL, "train"), NODE_POOL, "train",
        {"autoscaling": {"totalMaxNodeCount": 5.0}, "location": Unknown(), "initialNodeCount": Unknown()}, PROVIDER,
        property_dependencies={"cluster": (urn(CLUSTER, "dev"),)},
    )  # fmt: skip
    assert pack.analyze_stack([blurred, cluster(), THE_STACK]) == []


def test_kubernetes_resources_without_outputs_are_judged_by_their_inputs(pack: RunningPack):
    service = "kubernetes:core/v1:Service"
    kubeconfig = {"kubeconfig": Unknown()}
    full = resource(service, "api", {"spec": {"type": "ClusterIP"}}, provider_inputs=kubeconfig)
    pack.start(dry_run=True)
    pack.analyze(THE_STACK)
    pack.analyze(full)
    assert pack.analyze_stack([THE_STACK, resource(service, "api", {}, provider_inputs=kubeconfig)]) == []


def test_what_only_the_end_of_a_preview_names_was_read_not_created(pack: RunningPack):
    pack.start(dry_run=True)
    pack.analyze(THE_STACK)
    pack.analyze(pool(5, location=None, nodeLocations=None, networkConfig=None))
    read = cluster(removeDefaultNodePool=None, initialNodeCount=500.0)
    assert pack.analyze_stack([THE_STACK, read, pool(5)]) == []


def test_where_analyze_never_came_the_state_is_judged(pack: RunningPack):
    """`pulumi policy analyze` on an exported state; absent optionals are null there."""
    pack.configure()
    saved = pool(8, management=None)
    (found,) = messages(pack.analyze_stack([THE_STACK, cluster(), saved]))
    assert " → 13 of 10 in us-central1" in found


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (
            node_pool(nodeConfig={"machineType": Unknown()}),
            "train: nodeConfig.machineType is not known before the deployment",
        ),
        (
            node_pool(autoscaling={"totalMaxNodeCount": Unknown("number")}),
            "train: autoscaling.totalMaxNodeCount is not known",
        ),
        (node_pool(nodeConfig=Unknown("object")), "train: nodeConfig is not known before the deployment"),
        (
            resource(NODE_POOL, "new", {}),
            f"new: {NODE_POOL} came without inputs, as under --target, so it cannot be judged",
        ),
        (
            resource("gcp:compute/instance:Instance", "vm", {"machineType": "a2-highgpu-8g"}),
            "vm: gcp:compute/instance:Instance is",
        ),
        (resource("gcp:next/thing:Thing", "x", {"a": 1.0}), "x: gcp:next/thing:Thing may hold quota"),
        (resource("command:local:Command", "x", {"create": "gcloud"}), "x: command:local:Command is refused"),
        (
            resource("pulumi-python:dynamic:Resource", "x", {"__provider": "code"}),
            "x: pulumi-python:dynamic:Resource is refused",
        ),
    ],
)
def test_what_cannot_be_judged_is_a_violation_never_a_skip(pack: RunningPack, broken: HeldResource, words: str):
    (found,) = pack.preview(THE_STACK, cluster(), broken)
    assert found.startswith(words)


def test_labels_tags_and_component_arguments_change_nothing(pack: RunningPack):
    disguise = {
        "labels": {"weighbridge.dev/node-pool": "system", "weighbridge.dev/gpus": "0"},
        "machineType": "a2-highgpu-1g",
    }
    component = resource("weighbridge:index:NodePool", "c", {"nodes": 1.0}, provider_inputs=None)
    (found,) = pack.preview(THE_STACK, cluster(), component, pool(8, nodeConfig=disguise))
    assert found.startswith("system: 9 NVIDIA A100 at peak")


def test_another_project_does_not_escape_the_quota_file(pack: RunningPack):
    found = pack.preview(THE_STACK, cluster(), pool(1, project="other-ml"))
    assert len(found) == 4
    assert all(
        "in project other-ml, but stacks/quota.yaml has the limits of example-ml only" in message for message in found
    )


def test_secrets_are_counted_and_never_shown(pack: RunningPack):
    found = pack.preview(THE_STACK, cluster(), node_pool(autoscaling={"totalMaxNodeCount": Secret("s3cret")}))
    assert found == ["train: autoscaling.totalMaxNodeCount is [secret], expected a whole number from 0."]
    assert pack.preview(THE_STACK, cluster(), node_pool(autoscaling={"totalMaxNodeCount": Secret(8.0)})) != []


def test_unreadable_files_are_violations_with_their_lines(start: Callable[..., RunningPack], stacks: Path):
    pack = start()
    (stacks / "prod.yaml").write_text("version: 1\nenvironment: prod\nnode_poolz: {}\n", encoding="utf-8")
    found = pack.preview(THE_STACK, cluster())
    assert any(message.startswith(f"{stacks}/prod.yaml:3:1: node_poolz: ") for message in found), found
    (stacks / "quota.yaml").unlink()
    assert any("quota.yaml: there is no such file" in message for message in pack.preview(THE_STACK, cluster()))


def test_stale_limits_admit_nothing(start: Callable[..., RunningPack], stacks: Path):
    pack = start()
    quota = stacks / "quota.yaml"
    quota.write_text(quota.read_text(encoding="utf-8") + "max_age: 2d\n", encoding="utf-8")
    (found,) = pack.preview(THE_STACK, cluster())
    assert found.startswith("stacks/quota.yaml: limits were pulled at 2026-11-20 08:00 UTC, 3 days ago")


def test_a_stack_that_no_spec_describes_is_judged_all_the_same(pack: RunningPack):
    pack.start(dry_run=True, stack="scratch")
    resources = [THE_STACK, cluster(), pool(8)]
    for held in resources:
        pack.analyze(held)
    *over, uncounted = messages(pack.analyze_stack(resources))
    assert any("other stacks 14 (dev 10, prod 4)" in message for message in over), "dev with what is declared of it"
    assert uncounted.startswith("scratch has no spec, so no other stack counts what it draws: ")


def test_the_program_decides_which_generation_goes_first(pack: RunningPack):
    first, last = (replace(pool(4), options=Options(delete_before_replace=choice)) for choice in (True, False))
    assert pack.preview(THE_STACK, cluster(), first) == []
    (found,) = pack.preview(THE_STACK, cluster(), last)
    assert found.startswith("train: 9 NVIDIA A100 at peak")


def test_what_stays_when_it_is_deleted_is_refused_in_a_preview_and_at_its_creation(pack: RunningPack):
    abandoned = pool(1, deletionPolicy="ABANDON")
    (found,) = pack.preview(THE_STACK, cluster(), abandoned)
    assert found.startswith('train: deletionPolicy "ABANDON" leaves it in the cloud')
    created, stopped = pack.create(THE_STACK, cluster(), abandoned)
    assert (created, stopped) == ([THE_STACK.name, "dev"], [found])


def test_what_is_deployed_counts_where_an_ignored_input_says_less(pack: RunningPack):
    """A replacement takes the program's value after Analyze was shown the state's."""
    ignoring = replace(pool(1), options=Options(ignore_changes=("autoscaling",)))
    deployed = replace(ignoring, inputs={**ignoring.inputs, "autoscaling": {"totalMaxNodeCount": 8.0}})
    pack.start(dry_run=True)
    for held in (THE_STACK, cluster(), ignoring):
        pack.analyze(held)
    (found,) = messages(pack.analyze_stack([THE_STACK, cluster(), deployed]))
    assert found.startswith("train: 9 NVIDIA A100 at peak")
    assert pack.preview(THE_STACK, cluster(), ignoring) == []


@pytest.mark.parametrize(("pattern", "twice"), [("${name}-${hex(4)}", True), ("${name}-${stack}", False)])
def test_a_name_that_the_stack_s_settings_make_up_is_replaced_create_first(
    pack: RunningPack, pattern: str, twice: bool
):
    named = pool(4, name="train-ab12")
    pack.configure_stack(dry_run=True, autonaming=json.dumps({"providers": {"gcp": {"pattern": pattern}}}))
    pack.configure()
    for held in (THE_STACK, cluster(), named):
        pack.analyze(held)
    found = messages(pack.analyze_stack([THE_STACK, cluster(), named]))
    assert [message.partition(";")[0] for message in found] == (["train: 9 NVIDIA A100 at peak"] if twice else [])
