"""What no single key of an architecture can be wrong about."""

from __future__ import annotations

import pytest

from weighbridge.planner.architecture_problems import architecture_problems
from weighbridge.spec.model_architecture import Architecture

DENSE = {"parameters_billions": 8, "layers": 32, "hidden": 4096, "heads": 32, "kv_heads": 8}


def wrong(**more):
    keys = {name: value for name, value in (DENSE | more).items() if name in Architecture.model_fields}
    found = architecture_problems(Architecture.model_validate(keys), ("model",))
    return {(".".join(map(str, problem.path)), problem.message) for problem in found}


def test_a_dense_model_and_a_whole_mixture_are_good():
    assert wrong() == set()
    assert wrong(experts=8, experts_per_token=2, active_billions=2.5) == set()


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"experts": 8, "experts_per_token": 2}, ("model", "`experts` needs `active_billions` beside it")),
        ({"experts": 8, "active_billions": 2}, ("model", "`experts` needs `experts_per_token` beside it")),
        ({"active_billions": 9}, ("model.active_billions", "expected at most `parameters_billions`, 8, got 9")),
        ({"experts_per_token": 2}, ("model.experts_per_token", "expected at most `experts`, which is missing")),
        (
            {"experts": 4, "experts_per_token": 5, "active_billions": 2},
            ("model.experts_per_token", "expected at most `experts`, 4"),
        ),
    ],
)
def test_one_contradiction(more, expected):
    assert expected in wrong(**more)
