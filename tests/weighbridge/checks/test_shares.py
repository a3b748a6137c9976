"""What is asked of each pool fits the pool, counted over pipelines, endpoints and versions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.specs import CATALOG, endpoint, spec
from weighbridge.checks.shares import check_shares
from weighbridge.infrastructure.allocatable import capacity
from weighbridge.spec.root import Spec


def stack(nodes: int, pipelines: dict[str, Any] | None = None, **endpoints: Any) -> Spec:
    """A pool of one GPU to a node, pipelines and endpoints on it."""
    return spec(
        {"serve": {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": nodes}}},
        pipelines=pipelines or {},
        endpoints=endpoints,
    )


def pipeline(**guaranteed: Decimal | int) -> dict[str, Any]:
    amounts = {name.replace("_", "/").replace("nvidia", "nvidia.com"): amount for name, amount in guaranteed.items()}
    return {"kind": "training", "node_pool": "serve", "guaranteed": amounts, "at_most": amounts}


def problems(made: Spec, pools: tuple[str, ...] = ("serve",)) -> list[tuple[str, str]]:
    return [
        (".".join(map(str, problem.path)), problem.message) for problem in check_shares(made, CATALOG, frozenset(pools))
    ]


def test_guarantees_and_fewest_replicas_of_a_pool_are_added_up():
    pipelines = {"train": pipeline(nvidia_gpu=2)}
    ranker = endpoint(None, stable=(2, 2), new=(0, 1))
    assert problems(stack(4, pipelines, ranker=ranker)) == []
    assert problems(stack(3, pipelines, ranker=ranker)) == [
        (
            "node_pools.serve",
            (
                "4 nvidia.com/gpu (train 2 + ranker 2) are guaranteed here, and pods can have 3 (3 nodes x 1). Lower a "
                "guarantee or a replicas.min, or allow more nodes"
            ),
        )
    ]


def test_all_versions_at_their_most_fit_the_pool():
    ranker = endpoint(None, stable=(1, 3), new=(0, 2))
    assert problems(stack(5, ranker=ranker)) == []
    assert problems(stack(4, ranker=ranker)) == [
        (
            "endpoints.ranker.versions",
            (
                "at their most, replicas ask for 5 nvidia.com/gpu (v7 3 + v8 2), and serve has 4 (4 nodes x 1). "
                "Lower a replicas.max, or allow more nodes"
            ),
        )
    ]


def test_pools_with_problems_of_their_own_are_left_out():
    assert problems(stack(1, ranker=endpoint(None, stable=(4, 4))), pools=()) == []


@pytest.mark.parametrize("resource", ["cpu", "memory"])
@given(data=st.data())
def test_what_is_guaranteed_is_refused_exactly_when_it_exceeds_the_pool(resource, data):
    room = capacity(stack(3).node_pools["serve"], stack(3), CATALOG)[resource]
    step = room / 20
    parts = data.draw(st.lists(st.integers(0, 12).map(lambda count: step * count), min_size=1, max_size=4))
    pipelines = {f"train-{index}": pipeline(**{resource: part}) for index, part in enumerate(parts)}
    assert bool(problems(stack(3, pipelines))) is (sum(parts, Decimal(0)) > room)


def test_cpu_and_memory_of_a_replica_on_several_nodes_count_for_each():
    def version(**more: Any) -> dict[str, Any]:
        plain = endpoint(None).model_dump(mode="json", exclude_none=True)
        settings = {**plain["versions"]["v7"], "gpu": 4, "cpu": 6, **more}
        return {**plain, "server": "vllm", "versions": {"v7": settings}}

    assert problems(stack(4, llm=version(replicas={"min": 1, "max": 1}))) == []
    crowded = stack(7, {"train": pipeline(cpu=32)}, llm=version(replicas={"min": 1, "max": 1}))
    ((place, message),) = problems(crowded)
    assert place == "node_pools.serve"
    assert message.startswith("56 cpu (train 32 + llm 24) are guaranteed here")  # 4 nodes of 6
