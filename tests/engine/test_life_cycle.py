"""The example stacks from their first `up` to their `destroy`, under the real engine with the project's own pack."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from textwrap import dedent
from typing import Any

import pytest

from tests.engine import offline
from tests.engine.bounded import end, finished
from tests.engine.cloud import FakeCloud, Hold, names
from tests.engine.engine import PACK, UP
from tests.engine.projects import edit, example, weighbridge

NODE_POOL = "gcp:container/nodePool:NodePool"
LIMIT, SHARE = 24, 6  # L4 GPUs in stacks/quota.yaml, and the quarter of them that is the most dev may take
TOO_MANY = "nodes: {min: 0, max: 20}"


def most_gpus(cloud: FakeCloud, kind: str) -> int:
    """The most GPUs of a kind that the pools could have held at any moment, each at its most nodes."""
    return max(
        (sum(_gpus(resource.inputs, kind) for resource in moment.values()) for moment in cloud.moments()), default=0
    )


def _gpus(pool: Mapping[str, Any], kind: str) -> int:
    scaling, node = pool.get("autoscaling", {}), pool.get("nodeConfig", {})
    nodes = scaling.get("totalMaxNodeCount") or scaling.get("maxNodeCount", 0) * len(pool.get("nodeLocations", []))
    return int(nodes * sum(gpu["count"] for gpu in node.get("guestAccelerators", ()) if gpu["type"] == kind))


@pytest.fixture
def dev(pulumi, tmp_path):
    """The stack dev, not yet created."""
    project = example(tmp_path / "project")
    pulumi.init(project, "dev")
    yield project
    assert most_gpus(pulumi.cloud, "nvidia-l4") <= SHARE, "something that goes over was created"


def no_changes(pulumi, project, stack="dev"):
    """Both previews against what exists find nothing to do."""
    done = pulumi.must(project, "preview", "--stack", stack, *PACK, "--json", "--expect-no-changes")
    assert set(json.loads(done.output)["changeSummary"]) == {"same"}
    export = project / "export.json"
    export.write_text(json.dumps(pulumi.export(project, stack)), encoding="utf-8")
    seen = offline.previewed(project, stack, export)
    assert not seen.failed
    assert {urn: operation for urn, operation in seen.operations.items() if operation != "same"} == {}


def test_a_stack_is_created_changed_refreshed_and_destroyed(pulumi, dev):
    pulumi.up(dev, "dev")
    assert {"serve-l4", "system"} <= names(pulumi.cloud.urns("create"))
    no_changes(pulumi, dev)

    before = len(pulumi.cloud.operations)
    edit(dev, "dev", "nodes: {min: 0, max: 2}", "nodes: {min: 0, max: 3}")
    pulumi.up(dev, "dev")
    assert "serve-l4" in names(pulumi.cloud.urns("update", before))
    assert not pulumi.cloud.urns("create", before)
    assert not pulumi.cloud.urns("delete", before)
    (pool,) = (pool for pool in pulumi.cloud.of_type(NODE_POOL) if pool.inputs["name"] == "serve-l4")
    assert pool.inputs["autoscaling"]["totalMaxNodeCount"] == 3

    pulumi.must(dev, "refresh", "--yes", "--skip-preview", "--stack", "dev", "--expect-no-changes")
    no_changes(pulumi, dev)

    pulumi.must(dev, "destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert not pulumi.export(dev, "dev")["deployment"].get("resources")
    assert set(pulumi.cloud.urns("create")) == set(pulumi.cloud.urns("delete"))


def test_a_broken_quota_file_stops_updates_and_never_a_destroy(pulumi, dev):
    pulumi.up(dev, "dev")
    before = len(pulumi.cloud.operations)
    edit(dev, "quota", "keep_free: 10%", "keep_fre: 10%")
    for command in (UP, ("preview",), ("destroy", "--yes", "--skip-preview", "--run-program")):
        done = pulumi.run(dev, *command, "--stack", "dev", *(() if "destroy" in command else PACK))
        assert done.code != 0
        assert "stacks/quota.yaml:8:1: keep_fre: unknown key." in " ".join(done.text.split())
    assert len(pulumi.cloud.operations) == before
    (dev / "stacks" / "dev.yaml").unlink()
    pulumi.must(dev, "destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert set(pulumi.cloud.urns("create")) == set(pulumi.cloud.urns("delete"))


def test_a_pool_that_somebody_deleted_comes_back(pulumi, dev):
    pulumi.up(dev, "dev")
    (pool,) = (pool for pool in pulumi.cloud.of_type(NODE_POOL) if pool.inputs["name"] == "serve-l4")
    pulumi.cloud.forget(pool.id)
    pulumi.must(dev, "refresh", "--yes", "--skip-preview", "--stack", "dev")
    before = len(pulumi.cloud.operations)
    pulumi.up(dev, "dev")
    assert names(pulumi.cloud.urns("create", before)) == {"serve-l4"}
    no_changes(pulumi, dev)


def test_a_stack_that_goes_over_is_refused_before_anything_is_created(pulumi, dev):
    edit(dev, "dev", "nodes: {min: 0, max: 2}", TOO_MANY)
    done = pulumi.run(dev, "up", "--yes", "--stack", "dev", *PACK)
    assert done.code != 0
    assert "shared-quota" in done.text
    assert pulumi.cloud.operations == []


def test_without_a_preview_it_is_refused_at_exactly_the_pool_that_goes_over(pulumi, dev):
    edit(dev, "dev", "nodes: {min: 0, max: 2}", TOO_MANY)
    done = pulumi.run(dev, *UP, "--stack", "dev", *PACK)
    assert done.code != 0
    assert "[mandatory]  quota-claim  (gcp:container:NodePool: serve-l4)" in done.text
    created = {(urn.split("::")[2].rpartition("$")[2], urn.rpartition("::")[2]) for urn in pulumi.cloud.urns("create")}
    assert (NODE_POOL, "serve-l4") not in created
    assert ("gcp:container/cluster:Cluster", "dev") in created, "it was refused before the pool that goes over"


def test_an_update_that_goes_over_leaves_what_there_was(pulumi, dev):
    pulumi.up(dev, "dev")
    before = len(pulumi.cloud.operations)
    edit(dev, "dev", "nodes: {min: 0, max: 2}", TOO_MANY)
    for arguments, rule in ((("up", "--yes"), "shared-quota"), (UP, "quota-claim")):
        done = pulumi.run(dev, *arguments, "--stack", "dev", *PACK)
        assert done.code != 0
        assert rule in done.text
    assert "serve-l4" not in names(pulumi.cloud.urns("update", before))
    (pool,) = (pool for pool in pulumi.cloud.of_type(NODE_POOL) if pool.inputs["name"] == "serve-l4")
    assert pool.inputs["autoscaling"]["totalMaxNodeCount"] == 2


def test_targets_do_not_get_past_the_pack(pulumi, dev):
    pulumi.up(dev, "dev")
    edit(dev, "dev", "nodes: {min: 0, max: 2}", TOO_MANY)
    before = len(pulumi.cloud.operations)
    done = pulumi.run(dev, *UP, "--stack", "dev", *PACK, "--target", f"**{NODE_POOL}::serve-l4")
    assert done.code != 0
    assert "quota-claim" in done.text
    assert pulumi.cloud.urns("update", before) == ()


@pytest.mark.parametrize("settings", [{"shared-quota": "advisory"}, {"all": "disabled"}], ids=["advisory", "disabled"])
def test_a_pack_that_is_configured_weaker_is_not_weaker(pulumi, dev, settings):
    (dev / "weaker.json").write_text(json.dumps(settings), encoding="utf-8")
    edit(dev, "dev", "nodes: {min: 0, max: 2}", TOO_MANY)
    done = pulumi.run(dev, *UP, "--stack", "dev", *PACK, "--policy-pack-config", "weaker.json")
    assert done.code != 0
    assert "may not be set below mandatory" in done.text
    assert NODE_POOL not in {urn.split("::")[2].rpartition("$")[2] for urn in pulumi.cloud.urns("create")}


AUTOMATION = """
import sys
from pulumi import automation

