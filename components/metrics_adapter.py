"""Google's adapter that answers the autoscaler's questions about metrics of Managed Prometheus."""

from __future__ import annotations

import pulumi
from pulumi_gcp import projects
from pulumi_kubernetes import apiregistration, apps, core, meta, policy, rbac

from weighbridge.conventions import SERVING_PRIORITY
from weighbridge.serving.metrics_adapter import (
    CPU,
    HEALTH_PATH,
    LABELS,
    MEMORY,
    NAME,
    PORT,
    REPLICAS,
    ROLE,
    RUN_AS_USER,
    TEMPORARY_STORAGE,
    MetricsAdapterPlan,
)

from .namespace import namespace
from .topology_spread import spread
from .workload_identity import WorkloadIdentity

_APIS = (("custom.metrics.k8s.io", "v1beta1", 100), ("custom.metrics.k8s.io", "v1beta2", 200))
_HTTPS = "https"


class MetricsAdapter(pulumi.ComponentResource):
    """The adapter, its rights, and the APIs that it serves."""

    namespace: core.v1.Namespace

    def __init__(self, name: str, plan: MetricsAdapterPlan, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("weighbridge:index:MetricsAdapter", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.namespace = namespace(
            name, plan.namespace, pulumi.ResourceOptions(parent=self, depends_on=opts.depends_on if opts else None)
        )
        identity = WorkloadIdentity(
            name,
            account_id=plan.account_id,
            display_name=f"Metrics for autoscaling in {plan.environment}",
            project=plan.project,
            namespace=plan.namespace,
            service_account=NAME,
            depends_on=[self.namespace],
            opts=child,
        )
        reader = projects.IAMMember(
            name,
            project=plan.project,
            role=ROLE,
            member=f"serviceAccount:{identity.email}",
            opts=pulumi.ResourceOptions(parent=self, depends_on=[identity.account]),
        )
        subject = rbac.v1.SubjectArgs(kind="ServiceAccount", name=NAME, namespace=plan.namespace)
        rights = self._rights(name, subject, pulumi.ResourceOptions(parent=self, depends_on=[self.namespace]))
        service = core.v1.Service(
            name,
            metadata=meta.v1.ObjectMetaArgs(
                name=NAME, namespace=plan.namespace, labels=dict(LABELS), annotations={"pulumi.com/skipAwait": "true"}
            ),
            spec=core.v1.ServiceSpecArgs(
                selector=dict(LABELS), ports=[core.v1.ServicePortArgs(port=443, target_port=_HTTPS, protocol="TCP")]
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.namespace]),
        )
        adapter = apps.v1.Deployment(
            name,
            metadata=meta.v1.ObjectMetaArgs(name=NAME, namespace=plan.namespace, labels=dict(LABELS)),
            spec=apps.v1.DeploymentSpecArgs(
                replicas=REPLICAS,
                strategy=apps.v1.DeploymentStrategyArgs(
                    type="RollingUpdate",
                    rolling_update=apps.v1.RollingUpdateDeploymentArgs(max_surge=1, max_unavailable=0),
                ),
                selector=meta.v1.LabelSelectorArgs(match_labels=dict(LABELS)),
                template=core.v1.PodTemplateSpecArgs(
                    metadata=meta.v1.ObjectMetaArgs(labels=dict(LABELS)), spec=_pod(plan.image)
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[identity, reader, *rights]),
        )
        policy.v1.PodDisruptionBudget(
            name,
            metadata=meta.v1.ObjectMetaArgs(name=NAME, namespace=plan.namespace),
            spec=policy.v1.PodDisruptionBudgetSpecArgs(
                selector=meta.v1.LabelSelectorArgs(match_labels=dict(LABELS)),
                max_unavailable=1,
                unhealthy_pod_eviction_policy="AlwaysAllow",
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.namespace]),
        )
        for group, version, priority in _APIS:
            apiregistration.v1.APIService(
                f"{name}-{version}",
                metadata=meta.v1.ObjectMetaArgs(name=f"{version}.{group}"),
                spec=apiregistration.v1.APIServiceSpecArgs(
                    group=group,
                    version=version,
                    group_priority_minimum=100,
                    version_priority=priority,
                    # As in Google's manifest: each replica signs a certificate of its own at its start, so there is
                    # no authority to name. Who may reach its port is the network policies' to say.
                    insecure_skip_tls_verify=True,
                    service=apiregistration.v1.ServiceReferenceArgs(name=NAME, namespace=plan.namespace),
                ),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[service, adapter]),
            )
        self.register_outputs({})

    def _rights(self, name: str, subject: rbac.v1.SubjectArgs, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
        def role(kind: str, of: str) -> rbac.v1.RoleRefArgs:
            return rbac.v1.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind=kind, name=of)

        return [
            rbac.v1.ClusterRoleBinding(
                f"{name}-auth-delegator",
                metadata=meta.v1.ObjectMetaArgs(name="custom-metrics:system:auth-delegator"),
                role_ref=role("ClusterRole", "system:auth-delegator"),
                subjects=[subject],
                opts=opts,
            ),
            rbac.v1.RoleBinding(
                f"{name}-auth-reader",
                metadata=meta.v1.ObjectMetaArgs(name="custom-metrics-auth-reader", namespace="kube-system"),
                role_ref=role("Role", "extension-apiserver-authentication-reader"),
                subjects=[subject],
                opts=opts,
            ),
            rbac.v1.ClusterRole(
                f"{name}-resource-reader",
                metadata=meta.v1.ObjectMetaArgs(name="custom-metrics-resource-reader"),
                rules=[
                    rbac.v1.PolicyRuleArgs(
                        api_groups=[""], resources=["pods", "nodes", "nodes/stats"], verbs=["get", "list", "watch"]
                    )
                ],
                opts=opts,
            ),
            rbac.v1.ClusterRoleBinding(
                f"{name}-resource-reader",
                metadata=meta.v1.ObjectMetaArgs(name="custom-metrics-resource-reader"),
                role_ref=role("ClusterRole", "custom-metrics-resource-reader"),
                subjects=[subject],
                opts=opts,
            ),
        ]


