"""What an endpoint of a checked spec becomes: its versions as workloads, and how requests reach them.

Decided here and nowhere else: pods' resources and placement, probes, drain, autoscaling bounds, routes. Components
write it down.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
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
from weighbridge.infrastructure.allocatable import GPU, TPU, per_node, slice_hosts
from weighbridge.infrastructure.bucket_access import BucketAccess, bucket_accesses
from weighbridge.infrastructure.node_kinds import pod_selector
from weighbridge.infrastructure.node_pool import plan_node_pool
from weighbridge.infrastructure.secret_access import secret_accesses
from weighbridge.rollouts.weights import existing, replicas_least
from weighbridge.serving.inference_pool import POOL_GROUP, POOL_KIND, InferencePoolPlan, plan_inference_pool
from weighbridge.serving.outside_queue import QueueScaling, plan_queue_scaling
from weighbridge.serving.route import BackendKind, Route, plan_routes
from weighbridge.serving.secret import SecretPlan, plan_secrets, secret_versions
from weighbridge.serving.server import Conventions, ModelServer, conventions_of
from weighbridge.serving.volume import (
    FUSE_ANNOTATION,
    ExistingVolume,
    VolumeMount,
    bucket_of,
    existing_volumes,
    fuse_annotations,
    volume_mounts,
)
from weighbridge.spec.endpoint import Endpoint, Version
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

WRITER_ROLE = "roles/storage.objectUser"
"""On a bucket that a writable volume is of."""

NODE_START_SECONDS = 1800
"""How long Pulumi waits for a node beyond the time that the model needs to load."""

CPU_UTILIZATION = 70  # per cent of the request; Kubernetes' common target
ACCELERATOR_METRIC = "kubernetes.io|container|accelerator|duty_cycle"
"""What replicas with accelerators are scaled on where their server exposes no queue: for how much of the time, in per
cent, the accelerators work. GKE measures it by container, which the adapter is told to look for where a pod has none
(--fallback-for-container-metrics). Confidence: reported."""

ACCELERATOR_DUTY = 70
SCALE_DOWN_SECONDS = 600  # models load slowly, so replicas aren't given up at once
MODEL_FOLDER = "/models"
HUB = "hf://"  # how the address of a model on Hugging Face begins
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

    stated: str  # as the spec writes it, the version of a model on Hugging Face included
    address: str  # what the server is given: a mount, a gs:// address, a name on Hugging Face, or a path
    bucket: str | None = None
    folder: str = ""  # in the bucket, without slashes at its ends
    mounted: bool = False  # through Cloud Storage FUSE at `MODEL_FOLDER`
    revision: str | None = None  # of a model on Hugging Face
    from_hub: bool = False  # loaded from Hugging Face at the start


@dataclass(frozen=True, slots=True)
class PodCommand:
    """What a pod runs. `script` is for `sh`, and has command and arguments in it."""

    command: tuple[str, ...]
    arguments: tuple[str, ...]
    script: str | None = None


@dataclass(frozen=True, slots=True)
class VersionPlan:
    """One version as a workload.

    `hosts` > 1: a LeaderWorkerSet, a pod on each host of a TPU slice or on each of several GPU nodes. Such pods reach
    one another on any port; all others are alone.
    """

    name: str
    endpoint: str
    version: str
    image: str
    serves: PodCommand  # of the only pod, or of the leader of a group
    works: PodCommand | None  # of the workers of a group
    environment: tuple[tuple[str, str], ...]
    secrets: SecretPlan
    load_seconds: int  # from a replica's start until it can answer
    files: tuple[tuple[str, str], ...]  # path, text
    model: ModelSource
    volumes: tuple[VolumeMount, ...]
    annotations: tuple[tuple[str, str], ...]  # of its pods
    hosts: int
    exclusive: bool  # whether each group takes a node pool for itself, as TPU slices do
    resources: PodResources  # of one pod
    disk: TemporaryStorage
    shared_memory_mib: int
    node_selector: tuple[tuple[str, str], ...]
    tolerations: tuple[Taint, ...]
    replicas_least: int
    replicas_most: int
    queue: QueueScaling | None  # outside the replicas; None: the autoscaler follows what they expose
    labels: tuple[tuple[str, str], ...]
    pool: InferencePoolPlan | None
    surge: bool  # whether an update in place may add a replica before it takes one away

    @property
    def selector(self) -> dict[str, str]:
        """Labels that pick its pods, all of them."""
        return {APP_LABEL: self.endpoint, VERSION_LABEL: self.version}

    @property
    def is_group(self) -> bool:
        """Whether a replica is several pods that talk with one another."""
        return self.hosts > 1

    @property
    def needs_hub(self) -> bool:
        """Whether its pods load the model from Hugging Face, and so need a way out to it."""
        return self.model.from_hub

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
    buckets: tuple[tuple[BucketAccess, str], ...]  # and the role on each
    secrets: tuple[tuple[str, str], ...]  # project and name of each in Secret Manager
    volumes: tuple[ExistingVolume, ...]
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
        path = self.settings.path
        return f"https://{self.settings.hostname}{path or ''}/"


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
        buckets=_bucket_roles(endpoint, versions),
        secrets=secret_accesses(secret_versions(endpoint)),
        volumes=existing_volumes(name, endpoint, spec.cloud.project),
        versions=versions,
        routes=tuple(plan_routes(name, endpoint)),
    )


def _version(
    name: str, key: str, endpoint: Endpoint, conventions: Conventions, spec: Spec, catalog: Catalog
) -> VersionPlan:
    version = endpoint.versions[key]
    pool = spec.node_pools[endpoint.node_pool]
    nodes = next(iter(plan_node_pool(endpoint.node_pool, pool, spec, catalog)))
    hosts = replica_hosts(version, pool, catalog)
    server, model = conventions.server, plan_model(version, conventions.server)
    resources = pod_resources(version, pool, hosts, catalog)
    clients = nodes.traits.clients_per_gpu if version.gpu else 1
    together = server.several_hosts.get("tpu" if version.tpu else "gpu") if hosts > 1 else None
    words = {
        "model": model.address,
        "bucket": model.bucket or "",
        "name": name,
        "version": key,
        "gpus": (version.gpu or hosts) // hosts,
        "gpu_memory_part": SHARED_GPU_MEMORY_PERCENT // clients / 100,
        "tpu_devices": (version.tpu or 1) * server.devices_per_chip.get(nodes.machine.tpu or "", 1),
        "hosts": hosts,
        "revision": model.revision or "",
        "longest_request": conventions.longest_request_seconds,
        "longest_request_ms": conventions.longest_request_seconds * 1000,
    }
    labels = {APP_LABEL: name, VERSION_LABEL: key, SERVER_LABEL: server.name, PART_OF_LABEL: "serving"}
    given = tuple(
        argument.format(**words) for argument in given_arguments(version, conventions, hosts=hosts, shared=clients > 1)
    )
    command, arguments = version.command or server.command, given + version.arguments
    hub = server.hub if model.from_hub else None
    further = (hub.environment if hub else {}, together.environment if together else {})
    environment = {**server.environment, **further[0], **further[1]}
    return VersionPlan(
        name=version_name(name, key),
        endpoint=name,
        version=key,
        image=version.image,
        serves=_run(command, arguments, together.leader_script if together else None, words),
        works=None
        if together is None
        else _run(command, arguments + together.worker_arguments, together.worker_script, words),
        environment=tuple(
            sorted(
                {
                    **{variable: value.format(**words) for variable, value in environment.items()},
                    **version.environment,
                }.items()
            )
        ),
        secrets=plan_secrets(version_name(name, key), version),
        load_seconds=load_seconds(version, server),
        files=tuple((file.path, file.text) for file in server.files),
        model=model,
        volumes=volume_mounts(name, version),
        annotations=tuple(
            sorted({**({FUSE_ANNOTATION: "true"} if model.mounted else {}), **fuse_annotations(version)}.items())
        ),
        hosts=hosts,
        exclusive=hosts > 1 and nodes.slice is not None,
        resources=resources,
        disk=_disk(version),
        shared_memory_mib=resources.memory_mib // SHARED_MEMORY_PART if server.shared_memory else 0,
        node_selector=tuple(sorted({NODE_POOL_LABEL: endpoint.node_pool, **pod_selector(nodes.traits)}.items())),
        tolerations=nodes.tolerations,
        replicas_least=replicas_least(endpoint, key),
        replicas_most=version.replicas.max,
        queue=plan_queue_scaling(endpoint, key, spec.cloud.project),
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


def load_seconds(version: Version, server: ModelServer) -> int:
    """How long a replica may take from its start until it can answer."""
    return int(version.load_time.total_seconds()) if version.load_time else server.load_seconds


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
    devices = (version.gpu or version.tpu or 0) // hosts
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


def replica_hosts(version: Version, pool: NodePool, catalog: Catalog) -> int:
    """Nodes that one replica is spread over: the hosts of a TPU slice, or as many as its GPUs take; else 1."""
    if version.tpu:
        return slice_hosts(pool, catalog) if pool.slices is not None else 1
    on_one = per_node(pool, catalog).get(GPU)
    if not version.gpu or on_one is None or pool.gpu_sharing is not None or version.gpu <= on_one:
        return 1
    return ceil(version.gpu / on_one)


def plan_model(version: Version, server: ModelServer) -> ModelSource:
    """Where a version's model lies, and what the server is given for it."""
    stated = version.model
    if stated.startswith("/"):
        return ModelSource(stated, stated)
    if stated.startswith(HUB):
        name, _, revision = stated.removeprefix(HUB).partition("@")
        return ModelSource(stated, name, revision=revision or None, from_hub=True)
    bucket, folder = bucket_of(stated)
    mounted = server.model_from == "gcs-fuse" and version.loader is None
    address = MODEL_FOLDER if mounted else f"gs://{bucket}/{folder}".rstrip("/")
    return ModelSource(stated, address, bucket, folder, mounted)


