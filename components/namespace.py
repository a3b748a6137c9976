"""A namespace whose pods are held to a Pod Security Standard."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_kubernetes import core, meta

from weighbridge.isolation.pod_security import STRICTEST, Level, pod_security_labels


def namespace(
    name: str,
    kubernetes_name: str,
    opts: pulumi.ResourceOptions,
    level: Level = STRICTEST,
    labels: Mapping[str, str] | None = None,
) -> core.v1.Namespace:
    """The namespace `kubernetes_name`, as the resource `name`; `labels` beside those of the standard."""
    named = {**pod_security_labels(level), **(labels or {})}
    return core.v1.Namespace(name, metadata=meta.v1.ObjectMetaArgs(name=kubernetes_name, labels=named), opts=opts)
