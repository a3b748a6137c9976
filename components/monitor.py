"""Creates what a monitor plan says: a Deployment with its config, an identity that reads the data, a PodMonitoring."""

from __future__ import annotations

import pulumi
from pulumi_gcp import bigquery, projects, secretmanager
from pulumi_kubernetes import apps, core, meta
from pulumi_kubernetes.apiextensions import CustomResource

from weighbridge.conventions import APP_LABEL, TRAINING_PRIORITY
from weighbridge.drift_monitor.plan import (
    CONFIG_FILE,
    DATASET_READER,
    DISK,
    FOLDER_LIMIT,
    PORT,
    QUERY_RUNNER,
    READER,
    RUN_AS_USER,
    SCRAPED_EVERY_SECONDS,
    STATE_FOLDER,
    TABLE_READER,
    MonitorPlan,
)
from weighbridge.infrastructure.secret_access import ACCESS_ROLE

from .bucket_reader import bucket_reader
from .workload_identity import WorkloadIdentity

_METRICS = "metrics"


class Monitor(pulumi.ComponentResource):
    """The drift monitor of one endpoint or pipeline."""

    def __init__(
        self,
        name: str,
        plan: MonitorPlan,
        *,
        namespace: core.v1.Namespace,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("weighbridge:index:Monitor", name, None, opts)
        self._plan = plan
        child = pulumi.ResourceOptions(parent=self, depends_on=[namespace])
        identity = WorkloadIdentity(
            name,
            account_id=plan.account_id,
            display_name=f"Drift monitor of {plan.subject}",
            project=plan.project,
            namespace=plan.namespace,
            service_account=plan.name,
            depends_on=[namespace],
            opts=pulumi.ResourceOptions(parent=self),
        )
        for access in plan.buckets:
            bucket_reader(
                f"{plan.subject}-{access.name}",
                access,
                role=READER,
                email=identity.email,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[identity.account]),
            )
        self._read_tables(identity)
        for project, secret in plan.secrets:
            secretmanager.SecretIamMember(
                f"{plan.subject}-{project}-{secret}",
                project=project,
                secret_id=secret,
                role=ACCESS_ROLE,
                member=f"serviceAccount:{identity.email}",
                opts=pulumi.ResourceOptions(parent=self, depends_on=[identity.account]),
            )
        config = core.v1.ConfigMap(
            name,
            metadata=self._meta(),
            data={CONFIG_FILE.rpartition("/")[2]: plan.config},
            opts=child,
        )
        apps.v1.Deployment(
            name,
            metadata=self._meta(),
            spec=apps.v1.DeploymentSpecArgs(
                replicas=1,
                # One at a time: a second one would expose the same series for a while.
                strategy=apps.v1.DeploymentStrategyArgs(type="Recreate"),
                selector=meta.v1.LabelSelectorArgs(match_labels={APP_LABEL: plan.name}),
                template=self._pods(),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[identity.service_account, config]),
        )
        CustomResource(
            name,
            api_version="monitoring.googleapis.com/v1",
            kind="PodMonitoring",
            metadata=self._meta(),
            spec={
                "selector": {"matchLabels": {APP_LABEL: plan.name}},
                "endpoints": [{"port": _METRICS, "interval": f"{SCRAPED_EVERY_SECONDS}s"}],
                "limits": {"samples": plan.most_series},
                "targetLabels": {"metadata": ["pod", "container"]},
            },
            opts=child,
        )
        self.register_outputs({})

    def _read_tables(self, identity: WorkloadIdentity) -> None:
        """Rows of the named tables, the lists of their datasets, and queries that are billed to one project."""
        plan, member = self._plan, f"serviceAccount:{identity.email}"
        child = pulumi.ResourceOptions(parent=self, depends_on=[identity.account])
        for project, dataset in dict.fromkeys(table.parts[:2] for table in plan.tables):
            bigquery.DatasetIamMember(
                f"{plan.subject}-{project}.{dataset}",
                project=project,
                dataset_id=dataset,
                role=DATASET_READER,
                member=member,
                opts=child,
            )
        for project, dataset, table in (address.parts for address in plan.tables):
            bigquery.IamMember(
                f"{plan.subject}-{project}.{dataset}.{table}",
                project=project,
                dataset_id=dataset,
                table_id=table,
                role=TABLE_READER,
                member=member,
                opts=child,
            )
        if plan.billed_project is not None:
            projects.IAMMember(
                f"{plan.subject}-queries", project=plan.billed_project, role=QUERY_RUNNER, member=member, opts=child
            )

    def _meta(self) -> meta.v1.ObjectMetaArgs:
        return meta.v1.ObjectMetaArgs(name=self._plan.name, namespace=self._plan.namespace, labels=self._plan.labels)

    def _pods(self) -> core.v1.PodTemplateSpecArgs:
        plan = self._plan
        return core.v1.PodTemplateSpecArgs(
            # A changed config makes new pods.
            metadata=meta.v1.ObjectMetaArgs(labels=plan.labels, annotations={"weighbridge.dev/config": plan.digest}),
            spec=core.v1.PodSpecArgs(
                service_account_name=plan.name,
                automount_service_account_token=False,
                priority_class_name=TRAINING_PRIORITY,
                node_selector=plan.node_selector,
                tolerations=[
                    core.v1.TolerationArgs(key=taint.key, operator="Equal", value=taint.value, effect=taint.effect)
                    for taint in plan.tolerations
                ]
                or None,
                security_context=core.v1.PodSecurityContextArgs(
                    run_as_non_root=True,
                    run_as_user=RUN_AS_USER,
                    fs_group=RUN_AS_USER,
                    seccomp_profile=core.v1.SeccompProfileArgs(type="RuntimeDefault"),
                ),
                containers=[self._container()],
                volumes=[
                    core.v1.VolumeArgs(name="config", config_map=core.v1.ConfigMapVolumeSourceArgs(name=plan.name)),
                    core.v1.VolumeArgs(
                        name="state", empty_dir=core.v1.EmptyDirVolumeSourceArgs(size_limit=FOLDER_LIMIT)
                    ),
                    core.v1.VolumeArgs(name="tmp", empty_dir=core.v1.EmptyDirVolumeSourceArgs(size_limit=FOLDER_LIMIT)),
                ],
            ),
        )

    def _container(self) -> core.v1.ContainerArgs:
        plan = self._plan
        return core.v1.ContainerArgs(
            name="monitor",
            image=plan.image,
            args=["monitor", "--config", CONFIG_FILE, "--listen", f":{PORT}", "--state", STATE_FOLDER],
            ports=[core.v1.ContainerPortArgs(name=_METRICS, container_port=PORT)],
            resources=core.v1.ResourceRequirementsArgs(
                requests={"cpu": plan.cpu, "memory": plan.memory, "ephemeral-storage": DISK},
                limits={"memory": plan.memory, "ephemeral-storage": DISK},
            ),
            readiness_probe=_probe(),
            liveness_probe=_probe(failures=6),
            security_context=core.v1.SecurityContextArgs(
                allow_privilege_escalation=False,
                read_only_root_filesystem=True,
                capabilities=core.v1.CapabilitiesArgs(drop=["ALL"]),
            ),
            volume_mounts=[
                core.v1.VolumeMountArgs(name="config", mount_path=CONFIG_FILE.rpartition("/")[0], read_only=True),
                core.v1.VolumeMountArgs(name="state", mount_path=STATE_FOLDER),
                core.v1.VolumeMountArgs(name="tmp", mount_path="/tmp"),  # noqa: S108 - the container's own
            ],
        )


def _probe(failures: int = 3) -> core.v1.ProbeArgs:
    return core.v1.ProbeArgs(
        http_get=core.v1.HTTPGetActionArgs(path="/healthz", port=_METRICS),
        period_seconds=20,
        failure_threshold=failures,
    )
