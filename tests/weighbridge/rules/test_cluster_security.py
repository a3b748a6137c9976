"""What production leaves open without having said so."""

from __future__ import annotations

import json

import pytest

from tests.support.graphs import resource
from tests.support.specs import prod
from weighbridge.resources.values import Unknown
from weighbridge.rules.cluster_security import DECIDED, judge
from weighbridge.spec.security import Security

OPEN = "binary_authorization: false, secrets_key: none, flow_logs: false, intranode_visibility: false, rbac_group: none"


PINNED = f"metrics_adapter_image: us-docker.pkg.dev/example-ml/mirror/adapter@sha256:{'0a' * 32}"


def secured(line):
    return prod(("cluster:\n", f"cluster:\n  {PINNED}\n  security: {{{line}}}\n"))


def test_production_is_advised_of_all_that_it_does_not_say():
    (found,) = judge(prod(("cluster:\n", f"cluster:\n  {PINNED}\n")))
    assert found.message == (
        "prod: `cluster.security` doesn't say binary_authorization, secrets_key, flow_logs, intranode_visibility, "
        "rbac_group and dns_endpoint_from_outside, so GKE's open defaults hold. "
        "Say each, if need be `false` or `none`"
    )
    assert (found.level, found.path, found.holder) == ("advisory", ("cluster", "security"), "prod")


def test_what_is_decided_is_not_advised_whichever_way():
    (found,) = judge(secured(OPEN))
    assert "doesn't say dns_endpoint_from_outside, so" in found.message
    assert [*judge(secured(f"{OPEN}, dns_endpoint_from_outside: true"))] == []


def test_pods_open_to_one_another_are_advised_against():
    (found,) = judge(secured(f"{OPEN}, dns_endpoint_from_outside: true, network_policies: false"))
    assert found.message == (
        "prod: without network policies any pod of the cluster reaches every model server, past gateway, IAP and "
        "Cloud Armor. Take `network_policies: false` out, and name callers in `called_from`"
    )
    assert (found.level, found.path, found.holder) == ("advisory", ("cluster", "security", "network_policies"), "prod")


def test_every_key_that_has_an_open_default_is_asked_for():
    assert set(DECIDED) == set(Security.model_fields) - {"network_policies"}


def test_an_adapter_by_its_tag_is_advised_against():
    (_, found) = judge(prod())
    assert found.message == (
        "prod: the metrics adapter runs gcr.io/gke-release/custom-metrics-stackdriver-adapter:v0.16.9-gke.0 by its "
        "tag, which somebody can point at another image, and it reads every metric of example-ml. Name the image by "
        "digest in `cluster.metrics_adapter_image` (`crane digest IMAGE` says it)"
    )
    assert (found.level, found.path) == ("advisory", ("cluster", "metrics_adapter_image"))


def test_elsewhere_nobody_is_advised():
    assert [*judge(prod(("production: true", "production: false")))] == []
    assert [*judge(None)] == []


KEY = "projects/example-keys/locations/us-central1/keyRings/gke/cryptoKeys/disks"
KEYED = {
    "kubernetes:storage.k8s.io/v1:StorageClass": (
        {"provisioner": "pd.csi.storage.gke.io"},
        {"parameters": {"disk-encryption-kms-key": KEY}},
    ),
    "gcp:storage/bucket:Bucket": ({}, {"encryption": {"defaultKmsKeyName": KEY}}),
    "gcp:artifactregistry/repository:Repository": ({}, {"kmsKeyName": Unknown()}),
    "gcp:pubsub/topic:Topic": ({}, {"kmsKeyName": KEY}),
    "gcp:bigquery/dataset:Dataset": ({}, {"defaultEncryptionConfiguration": {"kmsKeyName": KEY}}),
}


@pytest.mark.parametrize(("type_", "inputs"), KEYED.items())
def test_what_a_key_of_the_boot_disks_does_not_cover(type_, inputs):
    open_, keyed = inputs
    spec = prod(("cluster:\n", f"cluster:\n  boot_disk_key: {KEY}\n"), ("production: true", "production: false"))
    (found,) = judge(spec, [resource(type_, "data", open_)])
    assert (found.level, found.path, found.holder) == ("advisory", ("cluster", "boot_disk_key"), "data")
    assert [*judge(spec, [resource(type_, "data", {**open_, **keyed})])] == []
    unset = json.loads(json.dumps(keyed, default=lambda _: KEY).replace(KEY, ""))
    assert [*judge(spec, [resource(type_, "data", {**open_, **unset})])] == [found]
    assert [*judge(prod(("production: true", "production: false")), [resource(type_, "data", open_)])] == []


def test_the_message_says_how_its_service_agent_is_let_at_the_key():
    spec = prod(("cluster:\n", f"cluster:\n  boot_disk_key: {KEY}\n"), ("production: true", "production: false"))
    other = resource(
        "kubernetes:storage.k8s.io/v1:StorageClass", "files", {"provisioner": "filestore.csi.storage.gke.io"}
    )
    (found,) = judge(spec, [resource("gcp:storage/bucket:Bucket", "data", {}), other])
    assert found.message == (
        "data: encrypted by Google's key, and `cluster.boot_disk_key` covers the nodes' boot disks alone. Set "
        "encryption.defaultKmsKeyName to a key of yours that its service agent may use: gcloud kms keys "
        "add-iam-policy-binding KEY --keyring RING --location LOCATION --project PROJECT --role "
        "roles/cloudkms.cryptoKeyEncrypterDecrypter --member "
        "serviceAccount:service-N@gs-project-accounts.iam.gserviceaccount.com"
    )
