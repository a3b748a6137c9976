"""Which volumes and secrets can be written."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.support.specs import messages, prod_text
from weighbridge.spec.endpoint import Version
from weighbridge.spec.volume import Volume

PLAIN = {"image": "a/b:1", "model": "gs://example-ml-models/a", "replicas": {"min": 0, "max": 1}}
DISK = {"disk": "weights", "zones": ["us-central1-a"], "size": "500Gi"}
SHARE = {"instance": "m", "location": "us-central1", "share": "vol1", "address": "10.0.0.2", "size": "1Ti"}
LUSTRE = {"instance": "m", "location": "us-central1-a", "filesystem": "fs", "address": "10.0.0.2", "size": "18000Gi"}
SECRET = "projects/example-ml/secrets/hf-token/versions/3"  # noqa: S105 - the name of one


def accepted(model: type[Version | Volume], given: dict[str, Any]) -> bool:
    try:
        model.model_validate(given)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("given", "good"),
    [
        ({"cloud_storage": {"bucket": "gs://example-ml-data/a"}}, True),
        ({"cloud_storage": {"bucket": "gs://example-ml-data", "profile": "serving"}}, True),
        ({"cloud_storage": {"bucket": "gs://example-ml-data", "profile": "fast"}}, False),
        ({"hyperdisk_ml": DISK}, True),
        ({"hyperdisk_ml": {**DISK, "zones": []}}, False),
        ({"filestore": SHARE}, True),
        ({"filestore": {**SHARE, "address": "10.0.0"}}, False),
        ({"lustre": LUSTRE}, True),
        ({"lustre": {**LUSTRE, "filesystem": "toolongname"}}, False),
        ({"claim": "weights.v1"}, True),
        ({"memory": "8Gi"}, True),
        ({}, False),
        ({"memory": "8Gi", "claim": "weights"}, False),
    ],
)
def test_a_volume_is_exactly_one_thing(given, good):
    assert accepted(Volume, {"mount": "/weights", **given}) is good


@pytest.mark.parametrize(
    ("mount", "good"), [("/a/b-c.d", True), ("a", False), ("/", False), ("/a/", False), ("/../a", False)]
)
def test_a_mount_is_an_absolute_path(mount, good):
    assert accepted(Volume, {"mount": mount, "memory": "1Gi"}) is good


@pytest.mark.parametrize(
    ("secret", "good"),
    [
        ({"secret": "hugging-face", "key": "token"}, True),
        (SECRET, True),
        ({"version": SECRET}, True),
        ({"secret": "hugging-face"}, False),
        ({"secret": "hugging-face", "key": "token", "version": SECRET}, False),
        ("hf_abc", False),
        ({}, False),
    ],
)
def test_a_secret_is_named_in_one_way(secret, good):
    assert accepted(Version, {**PLAIN, "secrets": {"HF_TOKEN": secret}}) is good
    assert accepted(Version, {**PLAIN, "secret_files": {"/etc/keys/token": secret}}) is good


def test_a_secret_that_is_written_down_is_told_where_it_belongs_and_not_repeated():
    line = "        model: gs://example-ml-models/ranker/v7\n"
    found = messages(prod_text((line, f"{line}        secrets: {{HF_TOKEN: hunter2}}\n")))

    assert found == [
        (
            "stacks/prod.yaml:97:29: endpoints.ranker.versions.v7.secrets.HF_TOKEN: expected secret and key of a "
            "Kubernetes Secret, or a Secret Manager version such as projects/P/secrets/S/versions/3; what is given "
            "isn't shown, as it may be a secret"
        )
    ]


@pytest.mark.parametrize(
    ("model", "good"),
    [
        ("hf://example-org/chat-8b", True),
        ("hf://example-org/chat-8b@v1.0", True),
        ("hf://chat-8b", False),
        ("/opt/model", True),
        ("opt/model", False),
        ("s3://bucket/model", False),
    ],
)
def test_where_a_model_lies(model, good):
    assert accepted(Version, {**PLAIN, "model": model}) is good
