"""Somebody who reads a part of a bucket."""

from __future__ import annotations

import pulumi
from pulumi_gcp import storage

from weighbridge.infrastructure.bucket_access import BucketAccess

_TITLE = "what-the-spec-names"


def bucket_reader(
    name: str, access: BucketAccess, *, role: str, email: str, opts: pulumi.ResourceOptions
) -> storage.BucketIAMMember:
    """The service account `email` with `role` on what `access` names."""
    return storage.BucketIAMMember(
        name,
        bucket=access.bucket,
        role=role,
        member=f"serviceAccount:{email}",
        condition=None
        if access.condition is None
        else storage.BucketIAMMemberConditionArgs(title=_TITLE, expression=access.condition),
        opts=opts,
    )
