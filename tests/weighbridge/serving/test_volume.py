"""What volumes become, one of each kind, as in tests/integration/stacks/storage.yaml."""

from __future__ import annotations

from functools import cache

import pytest

from tests.support.paths import ROOT
from tests.support.specs import CATALOG
from weighbridge.serving.volume import (
    BucketFolder,
    ClaimFolder,
    ExistingVolume,
    MemoryFolder,
    VolumeMount,
    bucket_of,
    existing_volumes,
    fuse_annotations,
    is_existing,
    mount_options,
    volume_mounts,
)
from weighbridge.spec.endpoint import Endpoint, Version
from weighbridge.stacks.load import read_spec


@cache
def chat() -> Endpoint:
    return read_spec(ROOT / "tests" / "integration" / "stacks" / "storage.yaml", CATALOG).endpoints["chat"]


def test_where_each_is_mounted_and_who_may_write():
    bucket = (("bucketName", "example-ml-logs"), ("mountOptions", "implicit-dirs,only-dir:chat"))
    cached = (
        ("bucketName", "example-ml-prompts"),
        ("fileCacheCapacity", "20Gi"),
        ("fileCacheForRangeRead", "true"),
        ("mountOptions", "implicit-dirs"),
    )

    assert volume_mounts("chat", chat().versions["v1"]) == (
        VolumeMount("adapters", "/adapters", True, ClaimFolder("chat-adapters")),
        VolumeMount("prompts", "/prompts", True, BucketFolder(cached, read_only=True)),
        VolumeMount("logs", "/logs", False, BucketFolder(bucket, read_only=False)),
        VolumeMount("weights", "/weights", True, ClaimFolder("chat-weights")),
        VolumeMount("share", "/share", True, ClaimFolder("chat-share")),
        VolumeMount("data", "/data", False, ClaimFolder("chat-data")),
        VolumeMount("notes", "/notes", True, ClaimFolder("notes")),
        VolumeMount("scratch", "/scratch", False, MemoryFolder(32 * 1024)),
    )


def test_what_exists_is_named_as_its_driver_names_it():
    assert existing_volumes("chat", chat(), "example-ml") == (
        ExistingVolume(
            "chat-adapters", "gcsfusecsi-serving", "ReadOnlyMany", "5Gi", "gcsfuse.csi.storage.gke.io",
            "example-ml-models", mount_options=("implicit-dirs", "only-dir:adapters"),
        ),
        ExistingVolume(
            "chat-weights", "", "ReadOnlyMany", "500Gi", "pd.csi.storage.gke.io",
            "projects/example-ml/zones/multi-zone/disks/chat-weights",
            fs_type="ext4", zones=("us-central1-a", "us-central1-b"),
        ),
        ExistingVolume(
            "chat-share", "", "ReadOnlyMany", "2560Gi", "filestore.csi.storage.gke.io",
            "modeInstance/us-central1-a/models/vol1", (("ip", "10.20.0.2"), ("volume", "vol1")),
        ),
        ExistingVolume(
            "chat-data", "", "ReadWriteMany", "18000Gi", "lustre.csi.storage.gke.io",
            "example-ml/us-central1-a/data", (("filesystem", "data"), ("ip", "10.30.0.2")),
        ),
    )  # fmt: skip


def test_a_disk_of_one_zone_is_named_by_its_zone():
    made = chat().model_copy(deep=True)
    disk = made.versions["v1"].volumes["weights"].hyperdisk_ml
    assert disk is not None
    volumes = {"weights": made.versions["v1"].volumes["weights"].model_copy(
        update={"hyperdisk_ml": disk.model_copy(update={"zones": ("us-central1-b",)})}
    )}  # fmt: skip
    one = made.model_copy(update={"versions": {"v1": made.versions["v1"].model_copy(update={"volumes": volumes})}})
    (found,) = existing_volumes("chat", one, "example-ml")

    assert (found.handle, found.zones) == (
        "projects/example-ml/zones/us-central1-b/disks/chat-weights",
        ("us-central1-b",),
    )
    assert found.read_only


@pytest.mark.parametrize(
    ("volumes", "expected"),
    [
        ({}, {}),
        ({"a": {"mount": "/a", "memory": "1Gi"}}, {}),
        ({"a": {"mount": "/a", "cloud_storage": {"bucket": "gs://example-ml-data"}}}, {"gke-gcsfuse/volumes": "true"}),
        (
            {
                "a": {"mount": "/a", "cloud_storage": {"bucket": "gs://example-ml-data", "file_cache": "10Gi"}},
                "b": {"mount": "/b", "cloud_storage": {"bucket": "gs://example-ml-data", "file_cache": "2Gi"}},
            },
            {
                "gke-gcsfuse/volumes": "true",
                "gke-gcsfuse/ephemeral-storage-request": "17Gi",  # both caches, and the sidecar's own
                "gke-gcsfuse/ephemeral-storage-limit": "17Gi",
            },
        ),
    ],
)
def test_the_sidecar_has_room_for_the_caches(volumes, expected):
    plain = {"image": "a/b:1", "model": "/opt/a", "replicas": {"min": 0, "max": 1}, "volumes": volumes}

    assert fuse_annotations(Version.model_validate(plain)) == expected


def test_memory_and_claims_of_others_make_nothing():
    made = {name for name, volume in chat().versions["v1"].volumes.items() if is_existing(volume)}

    assert made == {"adapters", "weights", "share", "data"}


def test_a_folder_of_a_bucket():
    assert bucket_of("gs://example-ml-data/a/b/") == ("example-ml-data", "a/b")
    assert bucket_of("gs://example-ml-data") == ("example-ml-data", "")
    assert (mount_options(""), mount_options("a/b")) == ("implicit-dirs", "implicit-dirs,only-dir:a/b")
