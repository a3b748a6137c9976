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
    ACCELERATOR_DUTY,
    ACCELERATOR_METRIC,
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
    PodCommand,
    VersionPlan,
)
from weighbridge.serving.secret import ADD_ON_DRIVER, ADD_ON_PROVIDER, SecretFile
from weighbridge.serving.volume import (
    FUSE_DRIVER,
    BucketFolder,
    ClaimFolder,
    MemoryFolder,
    VolumeMount,
    mount_options,
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
        secrets = self._secrets(child)
        waits = {"pulumi.com/timeoutSeconds": str(plan.ready_within_seconds)}
        if plan.is_group:
            self.workload = self._group(waits, secrets)
        else:
            self.workload = self._deployment(waits, secrets)
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

    def _secrets(self, child: pulumi.ResourceOptions) -> list[pulumi.Resource]:
        """What the Secret Manager add-on hands out, and the Secret that is made of some of it."""
        secrets = self._plan.secrets
        if not secrets.provided:
            return []
        provider = CustomResource(
            secrets.name,
            api_version="secrets-store.csi.x-k8s.io/v1",
            kind="SecretProviderClass",
            metadata=self._meta(),
            spec={"provider": ADD_ON_PROVIDER, "parameters": {"secrets": secrets.provider_text}},
            opts=child,
        )
        if not secrets.synced:
            return [provider]
        synced = CustomResource(
            f"{secrets.name}-sync",
            api_version="secret-sync.gke.io/v1",
            kind="SecretSync",
            metadata=self._meta(),
            spec={
                "serviceAccountName": self._endpoint.name,
                "secretProviderClassName": secrets.name,
                "secretObject": {
                    "type": "Opaque",
                    "data": [{"sourcePath": variable, "targetKey": variable} for variable in secrets.synced],
                },
            },
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[provider])),
        )
        return [provider, synced]

    def _deployment(self, annotations: Mapping[str, str], needed: list[pulumi.Resource]) -> apps.v1.Deployment:
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
                template=self._pods({}, self._plan.serves),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=needed or None),
        )

    def _group(self, annotations: Mapping[str, str], needed: list[pulumi.Resource]) -> CustomResource:
        plan = self._plan
        notes = {**({EXCLUSIVE_TOPOLOGY_ANNOTATION: GKE_NODE_POOL_LABEL} if plan.exclusive else {}), **annotations}
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
                    "leaderTemplate": self._pods({ROLE_LABEL: LEADER}, plan.serves),
                    "workerTemplate": self._pods({ROLE_LABEL: WORKER}, plan.works or plan.serves),
                },
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=needed or None),
        )

    def _pods(self, labels: Mapping[str, str], runs: PodCommand) -> core.v1.PodTemplateSpecArgs:
        plan, endpoint = self._plan, self._endpoint
        server = endpoint.conventions.server
        return core.v1.PodTemplateSpecArgs(
            metadata=meta.v1.ObjectMetaArgs(
                labels={**dict(plan.labels), **labels},
                annotations=dict(plan.annotations) or None,
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
                containers=[self._container(runs, leads=labels.get(ROLE_LABEL) != WORKER)],
                volumes=self._volumes(),
            ),
        )

    def _container(self, runs: PodCommand, *, leads: bool) -> core.v1.ContainerArgs:
        plan, endpoint = self._plan, self._endpoint
        server, probes = endpoint.conventions.server, endpoint.conventions.probes
        amounts = _amounts(plan)
        limits = {name: amount for name, amount in amounts.items() if name != "cpu"}
        return core.v1.ContainerArgs(
            name="server",
            image=plan.image,
            command=["/bin/sh", "-c", runs.script] if runs.script else list(runs.command) or None,
            args=None if runs.script else list(runs.arguments) or None,
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
        mounts += [
            core.v1.VolumeMountArgs(
                name=_volume(volume.name), mount_path=volume.path, read_only=True if volume.read_only else None
            )
            for volume in plan.volumes
        ]
        mounts += [
            core.v1.VolumeMountArgs(name=_secret_volume(file), mount_path=file.path, sub_path=file.key, read_only=True)
            for file in plan.secrets.files
        ]
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
            source = core.v1.CSIVolumeSourceArgs(
                driver=FUSE_DRIVER,
                read_only=True,
                volume_attributes={
                    "bucketName": plan.model.bucket or "",
                    "mountOptions": mount_options(plan.model.folder),
                },
            )
            volumes.append(core.v1.VolumeArgs(name="model", csi=source))
        if plan.files:
            volumes.append(
                core.v1.VolumeArgs(name="settings", config_map=core.v1.ConfigMapVolumeSourceArgs(name=plan.name))
            )
        volumes += [_volume_of(volume) for volume in plan.volumes]
        kept = {_secret_volume(file): file.secret for file in plan.secrets.files}
        volumes += [
            core.v1.VolumeArgs(name=name, secret=core.v1.SecretVolumeSourceArgs(secret_name=secret))
            if secret is not None
            else core.v1.VolumeArgs(
                name=name,
                csi=core.v1.CSIVolumeSourceArgs(
                    driver=ADD_ON_DRIVER,
                    read_only=True,
                    volume_attributes={"secretProviderClass": plan.secrets.name},
                ),
            )
            for name, secret in kept.items()
        ]
        return volumes

    def _autoscaler(self, child: pulumi.ResourceOptions) -> None:
        plan = self._plan
        group = plan.is_group
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
                metrics=[_metric(self._endpoint, plan)],
                behavior=autoscaling.v2.HorizontalPodAutoscalerBehaviorArgs(
                    scale_down=autoscaling.v2.HPAScalingRulesArgs(stabilization_window_seconds=SCALE_DOWN_SECONDS)
                ),
            ),
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[self.workload])),
        )


def _metric(endpoint: EndpointPlan, plan: VersionPlan) -> autoscaling.v2.MetricSpecArgs:
    scale_on = endpoint.conventions.scale_on
    if scale_on is not None:
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
            name=variable.name,
            value_from=core.v1.EnvVarSourceArgs(
                secret_key_ref=core.v1.SecretKeySelectorArgs(name=variable.secret, key=variable.key)
            ),
        )
        for variable in plan.secrets.variables
    ]


def _volume(name: str) -> str:
    return f"volume-{name}"  # apart from the names that pods have anyway


def _secret_volume(file: SecretFile) -> str:
    return f"secret-{file.secret}" if file.secret is not None else "secret-manager"


def _volume_of(volume: VolumeMount) -> core.v1.VolumeArgs:
    name = _volume(volume.name)
    match volume.source:
        case MemoryFolder(mib=mib):
            memory = core.v1.EmptyDirVolumeSourceArgs(medium="Memory", size_limit=f"{mib}Mi")
            return core.v1.VolumeArgs(name=name, empty_dir=memory)
        case BucketFolder(attributes=attributes, read_only=read_only):
            bucket = core.v1.CSIVolumeSourceArgs(
                driver=FUSE_DRIVER, read_only=read_only, volume_attributes=dict(attributes)
            )
            return core.v1.VolumeArgs(name=name, csi=bucket)
        case ClaimFolder(claim=claim):
            held = core.v1.PersistentVolumeClaimVolumeSourceArgs(
                claim_name=claim, read_only=True if volume.read_only else None
            )
            return core.v1.VolumeArgs(name=name, persistent_volume_claim=held)


def _amounts(plan: VersionPlan) -> dict[str, str]:
    asked = plan.resources
    amounts = {"cpu": f"{asked.cpu_millicores}m", "memory": f"{asked.memory_mib}Mi"}
    return {**amounts, asked.device: str(asked.devices)} if asked.device else amounts
