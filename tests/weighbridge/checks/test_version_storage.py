"""Models that a server can't take, and volumes that can't be."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.specs import CATALOG, endpoint, spec
from weighbridge.checks.endpoint import check_endpoints
from weighbridge.checks.version_storage import model_problems, shared_volume_problems, volume_problems
from weighbridge.serving.server import servers
from weighbridge.spec.endpoint import Version
from weighbridge.spec.root import Spec

ZONES = ("us-central1-a", "us-central1-b")
GIB = 2**30
DISK = {"disk": "weights", "zones": ["us-central1-a"], "size": "500Gi"}
BUCKET = {"bucket": "gs://example-ml-data/a"}


def version(**changes: Any) -> Version:
    plain = endpoint(None).versions["v7"].model_dump(mode="json", exclude_none=True)
    return Version.model_validate({**plain, **changes})


def about_model(server: str, **changes: Any) -> list[tuple[str, str]]:
    found = model_problems(version(**changes), servers()[server], ("v7",))
    return [(".".join(map(str, problem.path[1:])), problem.message) for problem in found]


def about_volumes(server: str = "vllm", memory: int = 64, **changes: Any) -> list[tuple[str, str]]:
    found = volume_problems(version(**changes), servers()[server], ZONES, Decimal(memory * GIB), ("v7",))
    return [(".".join(map(str, problem.path[1:])), problem.message) for problem in found]


@pytest.mark.parametrize("server", ["vllm", "vllm-tpu", "custom"])
def test_some_servers_load_from_the_hub(server):
    assert about_model(server, model="hf://example-org/chat") == []


@pytest.mark.parametrize("server", ["triton", "tf-serving"])
def test_others_do_not(server):
    message = f"{server} loads no model from Hugging Face: put it in a bucket (gs://bucket/folder)"

    assert about_model(server, model="hf://example-org/chat") == [("model", message)]


def test_a_loader_is_one_of_the_servers_and_reads_buckets():
    reads = "runai-streamer reads models in buckets (gs://bucket/folder), got hf://example-org/chat: remove it"

    assert about_model("vllm", loader="runai-streamer") == []
    assert about_model("vllm", loader="runai-streamer", model="hf://example-org/chat") == [("loader", reads)]
    assert about_model("triton", loader="runai-streamer") == [
        ("loader", "triton reads models in its own way, without one: remove it")
    ]


@pytest.mark.parametrize(
    ("volumes", "expected"),
    [
        ({"a": {"mount": "/a", "memory": "8Gi"}, "b": {"mount": "/b", "cloud_storage": BUCKET}}, []),
        (
            {"a": {"mount": "/a", "memory": "8Gi"}, "b": {"mount": "/a", "memory": "8Gi"}},
            [("volumes.b.mount", "/a is the volume a already: choose another, such as /b")],
        ),
        (
            {"a": {"mount": "/models", "cloud_storage": BUCKET}},
            [("volumes.a.mount", "/models is the model's folder already: choose another, such as /a")],
        ),
        (
            {"a": {"mount": "/dev/shm", "memory": "8Gi"}},  # noqa: S108 - the container's own
            [
                (
                    "volumes.a.mount",
                    "/dev/shm is the shared memory of the server already: choose another, such as /a",  # noqa: S108
                )
            ],
        ),
        (
            {"a": {"mount": "/usr", "memory": "8Gi"}},
            [("volumes.a.mount", "/usr is a folder that the image needs: choose another, such as /a")],
        ),
        (
            {"a": {"mount": "/a", "writable": True, "hyperdisk_ml": DISK}},
            [("volumes.a.writable", "many nodes read a Hyperdisk ML, and none writes: remove it")],
        ),
        (
            {"a": {"mount": "/a", "hyperdisk_ml": {**DISK, "zones": ["us-central1-f"]}}},
            [
                (
                    "volumes.a.hyperdisk_ml.zones",
                    "no pod runs in us-central1-f: the node pool has us-central1-a and us-central1-b",
                )
            ],
        ),
        (
            {"a": {"mount": "/a", "cloud_storage": {**BUCKET, "profile": "serving", "file_cache": "8Gi"}}},
            [
                (
                    "volumes.a.cloud_storage.file_cache",
                    "the profile serving decides on caches itself: remove one of the two",
                )
            ],
        ),
        (
            {"a": {"mount": "/a", "memory": "48Gi"}},  # with the quarter for /dev/shm, all of 64Gi
            [
                (
                    "volumes",
                    (
                        "they take 48Gi of memory, and /dev/shm another 16Gi, and a pod has 64Gi in all. "
                        "Lower one, or raise `memory`"
                    ),
                )
            ],
        ),
        ({"a": {"mount": "/a", "memory": "47Gi"}}, []),
    ],
)
def test_volumes_of_one_version(volumes, expected):
    assert about_volumes(volumes=volumes) == expected


def test_a_model_that_is_not_mounted_leaves_its_folder_free():
    volumes = {"a": {"mount": "/models", "cloud_storage": BUCKET}}

    assert about_volumes("triton", volumes=volumes) == []
    assert about_volumes("vllm", volumes=volumes, loader="runai-streamer") == []
    assert about_volumes("vllm", volumes=volumes, model="/models/chat") == []


def test_a_secret_file_is_no_volume():
    message = "/a is the volume a already: choose another"
    found = about_volumes(
        volumes={"a": {"mount": "/a", "memory": "1Gi"}}, secret_files={"/a": {"secret": "s", "key": "k"}}
    )

    assert found == [("secret_files./a", message)]


def of(**endpoints: dict[str, dict[str, Any]]) -> Spec:
    """Endpoints by name, each with volumes by version."""
    plain = endpoint(None).model_dump(mode="json", exclude_none=True)
    settings = plain["versions"]["v7"]
    made = {
        name.replace("_", "-"): {
            **plain,
            "hostname": f"{name.replace('_', '-')}.example.com",
            "versions": {version: {**settings, "volumes": volumes} for version, volumes in versions.items()},
        }
        for name, versions in endpoints.items()
    }
    return spec({"serve": {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 8}}}, endpoints=made)


def shared(**endpoints: dict[str, dict[str, Any]]) -> list[tuple[str, str]]:
    found = shared_volume_problems(of(**endpoints))
    return [(".".join(map(str, problem.path[1:])), problem.message) for problem in found]


def test_versions_share_a_volume_of_one_name():
    volume = {"mount": "/a", "hyperdisk_ml": DISK}
    other = {**volume, "hyperdisk_ml": {**DISK, "disk": "others"}}
    message = "version v7 has another volume of this name: choose another name, such as disk-v8"

    assert shared(chat={"v7": {"disk": volume}, "v8": {"disk": {**volume, "mount": "/b"}}}) == []
    assert shared(chat={"v7": {"disk": volume}, "v8": {"disk": other}}) == [("chat.versions.v8.volumes.disk", message)]


def test_a_disk_has_one_claim_in_the_cluster():
    volume = {"mount": "/a", "hyperdisk_ml": DISK}
    message = "it is a volume of chat already: write `claim: chat-disk` here instead"

    assert shared(chat={"v7": {"disk": volume}}, words={"v7": {"disk": volume}}) == [
        ("words.versions.v7.volumes.disk", message)
    ]


def test_claims_of_two_endpoints_have_two_names():
    first, second = ({"mount": "/a", "hyperdisk_ml": {**DISK, "disk": disk}} for disk in ("one", "two"))
    message = "its claim is called chat-x-y, as that of a volume of chat is: rename one of the two"

    assert shared(chat={"v7": {"x-y": first}}, chat_x={"v7": {"y": second}}) == [
        ("chat-x.versions.v7.volumes.y", message)
    ]


def test_a_spec_is_checked_for_all_of_it():
    volumes = {"v7": {"a": {"mount": "/usr", "memory": "1Gi"}}}
    found = [problem.message for problem in check_endpoints(of(chat=volumes), CATALOG)]

    assert "/usr is a folder that the image needs: choose another, such as /a" in found