def given_arguments(version: Version, conventions: Conventions, *, hosts: int, shared: bool) -> tuple[str, ...]:
    """The arguments that a version's server is given before those of the spec, with their placeholders.

    `shared`: others have the same GPU.
    """
    server = conventions.server
    together = server.several_hosts.get("tpu" if version.tpu else "gpu") if hosts > 1 else None
    loader = server.loaders.get(version.loader) if version.loader is not None else None
    sharded = loader is not None and (version.gpu or version.tpu or 1) > 1
    named = server.hub is not None and version.model.startswith(HUB) and "@" in version.model
    return (
        *conventions.arguments,
        *(server.shared_gpu_arguments if shared else ()),
        *(server.hub.revision_arguments if named and server.hub is not None else ()),
        *(loader.arguments if loader is not None else ()),
        *(loader.sharded_arguments if loader is not None and sharded else ()),
        *(together.arguments if together is not None else ()),
    )


def _run(
    command: tuple[str, ...], arguments: tuple[str, ...], script: str | None, words: Mapping[str, object]
) -> PodCommand:
    if script is None:
        return PodCommand(command, arguments)
    return PodCommand(command, arguments, script.format(command=shlex.join((*command, *arguments)), **words))


def _bucket_roles(endpoint: Endpoint, versions: Iterable[VersionPlan]) -> tuple[tuple[BucketAccess, str], ...]:
    """What of each bucket the versions read or write, with the role for it."""
    volumes = [
        (f"gs://{'/'.join(bucket_of(volume.cloud_storage.bucket))}", volume.writable)
        for version in endpoint.versions.values()
        for volume in version.volumes.values()
        if volume.cloud_storage is not None
    ]
    models = [f"gs://{plan.model.bucket}/{plan.model.folder}" for plan in versions if plan.model.bucket is not None]
    read = bucket_accesses((*models, *(address for address, writable in volumes if not writable)))
    written = bucket_accesses(address for address, writable in volumes if writable)
    return (*((access, MODEL_ROLE) for access in read), *((access, WRITER_ROLE) for access in written))


def _disk(version: Version) -> TemporaryStorage:
    if version.temporary_storage is None:
        return TemporaryStorage(DISK_REQUEST_MIB, DISK_MOST_MIB)
    most = int(version.temporary_storage / _MIB)
    return TemporaryStorage(most, most)
