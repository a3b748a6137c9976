"""The rule about single resources: what stops `pulumi up --skip-preview` before anything too much is created."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.graphs import STACK, cluster, node_pool, resource
from tests.support.policy_pack import RunningPack, messages
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.values import Unknown

THE_STACK = resource(STACK, "weighbridge-dev", {}, provider_inputs=None)


def pool(name: str, most: float) -> HeldResource:
    return node_pool(name, autoscaling={"totalMaxNodeCount": most}, upgradeSettings={"maxSurge": 0.0})


def test_exactly_the_resource_that_goes_over_is_stopped(pack: RunningPack):
    created, stopped = pack.create(THE_STACK, cluster(), pool("a", 2), pool("b", 4), pool("c", 1), pool("d", 1))
    assert created == [THE_STACK.name, "dev", "a", "b"]
    assert stopped == [
        (
            "b, a, c: 7 NVIDIA A100 at peak (4 + 2 + 1); other stacks 4 (prod 4); outside 0; kept free 0 → 11 of 10 in "
            "us-central1. Lower b autoscaling.totalMaxNodeCount to 3, or ask for 1 more."
        )
    ]


def test_being_asked_twice_counts_once(pack: RunningPack):
    pack.start(dry_run=False)
    for _ in range(3):
        for held in (THE_STACK, cluster(), pool("a", 2), pool("b", 4)):
            assert pack.analyze(held) == []
    assert pack.analyze(pool("c", 1)) != []
    # What was stopped holds nothing, and a smaller one of the same name is another question.
    assert pack.analyze(pool("a", 1)) == []
    assert pack.analyze(pool("c", 1)) == []


def test_many_at_once_never_pass_the_limit(pack: RunningPack):
    pack.start(dry_run=False)
    pack.analyze(cluster())
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(pack.analyze, [pool(f"p{n}", 1) for n in range(20)]))
    assert sum(not answer for answer in answers) == 6


def test_it_is_silent_in_a_preview(pack: RunningPack):
    pack.start(dry_run=True)
    assert pack.analyze(pool("a", 100)) == []


@pytest.mark.parametrize(
    "broken",
    [
        node_pool(nodeConfig={"machineType": Unknown()}),
        resource("gcp:container/nodePool:NodePool", "new", {}),
        resource("gcp:compute/instance:Instance", "vm", {"machineType": "e2-medium"}),
        resource("gcp:next/thing:Thing", "x", {"a": 1.0}),
        resource("command:local:Command", "x", {"create": "gcloud"}),
    ],
    ids=lambda broken: broken.type,
)
def test_what_cannot_be_judged_is_not_created(pack: RunningPack, broken: HeldResource):
    created, stopped = pack.create(THE_STACK, cluster(), broken, pool("after", 1))
    assert created == [THE_STACK.name, "dev"]
    assert len(stopped) == 1


def test_a_cluster_that_exists_by_now_gives_its_node_pools_their_place(pack: RunningPack):
    inherits = node_pool(
        "a",
        location=None,
        nodeLocations=None,
        networkConfig=None,
        cluster="projects/example-ml/locations/us-central1/clusters/dev",
    )
    assert pack.create(THE_STACK, cluster(), inherits) == ([THE_STACK.name, "dev", "a"], [])


def test_unreadable_files_stop_whatever_comes(start: Callable[..., RunningPack], stacks: Path):
    pack = start()
    (stacks / "quota.yaml").write_text("version: 2\n", encoding="utf-8")
    created, stopped = pack.create(THE_STACK, cluster())
    assert created == []
    assert any("quota.yaml:1:" in line for line in stopped)


def test_stale_limits_stop_what_holds_quota(start: Callable[..., RunningPack], stacks: Path):
    pack = start()
    quota = stacks / "quota.yaml"
    quota.write_text(quota.read_text(encoding="utf-8") + "max_age: 2d\n", encoding="utf-8")
    assert pack.create(THE_STACK, cluster())[0] == [THE_STACK.name]


def test_an_update_is_judged_as_a_whole_once_more(pack: RunningPack):
    pack.start(dry_run=False)
    resources = [THE_STACK, cluster(), pool("a", 6)]
    assert [message for held in resources for message in pack.analyze(held)] == []
    assert messages(pack.analyze_stack(resources)) == []
