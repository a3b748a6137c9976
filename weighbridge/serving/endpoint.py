"""What an endpoint of a checked spec becomes: its versions as workloads, and how requests reach them.

Decided here and nowhere else: pods' resources and placement, probes, drain, autoscaling bounds, routes. Components
write it down.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from weighbridge.catalog import Catalog
from weighbridge.conventions import (
    APP_LABEL,
    LEADER,
    NODE_POOL_LABEL,
    PART_OF_LABEL,
    ROLE_LABEL,
    SERVER_LABEL,
    SERVING_NAMESPACE,
    VERSION_LABEL,
    serving_account_id,
    version_name,
)
from weighbridge.infrastructure.allocatable import GPU, TPU, per_node
from weighbridge.infrastructure.bucket_access import BucketAccess, bucket_accesses
from weighbridge.infrastructure.node_kinds import pod_selector
from weighbridge.infrastructure.node_pool import plan_node_pool
from weighbridge.rollouts.weights import existing, replicas_least
from weighbridge.serving.inference_pool import POOL_GROUP, POOL_KIND, InferencePoolPlan, plan_inference_pool
from weighbridge.serving.route import BackendKind, Route, plan_routes
from weighbridge.serving.server import Conventions, conventions_of
from weighbridge.spec.endpoint import Endpoint, SecretKey, Version
from weighbridge.spec.node_pool import NodePool, Taint
from weighbridge.spec.root import Spec

PODS_PART = Decimal("0.8")
"""Part of a node's allocatable CPU and memory that replicas share where the spec says nothing. GKE's DaemonSets need
the rest (about 0.4 cores and 0.6 GiB with logging, metrics and Dataplane V2, and the Cloud Storage FUSE sidecar another
0.25 cores and 0.25 GiB). Confidence: unverified; `cpu` and `memory` of a version override it."""

DRAIN_SECONDS = 30
"""`preStop` sleep: longer than the load balancer takes to stop sending (5 s x 2 checks, then propagation)."""

EXIT_SECONDS = 10
CHECK_INTERVAL_SECONDS, UNHEALTHY_CHECKS = 5, 2
LOAD_CHECK_SECONDS = 10
ALIVE_CHECK_SECONDS, DEAD_CHECKS = 10, 6
"""A minute without an answer restarts a replica; loading again costs more than waiting a little."""

PROBE_TIMEOUT_SECONDS = 5
SCRAPE_SECONDS = 15
"""How often a replica's metrics are read."""

LOGGED_PER_MILLION = 1_000_000
"""Requests of a million that the load balancer logs: all, as errors of one in a thousand are looked for."""

MODEL_ROLE = "roles/storage.objectViewer"
"""On the model's bucket, to the replicas. Cloud Storage FUSE lists as well as reads."""

NODE_START_SECONDS = 1800
"""How long Pulumi waits for a node beyond the time that the model needs to load."""

CPU_UTILIZATION = 70  # per cent of the request; Kubernetes' common target
SCALE_DOWN_SECONDS = 600  # models load slowly, so replicas aren't given up at once
MODEL_FOLDER = "/models"
_MIB = 1024**2
_CPU_STEP, _MEMORY_STEP_MIB = 100, 256
SHARED_GPU_MEMORY_PERCENT = 90
"""What the servers on one shared GPU take of its memory together; vLLM's own default of one server."""

DISK_REQUEST_MIB, DISK_MOST_MIB = 1024, 10 * 1024
"""Of the node's disk, where the spec says nothing: servers keep compiled code there, and a boot disk has room
for several."""

SHARED_MEMORY_PART = 4  # /dev/shm has a quarter of the memory; it counts as memory of the pod


@dataclass(frozen=True, slots=True)
class PodResources:
    """What one pod asks for and is held to."""

    cpu_millicores: int
    memory_mib: int
    device: str | None = None  # Kubernetes' name of the accelerator
    devices: int = 0


@dataclass(frozen=True, slots=True)
class TemporaryStorage:
    """What one pod may write on its node's disk, `/tmp` and logs together: asked for, and the most."""

    request_mib: int
    most_mib: int


@dataclass(frozen=True, slots=True)
class ModelSource:
    """Where the model lies, and how the server comes by it."""

    bucket: str
    folder: str  # in the bucket, without slashes at its ends
    mounted: bool  # through Cloud Storage FUSE at `MODEL_FOLDER`; else the server reads gs:// itself

    @property
    def address(self) -> str:
        """Where the server loads it from: the mount, or a gs:// address of bucket and folder."""
        return MODEL_FOLDER if self.mounted else f"gs://{self.bucket}/{self.folder}".rstrip("/")


