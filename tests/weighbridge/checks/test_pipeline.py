"""What is wrong with pipelines beyond the types of their keys."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.specs import CATALOG, spec
from weighbridge.checks.pipeline import check_pipelines, lacking, unknown_pool

POOLS = {
    "system": {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}},
    "train": {"machine_type": "a2-highgpu-1g", "nodes": {"min": 0, "max": 4}},
}


def problems(**changes: Any) -> list[tuple[str, str]]:
    pipeline = {
        "kind": "training", "node_pool": "train", "guaranteed": {"nvidia.com/gpu": 1}, "at_most": {"nvidia.com/gpu": 2},
        **changes,
    }  # fmt: skip
    found = check_pipelines(spec(POOLS, pipelines={"retrain": pipeline}), CATALOG)
    return [(".".join(map(str, problem.path[2:])), problem.message) for problem in found]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"guaranteed": {}}, []),
        (
            {"guaranteed": {}, "at_most": {}},
            [("at_most", "what may it use? Name at least one resource, such as `cpu: 8`")],
        ),
        (
            {"guaranteed": {"nvidia.com/gpu": 1, "memory": "1.5Gi"}},
            [("at_most", "memory is guaranteed but has no ceiling: add `memory: 1.5Gi`")],
        ),
        (
            {"guaranteed": {"nvidia.com/gpu": 3}},
            [("at_most.nvidia.com/gpu", "expected at least 3, which is guaranteed, got 2")],
        ),
        ({"guaranteed": {"nvidia.com/gpu": 2}}, []),
        (
            {"guaranteed": {}, "at_most": {"nvidia.com/gpu": "500m"}},
            [("at_most.nvidia.com/gpu", "expected a whole number, got 0.5")],
        ),
        (
            {"node_pool": "system"},
            [
                (
                    f"{key}.nvidia.com/gpu",
                    "system (e2-standard-4) has no nvidia.com/gpu. Pools that have it: train",
                )
                for key in ("guaranteed", "at_most")
            ],
        ),
        (
            {"guaranteed": {}, "at_most": {"google.com/tpu": 4}},
            [
                (
                    "at_most.google.com/tpu",
                    "train (a2-highgpu-1g) has no google.com/tpu. No pool of this spec has it",
                )
            ],
        ),
        ({"guaranteed": {}, "at_most": {"nvidia.com/gpu": 2, "google.com/tpu": 0}}, []),
        (
            {"node_pool": "trian"},
            [("node_pool", "there is no node pool trian, but system and train. Did you mean `train`?")],
        ),
        (
            {"watch": {"baseline": "b.parquet", "window": "w/"}},
            [
                (
                    "watch",
                    (
                        "which columns? Add at least one of features, labels and predictions, such as "
                        "`features: [country]`"
                    ),
                )
            ],
        ),
    ],
)
def test_one_change_of_a_good_pipeline(changes, expected):
    assert problems(**changes) == expected


def test_nothing_more_is_said_of_a_pool_whose_machine_nobody_knows():
    unknown = spec({**POOLS, "train": {"machine_type": "a2-hihgpu-1g", "nodes": {"min": 0, "max": 4}}})
    assert list(lacking(unknown, CATALOG, "train", "nvidia.com/gpu", Decimal(1), ())) == []
    assert list(unknown_pool(unknown, "train", ())) == []
