"""What one version of a model has of its own, alone: no endpoint, gateway or cluster around it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from typing import Any

import pytest

from components.model_version import ModelVersion
from tests.support.paths import ROOT
from tests.support.recording import Recording, Registration, record
from tests.support.specs import CATALOG
from weighbridge.serving.endpoint import plan_endpoints
from weighbridge.stacks.load import read_spec

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
GROUP = "kubernetes:leaderworkerset.x-k8s.io/v1:LeaderWorkerSet"
AUTOSCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
MONITORING = "kubernetes:monitoring.googleapis.com/v1:PodMonitoring"
SERVICE = "kubernetes:core/v1:Service"
VERSIONS = (
    ("accelerated", "chat-v1"),
    ("accelerated", "writer-v1"),
    ("cpu", "spam-v1"),
    ("cpu", "words-v1"),
    ("storage", "chat-v1"),
    ("storage", "large-v1"),
)


@cache
def created(stack: str, name: str) -> Recording:
    plans = plan_endpoints(read_spec(ROOT / "tests" / "integration" / "stacks" / f"{stack}.yaml", CATALOG), CATALOG)
    ((endpoint, version),) = (
        (endpoint, version) for endpoint in plans for version in endpoint.versions if version.name == name
    )
    return record(lambda: ModelVersion(endpoint, version))


def workload(recording: Recording) -> Registration:
    (found,) = (resource for resource in recording.resources if resource.type in (DEPLOYMENT, GROUP))
    return found


def templates(recording: Recording) -> list[dict[str, Any]]:
    """The pods of a workload: one kind, or the leader's and the workers'."""
    found = workload(recording)
    if found.type == DEPLOYMENT:
        return [found.inputs["spec"]["template"]]
    return [found.inputs["spec"]["leaderWorkerTemplate"][role] for role in ("leaderTemplate", "workerTemplate")]


@pytest.mark.parametrize(("stack", "name"), VERSIONS)
def test_the_autoscaler_alone_owns_replicas(stack, name):
    recording = created(stack, name)
    scaled, scaler = workload(recording), recording.only(AUTOSCALER)
    assert "replicas" not in scaled.inputs["spec"]
    assert scaler.inputs["spec"]["scaleTargetRef"] == {
        key: value for key, value in (*scaled.inputs.items(), ("name", name)) if key in ("apiVersion", "kind", "name")
    }
    assert scaled.urn in scaler.dependencies
    assert scaler.inputs["spec"]["behavior"] == {"scaleDown": {"stabilizationWindowSeconds": 600}}


@pytest.mark.parametrize(("stack", "name"), VERSIONS)
def test_pods_run_without_rights_and_ask_for_what_they_use(stack, name):
    for template in templates(created(stack, name)):
        pod = template["spec"]
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        requests, limits = container["resources"]["requests"], container["resources"]["limits"]
        bounded = {resource: amount for resource, amount in requests.items() if resource != "cpu"}
        assert limits == {**bounded, "ephemeral-storage": "10240Mi"}
        assert requests["ephemeral-storage"] == "1024Mi"
        (temporary,) = [volume for volume in pod["volumes"] if volume["name"] == "tmp"]
        assert temporary["emptyDir"] == {"sizeLimit": "10240Mi"}
        assert pod["priorityClassName"] == "weighbridge-serving"
        assert pod["nodeSelector"]["weighbridge.dev/node-pool"]


@pytest.mark.parametrize(("stack", "name"), VERSIONS)
def test_the_service_budget_and_scraping_find_its_own_pods_by_the_ports_names(stack, name):
    recording = created(stack, name)
    app, version = name.split("-")
    own = {"app": app, "version": version}
    for template in templates(recording):
        assert template["metadata"]["labels"].items() >= own.items()
    (container,) = templates(recording)[0]["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    service = recording.only(SERVICE).inputs["spec"]
    assert service["selector"].items() >= own.items()
    assert {port["targetPort"]: port["port"] for port in service["ports"]} == {
        port: number for port, number in ports.items() if port != "metrics"
    }
    budget = recording.only("kubernetes:policy/v1:PodDisruptionBudget").inputs["spec"]
    assert (budget["selector"], budget["maxUnavailable"]) == ({"matchLabels": own}, 1)
    scraped = recording.only(MONITORING).inputs["spec"]
    assert scraped["selector"] == {"matchLabels": service["selector"]}  # of a group the leader alone
    assert [endpoint["port"] for endpoint in scraped["endpoints"]] == ["metrics" if "metrics" in ports else "http"]


def test_a_mounted_model_is_its_own_folder_of_the_bucket():
    (pod,) = templates(created("accelerated", "chat-v1"))
    (model,) = (volume for volume in pod["spec"]["volumes"] if volume["name"] == "model")
    assert pod["metadata"]["annotations"] == {"gke-gcsfuse/volumes": "true"}
    assert model["csi"]["volumeAttributes"] == {
        "bucketName": "example-ml-models",
        "mountOptions": "implicit-dirs,only-dir:chat/v1",
    }


def test_a_group_of_hosts_is_one_replica_and_answers_through_its_leader():
    recording = created("accelerated", "writer-v1")
    group = recording.only(GROUP)
    assert group.inputs["spec"]["leaderWorkerTemplate"]["size"] == 4
    assert recording.only(SERVICE).inputs["spec"]["selector"]["role"] == "leader"
    leader, worker = (template["spec"]["containers"][0] for template in templates(recording))
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(leader)
    assert not {"startupProbe", "readinessProbe", "livenessProbe"} & set(worker)


@pytest.mark.parametrize(
    ("stack", "name", "expected"),
    [
        (
            "cpu",
            "spam-v1",
            {
                "type": "Resource",
                "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}},
            },
        ),
        (
            "cpu",
            "words-v1",
            {
                "type": "Pods",
                "pods": {
                    "metric": {"name": "prometheus.googleapis.com|in_flight|gauge"},
                    "target": {"type": "AverageValue", "averageValue": "8"},
                },
            },
        ),
    ],
)
def test_cpu_servers_scale_on_cpu_and_others_on_their_own_gauge(stack, name, expected):
    assert created(stack, name).only(AUTOSCALER).inputs["spec"]["metrics"] == [expected]


def test_a_version_without_a_node_to_spare_gives_up_a_replica_first():
    endpoint = plan_endpoints(read_spec(ROOT / "stacks" / "prod.yaml", CATALOG), CATALOG)[0]
    for surge, expected in (
        (True, {"maxSurge": 1, "maxUnavailable": 0}),
        (False, {"maxSurge": 0, "maxUnavailable": 1}),
    ):
        version = replace(endpoint.versions[0], surge=surge)
        recording = record(partial(ModelVersion, endpoint, version))
        assert workload(recording).inputs["spec"]["strategy"] == {"type": "RollingUpdate", "rollingUpdate": expected}


def test_a_group_on_gpu_nodes_is_one_server_of_a_leader_and_headless_workers():
    group = created("storage", "large-v1").only(GROUP).inputs
    template = group["spec"]["leaderWorkerTemplate"]
    leader, worker = (part["spec"]["containers"][0] for part in templates(created("storage", "large-v1")))

    assert (template["size"], template["restartPolicy"]) == (2, "RecreateGroupOnPodRestart")
    assert (
        "leaderworkerset.sigs.k8s.io/exclusive-topology" not in group["metadata"]["annotations"]
    )  # any nodes of the pool
    assert leader["command"] == worker["command"] == ["vllm", "serve"]
    assert worker["args"] == [*leader["args"], "--headless"]
    assert {"--nnodes=2", "--node-rank=$(LWS_WORKER_INDEX)", "--master-addr=$(LWS_LEADER_ADDRESS)"} <= set(
        leader["args"]
    )
    assert leader["resources"]["limits"]["nvidia.com/gpu"] == "8"


def test_the_hosts_of_a_slice_are_joined_by_ray():
    group = created("accelerated", "writer-v1").only(GROUP).inputs
    leader, worker = (part["spec"]["containers"][0] for part in templates(created("accelerated", "writer-v1")))

    assert group["metadata"]["annotations"]["leaderworkerset.sigs.k8s.io/exclusive-topology"]
    assert leader["command"][:2] == worker["command"][:2] == ["/bin/sh", "-c"]
    assert "args" not in leader
    script = leader["command"][2]
    assert script.startswith("ray start --head --port=6379 && until python3 ")
    assert "ray.nodes()) < 4" in script
    assert script.endswith(" --tensor-parallel-size=16 --shutdown-timeout=600 --distributed-executor-backend=ray")
    assert worker["command"][2].endswith('exec ray start --address="$LWS_LEADER_ADDRESS:6379" --block')
    assert {"name": "TPU_MULTIHOST_BACKEND", "value": "ray"} in worker["env"]


def test_volumes_are_mounted_as_they_are_asked_for():
    (pod,) = templates(created("storage", "chat-v1"))
    volumes = {
        volume["name"]: {key: value for key, value in volume.items() if key != "name"}
        for volume in pod["spec"]["volumes"]
    }
    mounts = {mount["mountPath"]: mount for mount in pod["spec"]["containers"][0]["volumeMounts"]}

    assert volumes["volume-scratch"] == {"emptyDir": {"medium": "Memory", "sizeLimit": "32768Mi"}}
    assert volumes["volume-notes"] == {"persistentVolumeClaim": {"claimName": "notes", "readOnly": True}}
    assert volumes["volume-data"] == {"persistentVolumeClaim": {"claimName": "chat-data"}}
    assert volumes["volume-logs"]["csi"] == {
        "driver": "gcsfuse.csi.storage.gke.io",
        "readOnly": False,
        "volumeAttributes": {"bucketName": "example-ml-logs", "mountOptions": "implicit-dirs,only-dir:chat"},
    }
    assert "model" not in volumes  # it comes from the hub
    assert mounts["/weights"] == {"name": "volume-weights", "mountPath": "/weights", "readOnly": True}
    assert "readOnly" not in mounts["/data"]
    assert pod["metadata"]["annotations"]["gke-gcsfuse/ephemeral-storage-limit"] == "25Gi"


def test_secrets_come_as_variables_and_files_and_never_in_the_spec_of_a_pod():
    recording = created("storage", "chat-v1")
    (pod,) = templates(recording)
    container = pod["spec"]["containers"][0]
    given = {entry["name"]: entry.get("valueFrom") for entry in container["env"]}
    mounts = {mount["mountPath"]: mount for mount in container["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}

    assert given["HF_TOKEN"] == {"secretKeyRef": {"name": "chat-v1", "key": "HF_TOKEN"}}
    assert given["OTHER"] == {"secretKeyRef": {"name": "others", "key": "other"}}
    assert mounts["/etc/keys/signing"]["subPath"] == "etc__keys__signing"
    assert volumes[mounts["/etc/keys/signing"]["name"]]["csi"]["driver"] == "secrets-store-gke.csi.k8s.io"
    assert volumes[mounts["/etc/keys/plain"]["name"]]["secret"] == {"secretName": "others"}
    sync = recording.only("kubernetes:secret-sync.gke.io/v1:SecretSync")
    assert sync.inputs["spec"] == {
        "serviceAccountName": "chat",
        "secretProviderClassName": "chat-v1",
        "secretObject": {"type": "Opaque", "data": [{"sourcePath": "HF_TOKEN", "targetKey": "HF_TOKEN"}]},
    }
    assert recording.only("kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass").urn in sync.dependencies
    assert sync.urn in workload(recording).dependencies


def test_without_a_queue_replicas_are_scaled_on_how_busy_their_accelerators_are():
    (metric,) = created("storage", "segment-v1").only(AUTOSCALER).inputs["spec"]["metrics"]

    assert metric == {
        "type": "Pods",
        "pods": {
            "metric": {"name": "kubernetes.io|container|accelerator|duty_cycle"},
            "target": {"type": "AverageValue", "averageValue": "70"},
        },
    }


def test_a_command_of_the_spec_is_run_with_the_servers_arguments():
    (pod,) = templates(created("storage", "segment-v1"))
    container = pod["spec"]["containers"][0]

    assert container["command"] == ["/usr/bin/tensorflow_model_server"]
    assert "--model_base_path=/opt/segment" in container["args"]