@dataclass(frozen=True, slots=True)
class VersionPlan:
    """One version as a workload. `hosts` > 1: a LeaderWorkerSet, one pod on each host of a TPU slice."""

    name: str
    endpoint: str
    version: str
    image: str
    command: tuple[str, ...]
    arguments: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    secrets: tuple[tuple[str, SecretKey], ...]  # by variable
    load_seconds: int  # from a replica's start until it can answer
    files: tuple[tuple[str, str], ...]  # path, text
    model: ModelSource
    hosts: int
    resources: PodResources  # of one pod
    disk: TemporaryStorage
    shared_memory_mib: int
    node_selector: tuple[tuple[str, str], ...]
    tolerations: tuple[Taint, ...]
    replicas_least: int
    replicas_most: int
    labels: tuple[tuple[str, str], ...]
    pool: InferencePoolPlan | None
    surge: bool  # whether an update in place may add a replica before it takes one away

    @property
    def selector(self) -> dict[str, str]:
        """Labels that pick its pods, all of them."""
        return {APP_LABEL: self.endpoint, VERSION_LABEL: self.version}

    @property
    def load_checks(self) -> int:
        """Failed startup probes before a pod counts as broken."""
        return ceil(self.load_seconds / LOAD_CHECK_SECONDS)

    @property
    def ready_within_seconds(self) -> int:
        """How long a deployment waits for it: a node, then the model."""
        return NODE_START_SECONDS + self.load_seconds

    @property
    def serving_selector(self) -> dict[str, str]:
        """Labels that pick the pods that answer."""
        return serving_selector(self.endpoint, self.version, self.hosts)


@dataclass(frozen=True, slots=True)
class EndpointPlan:
    """One endpoint: its versions as workloads, the routes to them, and what both share."""

    name: str
    namespace: str
    environment: str
    project: str
    settings: Endpoint
    conventions: Conventions
    account_id: str
    buckets: tuple[BucketAccess, ...]
    versions: tuple[VersionPlan, ...]  # stable first
    routes: tuple[Route, ...]

    @property
    def backend(self) -> BackendKind:
        """The objects that its routes name, and that policies of the load balancer are about."""
        if self.settings.inference_pool is not None:
            return BackendKind(POOL_GROUP, POOL_KIND, None)
        return BackendKind("", "Service", self.conventions.ports.http)

    @property
    def grace_seconds(self) -> int:
        """How long a pod may take to go: drain, then the longest request, then its exit."""
        return DRAIN_SECONDS + self.conventions.longest_request_seconds + EXIT_SECONDS

    @property
    def url(self) -> str:
        """Where clients call it."""
        return f"https://{self.settings.hostname}/"


def plan_endpoints(spec: Spec, catalog: Catalog) -> tuple[EndpointPlan, ...]:
    """Every endpoint of a checked spec, in its order."""
    return tuple(_plan(name, endpoint, spec, catalog) for name, endpoint in spec.endpoints.items())


def _plan(name: str, endpoint: Endpoint, spec: Spec, catalog: Catalog) -> EndpointPlan:
    conventions = conventions_of(name, endpoint)
    versions = tuple(_version(name, version, endpoint, conventions, spec, catalog) for version in existing(endpoint))
    return EndpointPlan(
        name=name,
        namespace=SERVING_NAMESPACE,
        environment=spec.environment,
        project=spec.cloud.project,
        settings=endpoint,
        conventions=conventions,
        account_id=serving_account_id(spec.environment, name),
        buckets=bucket_accesses(f"gs://{version.model.bucket}/{version.model.folder}" for version in versions),
        versions=versions,
        routes=tuple(plan_routes(name, endpoint)),
    )


