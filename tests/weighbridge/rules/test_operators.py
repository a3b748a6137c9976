"""Jobs that nobody would act on, and where somebody does."""

from __future__ import annotations

import pytest

from tests.support.graphs import resource
from tests.support.specs import prod
from weighbridge.rules.operators import judge

JOBSET = resource("kubernetes:jobset.x-k8s.io/v1alpha2:JobSet", "pretrain", {"metadata": {"name": "pretrain"}})
RAY = resource("kubernetes:ray.io/v1:RayJob", "tune", {"metadata": {"name": "tune"}})
OTHER_RAY = resource("kubernetes:ray.io/v1:RayCluster", "notebooks", {"metadata": {"name": "notebooks"}})


def with_operators(line):
    return prod(("cluster:\n", f"cluster:\n  operators: {{{line}}}\n"))


def test_what_waits_for_a_controller_is_named_once_for_each():
    found = [*judge([JOBSET, RAY, OTHER_RAY], prod())]
    assert [violation.message for violation in found] == [
        (
            "JobSet pretrain waits for a controller, and the spec doesn't say that it is there: say `operators: "
            "{jobset: installed}` under `cluster`, or `present` where something else installs it"
        ),
        (
            "RayCluster notebooks and RayJob tune wait for a controller, and the spec doesn't say that it is there: "
            "say `operators: {ray: installed}` under `cluster`, or `present` where something else installs it"
        ),
    ]
    assert {(violation.level, violation.path) for violation in found} == {("advisory", ("cluster", "operators"))}


@pytest.mark.parametrize("line", ["jobset: installed", "jobset: present", "kubeflow_trainer: installed"])
def test_a_controller_that_is_there(line):
    assert [*judge([JOBSET], with_operators(line))] == []


def test_another_trainer_that_is_there_may_have_been_installed_without_jobset():
    (found,) = judge([JOBSET], with_operators("kubeflow_trainer: present"))
    assert found.message.startswith("JobSet pretrain waits")


def test_kinds_of_the_same_name_in_other_groups_and_other_kinds_wait_for_nothing():
    others = [resource("kubernetes:example.com/v1:JobSet", "a", {}), resource("kubernetes:batch/v1:Job", "b", {})]
    assert [*judge(others, prod())] == []
    assert [*judge([JOBSET], None)] == []