project, *over = sys.argv[1:]
stack = automation.select_stack("organization/weighbridge/dev", work_dir=project)
try:
    done = stack.up(policy_packs=["policies"])
except automation.CommandError as refused:
    print(refused)
    raise SystemExit(9)
print(done.summary.resource_changes)
"""


def test_the_automation_api_is_judged_too(pulumi, dev, tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "pulumi").symlink_to(pulumi.installed.cli)
    environment = {**pulumi.environment, "PATH": f"{programs}:{pulumi.environment['PATH']}"}
    command = [sys.executable, "-c", dedent(AUTOMATION), str(dev)]
    done = finished(command, dev, environment, 180)
    assert done.code == 0, done.text
    assert "serve-l4" in names(pulumi.cloud.urns("create"))

    before = len(pulumi.cloud.operations)
    edit(dev, "dev", "nodes: {min: 0, max: 2}", TOO_MANY)
    done = finished(command, dev, environment, 180)
    assert done.code == 9, done.text
    assert "quota-claim" in done.text
    assert "serve-l4" not in names(pulumi.cloud.urns("update", before))


def test_a_run_that_was_killed_is_taken_up_again(pulumi, dev):
    hold = pulumi.cloud.holds[NODE_POOL] = Hold()
    with pulumi.started(dev, *UP, "--stack", "dev", *PACK) as process:
        assert hold.reached.wait(60), "the engine never came to the pools"
        end(process)
    hold.released.set()
    del pulumi.cloud.holds[NODE_POOL]
    assert pulumi.cloud.of_type(NODE_POOL) == ()
    assert pulumi.run(dev, *UP, "--stack", "dev", *PACK).code != 0, "the lock of the killed run was overlooked"

    pulumi.must(dev, "cancel", "--yes", "--stack", "dev")
    pulumi.up(dev, "dev")
    assert len(pulumi.cloud.of_type(NODE_POOL)) == 2
    pulumi.must(dev, "refresh", "--yes", "--skip-preview", "--stack", "dev", "--clear-pending-creates")
    no_changes(pulumi, dev)
    assert len(set(pulumi.cloud.urns("create"))) == len(pulumi.cloud.urns("create")), "something was created twice"


def test_a_rollout_goes_on_and_is_rolled_back(pulumi, tmp_path):
    project = example(tmp_path / "project")
    pulumi.init(project, "prod")
    pulumi.up(project, "prod")
    no_changes(pulumi, project, "prod")

    assert shares(pulumi.cloud) == {"ranker-v7": 90, "ranker-v8": 10}
    approval = ("approve", "ranker", "--by", "lead-ranking@example.com", "--reason", "as good as v7 for two days")
    for steps, expected in (
        ((approval, ("advance", "ranker")), {"ranker-v7": 50, "ranker-v8": 50}),
        ((("rollback", "ranker", "--reason", "p99 doubled"),), {"ranker-v7": 100}),
    ):
        before = len(pulumi.cloud.operations)
        for arguments in steps:
            done = weighbridge(project, "rollout", *arguments, "--stack", "prod")
            assert done.code == 0, done.text
        pulumi.up(project, "prod")
        assert shares(pulumi.cloud) == expected
        assert "ranker" in names(pulumi.cloud.urns("update", before))
        assert not pulumi.cloud.urns("delete", before), "a step moves traffic, and nothing else"
    no_changes(pulumi, project, "prod")


def shares(cloud):
    """Who gets which weight of ordinary requests, by the route's rule for every path."""
    (route,) = (
        route
        for route in cloud.of_type("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute")
        if route.inputs["metadata"]["name"] == "ranker"
    )
    (rule,) = (
        rule
        for rule in route.inputs["spec"]["rules"]
        if all("headers" not in match for match in rule.get("matches", ()))
    )
    return {ref["name"]: ref["weight"] for ref in rule["backendRefs"]}