def _version(
    name: str, key: str, endpoint: Endpoint, conventions: Conventions, spec: Spec, catalog: Catalog
) -> VersionPlan:
    version = endpoint.versions[key]
    pool = spec.node_pools[endpoint.node_pool]
    nodes = next(iter(plan_node_pool(endpoint.node_pool, pool, spec, catalog)))
    hosts = nodes.slice.hosts if nodes.slice is not None and version.tpu else 1
    server, model = conventions.server, _model(version, mounted=conventions.server.model_from == "gcs-fuse")
    resources = pod_resources(version, pool, hosts, catalog)
    clients = nodes.traits.clients_per_gpu if version.gpu else 1
    words = {
        "model": model.address,
        "bucket": model.bucket,
        "name": name,
        "version": key,
        "gpus": version.gpu or 1,
        "gpu_memory_part": SHARED_GPU_MEMORY_PERCENT // clients / 100,
        "tpu_devices": (version.tpu or 1) * server.devices_per_chip.get(nodes.machine.tpu or "", 1),
        "longest_request": conventions.longest_request_seconds,
        "longest_request_ms": conventions.longest_request_seconds * 1000,
    }
    labels = {APP_LABEL: name, VERSION_LABEL: key, SERVER_LABEL: server.name, PART_OF_LABEL: "serving"}
    return VersionPlan(
        name=version_name(name, key),
        endpoint=name,
        version=key,
        image=version.image,
        command=server.command,
        arguments=tuple(
            argument.format(**words)
            for argument in (*conventions.arguments, *(server.shared_gpu_arguments if clients > 1 else ()))
        )
        + version.arguments,
        environment=tuple(
            sorted(
                {
                    **{variable: value.format(**words) for variable, value in server.environment.items()},
                    **version.environment,
                }.items()
            )
        ),
        secrets=tuple(sorted(version.secrets.items(), key=lambda item: item[0])),
        load_seconds=int(version.load_time.total_seconds()) if version.load_time else server.load_seconds,
        files=tuple((file.path, file.text) for file in server.files),
        model=model,
        hosts=hosts,
        resources=resources,
        disk=_disk(version),
        shared_memory_mib=resources.memory_mib // SHARED_MEMORY_PART if server.shared_memory else 0,
        node_selector=tuple(sorted({NODE_POOL_LABEL: endpoint.node_pool, **pod_selector(nodes.traits)}.items())),
        tolerations=nodes.taints,
        replicas_least=replicas_least(endpoint, key),
        replicas_most=version.replicas.max,
        labels=tuple(sorted(labels.items())),
        pool=None
        if endpoint.inference_pool is None
        else plan_inference_pool(
            version_name(name, key),
            endpoint.inference_pool,
            serving_selector(name, key, hosts),
            port=conventions.ports.http,
            metrics_path=conventions.metrics_path,
            spec=spec,
            catalog=catalog,
        ),
        # Pods with accelerators would wait for a node that the pool may not have.
        surge=resources.device is None and version.replicas.max > 1,
    )


def serving_selector(endpoint: str, version: str, hosts: int) -> dict[str, str]:
    """Labels that pick the pods that answer: of a group only the leader."""
    labels = {APP_LABEL: endpoint, VERSION_LABEL: version}
    return {**labels, ROLE_LABEL: LEADER} if hosts > 1 else labels


def pod_resources(version: Version, pool: NodePool, hosts: int, catalog: Catalog) -> PodResources:
    """What one pod asks for: what the spec says, else its part of a node.

    A replica with `gpu` has node devices / gpu neighbours; one without accelerator has the node to itself.
    """
    node = per_node(pool, catalog)
    device = GPU if version.gpu else TPU if version.tpu else None
    devices = version.gpu or (version.tpu or 0) // hosts
    neighbours = max(1, int(node[device] // devices)) if device is not None and device in node else 1
    cpu, memory = (node[resource] * PODS_PART / neighbours for resource in ("cpu", "memory"))
    return PodResources(
        cpu_millicores=int(version.cpu * 1000)
        if version.cpu is not None
        else max(_CPU_STEP, int(cpu * 1000) // _CPU_STEP * _CPU_STEP),
        memory_mib=int(version.memory / _MIB)
        if version.memory is not None
        else max(_MEMORY_STEP_MIB, int(memory / _MIB) // _MEMORY_STEP_MIB * _MEMORY_STEP_MIB),
        device=device,
        devices=devices,
    )


def _disk(version: Version) -> TemporaryStorage:
    if version.temporary_storage is None:
        return TemporaryStorage(DISK_REQUEST_MIB, DISK_MOST_MIB)
    most = int(version.temporary_storage / _MIB)
    return TemporaryStorage(most, most)


def _model(version: Version, *, mounted: bool) -> ModelSource:
    bucket, _, folder = version.model.removeprefix("gs://").partition("/")
    return ModelSource(bucket, folder.strip("/"), mounted)
