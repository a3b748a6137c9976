"""One endpoint: who its servers are, its versions, and the route that splits requests among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pulumi
from pulumi_gcp import secretmanager
from pulumi_kubernetes import core, meta
from pulumi_kubernetes.apiextensions import CustomResource

from weighbridge.conventions import APP_LABEL, workload_member
from weighbridge.infrastructure.secret_access import ACCESS_ROLE
from weighbridge.serving import objects
from weighbridge.serving.endpoint import (
    CHECK_INTERVAL_SECONDS,
    LOGGED_PER_MILLION,
    MODEL_ROLE,
    UNHEALTHY_CHECKS,
    EndpointPlan,
    VersionPlan,
)

from .bucket_reader import bucket_reader
from .inference_pool import InferencePoolComponent
from .model_version import ModelVersion
from .workload_identity import WorkloadIdentity
from .written import content, custom_resource


class EndpointComponent(pulumi.ComponentResource):
    """A model behind one host name."""

    versions: Mapping[str, ModelVersion]

    def __init__(
        self,
        name: str,
        plan: EndpointPlan,
        *,
        namespace: pulumi.Resource,
        gateway: pulumi.Resource,
        controllers: Sequence[pulumi.Resource] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("weighbridge:index:Endpoint", name, None, opts)
        self._plan = plan
        identity = WorkloadIdentity(
            name,
            account_id=plan.account_id,
            display_name=f"Model servers of {plan.name} in {plan.environment}",
            project=plan.project,
            namespace=plan.namespace,
            service_account=plan.name,
            depends_on=[namespace],
            opts=pulumi.ResourceOptions(parent=self),
        )
        readers = [
            bucket_reader(
                f"{name}-{access.name}" if role == MODEL_ROLE else f"{name}-writer:{access.name}",
                access,
                role=role,
                email=identity.email,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[identity.account]),
            )
            for access, role in plan.buckets
        ]
        needed = [*readers, *self._secret_readers(identity), *self._volumes(namespace)]
        ready = pulumi.ResourceOptions(parent=self, depends_on=[namespace, identity, *controllers, *needed])
        self.versions = {version.name: ModelVersion(plan, version, ready) for version in plan.versions}
        pools = {
            version.name: InferencePoolComponent(
                version.pool, pulumi.ResourceOptions(parent=self.versions[version.name])
            )
            for version in plan.versions
            if version.pool is not None
        }
        policies = [policy for version in plan.versions for policy in self._policies(version, pools.get(version.name))]
        # A version has to answer before it is given traffic.
        answering = [gateway, *self.versions.values(), *pools.values(), *policies]
        custom_resource(
            name,
            objects.route(plan),
            self._meta(plan.name),
            pulumi.ResourceOptions(parent=self, depends_on=answering),
        )
        self.register_outputs({"url": plan.url})

    def _secret_readers(self, identity: WorkloadIdentity) -> Iterator[pulumi.Resource]:
        # The add-on asks as the account of the pods; which of its two names it uses is unverified, so both may read.
        plan = self._plan
        members = {
            "": f"serviceAccount:{identity.email}",
            "-pods": workload_member(plan.project, plan.namespace, plan.name),
        }
        for project, secret in plan.secrets:
            for suffix, member in members.items():
                yield secretmanager.SecretIamMember(
                    f"{plan.name}-{project}-{secret}{suffix}",
                    project=project,
                    secret_id=secret,
                    role=ACCESS_ROLE,
                    member=member,
                    opts=pulumi.ResourceOptions(parent=self, depends_on=[identity]),
                )

    def _volumes(self, namespace: pulumi.Resource) -> Iterator[pulumi.Resource]:
        """Disks and shares that exist, each with the claim that is bound to it alone."""
        for volume in self._plan.volumes:
            held = core.v1.PersistentVolume(
                volume.name,
                metadata=meta.v1.ObjectMetaArgs(name=volume.name, labels={APP_LABEL: self._plan.name}),
                spec=content(objects.persistent_volume(self._plan, volume)),
                opts=pulumi.ResourceOptions(parent=self),
            )
            yield core.v1.PersistentVolumeClaim(
                volume.name,
                metadata=self._meta(volume.name),
                spec=content(objects.volume_claim(self._plan, volume)),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[namespace, held]),
            )

    def _meta(self, name: str) -> meta.v1.ObjectMetaArgs:
        return meta.v1.ObjectMetaArgs(name=name, namespace=self._plan.namespace, labels={APP_LABEL: self._plan.name})

    def _policies(self, version: VersionPlan, pool: InferencePoolComponent | None) -> Iterator[pulumi.Resource]:
        plan, parent = self._plan, self.versions[version.name]
        target = {"group": plan.backend.group, "kind": plan.backend.kind, "name": version.name}
        about = parent.service if pool is None else pool.resource
        opts = pulumi.ResourceOptions(parent=parent, depends_on=[about])
        health = {
            "portSpecification": "USE_FIXED_PORT",
            "port": plan.conventions.ports.http,
            "requestPath": plan.conventions.probes.readiness,
        }
        yield CustomResource(
            f"{version.name}-health",
            api_version="networking.gke.io/v1",
            kind="HealthCheckPolicy",
            metadata=self._meta(version.name),
            spec={
                "targetRef": target,
                "default": {
                    "checkIntervalSec": CHECK_INTERVAL_SECONDS,
                    "timeoutSec": CHECK_INTERVAL_SECONDS,
                    "healthyThreshold": 1,
                    "unhealthyThreshold": UNHEALTHY_CHECKS,
                    "config": {"type": "HTTP", "httpHealthCheck": health},
                },
            },
            opts=opts,
        )
        yield CustomResource(
            f"{version.name}-backend",
            api_version="networking.gke.io/v1",
            kind="GCPBackendPolicy",
            metadata=self._meta(version.name),
            spec={"targetRef": target, "default": self._backend_settings()},
            opts=opts,
        )

    def _backend_settings(self) -> dict[str, Any]:
        settings, longest = self._plan.settings, self._plan.conventions.longest_request_seconds
        chosen: dict[str, Any] = {
            "timeoutSec": longest,  # GKE's default of 30 s cuts model calls off
            "connectionDraining": {"drainingTimeoutSec": longest},
            "logging": {"enabled": True, "sampleRate": LOGGED_PER_MILLION},
        }
        if settings.cloud_armor is not None:
            chosen["securityPolicy"] = settings.cloud_armor
        if settings.iap:
            chosen["iap"] = {"enabled": True}  # with Google's own OAuth client
        return chosen
