"""What is missing, by the shapes that Google's APIs refuse in."""

from __future__ import annotations

import json

import pytest

from weighbridge.cloud_api.refusal import Lack, LackKind, lack_of, words_of


def refused(status=403, **error) -> Lack | None:
    return lack_of(status, json.dumps({"error": error}).encode(), "compute.googleapis.com", "compute.regions.list")


def info(reason: str, **metadata: str) -> list[dict[str, object]]:
    return [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "metadata": metadata}]


@pytest.mark.parametrize(
    ("error", "kind", "name"),
    [
        ({"details": info("SERVICE_DISABLED", service="a.googleapis.com")}, "API off", "a.googleapis.com"),
        ({"errors": [{"reason": "accessNotConfigured"}]}, "API off", "compute.googleapis.com"),
        ({"details": info("IAM_PERMISSION_DENIED", permission="a.b.c")}, "permission", "a.b.c"),
        ({"message": "Required 'compute.disks.list' permission for 'p'"}, "permission", "compute.disks.list"),
        ({"message": "The caller does not have permission"}, "permission", "compute.regions.list"),
        ({"details": info("USER_PROJECT_DENIED")}, "permission", "serviceusage.services.use"),
        ({"details": info("POLICY_VIOLATED"), "message": "by VPC Service Controls"}, "refused", "POLICY_VIOLATED"),
    ],
)  # fmt: skip
def test_each_shape_names_what_is_missing(error, kind, name):
    lack = refused(**error)
    assert (lack.kind.value, lack.name) == (kind, name)


def test_commands_mend_what_a_command_can():
    assert refused(details=info("SERVICE_DISABLED", service="s")).command("p") == "gcloud services enable s --project=p"
    assert refused(message="no").command("p") == (
        "gcloud projects add-iam-policy-binding p --member=MEMBER --role=roles/compute.viewer"
    )
    assert Lack(LackKind.PERMISSION, "unheard.of.it", "").command("p") == ""
    assert Lack(LackKind.OTHER, "x", "").command("p") == ""


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"[]", b'{"error": "no"}', b"\xff", b'{"error": {"details": [1]}}']
)
def test_anything_is_read_without_failing(content):
    assert lack_of(403, content, "a.googleapis.com", "a.b.get").name == "a.b.get"
    assert words_of(content) == ""
    assert lack_of(200, content, "a", "b") is None
