"""What lets the autoscaler read metrics of Managed Prometheus: Google's Custom Metrics Stackdriver Adapter.

Source: k8s-stackdriver, custom-metrics-stackdriver-adapter/deploy/production/adapter_new_resource_model.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from weighbridge.conventions import METRICS_ADAPTER_NAMESPACE, metrics_adapter_account_id
from weighbridge.serving.server import conventions_of
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.root import Spec

NAME = "custom-metrics-stackdriver-adapter"
IMAGE = "gcr.io/gke-release/custom-metrics-stackdriver-adapter:v0.16.9-gke.0"
"""0.13.1 is the first that reads Managed Prometheus. Confidence of this very tag: unverified."""

CPU, MEMORY = "250m", "200Mi"  # as in Google's manifest
REPLICAS = 2  # without an answer no endpoint scales
PORT = 4443
HEALTH_PATH = "/healthz"
"""The API server's library, which the adapter is built with, answers it to everybody. Confidence: reported."""

RUN_AS_USER = 65534
TEMPORARY_STORAGE = "64Mi"  # of its certificates and logs
LABELS: Mapping[str, str] = {"k8s-app": NAME, "run": NAME}
ROLE = "roles/monitoring.viewer"


@dataclass(frozen=True, slots=True)
class MetricsAdapterPlan:
    """The adapter of one cluster."""

    environment: str
    project: str
    namespace: str
    account_id: str
    image: str


def plan_metrics_adapter(spec: Spec) -> MetricsAdapterPlan | None:
    """The adapter of a checked spec; None where nothing scales by it, or the cluster has one."""
    if spec.cluster.existing is not None and spec.cluster.existing.custom_metrics:
        return None
    if all(_on_cpu(name, endpoint) for name, endpoint in spec.endpoints.items()):
        return None
    account_id = metrics_adapter_account_id(spec.environment)
    image = spec.cluster.metrics_adapter_image or IMAGE
    return MetricsAdapterPlan(spec.environment, spec.cloud.project, METRICS_ADAPTER_NAMESPACE, account_id, image)


def _on_cpu(name: str, endpoint: Endpoint) -> bool:
    """Whether nobody asks the adapter about it. What KEDA reads, it reads itself."""
    scale_on = conventions_of(name, endpoint).scale_on
    if scale_on is not None:
        return scale_on.queue is not None
    return not any(version.gpu or version.tpu for version in endpoint.versions.values())
