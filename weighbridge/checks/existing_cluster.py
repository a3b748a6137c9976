"""What is wrong with a cluster that exists: what is not set by this stack, and what it lacks for what runs in it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from weighbridge.catalog import Catalog
from weighbridge.files.problem import Problem
from weighbridge.infrastructure.accelerator_networks import networked_pools
from weighbridge.infrastructure.cluster import plan_cluster
from weighbridge.spec.cluster import ExistingCluster
from weighbridge.spec.root import Spec

OF_THIS_STACK = frozenset(
    {
        "existing",
        "kueue",
        "leader_worker_set",
        "metrics_adapter_image",
        "operators",
        "node_service_account",
        "boot_disk_key",
        "security",
    }
)
"""Keys of `cluster` that mean something of a cluster that exists."""

_TURN_ON = {
    "dns_endpoint": "--enable-dns-access",
    "workload_identity": "--workload-pool={project}.svc.id.goog",
    "gateway_api": "--gateway-api=standard",
    "managed_prometheus": "--enable-managed-prometheus",
    "gcs_fuse": "--update-addons=GcsFuseCsiDriver=ENABLED",
    "secret_manager": "--enable-secret-manager",
    "secret_sync": "--enable-secret-sync",
    "filestore": "--update-addons=GcpFilestoreCsiDriver=ENABLED",
    "lustre": "--update-addons=LustreCsiDriver=ENABLED",
    "multi_networking": "--enable-multi-networking",
}
"""Flags of `gcloud container clusters update`. GKE Dataplane V2 has none: it is chosen when a cluster is made."""


def check_existing_cluster(spec: Spec, _: Catalog) -> Iterator[Problem]:
    """Everything that is wrong with `cluster.existing`."""
    existing = spec.cluster.existing
    if existing is None:
        return
    for name in sorted(spec.cluster.model_fields_set - OF_THIS_STACK):
        message = "this stack sets nothing of a cluster that exists: remove it, and set it where the cluster is made"
        yield Problem(("cluster", name), message, on_key=True)
    for name in sorted(spec.cluster.security.model_fields_set - {"network_policies"}):
        message = "this stack sets nothing of a cluster that exists: remove it, and set it where the cluster is made"
        yield Problem(("cluster", "security", name), message, on_key=True)
    if spec.cluster.operators.ray == "installed":
        message = (
            "GKE's Ray Operator is turned on where the cluster is made: `gcloud container clusters update "
            f"{existing.name} --update-addons=RayOperator=ENABLED`, then say `present`"
        )
        yield Problem(("cluster", "operators", "ray"), message)
    if existing.zone is not None and existing.zone.rpartition("-")[0] != spec.cloud.region:
        message = f"{existing.zone} is not in {spec.cloud.region}, the region of this stack"
        yield Problem(("cluster", "existing", "zone"), message)
    if spec.network.existing is None:
        message = "which network is that cluster in? Name it under `network.existing`"
        yield Problem(("cluster", "existing"), message, on_key=True)
    yield from _lacking(spec, existing)


def check_joined_clusters(
    stack: str, cluster: str, others: Iterable[tuple[str, str]], production: Container[str]
) -> Iterator[Problem]:
    """A cluster that another stack makes or has joined already; `others` are those stacks with their clusters.

    `production` are the stacks that the quota file calls so.
    """
    for other, path in others:
        if path == cluster:
            whose = f"{other}, which is production" if other in production else other
            message = (
                f"{cluster.rpartition('/')[2]} is the cluster of {whose}: both stacks name their namespaces and "
                f"objects alike, so each would overwrite the other's, releases too. Give {stack} a cluster of its own"
            )
            yield Problem(("cluster", "existing", "name"), message)


def _lacking(spec: Spec, existing: ExistingCluster) -> Iterator[Problem]:
    needed_of, networked = plan_cluster(spec), any(networked_pools(spec))
    runs = bool(spec.endpoints or spec.pipelines)
    needs = {
        "dns_endpoint": runs or networked,
        "workload_identity": runs,
        "managed_prometheus": runs,
        "gateway_api": bool(spec.endpoints),
        "gcs_fuse": bool(spec.endpoints),
        "secret_manager": needed_of.secret_manager,
        "secret_sync": needed_of.secret_sync,
        "filestore": needed_of.filestore,
        "lustre": needed_of.lustre,
        "dataplane_v2": networked,
        "multi_networking": networked,
    }
    who = {True: "pools with `accelerator_network`", False: "endpoints" if spec.endpoints else "pipelines"}
    for name, needed in needs.items():
        if needed and not getattr(existing, name):
            needing = who[name in ("dataplane_v2", "multi_networking") or not runs]
            flag = _TURN_ON.get(name)
            if flag is None:
                do = "it is chosen when a cluster is made: say `true` if it has it, or use another cluster"
            else:
                command = f"gcloud container clusters update {existing.name} {flag.format(project=spec.cloud.project)}"
                do = f"`{command}` turns it on; then say `true`"
            yield Problem(("cluster", "existing", name), f"{needing} need it: {do}")
