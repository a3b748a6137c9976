"""Which charts a spec asks for, and that each is known to hold no quota."""

from __future__ import annotations

from tests.support.specs import spec
from weighbridge.infrastructure.operators import (
    JOBSET,
    KUBEFLOW_TRAINER,
    LEADER_WORKER_SET,
    NEEDED_BY,
    operators_of,
    plan_operators,
)
from weighbridge.quota.known_charts import known_charts
from weighbridge.spec.operators import Operators

SYSTEM = {"machine_type": "e2-standard-8", "nodes": {"min": 1, "max": 2}}


def planned(**operators):
    return plan_operators(spec({"system": SYSTEM}, cluster={"operators": operators}))


def test_only_what_is_to_be_installed_is_planned():
    assert planned() == ()
    assert planned(jobset="present", ray="installed", kubeflow_trainer="present") == ()  # Ray's is GKE's add-on
    assert planned(jobset="installed") == (JOBSET,)
    assert planned(kubeflow_trainer="installed") == (KUBEFLOW_TRAINER,)


def test_every_chart_is_known_to_hold_no_quota():
    for plan in (JOBSET, KUBEFLOW_TRAINER, LEADER_WORKER_SET):
        assert (plan.chart, plan.version) in known_charts()


def test_kinds_wait_for_operators_that_a_spec_can_name():
    assert set(NEEDED_BY.values()) == set(Operators.model_fields)
    stack = spec({"system": SYSTEM}, cluster={"operators": {"kubeflow_trainer": "installed", "ray": "present"}})
    assert operators_of(stack) == {"jobset", "ray", "kubeflow_trainer"}
