"""What an endpoint becomes: resources, placement, drain and routes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.specs import CATALOG, endpoint, spec
from weighbridge.infrastructure.bucket_access import BucketAccess
from weighbridge.serving.endpoint import EndpointPlan, PodResources, plan_endpoints
from weighbridge.serving.route import Backend, Route
from weighbridge.serving.secret import SecretVariable
from weighbridge.stacks.load import read_spec

FURTHER = ROOT / "tests" / "integration" / "stacks"


def plans(file: Path) -> dict[str, EndpointPlan]:
    return {plan.name: plan for plan in plan_endpoints(read_spec(file, CATALOG), CATALOG)}


@pytest.fixture(scope="module")
def ranker() -> EndpointPlan:
    return plans(ROOT / "stacks" / "prod.yaml")["ranker"]


def test_both_versions_of_a_rollout_exist_and_share_the_requests(ranker):
    assert [(version.name, version.replicas_least, version.replicas_most) for version in ranker.versions] == [
        ("ranker-v7", 2, 4),
        ("ranker-v8", 1, 2),
    ]
    assert ranker.routes == (
        Route((Backend("ranker-v7", 1),), pin="v7"),
        Route((Backend("ranker-v8", 1),), pin="v8"),
        Route((Backend("ranker-v7", 90), Backend("ranker-v8", 10))),
    )


def test_a_replica_asks_for_its_part_of_a_node_and_leaves_some_to_daemons(ranker):
    (stable, _) = ranker.versions

    assert stable.resources == PodResources(6300, 22528, "nvidia.com/gpu", 1)  # 0.8 of 7.91 cores and 27.7 GiB
    assert dict(stable.node_selector) == {
        "weighbridge.dev/node-pool": "serve-l4",
        "cloud.google.com/gke-accelerator": "nvidia-l4",
    }
    assert [taint.key for taint in stable.tolerations] == ["nvidia.com/gpu"]
    assert not stable.surge  # a replica more may find no GPU, and then nothing would ever move


def test_the_drain_outlasts_the_load_balancer_and_the_longest_request(ranker):
    assert ranker.grace_seconds == 30 + 60 + 10
    assert ranker.versions[0].load_checks == 60
    assert ranker.versions[0].ready_within_seconds == 1800 + 600


def test_only_the_models_bucket_is_read(ranker):
    assert ranker.buckets == (
        (BucketAccess("example-ml-models", "ranker/v7"), "roles/storage.objectViewer"),
        (BucketAccess("example-ml-models", "ranker/v8"), "roles/storage.objectViewer"),
    )
    assert ranker.versions[0].model.address == "gs://example-ml-models/ranker/v7"
    assert "--model-repository=gs://example-ml-models/ranker/v7" in ranker.versions[0].serves.arguments


def test_a_version_without_traffic_is_on_no_default_route():
    chat = plans(FURTHER / "accelerated.yaml")["chat"]

    assert chat.routes[-1] == Route((Backend("chat-v1", 100),), mirror_to="chat-v2", mirror_percent=5)
    assert chat.versions[1].model.address == "/models"
    assert chat.versions[1].resources.devices == 2
    assert chat.grace_seconds == 30 + 900 + 10


def test_fractions_of_a_per_cent_become_whole_weights():
    spam = plans(FURTHER / "cpu.yaml")["spam"]

    assert spam.routes[-1].backends == (Backend("spam-v1", 995), Backend("spam-v2", 5))
    assert spam.conventions.scale_on is None  # CPU servers scale on CPU
    assert spam.versions[0].resources == PodResources(2000, 4096)
    assert spam.versions[0].surge
    assert spam.conventions.probes.readiness == "/v1/models/spam"
    assert "--rest_api_timeout_in_ms=60000" in spam.versions[0].serves.arguments


@pytest.mark.parametrize(
    ("server", "argument"),
    [
        ("vllm", "--gpu-memory-utilization=0.3"),
        ("tf-serving", "--per_process_gpu_memory_fraction=0.3"),
        ("triton", None),
    ],
)
def test_servers_that_take_a_whole_gpu_share_it_by_their_arguments(server, argument):
    def arguments(**sharing):
        pool = {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 4}, **sharing}
        settings = endpoint(None).model_dump(mode="json", exclude_none=True)
        settings |= {"server": server, "scale_on": {"metric": "depth", "per_replica": 2}, "node_pool": "serve"}
        settings["versions"] = {settings["stable"]: {**settings["versions"][settings["stable"]], "gpu": 1}}
        (plan,) = plan_endpoints(spec({"serve": pool}, endpoints={"ranker": settings}), CATALOG)
        return plan.versions[0].serves.arguments

    alone = arguments()
    shared = arguments(gpu_sharing={"strategy": "time-sharing", "clients_per_gpu": 3})
    assert shared == (*alone, argument) if argument else shared == alone


def test_a_version_says_more_of_its_server():
    settings = endpoint(None).model_dump(mode="json", exclude_none=True)
    kept = {"secret": "hugging-face", "key": "token"}
    settings["versions"]["v7"] |= {
        "arguments": ["--log-verbose=1"], "environment": {"A": "b"}, "secrets": {"T": kept}, "load_time": "2h",
    }  # fmt: skip
    pools = {"serve-l4": {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 4}}}
    pools[settings["node_pool"]] = pools.pop("serve-l4")
    (plan,) = plan_endpoints(spec(pools, endpoints={"ranker": settings}), CATALOG)
    version = plan.versions[0]

    assert version.serves.arguments[-1] == "--log-verbose=1"
    assert version.environment == (("A", "b"), ("HOME", "/tmp"))  # noqa: S108 - a folder of the container
    assert version.secrets.variables == (SecretVariable("T", "hugging-face", "token"),)
    assert (version.load_seconds, version.load_checks, version.ready_within_seconds) == (7200, 720, 7200 + 1800)


def test_a_slice_of_several_hosts_is_one_replica():
    (writer,) = plans(FURTHER / "accelerated.yaml")["writer"].versions

    assert writer.hosts == 4
    assert (writer.resources.device, writer.resources.devices) == ("google.com/tpu", 4)
    assert dict(writer.node_selector)["cloud.google.com/gke-tpu-topology"] == "4x4"
    assert writer.serving_selector == {"app": "writer", "version": "v1", "role": "leader"}
    assert "--tensor-parallel-size=16" in writer.serves.arguments
    assert "--shutdown-timeout=600" in writer.serves.arguments
    assert dict(writer.environment)["USER"] == "vllm"  # PyTorch asks for the user's name, and the image has none


@pytest.mark.parametrize(
    ("endpoint_name", "group", "hub"), [("chat", False, True), ("large", True, False), ("segment", False, False)]
)
def test_who_is_to_be_reached_follows_from_the_version(endpoint_name, group, hub):
    """What a network policy asks of a plan."""
    (version,) = plans(FURTHER / "storage.yaml")[endpoint_name].versions

    assert (version.is_group, version.needs_hub) == (group, hub)


def test_a_model_on_the_hub_turns_offline_mode_off():
    (version,) = plans(FURTHER / "storage.yaml")["chat"].versions

    assert dict(version.environment)["HF_HUB_OFFLINE"] == "0"
    assert version.serves.arguments[0] == "example-org/chat-8b"
    assert "--revision=main" in version.serves.arguments
    assert not version.model.mounted


def test_a_loader_reads_the_bucket_itself():
    (version,) = plans(FURTHER / "storage.yaml")["large"].versions

    assert version.serves.arguments[0] == "gs://example-ml-models/large/v1"
    assert "--load-format=runai_streamer" in version.serves.arguments
    assert version.annotations == ()  # no sidecar of Cloud Storage FUSE
    assert plans(FURTHER / "storage.yaml")["large"].buckets == (
        (BucketAccess("example-ml-models", "large/v1"), "roles/storage.objectViewer"),
    )


def test_a_replica_on_several_gpu_nodes_asks_each_for_its_part():
    (version,) = plans(FURTHER / "storage.yaml")["large"].versions

    assert (version.hosts, version.exclusive, version.resources.devices) == (2, False, 8)
    assert version.works is not None
    assert version.works.arguments == (*version.serves.arguments, "--headless")
    assert version.serving_selector["role"] == "leader"


def test_pods_on_arm_tolerate_the_taint_that_gke_gives_the_nodes():
    pools = {"serve": {"machine_type": "c4a-standard-8", "nodes": {"min": 0, "max": 8}}}
    plain = endpoint(None, server="triton").model_dump(mode="json", exclude_none=True)
    version = {**plain["versions"]["v7"], "cpu": 1}
    version.pop("gpu", None)
    (planned,) = plan_endpoints(spec(pools, endpoints={"ranker": {**plain, "versions": {"v7": version}}}), CATALOG)
    (taint,) = planned.versions[0].tolerations
    assert (taint.key, taint.value, taint.effect) == ("kubernetes.io/arch", "arm64", "NoSchedule")
