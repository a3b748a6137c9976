"""Which charts a spec asks for, and that each is known to hold no quota."""

from __future__ import annotations

import re

import yaml

from tests.support.specs import spec
from weighbridge.conventions import NODE_POOL_LABEL
from weighbridge.infrastructure.operators import (
    JOBSET,
    KEDA,
    KUBEFLOW_TRAINER,
    KUEUE,
    KUEUE_CONFIGURATION,
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


def test_keda_runs_as_an_account_of_its_own():
    (plan,) = planned(keda="installed")
    account = "wb-dev-keda@example-ml.iam.gserviceaccount.com"
    assert plan.values == {"podIdentity": {"gcp": {"enabled": True, "gcpIAMServiceAccount": account}}}
    assert (plan.chart, plan.version, plan.repository) == (KEDA.chart, KEDA.version, KEDA.repository)


def test_every_chart_is_known_to_hold_no_quota():
    for plan in (JOBSET, KUBEFLOW_TRAINER, LEADER_WORKER_SET, *planned(keda="installed")):
        row = known_charts()[plan.chart, plan.version]
        assert row.repository == (plan.repository or "")
        assert set(plan.values) <= {row.values}


def test_kinds_wait_for_operators_that_a_spec_can_name():
    assert set(NEEDED_BY.values()) == set(Operators.model_fields)
    stack = spec({"system": SYSTEM}, cluster={"operators": {"kubeflow_trainer": "installed", "ray": "present"}})
    assert operators_of(stack) == {"jobset", "ray", "kubeflow_trainer"}


def test_kueue_is_installed_where_the_spec_says_so_and_is_known_by_version_digest_and_values():
    assert plan_operators(spec({"system": SYSTEM}, cluster={"kueue": True})) == ()
    assert plan_operators(spec({"system": SYSTEM}, cluster={"kueue": "installed"})) == (KUEUE,)
    assert (KUEUE.chart, KUEUE.version) in known_charts()
    assert tuple(map(int, KUEUE.version.split("."))) >= (0, 19, 2)
    assert re.fullmatch(r"oci://registry\.k8s\.io/kueue/charts/kueue@sha256:[0-9a-f]{64}", KUEUE.chart)


def test_kueue_s_configuration_states_what_its_defaults_leave_open():
    stated = yaml.safe_load(KUEUE_CONFIGURATION)
    assert stated["waitForPodsReady"]["timeout"] == "30m"
    assert stated["waitForPodsReady"]["blockAdmission"] is False
    assert stated["manageJobsWithoutQueueName"] is True
    (managed,) = stated["managedJobsNamespaceSelector"]["matchExpressions"]
    assert managed == {"key": NODE_POOL_LABEL, "operator": "Exists"}
