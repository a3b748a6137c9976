"""One version's InferencePool with its endpoint picker, and what that may read."""

from __future__ import annotations

import pulumi
from pulumi_kubernetes import apps, core, meta, policy, rbac
from pulumi_kubernetes.apiextensions import CustomResource

from weighbridge.conventions import SERVING_PRIORITY
from weighbridge.serving.inference_pool import (
    HEALTH_PORT,
    METRICS_PORT,
    PICKER_DRAIN_SECONDS,
    PICKER_GRACE_SECONDS,
    PICKER_PORT,
    POOL_GROUP,
    POOL_KIND,
    SETTINGS_FILE,
    SETTINGS_FOLDER,
    TEMPORARY_STORAGE,
    InferencePoolPlan,
)
from weighbridge.serving.objects import inference_pool

from .topology_spread import spread
from .written import custom_resource

_RBAC = "rbac.authorization.k8s.io"
_METRICS = "metrics"


class InferencePoolComponent(pulumi.ComponentResource):
    """The pool that a route names. Its picker is up before it is asked."""

    resource: CustomResource

    def __init__(self, plan: InferencePoolPlan, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("weighbridge:index:InferencePool", plan.name, None, opts)
        self._plan, picker = plan, plan.picker
        child = pulumi.ResourceOptions(parent=self)
        account = core.v1.ServiceAccount(
            picker.name, metadata=self._meta(), automount_service_account_token=False, opts=child
        )
        rights = self._rights(child)
        settings = core.v1.ConfigMap(
            picker.name, metadata=self._meta(), data={SETTINGS_FILE: picker.settings}, opts=child
        )
        workload = self._deployment([account, *rights, settings])
        service = core.v1.Service(
            picker.name,
            metadata=self._meta(skip_await=True),
            spec=core.v1.ServiceSpecArgs(
                selector=picker.selector,
                ports=[core.v1.ServicePortArgs(name="grpc-ext-proc", port=PICKER_PORT, target_port=PICKER_PORT)],
            ),
            opts=child,
        )
        if picker.stands_by:
            policy.v1.PodDisruptionBudget(
                picker.name,
                metadata=self._meta(),
                spec=policy.v1.PodDisruptionBudgetSpecArgs(
                    selector=meta.v1.LabelSelectorArgs(match_labels=picker.selector),
                    max_unavailable=1,
                    unhealthy_pod_eviction_policy="AlwaysAllow",  # those that stand by are never ready
                ),
                opts=child,
            )
        CustomResource(
            picker.name,
            api_version="monitoring.googleapis.com/v1",
            kind="PodMonitoring",
            metadata=self._meta(),
            spec={
                "selector": {"matchLabels": picker.selector},
                "endpoints": [{"port": _METRICS, "path": "/metrics", "interval": "15s", "timeout": "10s"}],
                "targetLabels": {"metadata": ["pod", "container", "node"]},
            },
            opts=child,
        )
        self.resource = custom_resource(
            plan.name,
            inference_pool(plan),
            meta.v1.ObjectMetaArgs(name=plan.name, namespace=plan.namespace),
            pulumi.ResourceOptions(parent=self, depends_on=[workload, service]),
        )
        if plan.objective is not None:
            CustomResource(
                f"{plan.name}-objective",
                api_version=plan.objective.api_version,
                kind="InferenceObjective",
                metadata=meta.v1.ObjectMetaArgs(name=plan.name, namespace=plan.namespace),
                spec={
                    "priority": plan.objective.priority,
                    "poolRef": {"group": POOL_GROUP, "kind": POOL_KIND, "name": plan.name},
                },
                opts=pulumi.ResourceOptions(parent=self, depends_on=[self.resource]),
            )
        self.register_outputs({"pool": plan.name})

    def _meta(self, *, skip_await: bool = False) -> meta.v1.ObjectMetaArgs:
        return meta.v1.ObjectMetaArgs(
            name=self._plan.picker.name,
            namespace=self._plan.namespace,
            labels=self._plan.picker.selector,
            annotations={"pulumi.com/skipAwait": "true"} if skip_await else None,
        )

    def _rights(self, child: pulumi.ResourceOptions) -> list[pulumi.Resource]:
        picker = self._plan.picker
        role = rbac.v1.Role(
            picker.name,
            metadata=self._meta(),
            rules=[
                rbac.v1.PolicyRuleArgs(
                    api_groups=list(right.groups), resources=list(right.resources), verbs=list(right.verbs)
                )
                for right in picker.rights
            ],
            opts=child,
        )
        binding = rbac.v1.RoleBinding(
            picker.name,
            metadata=self._meta(),
            role_ref=rbac.v1.RoleRefArgs(api_group=_RBAC, kind="Role", name=picker.name),
            subjects=[rbac.v1.SubjectArgs(kind="ServiceAccount", name=picker.name, namespace=self._plan.namespace)],
            opts=child,
        )
        return [role, binding]

    def _deployment(self, depends_on: list[pulumi.Resource]) -> apps.v1.Deployment:
        picker = self._plan.picker
        return apps.v1.Deployment(
            picker.name,
            # Pickers that stand by are not ready by design, so that such a deployment never counts as complete.
            metadata=self._meta(skip_await=picker.stands_by),
            spec=apps.v1.DeploymentSpecArgs(
                replicas=picker.replicas,
                selector=meta.v1.LabelSelectorArgs(match_labels=picker.selector),
                # Two that work at once would each know a half of the queues.
                strategy=apps.v1.DeploymentStrategyArgs(type="Recreate"),
                revision_history_limit=2,
                template=core.v1.PodTemplateSpecArgs(
                    metadata=meta.v1.ObjectMetaArgs(labels=picker.selector), spec=self._pod()
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=depends_on),
        )

    def _pod(self) -> core.v1.PodSpecArgs:
        picker = self._plan.picker
        return core.v1.PodSpecArgs(
            service_account_name=picker.name,
            priority_class_name=SERVING_PRIORITY,
            topology_spread_constraints=spread(picker.selector) if picker.stands_by else None,
            automount_service_account_token=True,  # it watches pods and its pool
            node_selector=dict(picker.node_selector) or None,
            tolerations=[
                core.v1.TolerationArgs(key=taint.key, operator="Equal", value=taint.value, effect=taint.effect)
                for taint in picker.tolerations
            ]
            or None,
            termination_grace_period_seconds=PICKER_GRACE_SECONDS,
            security_context=core.v1.PodSecurityContextArgs(
                run_as_non_root=True,
                run_as_user=picker.run_as_user,
                run_as_group=picker.run_as_user,
                seccomp_profile=core.v1.SeccompProfileArgs(type="RuntimeDefault"),
            ),
            containers=[self._container()],
            volumes=[
                core.v1.VolumeArgs(
                    name="tmp", empty_dir=core.v1.EmptyDirVolumeSourceArgs(size_limit=TEMPORARY_STORAGE)
                ),
                core.v1.VolumeArgs(name="settings", config_map=core.v1.ConfigMapVolumeSourceArgs(name=picker.name)),
            ],
        )

    def _container(self) -> core.v1.ContainerArgs:
        picker = self._plan.picker
        bounded = {"memory": f"{picker.memory_mib}Mi", "ephemeral-storage": TEMPORARY_STORAGE}
        return core.v1.ContainerArgs(
            name="picker",
            image=picker.image,
            args=list(picker.arguments),
            env=[
                core.v1.EnvVarArgs(
                    name=name,
                    value_from=core.v1.EnvVarSourceArgs(field_ref=core.v1.ObjectFieldSelectorArgs(field_path=path)),
                )
                for name, path in (("NAMESPACE", "metadata.namespace"), ("POD_NAME", "metadata.name"))
            ],
            ports=[
                core.v1.ContainerPortArgs(name=name, container_port=port)
                for name, port in (("grpc", PICKER_PORT), ("grpc-health", HEALTH_PORT), (_METRICS, METRICS_PORT))
            ],
            resources=core.v1.ResourceRequirementsArgs(
                requests={"cpu": f"{picker.cpu_millicores}m", **bounded}, limits=bounded
            ),
            liveness_probe=core.v1.ProbeArgs(
                grpc=core.v1.GRPCActionArgs(port=HEALTH_PORT, service=picker.alive_service),
                initial_delay_seconds=5,
                period_seconds=10,
            ),
            readiness_probe=core.v1.ProbeArgs(
                grpc=core.v1.GRPCActionArgs(port=HEALTH_PORT, service=picker.ready_service), period_seconds=2
            ),
            lifecycle=core.v1.LifecycleArgs(
                pre_stop=core.v1.LifecycleHandlerArgs(sleep=core.v1.SleepActionArgs(seconds=PICKER_DRAIN_SECONDS))
            ),
            security_context=core.v1.SecurityContextArgs(
                allow_privilege_escalation=False,
                read_only_root_filesystem=True,
                capabilities=core.v1.CapabilitiesArgs(drop=["ALL"]),
            ),
            volume_mounts=[
                core.v1.VolumeMountArgs(name="tmp", mount_path="/tmp"),  # noqa: S108 - the container's own
                core.v1.VolumeMountArgs(name="settings", mount_path=SETTINGS_FOLDER, read_only=True),
            ],
        )
