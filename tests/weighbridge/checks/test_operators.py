"""Two that would install the same controller."""

from __future__ import annotations

import pytest

from tests.support.specs import CATALOG, spec
from weighbridge.checks.operators import check_operators

SYSTEM = {"machine_type": "e2-standard-8", "nodes": {"min": 1, "max": 2}}
ONE_ONLY = "Kubeflow Trainer's chart installs JobSet, and there can be one only: "


@pytest.mark.parametrize(
    ("operators", "expected"),
    [
        ({"kubeflow_trainer": "installed"}, []),
        ({"kubeflow_trainer": "present", "jobset": "installed"}, []),
        ({"kubeflow_trainer": "installed", "jobset": "installed"}, [f"{ONE_ONLY}remove it"]),
        (
            {"kubeflow_trainer": "installed", "jobset": "present"},
            [
                (
                    f"{ONE_ONLY}install Kubeflow Trainer yourself with `jobset.install: false`, and say "
                    "`kubeflow_trainer: present`"
                )
            ],
        ),
    ],
)
def test_jobset_is_installed_once(operators, expected):
    found = [*check_operators(spec({"system": SYSTEM}, cluster={"operators": operators}), CATALOG)]
    assert [problem.message for problem in found] == expected
    assert {problem.path for problem in found} <= {("cluster", "operators", "jobset")}
