"""One version of a model: its workload, Service, disruption budget, autoscaler and scrape settings.

Nothing here is ever pointed at another version; a new version is a new set of objects.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_kubernetes import apps, autoscaling, core, meta, policy
from pulumi_kubernetes.apiextensions import CustomResource

from weighbridge.conventions import APP_LABEL, METRIC_VERSION_LABEL, VERSION_LABEL
from weighbridge.serving import objects
from weighbridge.serving.endpoint import (
    ACCELERATOR_DUTY,
    ACCELERATOR_METRIC,
    CPU_UTILIZATION,
    SCALE_DOWN_SECONDS,
    SCRAPE_SECONDS,
    EndpointPlan,
    VersionPlan,
)
from weighbridge.serving.pod import HTTP, METRICS
from weighbridge.units import quantity_text

from .queue_scaler import QueueScaler
from .written import content, custom_resource


class ModelVersion(pulumi.ComponentResource):
    """Everything that one version has of its own."""

    service: core.v1.Service
    workload: pulumi.Resource

    def __init__(self, endpoint: EndpointPlan, plan: VersionPlan, opts: pulumi.ResourceOptions | None = None) -> None:
        name = plan.name
        super().__init__("weighbridge:index:ModelVersion", name, None, opts)
        self._endpoint, self._plan = endpoint, plan
        child = pulumi.ResourceOptions(parent=self)
        if plan.files:
            data = content(objects.settings(endpoint, plan), "data")
            core.v1.ConfigMap(name, metadata=self._meta(), data=data, opts=child)
        secrets = self._secrets(child)
        ready = pulumi.ResourceOptions(parent=self, depends_on=secrets or None)
        workload = self._workload = objects.workload(endpoint, plan)
        metadata = self._meta(objects.workload_annotations(plan))
        self.workload = (
            custom_resource(name, workload, metadata, ready)
            if plan.is_group
            else apps.v1.Deployment(name, metadata=metadata, spec=content(workload), opts=ready)
        )
        self.service = core.v1.Service(
            name,
            # Endpoints appear when a replica is ready, which may take a node: the workload is waited for instead.
            metadata=self._meta({"pulumi.com/skipAwait": "true"}),
            spec=content(objects.service(endpoint, plan)),
            opts=child,
        )
        policy.v1.PodDisruptionBudget(
            name,
            metadata=self._meta(),
            spec=policy.v1.PodDisruptionBudgetSpecArgs(
                selector=meta.v1.LabelSelectorArgs(match_labels=plan.selector),
                max_unavailable=1,
                unhealthy_pod_eviction_policy="AlwaysAllow",  # a broken replica must not hold up an upgrade
            ),
            opts=child,
        )
        if plan.queue is None:
            self._autoscaler(child)
        else:
            QueueScaler(endpoint, plan, plan.queue, workload, self.workload, child)
        CustomResource(
            name,
            api_version="monitoring.googleapis.com/v1",
            kind="PodMonitoring",
            metadata=self._meta(),
            spec={
                # Of several hosts that are one server, the leader answers; the others would read as down.
                "selector": {"matchLabels": plan.serving_selector},
                "endpoints": [
                    # By the port's name: the metrics' `container` label is empty otherwise.
                    {
                        "port": _metrics_port(endpoint),
                        "path": endpoint.conventions.metrics_path,
                        "interval": f"{SCRAPE_SECONDS}s",
                        "timeout": "10s",
                    }
                ],
                "targetLabels": {
                    "metadata": ["pod", "container", "node"],
                    "fromPod": [{"from": VERSION_LABEL, "to": METRIC_VERSION_LABEL}, {"from": APP_LABEL}],
                },
            },
            opts=child,
        )
        self.register_outputs({"service": self.service.metadata.name})

    def _meta(self, annotations: Mapping[str, str] | None = None) -> meta.v1.ObjectMetaArgs:
        return meta.v1.ObjectMetaArgs(
            name=self._plan.name,
            namespace=self._endpoint.namespace,
            labels=dict(self._plan.labels),
            annotations=dict(annotations) if annotations else None,
        )

    def _secrets(self, child: pulumi.ResourceOptions) -> list[pulumi.Resource]:
        """What the Secret Manager add-on hands out, and the Secret that is made of some of it."""
        secrets = self._plan.secrets
        if not secrets.provided:
            return []
        provider = custom_resource(
            secrets.name, objects.secret_provider(self._endpoint, self._plan), self._meta(), child
        )
        if not secrets.synced:
            return [provider]
        after = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[provider]))
        synced = objects.secret_sync(self._endpoint, self._plan)
        return [provider, custom_resource(f"{secrets.name}-sync", synced, self._meta(), after)]

    def _autoscaler(self, child: pulumi.ResourceOptions) -> None:
        plan, workload = self._plan, self._workload
        autoscaling.v2.HorizontalPodAutoscaler(
            self._plan.name,
            # Until metrics arrive it has no opinion; that is not a failed deployment.
            metadata=self._meta({"pulumi.com/skipAwait": "true"}),
            spec=autoscaling.v2.HorizontalPodAutoscalerSpecArgs(
                scale_target_ref=autoscaling.v2.CrossVersionObjectReferenceArgs(
                    api_version=workload.api_version, kind=workload.kind, name=plan.name
                ),
                min_replicas=plan.replicas_least,
                max_replicas=plan.replicas_most,
                metrics=[_metric(self._endpoint, plan)],
                behavior=autoscaling.v2.HorizontalPodAutoscalerBehaviorArgs(
                    scale_down=autoscaling.v2.HPAScalingRulesArgs(stabilization_window_seconds=SCALE_DOWN_SECONDS)
                ),
            ),
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[self.workload])),
        )


def _metric(endpoint: EndpointPlan, plan: VersionPlan) -> autoscaling.v2.MetricSpecArgs:
    scale_on = endpoint.conventions.scale_on
    if scale_on is not None and scale_on.metric is not None:
        return _of_pods(f"prometheus.googleapis.com|{scale_on.metric}|gauge", quantity_text(scale_on.per_replica))
    if plan.resources.device is not None:
        return _of_pods(ACCELERATOR_METRIC, str(ACCELERATOR_DUTY))
    return autoscaling.v2.MetricSpecArgs(
        type="Resource",
        resource=autoscaling.v2.ResourceMetricSourceArgs(
            name="cpu",
            target=autoscaling.v2.MetricTargetArgs(type="Utilization", average_utilization=CPU_UTILIZATION),
        ),
    )


def _of_pods(metric: str, average: str) -> autoscaling.v2.MetricSpecArgs:
    return autoscaling.v2.MetricSpecArgs(
        type="Pods",
        pods=autoscaling.v2.PodsMetricSourceArgs(
            metric=autoscaling.v2.MetricIdentifierArgs(name=metric),
            target=autoscaling.v2.MetricTargetArgs(type="AverageValue", average_value=average),
        ),
    )


def _metrics_port(endpoint: EndpointPlan) -> str:
    return HTTP if endpoint.conventions.ports.metrics == endpoint.conventions.ports.http else METRICS
