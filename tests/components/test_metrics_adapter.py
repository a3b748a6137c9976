"""The adapter, its rights and the APIs that it serves."""

from __future__ import annotations

import pytest

from components.metrics_adapter import MetricsAdapter
from tests.support.recording import Recording, record
from weighbridge.serving.metrics_adapter import IMAGE, MetricsAdapterPlan

PLAN = MetricsAdapterPlan("dev", "example-ml", "custom-metrics", "wb-dev-metrics", IMAGE)
NAME = "custom-metrics-stackdriver-adapter"
RBAC = "kubernetes:rbac.authorization.k8s.io/v1"
SUBJECT = {"kind": "ServiceAccount", "name": NAME, "namespace": "custom-metrics"}


@pytest.fixture(scope="module")
def recording() -> Recording:
    return record(lambda: MetricsAdapter("metrics", PLAN))


def test_both_versions_of_the_api_are_answered_by_the_adapters_service(recording):
    service = recording.only("kubernetes:core/v1:Service")
    assert service.inputs["spec"]["ports"] == [{"port": 443, "targetPort": "https", "protocol": "TCP"}]
    adapter = recording.only("kubernetes:apps/v1:Deployment")
    assert service.inputs["spec"]["selector"] == adapter.inputs["spec"]["template"]["metadata"]["labels"]
    apis = recording.of_type("kubernetes:apiregistration.k8s.io/v1:APIService")
    assert [(api.inputs["metadata"]["name"], api.inputs["spec"]["versionPriority"]) for api in apis] == [
        ("v1beta1.custom.metrics.k8s.io", 100),
        ("v1beta2.custom.metrics.k8s.io", 200),
    ]
    for api in apis:
        assert api.inputs["spec"]["service"] == {"name": NAME, "namespace": "custom-metrics"}
        assert {service.urn, adapter.urn} <= set(api.dependencies)


def test_it_reads_monitoring_and_pods_and_nothing_else(recording):
    member = recording.only("gcp:projects/iAMMember:IAMMember").inputs
    assert member["role"] == "roles/monitoring.viewer"
    assert member["member"] == "serviceAccount:wb-dev-metrics@example-ml.iam.gserviceaccount.com"
    assert recording.only(f"{RBAC}:ClusterRole").inputs["rules"] == [
        {"apiGroups": [""], "resources": ["pods", "nodes", "nodes/stats"], "verbs": ["get", "list", "watch"]}
    ]
    bindings = recording.of_type(f"{RBAC}:ClusterRoleBinding") + recording.of_type(f"{RBAC}:RoleBinding")
    assert {binding.inputs["roleRef"]["name"] for binding in bindings} == {
        "system:auth-delegator",
        "custom-metrics-resource-reader",
        "extension-apiserver-authentication-reader",
    }
    assert all(binding.inputs["subjects"] == [SUBJECT] for binding in bindings)


def test_its_pod_starts_when_it_may_ask(recording):
    adapter = recording.only("kubernetes:apps/v1:Deployment")
    for type_ in ("gcp:projects/iAMMember:IAMMember", f"{RBAC}:RoleBinding", f"{RBAC}:ClusterRole"):
        assert recording.only(type_).urn in adapter.dependencies
    pod = adapter.inputs["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert (pod["serviceAccountName"], pod["automountServiceAccountToken"]) == (NAME, True)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["image"] == IMAGE
    assert container["resources"] == {
        "requests": {"cpu": "250m", "memory": "200Mi", "ephemeral-storage": "64Mi"},
        "limits": {"memory": "200Mi", "ephemeral-storage": "64Mi"},
    }
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_one_of_two_always_answers(recording):
    adapter = recording.only("kubernetes:apps/v1:Deployment").inputs["spec"]
    assert adapter["replicas"] == 2
    assert adapter["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    budget = recording.only("kubernetes:policy/v1:PodDisruptionBudget").inputs["spec"]
    assert budget["maxUnavailable"] == 1
    pod = adapter["template"]["spec"]
    assert budget["selector"]["matchLabels"] == adapter["template"]["metadata"]["labels"]
    (constraint,) = [held for held in pod["topologySpreadConstraints"] if "hostname" in held["topologyKey"]]
    assert constraint["whenUnsatisfiable"] == "ScheduleAnyway"
    assert pod["priorityClassName"] == "weighbridge-serving"
    (container,) = pod["containers"]
    (port,) = container["ports"]
    assert (port["containerPort"], port["name"]) == (4443, "https")
    assert "--secure-port=4443" in container["command"]
    for probe in (container["readinessProbe"], container["livenessProbe"]):
        assert probe["httpGet"] == {"path": "/healthz", "port": "https", "scheme": "HTTPS"}
