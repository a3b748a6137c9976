"""Objects that `weighbridge` has written down whole, made into resources."""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi_kubernetes import meta
from pulumi_kubernetes.apiextensions import CustomResource

from weighbridge.serving.objects import KubernetesObject


def content(written: KubernetesObject, name: str = "spec") -> Any:
    """A part of it, in Kubernetes' spelling, which the SDK takes beside its own types."""
    return written.content[name]


def custom_resource(
    name: str, written: KubernetesObject, metadata: meta.v1.ObjectMetaArgs, opts: pulumi.ResourceOptions
) -> CustomResource:
    """One of a kind that the SDK has no class for; `name` is the logical one."""
    return CustomResource(
        name,
        api_version=written.api_version,
        kind=written.kind,
        metadata=metadata,
        spec=content(written),
        opts=opts,
    )