def _pod(image: str) -> core.v1.PodSpecArgs:
    disk = {"ephemeral-storage": TEMPORARY_STORAGE}
    amounts = {"cpu": CPU, "memory": MEMORY, **disk}
    return core.v1.PodSpecArgs(
        service_account_name=NAME,
        automount_service_account_token=True,  # it asks the API server about pods
        priority_class_name=SERVING_PRIORITY,
        topology_spread_constraints=spread(LABELS),
        security_context=core.v1.PodSecurityContextArgs(
            run_as_non_root=True,
            run_as_user=RUN_AS_USER,
            run_as_group=RUN_AS_USER,
            seccomp_profile=core.v1.SeccompProfileArgs(type="RuntimeDefault"),
        ),
        containers=[
            core.v1.ContainerArgs(
                name="adapter",
                image=image,
                command=[
                    "/adapter",
                    "--use-new-resource-model=true",
                    "--fallback-for-container-metrics=true",
                    f"--secure-port={PORT}",
                    "--cert-dir=/tmp",
                ],
                ports=[core.v1.ContainerPortArgs(name=_HTTPS, container_port=PORT)],
                readiness_probe=_probe(failures=3),
                liveness_probe=_probe(failures=6),
                resources=core.v1.ResourceRequirementsArgs(requests=amounts, limits={"memory": MEMORY, **disk}),
                security_context=core.v1.SecurityContextArgs(
                    allow_privilege_escalation=False,
                    read_only_root_filesystem=True,
                    capabilities=core.v1.CapabilitiesArgs(drop=["ALL"]),
                ),
                volume_mounts=[core.v1.VolumeMountArgs(name="tmp", mount_path="/tmp")],  # noqa: S108
            )
        ],
        volumes=[
            core.v1.VolumeArgs(name="tmp", empty_dir=core.v1.EmptyDirVolumeSourceArgs(size_limit=TEMPORARY_STORAGE))
        ],
    )


def _probe(failures: int) -> core.v1.ProbeArgs:
    return core.v1.ProbeArgs(
        http_get=core.v1.HTTPGetActionArgs(path=HEALTH_PATH, port=_HTTPS, scheme="HTTPS"),
        period_seconds=10,
        timeout_seconds=5,
        failure_threshold=failures,
    )
