"""What holds for every object of an endpoint, whatever its server, pool and gateway."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import ROOT
from tests.support.platform import platform
from tests.support.recording import Recording, Registration
from tests.support.specs import CATALOG, prod
from weighbridge.conventions import SERVER_LABEL
from weighbridge.stacks.load import read_spec

SPECS = (*sorted((ROOT / "tests" / "integration" / "stacks").glob("*.yaml")), ROOT / "stacks" / "prod.yaml")
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
GROUP = "kubernetes:leaderworkerset.x-k8s.io/v1:LeaderWorkerSet"
ROUTE = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute"
GATEWAY = "kubernetes:gateway.networking.k8s.io/v1:Gateway"
SERVICE = "kubernetes:core/v1:Service"
CLUSTER_WIDE = (
    "Namespace", "ClusterRole", "ClusterRoleBinding", "APIService", "PersistentVolume", "PriorityClass",
    "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ClusterQueue", "Cohort", "ResourceFlavor",
    "Topology", "AdmissionCheck", "ProvisioningRequestConfig", "WorkloadPriorityClass",
)  # fmt: skip


def platform_of(file: Path) -> Recording:
    return platform(read_spec(file, CATALOG), alerts=False)


@pytest.fixture(scope="module", params=SPECS, ids=lambda file: file.stem)
def recording(request) -> Recording:
    return platform_of(request.param)


@pytest.fixture(scope="module")
def accelerated() -> Recording:
    return platform_of(ROOT / "tests" / "integration" / "stacks" / "accelerated.yaml")


@pytest.fixture(scope="module")
def cpu() -> Recording:
    return platform_of(ROOT / "tests" / "integration" / "stacks" / "cpu.yaml")


def serving(recording: Recording) -> list[Registration]:
    return [
        resource for resource in recording.resources
        if resource.type in (DEPLOYMENT, GROUP) and SERVER_LABEL in resource.inputs["metadata"].get("labels", {})
    ]  # fmt: skip


def templates(workload: Registration) -> list[dict[str, Any]]:
    spec = workload.inputs["spec"]
    if workload.type == DEPLOYMENT:
        return [spec["template"]]
    return [spec["leaderWorkerTemplate"][part] for part in ("leaderTemplate", "workerTemplate")]


def test_objects_go_to_the_environments_own_cluster_under_fixed_names(recording):
    objects = [resource for resource in recording.resources if resource.type.startswith("kubernetes:")]
    objects = [resource for resource in objects if not resource.type.startswith("kubernetes:helm.sh/")]

    assert objects
    for resource in objects:
        assert "-kubernetes::" in resource.provider, resource.urn
        assert resource.inputs["metadata"]["name"], resource.urn
        in_namespace = not resource.type.endswith(tuple(f":{kind}" for kind in CLUSTER_WIDE))
        assert ("namespace" in resource.inputs["metadata"]) == in_namespace, resource.urn


def test_a_pod_goes_only_when_its_last_request_is_answered(recording):
    timeouts = {
        policy.inputs["spec"]["targetRef"]["name"]: policy.inputs["spec"]["default"]
        for policy in recording.of_type("kubernetes:networking.gke.io/v1:GCPBackendPolicy")
    }
    checks = {
        policy.inputs["spec"]["targetRef"]["name"]: policy.inputs["spec"]["default"]
        for policy in recording.of_type("kubernetes:networking.gke.io/v1:HealthCheckPolicy")
    }
    for server in serving(recording):
        name = server.inputs["metadata"]["name"]
        pod = templates(server)[0]["spec"]
        drain = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert pod["terminationGracePeriodSeconds"] > drain + timeouts[name]["timeoutSec"]
        assert timeouts[name]["connectionDraining"]["drainingTimeoutSec"] == timeouts[name]["timeoutSec"]
        assert drain > checks[name]["checkIntervalSec"] * checks[name]["unhealthyThreshold"]


def test_services_pick_one_version_each(recording):
    picked = [
        tuple(sorted(service.inputs["spec"]["selector"].items()))
        for service in recording.of_type(SERVICE)
        if SERVER_LABEL in service.inputs["metadata"].get("labels", {})
    ]

    assert len(set(picked)) == len(picked) == len(serving(recording))
    assert all(dict(selector)["version"] for selector in picked)


def test_traffic_comes_after_the_version_and_uses_nothing_that_gke_refuses(recording):
    for route in recording.of_type(ROUTE):
        names = {ref["name"] for rule in route.inputs["spec"]["rules"] for ref in rule["backendRefs"]}
        for server in serving(recording):
            if server.inputs["metadata"]["name"] in names:
                assert server.urn in route.dependencies
        for rule in route.inputs["spec"]["rules"]:
            assert set(rule) <= {"matches", "backendRefs", "filters"}
            for ref in rule["backendRefs"]:
                port = {"port"} if ref["kind"] == "Service" else set()
                assert set(ref) == {"group", "kind", "name", "weight"} | port
            assert all(ref["weight"] > 0 for ref in rule["backendRefs"])


def test_no_gateway_listens_without_tls(recording):
    gateway = recording.only(GATEWAY)
    (listener,) = gateway.inputs["spec"]["listeners"]

    assert listener["protocol"] == "HTTPS"
    notes = gateway.inputs["metadata"].get("annotations", {})
    assert "networking.gke.io/certmap" in notes or listener["tls"]["options"]


def test_a_bucket_is_read_by_its_own_servers_only(recording):
    for grant in recording.of_type("gcp:storage/bucketIAMMember:BucketIAMMember"):
        written = grant.inputs["bucket"] == "example-ml-logs"  # a writable volume of storage.yaml
        assert grant.inputs["role"] == ("roles/storage.objectUser" if written else "roles/storage.objectViewer")
        assert grant.inputs["member"].startswith("serviceAccount:wb-")


def test_testers_choose_a_version_by_header_before_any_split(accelerated):
    chat = accelerated.named(ROUTE, "chat").inputs["spec"]["rules"]

    assert [rule["matches"][0].get("headers") for rule in chat] == [
        [{"type": "Exact", "name": "x-model-version", "value": "v1"}],
        [{"type": "Exact", "name": "x-model-version", "value": "v2"}],
        None,
    ]
    assert chat[2]["filters"] == [
        {
            "type": "RequestMirror",
            "requestMirror": {
                "backendRef": {"group": "", "kind": "Service", "name": "chat-v2", "port": 8000},
                "percent": 5,
            },
        }
    ]


def test_access_is_asked_for_by_the_spec(cpu):
    guarded = cpu.named("kubernetes:networking.gke.io/v1:GCPBackendPolicy", "spam-v1-backend").inputs["spec"]["default"]
    open_ = cpu.named("kubernetes:networking.gke.io/v1:GCPBackendPolicy", "words-v1-backend").inputs["spec"]["default"]

    assert (guarded["securityPolicy"], guarded["iap"]) == ("office-only", {"enabled": True})
    assert not {"securityPolicy", "iap"} & set(open_)


@pytest.fixture(scope="module")
def storage() -> Recording:
    return platform_of(ROOT / "tests" / "integration" / "stacks" / "storage.yaml")


def test_what_exists_is_kept_when_its_claim_goes_and_is_bound_to_that_alone(storage):
    for volume in storage.of_type("kubernetes:core/v1:PersistentVolume"):
        spec, name = volume.inputs["spec"], volume.inputs["metadata"]["name"]
        claim = storage.named("kubernetes:core/v1:PersistentVolumeClaim", name)
        assert spec["persistentVolumeReclaimPolicy"] == "Retain"
        assert spec["claimRef"] == {"namespace": "serving", "name": name}
        assert claim.inputs["spec"]["volumeName"] == name
        assert claim.inputs["spec"]["storageClassName"] == spec["storageClassName"]
        assert volume.urn in claim.dependencies


def test_a_disk_keeps_pods_in_its_zones(storage):
    disk = storage.named("kubernetes:core/v1:PersistentVolume", "chat-weights").inputs["spec"]
    (term,) = disk["nodeAffinity"]["required"]["nodeSelectorTerms"]

    assert term["matchExpressions"] == [
        {"key": "topology.gke.io/zone", "operator": "In", "values": ["us-central1-a", "us-central1-b"]}
    ]
    assert (disk["csi"]["readOnly"], disk["csi"]["fsType"], disk["accessModes"]) == (True, "ext4", ["ReadOnlyMany"])


def test_a_secret_is_read_by_its_own_servers_only(storage):
    grants = [grant.inputs for grant in storage.of_type("gcp:secretmanager/secretIamMember:SecretIamMember")]

    assert {(grant["secretId"], grant["role"]) for grant in grants} == {
        ("hf-token", "roles/secretmanager.secretAccessor"),
        ("signing", "roles/secretmanager.secretAccessor"),
    }
    assert {grant["member"] for grant in grants} == {
        "serviceAccount:wb-storage-chat@example-ml.iam.gserviceaccount.com",
        "serviceAccount:example-ml.svc.id.goog[serving/chat]",
    }


def test_groups_wait_for_their_controller(storage):
    (release,) = storage.of_type("kubernetes:helm.sh/v3:Release")
    (version,) = (found for found in storage.of_type("weighbridge:index:ModelVersion") if found.name == "large-v1")

    assert release.urn in version.dependencies


MANAGEMENT = {
    "triton": ("/metrics", "/v2/repository/index", "/v2/systemsharedmemory/status", "/v2/cudasharedmemory/status",
               "/v2/logging", "/v2/trace/setting", "/"),
    "vllm": ("/metrics", "/v1/load_lora_adapter", "/sleep", "/reset_prefix_cache", "/docs", "/openapi.json", "/"),
    "vllm-tpu": ("/metrics", "/v1/load_lora_adapter", "/"),
    "tf-serving": ("/monitoring/prometheus/metrics", "/"),
}  # fmt: skip
API = {
    "triton": ("/v2/models/fraud/infer", "/v2/health/ready"),
    "vllm": ("/v1/chat/completions", "/v1/models", "/tokenize", "/health"),
    "vllm-tpu": ("/v1/completions",),
    "tf-serving": ("/v1/models/spam:predict",),
    "custom": ("/anything",),
}


def passes(match: dict[str, Any], path: str) -> bool:
    """As the Gateway API means a prefix: by whole parts of a path."""
    assert match["path"]["type"] == "PathPrefix"
    prefix = match["path"]["value"].rstrip("/")
    return path == prefix or path.startswith(f"{prefix}/")


def test_the_gateway_passes_on_the_servers_api_and_no_management(recording):
    servers = {workload.inputs["metadata"]["labels"]["app"]: workload for workload in serving(recording)}
    for route in recording.of_type(ROUTE):
        server = servers[route.name].inputs["metadata"]["labels"][SERVER_LABEL]
        for rule in route.inputs["spec"]["rules"]:
            for path in MANAGEMENT.get(server, ()):
                assert not any(passes(match, path) for match in rule["matches"]), (route.urn, path)
            for path in API[server]:
                assert any(passes(match, path) for match in rule["matches"]), (route.urn, path)


@pytest.fixture(scope="module")
def under_a_path():
    host = "    hostname: ranker.example.com\n"
    under = prod((host, f"{host}    path: /ranker\n"))
    return platform(under, alerts=False).named(ROUTE, "ranker").inputs["spec"]["rules"]


def test_under_a_path_each_public_path_is_passed_on_without_it(under_a_path):
    rewritten = {}
    for rule in under_a_path:
        (match,) = rule["matches"]
        rewrite = rule["filters"][0]["urlRewrite"]["path"]
        assert (rule["filters"][0]["type"], rewrite["type"]) == ("URLRewrite", "ReplacePrefixMatch")
        rewritten[match["path"]["value"]] = rewrite["replacePrefixMatch"]
    assert rewritten == {"/ranker/v2/models": "/v2/models", "/ranker/v2/health": "/v2/health"} | {
        path: path.removeprefix("/ranker") for path in rewritten
    }


def test_under_a_path_management_stays_inside_as_at_the_root(under_a_path):
    for rule in under_a_path:
        for path in MANAGEMENT["triton"]:
            assert not any(passes(match, path) for match in rule["matches"]), path
            assert not any(passes(match, f"/ranker{path}") for match in rule["matches"]), path


def test_under_a_path_the_weights_of_the_rollout_stay(under_a_path):
    at_root = platform(prod()).named(ROUTE, "ranker").inputs["spec"]["rules"]
    kinds = {repr((rule["backendRefs"], rule["matches"][0].get("headers"))) for rule in at_root}
    assert {repr((rule["backendRefs"], rule["matches"][0].get("headers"))) for rule in under_a_path} == kinds
    assert len(under_a_path) == len(at_root) * len(at_root[0]["matches"]) <= 16
