"""Where a version's secrets come from, and who may read them."""

from __future__ import annotations

import json

from tests.support.paths import ROOT
from tests.support.specs import CATALOG
from weighbridge.serving.secret import SecretFile, SecretVariable, plan_secrets, secret_versions
from weighbridge.stacks.load import read_spec

ENDPOINTS = read_spec(ROOT / "tests" / "integration" / "stacks" / "storage.yaml", CATALOG).endpoints


def test_variables_and_files_of_both_kinds_of_secrets():
    plan = plan_secrets("chat-v1", ENDPOINTS["chat"].versions["v1"])

    assert plan.variables == (
        SecretVariable("HF_TOKEN", "chat-v1", "HF_TOKEN"),
        SecretVariable("OTHER", "others", "other"),
    )
    assert plan.files == (
        SecretFile("/etc/keys/plain", "others", "plain"),
        SecretFile("/etc/keys/signing", None, "etc__keys__signing"),
    )
    assert plan.synced == ("HF_TOKEN",)  # a file needs no Kubernetes Secret
    assert json.loads(plan.provider_text) == [
        {"resourceName": "projects/example-ml/secrets/hf-token/versions/3", "path": "HF_TOKEN"},
        {"resourceName": "projects/example-ml/secrets/signing/versions/1", "path": "etc__keys__signing"},
    ]


def test_an_endpoint_reads_the_secrets_that_it_names():
    assert set(secret_versions(ENDPOINTS["chat"])) == {
        "projects/example-ml/secrets/hf-token/versions/3",
        "projects/example-ml/secrets/signing/versions/1",
    }
    assert not [*secret_versions(ENDPOINTS["large"])]
