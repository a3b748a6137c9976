"""Who reads a bucket reads what the spec names of it."""

from __future__ import annotations

import pulumi
import pytest

from components.bucket_reader import bucket_reader
from tests.support.recording import record
from weighbridge.infrastructure.bucket_access import BucketAccess


@pytest.mark.parametrize("path", ["", "ranker/v7"])
def test_a_member_has_a_condition_unless_the_whole_bucket_is_meant(path):
    access = BucketAccess("models", path)
    recording = record(
        lambda: bucket_reader("dev-models", access, role="roles/r", email="a@p.com", opts=pulumi.ResourceOptions())
    )
    found = recording.only("gcp:storage/bucketIAMMember:BucketIAMMember").inputs
    assert (found["bucket"], found["role"], found["member"]) == ("models", "roles/r", "serviceAccount:a@p.com")
    condition = {"title": "what-the-spec-names", "expression": access.condition}
    assert found.get("condition") == (condition if path else None)
