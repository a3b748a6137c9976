"""What keeps a pod off a pool's nodes: labels, taints, room."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from weighbridge.resources.inputs import CannotJudge, Inputs
from weighbridge.scheduling.node_match import Toleration, obstacles, read_wish
from weighbridge.scheduling.pool_nodes import PoolNodes
from weighbridge.scheduling.workload import Pods
from weighbridge.spec.node_pool import Taint

POOL = PoolNodes(
    name="serve",
    urn="urn:serve",
    machine="e2-standard-4",
    labels={"team": frozenset({"ranking"}), "zone": frozenset({"a", "b"})},
    taints=(),
    most=2,
    room={"cpu": Decimal(3), "nvidia.com/gpu": Decimal(1)},
    bound="nodes.max",
)
NO_SCHEDULE = Taint(key="team", value="ranking", effect="NoSchedule")
UNTOLERATED = "the pods don't tolerate its taint team=ranking:"


def hindered(
    pool: PoolNodes, request: dict[str, Decimal] | None = None, **settings: Any
) -> tuple[tuple[str, ...], ...]:
    pods = Pods(1, request or {}, Inputs(settings, "spec"))
    return obstacles(pods, read_wish(pods), pool)


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        ("NoSchedule", (f"{UNTOLERATED}NoSchedule",)),
        ("NoExecute", (f"{UNTOLERATED}NoExecute",)),
        ("PreferNoSchedule", ()),  # the scheduler would rather not, but does
    ],
)
def test_which_effects_keep_a_pod_off(effect, expected):
    _, taints, _ = hindered(replace(POOL, taints=(NO_SCHEDULE.model_copy(update={"effect": effect}),)))
    assert taints == expected


@pytest.mark.parametrize(
    ("toleration", "tolerated"),
    [
        ({"key": "team", "value": "ranking", "effect": "NoSchedule"}, True),
        ({"key": "team", "value": "ranking"}, True),  # any effect
        ({"key": "team", "value": "ranking", "effect": "NoExecute"}, False),
        ({"key": "team", "value": "ads", "effect": "NoSchedule"}, False),
        ({"key": "other", "value": "ranking", "effect": "NoSchedule"}, False),
        ({"key": "team", "operator": "Exists", "effect": "NoSchedule"}, True),
        ({"operator": "Exists"}, True),
        ({"key": "team", "effect": "NoSchedule"}, False),  # Equal to an empty value
    ],
)
def test_what_a_toleration_covers(toleration, tolerated):
    _, taints, _ = hindered(replace(POOL, taints=(NO_SCHEDULE,)), tolerations=[toleration])
    assert taints == (() if tolerated else (f"{UNTOLERATED}NoSchedule",))


def test_gke_tolerates_the_taint_of_gpus_for_pods_that_ask_for_one_and_only_its_own_effect():
    gpu = Taint(key="nvidia.com/gpu", value="present", effect="NoSchedule")
    one = {"nvidia.com/gpu": Decimal(1)}
    assert hindered(replace(POOL, taints=(gpu,)), one) == ((), (), ())
    assert hindered(replace(POOL, taints=(gpu,)))[1] == (
        "the pods don't tolerate its taint nvidia.com/gpu=present:NoSchedule",
    )
    harder = gpu.model_copy(update={"effect": "NoExecute"})
    assert hindered(replace(POOL, taints=(harder,)), one)[1] == (
        "the pods don't tolerate its taint nvidia.com/gpu=present:NoExecute",
    )
    pods = Pods(1, one, Inputs({}, "spec"))
    assert read_wish(pods).tolerations == (Toleration("nvidia.com/gpu", None, "NoSchedule"),)


def affinity(**expression: Any) -> dict[str, Any]:
    term = {"matchExpressions": [expression]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}}


@pytest.mark.parametrize(
    ("expression", "met"),
    [
        ({"key": "zone", "operator": "In", "values": ["b"]}, True),
        ({"key": "zone", "operator": "In", "values": ["c"]}, False),
        ({"key": "zone", "operator": "NotIn", "values": ["b"]}, True),  # nodes of the other zone
        ({"key": "team", "operator": "NotIn", "values": ["ranking"]}, False),
        ({"key": "other", "operator": "NotIn", "values": ["x"]}, True),
        ({"key": "team", "operator": "Exists"}, True),
        ({"key": "other", "operator": "Exists"}, False),
        ({"key": "team", "operator": "DoesNotExist"}, False),
        ({"key": "other", "operator": "DoesNotExist"}, True),
    ],
)
def test_which_nodes_meet_an_expression(expression, met):
    labels, _, _ = hindered(POOL, affinity=affinity(**expression))
    assert (labels == ()) is met


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            {"affinity": affinity(key="team", operator="Gt", values=["1"])},
            "node affinity by 'Gt' can't be judged: use In, NotIn, Exists or DoesNotExist",
        ),
        (
            {"nodeName": "node-1"},
            "spec.nodeName ties pods to one node, which comes and goes: use nodeSelector",
        ),
    ],
)
def test_what_can_not_be_judged(settings, expected):
    with pytest.raises(CannotJudge) as raised:
        hindered(POOL, **settings)
    assert str(raised.value) == expected


def test_room_is_named_in_the_units_of_the_resource():
    assert hindered(POOL, {"cpu": Decimal(4), "google.com/tpu": Decimal(1)})[2] == (
        "a pod asks for 4 cpu, and a node has 3 for pods",
        "a pod asks for 1 google.com/tpu, and a node has none",
    )
