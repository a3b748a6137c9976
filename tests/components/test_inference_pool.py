"""Pools and pickers as they are created: one of each for every version, with the rights that they use and no more."""

from __future__ import annotations

import pytest
import yaml

from tests.support.paths import ROOT
from tests.support.platform import platform
from tests.support.recording import Recording
from tests.support.specs import CATALOG
from weighbridge.stacks.load import read_spec

POOL = "kubernetes:inference.networking.k8s.io/v1:InferencePool"
PICKERS = ("chat-v1-epp", "chat-v2-epp", "drafts-v1-epp")
VERSIONS = tuple(name.removesuffix("-epp") for name in PICKERS)


@pytest.fixture(scope="module")
def created() -> Recording:
    spec = read_spec(ROOT / "tests" / "integration" / "stacks" / "inference.yaml", CATALOG)
    return platform(spec, alerts=False)


def deployment(created: Recording, name: str):
    return created.named("kubernetes:apps/v1:Deployment", name).inputs["spec"]


def test_each_version_has_a_pool_of_its_own_replicas_with_fields_that_every_release_takes(created):
    for name in VERSIONS:
        spec = created.named(POOL, name).inputs["spec"]
        app, version = name.split("-")
        assert spec == {
            "selector": {"matchLabels": {"app": app, "version": version}},
            "targetPorts": [{"number": 8000}],
            "endpointPickerRef": {
                "group": "",
                "kind": "Service",
                "name": f"{name}-epp",
                "port": {"number": 9002},
                "failureMode": "FailClose" if app == "drafts" else "FailOpen",
            },
        }
        pods = created.named("kubernetes:apps/v1:Deployment", name).inputs["spec"]["template"]["metadata"]["labels"]
        assert pods.items() >= spec["selector"]["matchLabels"].items()


def test_a_picker_is_no_member_of_any_pool(created):
    for picker in PICKERS:
        labels = deployment(created, picker)["template"]["metadata"]["labels"]
        for name in VERSIONS:
            wanted = created.named(POOL, name).inputs["spec"]["selector"]["matchLabels"]
            assert not wanted.items() <= labels.items()
        assert created.named("kubernetes:core/v1:Service", picker).inputs["spec"]["selector"] == labels


def test_routes_and_policies_name_the_pools(created):
    rules = created.named("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", "chat").inputs["spec"]["rules"]
    assert rules[-1]["backendRefs"] == [
        {"group": "inference.networking.k8s.io", "kind": "InferencePool", "name": "chat-v1", "weight": 90},
        {"group": "inference.networking.k8s.io", "kind": "InferencePool", "name": "chat-v2", "weight": 10},
    ]
    assert [rule["backendRefs"][0]["name"] for rule in rules[:2]] == ["chat-v1", "chat-v2"]
    for kind in ("HealthCheckPolicy", "GCPBackendPolicy"):
        targets = [
            policy.inputs["spec"]["targetRef"] for policy in created.of_type(f"kubernetes:networking.gke.io/v1:{kind}")
        ]
        assert sorted(target["name"] for target in targets) == sorted(VERSIONS)
        assert {(target["group"], target["kind"]) for target in targets} == {
            ("inference.networking.k8s.io", "InferencePool")
        }
    health = created.named("kubernetes:networking.gke.io/v1:HealthCheckPolicy", "chat-v1-health").inputs["spec"]
    assert health["default"]["config"]["httpHealthCheck"] == {
        "portSpecification": "USE_FIXED_PORT", "port": 8000, "requestPath": "/health"
    }  # fmt: skip


def test_a_pool_comes_after_its_picker_and_traffic_after_the_pool(created):
    for name in VERSIONS:
        pool = created.named(POOL, name)
        assert created.named("kubernetes:apps/v1:Deployment", f"{name}-epp").urn in pool.dependencies
        route = created.named("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", name.split("-", maxsplit=1)[0])
        assert pool.urn in route.dependencies


