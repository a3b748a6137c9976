"""One version of a model: its workload, Service, disruption budget, autoscaler and scrape settings.

Nothing here is ever pointed at another version; a new version is a new set of objects.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_kubernetes import apps, autoscaling, core, meta, policy
from pulumi_kubernetes.apiextensions import CustomResource

from weighbridge.conventions import (
    APP_LABEL,
    EXCLUSIVE_TOPOLOGY_ANNOTATION,
    GKE_NODE_POOL_LABEL,
    LEADER,
    METRIC_VERSION_LABEL,
    ROLE_LABEL,
    SERVING_PRIORITY,
    VERSION_LABEL,
    WORKER,
)
from weighbridge.serving.endpoint import (
    ALIVE_CHECK_SECONDS,
    CHECK_INTERVAL_SECONDS,
    CPU_UTILIZATION,
    DEAD_CHECKS,
    DRAIN_SECONDS,
    LOAD_CHECK_SECONDS,
    MODEL_FOLDER,
    PROBE_TIMEOUT_SECONDS,
    SCALE_DOWN_SECONDS,
    SCRAPE_SECONDS,
    UNHEALTHY_CHECKS,
    EndpointPlan,
    VersionPlan,
)
from weighbridge.units import quantity_text

from .topology_spread import spread

LEADER_WORKER_SET = ("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet")
_HTTP, _GRPC, _METRICS = "http", "grpc", "metrics"
_DISK = "ephemeral-storage"


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
            core.v1.ConfigMap(
                name,
                metadata=self._meta(),
                data={path.rpartition("/")[2]: text for path, text in plan.files},
                opts=child,
            )
        waits = {"pulumi.com/timeoutSeconds": str(plan.ready_within_seconds)}
        if plan.hosts > 1:
            self.workload = self._group(waits)
        else:
            self.workload = self._deployment(waits)
        self.service = core.v1.Service(
            name,
            # Endpoints appear when a replica is ready, which may take a node: the workload is waited for instead.
            metadata=self._meta({"pulumi.com/skipAwait": "true"}),
            spec=core.v1.ServiceSpecArgs(
                selector=plan.serving_selector,
                ports=[
                    core.v1.ServicePortArgs(name=port.name, port=port.container_port, target_port=port.name)
                    for port in _ports(endpoint)
                    if port.name != _METRICS
                ],
            ),
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
        self._autoscaler(child)
        CustomResource(
            name,
            api_version="monitoring.googleapis.com/v1",
            kind="PodMonitoring",
            metadata=self._meta(),
            spec={
                "selector": {"matchLabels": plan.selector},
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

    def _deployment(self, annotations: Mapping[str, str]) -> apps.v1.Deployment:
        return apps.v1.Deployment(
            self._plan.name,
            metadata=self._meta(annotations),
            spec=apps.v1.DeploymentSpecArgs(  # no `replicas`: the autoscaler owns them
                selector=meta.v1.LabelSelectorArgs(match_labels=self._plan.selector),
                strategy=apps.v1.DeploymentStrategyArgs(
                    type="RollingUpdate",
                    rolling_update=apps.v1.RollingUpdateDeploymentArgs(
                        max_surge=1 if self._plan.surge else 0, max_unavailable=0 if self._plan.surge else 1
                    ),
                ),
                progress_deadline_seconds=self._plan.ready_within_seconds,
                revision_history_limit=2,
                template=self._pods({}),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _group(self, annotations: Mapping[str, str]) -> CustomResource:
        notes = {EXCLUSIVE_TOPOLOGY_ANNOTATION: GKE_NODE_POOL_LABEL, **annotations}
        return CustomResource(
            self._plan.name,
            api_version=LEADER_WORKER_SET[0],
            kind=LEADER_WORKER_SET[1],
            metadata=self._meta(notes),
            spec={
                "startupPolicy": "LeaderCreated",
                "rolloutStrategy": {
                    "type": "RollingUpdate",
                    "rollingUpdateConfiguration": {"maxUnavailable": 1, "maxSurge": 0},
                },
                "leaderWorkerTemplate": {
                    "size": self._plan.hosts,
                    "restartPolicy": "RecreateGroupOnPodRestart",
                    "leaderTemplate": self._pods({ROLE_LABEL: LEADER}),
                    "workerTemplate": self._pods({ROLE_LABEL: WORKER}),
                },
            },
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _pods(self, labels: Mapping[str, str]) -> core.v1.PodTemplateSpecArgs:
        plan, endpoint = self._plan, self._endpoint
        server = endpoint.conventions.server
        return core.v1.PodTemplateSpecArgs(
            metadata=meta.v1.ObjectMetaArgs(
                labels={**dict(plan.labels), **labels},
                annotations={"gke-gcsfuse/volumes": "true"} if plan.model.mounted else None,
            ),
            spec=core.v1.PodSpecArgs(
                service_account_name=endpoint.name,
                automount_service_account_token=False,  # metadata server gives Google credentials; none for Kubernetes
                priority_class_name=SERVING_PRIORITY,
                # The hosts of a group belong together, on one slice.
                topology_spread_constraints=spread(plan.selector) if plan.hosts == 1 else None,
                node_selector=dict(plan.node_selector),
                tolerations=[
                    core.v1.TolerationArgs(key=taint.key, operator="Equal", value=taint.value, effect=taint.effect)
                    for taint in plan.tolerations
                ],
                termination_grace_period_seconds=endpoint.grace_seconds,
                security_context=core.v1.PodSecurityContextArgs(
                    run_as_non_root=True,
                    run_as_user=server.run_as_user,
                    run_as_group=server.run_as_user,
                    fs_group=server.run_as_user,
                    seccomp_profile=core.v1.SeccompProfileArgs(type="RuntimeDefault"),
                ),
                containers=[self._container(leads=labels.get(ROLE_LABEL) != WORKER)],
                volumes=self._volumes(),
            ),
        )

    def _container(self, *, leads: bool) -> core.v1.ContainerArgs:
        plan, endpoint = self._plan, self._endpoint
        server, probes = endpoint.conventions.server, endpoint.conventions.probes
        amounts = _amounts(plan)
        limits = {name: amount for name, amount in amounts.items() if name != "cpu"}
        return core.v1.ContainerArgs(
            name="server",
            image=plan.image,
            command=list(plan.command) or None,
            args=list(plan.arguments) or None,
            env=_environment(plan),
            ports=_ports(endpoint),
            resources=core.v1.ResourceRequirementsArgs(
                requests={**amounts, _DISK: f"{plan.disk.request_mib}Mi"},
                # Accelerators want equal limits; memory beyond its request would be taken from neighbours.
                limits={**limits, _DISK: f"{plan.disk.most_mib}Mi"},
            ),
            startup_probe=_probe(probes.startup, LOAD_CHECK_SECONDS, plan.load_checks) if leads else None,
            readiness_probe=_probe(probes.readiness, CHECK_INTERVAL_SECONDS, UNHEALTHY_CHECKS) if leads else None,
            liveness_probe=_probe(probes.liveness, ALIVE_CHECK_SECONDS, DEAD_CHECKS) if leads else None,
            lifecycle=core.v1.LifecycleArgs(
                pre_stop=core.v1.LifecycleHandlerArgs(sleep=core.v1.SleepActionArgs(seconds=DRAIN_SECONDS))
            ),
            security_context=core.v1.SecurityContextArgs(
                allow_privilege_escalation=False,
                read_only_root_filesystem=server.read_only_root,
                capabilities=core.v1.CapabilitiesArgs(drop=["ALL"]),
            ),
            volume_mounts=self._mounts(),
        )

    def _mounts(self) -> list[core.v1.VolumeMountArgs]:
        plan = self._plan
        mounts = [core.v1.VolumeMountArgs(name="tmp", mount_path="/tmp")]  # noqa: S108 - the container's own
        if plan.shared_memory_mib:
            mounts.append(core.v1.VolumeMountArgs(name="shared-memory", mount_path="/dev/shm"))  # noqa: S108
        if plan.model.mounted:
            mounts.append(core.v1.VolumeMountArgs(name="model", mount_path=MODEL_FOLDER, read_only=True))
        if plan.files:
            folder = plan.files[0][0].rpartition("/")[0]
            mounts.append(core.v1.VolumeMountArgs(name="settings", mount_path=folder, read_only=True))
        return mounts

    def _volumes(self) -> list[core.v1.VolumeArgs]:
        plan = self._plan
        volumes = [
            core.v1.VolumeArgs(
                name="tmp", empty_dir=core.v1.EmptyDirVolumeSourceArgs(size_limit=f"{plan.disk.most_mib}Mi")
            )
        ]
        if plan.shared_memory_mib:
            memory = core.v1.EmptyDirVolumeSourceArgs(medium="Memory", size_limit=f"{plan.shared_memory_mib}Mi")
            volumes.append(core.v1.VolumeArgs(name="shared-memory", empty_dir=memory))
        if plan.model.mounted:
            options = "implicit-dirs" + (f",only-dir:{plan.model.folder}" if plan.model.folder else "")
            source = core.v1.CSIVolumeSourceArgs(
                driver="gcsfuse.csi.storage.gke.io",
                read_only=True,
                volume_attributes={"bucketName": plan.model.bucket, "mountOptions": options},
            )
            volumes.append(core.v1.VolumeArgs(name="model", csi=source))
        if plan.files:
            volumes.append(
                core.v1.VolumeArgs(name="settings", config_map=core.v1.ConfigMapVolumeSourceArgs(name=plan.name))
            )
        return volumes

    def _autoscaler(self, child: pulumi.ResourceOptions) -> None:
        plan = self._plan
        group = plan.hosts > 1
        autoscaling.v2.HorizontalPodAutoscaler(
            self._plan.name,
            # Until metrics arrive it has no opinion; that is not a failed deployment.
            metadata=self._meta({"pulumi.com/skipAwait": "true"}),
            spec=autoscaling.v2.HorizontalPodAutoscalerSpecArgs(
                scale_target_ref=autoscaling.v2.CrossVersionObjectReferenceArgs(
                    api_version=LEADER_WORKER_SET[0] if group else "apps/v1",
                    kind=LEADER_WORKER_SET[1] if group else "Deployment",
                    name=plan.name,
                ),
                min_replicas=plan.replicas_least,
                max_replicas=plan.replicas_most,
                metrics=[_metric(self._endpoint)],
                behavior=autoscaling.v2.HorizontalPodAutoscalerBehaviorArgs(
                    scale_down=autoscaling.v2.HPAScalingRulesArgs(stabilization_window_seconds=SCALE_DOWN_SECONDS)
                ),
            ),
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[self.workload])),
        )


def _metric(endpoint: EndpointPlan) -> autoscaling.v2.MetricSpecArgs:
    scale_on = endpoint.conventions.scale_on
    if scale_on is None:
        return autoscaling.v2.MetricSpecArgs(
            type="Resource",
            resource=autoscaling.v2.ResourceMetricSourceArgs(
                name="cpu",
                target=autoscaling.v2.MetricTargetArgs(type="Utilization", average_utilization=CPU_UTILIZATION),
            ),
        )
    return autoscaling.v2.MetricSpecArgs(
        type="Pods",
        pods=autoscaling.v2.PodsMetricSourceArgs(
            metric=autoscaling.v2.MetricIdentifierArgs(name=f"prometheus.googleapis.com|{scale_on.metric}|gauge"),
            target=autoscaling.v2.MetricTargetArgs(
                type="AverageValue", average_value=quantity_text(scale_on.per_replica)
            ),
        ),
    )


def _probe(path: str, period: int, failures: int) -> core.v1.ProbeArgs:
    return core.v1.ProbeArgs(
        http_get=core.v1.HTTPGetActionArgs(path=path, port=_HTTP),
        period_seconds=period,
        timeout_seconds=PROBE_TIMEOUT_SECONDS,
        failure_threshold=failures,
    )


def _ports(endpoint: EndpointPlan) -> list[Any]:
    ports = endpoint.conventions.ports
    named = {_HTTP: ports.http, _GRPC: ports.grpc, _METRICS: None if ports.metrics == ports.http else ports.metrics}
    return [core.v1.ContainerPortArgs(name=name, container_port=port) for name, port in named.items() if port]


def _metrics_port(endpoint: EndpointPlan) -> str:
    return _HTTP if endpoint.conventions.ports.metrics == endpoint.conventions.ports.http else _METRICS


def _environment(plan: VersionPlan) -> list[core.v1.EnvVarArgs]:
    plain = [core.v1.EnvVarArgs(name=name, value=value) for name, value in plan.environment]
    return plain + [
        core.v1.EnvVarArgs(
            name=name,
            value_from=core.v1.EnvVarSourceArgs(
                secret_key_ref=core.v1.SecretKeySelectorArgs(name=value.secret, key=value.key)
            ),
        )
        for name, value in plan.secrets
    ]


def _amounts(plan: VersionPlan) -> dict[str, str]:
    asked = plan.resources
    amounts = {"cpu": f"{asked.cpu_millicores}m", "memory": f"{asked.memory_mib}Mi"}
    return {**amounts, asked.device: str(asked.devices)} if asked.device else amounts
