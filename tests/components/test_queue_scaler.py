"""KEDA's objects of a version that follows a queue."""

from __future__ import annotations

from functools import cache

import pytest

from components.model_version import ModelVersion
from tests.support.paths import ROOT
from tests.support.recording import Recording, record
from tests.support.specs import CATALOG
from weighbridge.serving.endpoint import plan_endpoints
from weighbridge.stacks.load import read_spec

SCALED, SIGN_IN = "kubernetes:keda.sh/v1alpha1:ScaledObject", "kubernetes:keda.sh/v1alpha1:TriggerAuthentication"


@cache
def created(name: str) -> Recording:
    plans = plan_endpoints(read_spec(ROOT / "tests" / "integration" / "stacks" / "asleep.yaml", CATALOG), CATALOG)
    ((endpoint, version),) = (
        (endpoint, version) for endpoint in plans for version in endpoint.versions if version.name == name
    )
    return record(lambda: ModelVersion(endpoint, version))


@pytest.mark.parametrize(("name", "most"), [("reviews-v1", 2), ("reviews-v2", 1), ("drafts-v1", 2)])
def test_keda_scales_it_from_none_and_nobody_else_does(name, most):
    recording = created(name)
    assert recording.of_type("kubernetes:autoscaling/v2:HorizontalPodAutoscaler") == []
    scaled, workload = recording.only(SCALED), recording.only("kubernetes:apps/v1:Deployment")
    spec = scaled.inputs["spec"]
    assert spec["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    assert (spec["minReplicaCount"], spec["maxReplicaCount"], spec["cooldownPeriod"]) == (0, most, 600)
    assert "replicas" not in workload.inputs["spec"]
    assert {workload.urn, recording.only(SIGN_IN).urn} <= set(scaled.dependencies)


def test_it_asks_cloud_monitoring_as_the_account_of_kedas_operator():
    recording = created("drafts-v1")
    (trigger,) = recording.only(SCALED).inputs["spec"]["triggers"]
    assert trigger["metadata"] == {
        "serverAddress": "https://monitoring.googleapis.com/v1/projects/example-ml/location/global/prometheus",
        "query": 'sum(llm_d_epp_flow_control_queue_size{namespace="serving"})',
        "threshold": "0.5",
        "ignoreNullValues": "false",
    }
    assert (trigger["type"], trigger["metricType"]) == ("prometheus", "AverageValue")
    assert trigger["authenticationRef"] == {"name": recording.only(SIGN_IN).inputs["metadata"]["name"]}
    assert recording.only(SIGN_IN).inputs["spec"] == {"podIdentity": {"provider": "gcp"}}


def test_an_autoscaler_that_was_there_before_is_taken_over_by_its_name():
    scaled = created("reviews-v1").only(SCALED).inputs
    assert scaled["metadata"]["annotations"] == {"scaledobject.keda.sh/transfer-hpa-ownership": "true"}
    assert scaled["spec"]["advanced"]["horizontalPodAutoscalerConfig"] == {
        "name": "reviews-v1",
        "behavior": {"scaleDown": {"stabilizationWindowSeconds": 600}},
    }