def test_a_picker_runs_without_rights_on_nodes_without_accelerators(created):
    for picker in PICKERS:
        pod = deployment(created, picker)["template"]["spec"]
        (container,) = pod["containers"]
        assert pod["nodeSelector"] == {"weighbridge.dev/node-pool": "system"}
        assert (pod["securityContext"]["runAsNonRoot"], pod["securityContext"]["runAsUser"]) == (True, 65532)
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}
        }  # fmt: skip
        assert container["readinessProbe"]["grpc"]["port"] == container["livenessProbe"]["grpc"]["port"] == 9003
    requests = deployment(created, "chat-v1-epp")["template"]["spec"]["containers"][0]["resources"]["requests"]
    assert requests == {"cpu": "1000m", "memory": "2048Mi", "ephemeral-storage": "256Mi"}


def test_a_picker_reads_its_namespace_and_nothing_else(created):
    assert not [
        resource for resource in created.resources if resource.type.endswith(":ClusterRole") and "epp" in resource.name
    ]
    read = ["get", "list", "watch"]
    role = created.named("kubernetes:rbac.authorization.k8s.io/v1:Role", "chat-v1-epp").inputs
    assert role["metadata"]["namespace"] == "serving"
    kinds = ["inferenceobjectives", "inferencemodelrewrites"]
    assert role["rules"] == [
        {"apiGroups": [""], "resources": ["pods"], "verbs": read},
        {"apiGroups": ["inference.networking.k8s.io"], "resources": ["inferencepools"], "verbs": read},
        {"apiGroups": ["llm-d.ai"], "resources": kinds, "verbs": read},
        {"apiGroups": ["inference.networking.x-k8s.io"], "resources": kinds, "verbs": read},
    ]
    binding = created.named("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding", "chat-v1-epp").inputs
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "chat-v1-epp", "namespace": "serving"}]
    waits = created.named("kubernetes:rbac.authorization.k8s.io/v1:Role", "drafts-v1-epp").inputs["rules"]
    assert [rule["resources"] for rule in waits] == [["pods"], ["inferencepools"], kinds, ["leases"], ["events"]]


def test_one_works_and_others_stand_by(created):
    alone, several = (deployment(created, name) for name in ("chat-v1-epp", "drafts-v1-epp"))
    assert (alone["replicas"], several["replicas"]) == (1, 2)

    def container(spec):
        return spec["template"]["spec"]["containers"][0]

    assert "--ha-enable-leader-election" not in container(alone)["args"]
    assert "--ha-enable-leader-election" in container(several)["args"]
    assert container(alone)["readinessProbe"]["grpc"]["service"] == "inference-extension"
    assert container(several)["readinessProbe"]["grpc"]["service"] == "readiness"
    budgets = {budget.name for budget in created.of_type("kubernetes:policy/v1:PodDisruptionBudget")}
    assert budgets & set(PICKERS) == {"drafts-v1-epp"}
    waits = created.named("kubernetes:apps/v1:Deployment", "drafts-v1-epp").inputs["metadata"]["annotations"]
    assert waits == {"pulumi.com/skipAwait": "true"}


@pytest.mark.parametrize(
    ("version", "group", "priority"),
    [("chat-v1", "llm-d.ai", 10), ("chat-v2", "llm-d.ai", 10), ("drafts-v1", "inference.networking.x-k8s.io", -5)],
)
def test_settings_and_priority_speak_the_pickers_own_api(created, version, group, priority):
    objective = created.named(f"kubernetes:{group}/v1alpha2:InferenceObjective", f"{version}-objective").inputs["spec"]
    assert objective == {
        "priority": priority,
        "poolRef": {"group": "inference.networking.k8s.io", "kind": "InferencePool", "name": version},
    }
    data = created.named("kubernetes:core/v1:ConfigMap", f"{version}-epp").inputs["data"]
    settings = yaml.safe_load(data["settings.yaml"])
    assert settings["apiVersion"] == f"{group}/v1alpha1"
    known = {plugin["type"] for plugin in settings["plugins"]}
    assert {plugin["pluginRef"] for plugin in settings["schedulingProfiles"][0]["plugins"]} <= known
    arguments = deployment(created, f"{version}-epp")["template"]["spec"]["containers"][0]["args"]
    assert f"--pool-name={version}" in arguments
    assert "--pool-namespace=serving" in arguments
    assert "--config-file=/config/settings.yaml" in arguments
    assert not [argument for argument in arguments if "{" in argument]
    assert "{metrics_path}" not in data["settings.yaml"]
