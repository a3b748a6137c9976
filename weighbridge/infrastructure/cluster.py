"""The GKE cluster of an environment with everything that its spec leaves to be derived."""

from __future__ import annotations

from dataclasses import dataclass, replace

from weighbridge.infrastructure.accelerator_networks import networked_pools
from weighbridge.infrastructure.network import NetworkPlace, network_place
from weighbridge.rollouts.retirement import protects
from weighbridge.spec.cluster import AutoProvisioning, Cluster
from weighbridge.spec.root import Spec


@dataclass(frozen=True, slots=True)
class ClusterPlan:
    """One regional Standard cluster."""

    name: str
    project: str
    region: str
    zones: tuple[str, ...]
    settings: Cluster
    deletion_protection: bool
    auto_provisioning: AutoProvisioning | None
    secret_manager: bool  # whether an endpoint has files of Secret Manager
    secret_sync: bool  # whether one has variables of it, which need a Kubernetes Secret
    filestore: bool  # whether a volume of an endpoint is a share of it
    lustre: bool
    ray_operator: bool  # GKE's add-on
    network: NetworkPlace
    multi_networking: bool  # its nodes may have several interfaces

    @property
    def private_endpoint(self) -> bool:
        """Whether no public address leads to the control plane."""
        return not self.settings.control_plane_access or self.settings.control_plane_address == "private"

    @property
    def control_plane_subnetwork(self) -> str | None:
        """Path of the subnetwork of its private address; None: Google's choice."""
        name = self.settings.control_plane_subnetwork
        return None if name is None else replace(self.network, subnetwork=name).subnetwork_path


def control_plane_version(spec: Spec) -> str | None:
    """The version that the spec states of the control plane: as it is, or at least."""
    existing = spec.cluster.existing
    return spec.cluster.version if existing is None else existing.version


def existing_cluster_path(spec: Spec) -> str | None:
    """The cluster that exists, as GKE's API names it; None where one is created."""
    existing = spec.cluster.existing
    if existing is None:
        return None
    return f"projects/{spec.cloud.project}/locations/{existing.zone or spec.cloud.region}/clusters/{existing.name}"


def cluster_path(spec: Spec) -> str:
    """The stack's cluster as GKE's API names it, whoever makes it."""
    own = f"projects/{spec.cloud.project}/locations/{spec.cloud.region}/clusters/{spec.cluster_name}"
    return existing_cluster_path(spec) or own


def plan_cluster(spec: Spec) -> ClusterPlan:
    """The cluster of a checked spec."""
    versions = [version for endpoint in spec.endpoints.values() for version in endpoint.versions.values()]
    volumes = [volume for version in versions for volume in version.volumes.values()]
    files = [secret for version in versions for secret in version.secret_files.values()]
    variables = [secret for version in versions for secret in version.secrets.values()]
    return ClusterPlan(
        name=spec.environment,
        project=spec.cloud.project,
        region=spec.cloud.region,
        zones=spec.cloud.zones,
        settings=spec.cluster,
        deletion_protection=protects(spec),
        auto_provisioning=spec.cluster.auto_provisioning,
        secret_manager=any(secret.version for secret in (*files, *variables)),
        secret_sync=any(secret.version for secret in variables),
        filestore=any(volume.filestore for volume in volumes),
        lustre=any(volume.lustre for volume in volumes),
        ray_operator=spec.cluster.operators.ray == "installed",
        network=network_place(spec),
        multi_networking=any(networked_pools(spec)),
    )
