"""What an endpoint's inference pool becomes: for each version an InferencePool, and the picker that it asks.

The picker watches the replicas' queues and caches, and names one for each request. It is a version's own, as the pool
is, so that a rollout never changes either in place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from weighbridge.catalog import Catalog
from weighbridge.conventions import APP_LABEL, NODE_POOL_LABEL, SERVING_NAMESPACE, picker_name
from weighbridge.infrastructure.allocatable import CPU, MEMORY, gpu_devices, per_node
from weighbridge.infrastructure.node_kinds import machine_taints
from weighbridge.serving.endpoint_picker import EndpointPicker, endpoint_pickers
from weighbridge.spec.inference_pool import InferencePool
from weighbridge.spec.node_pool import NodePool, Taint
from weighbridge.spec.root import Spec

POOL_GROUP, POOL_KIND = "inference.networking.k8s.io", "InferencePool"
POOL_VERSION = "v1"  # only fields of 1.0 to 1.3 are written, which every GKE release that has the API takes

PICKER_PORT, HEALTH_PORT, METRICS_PORT = 9002, 9003, 9090
TEMPORARY_STORAGE = "256Mi"  # of a picker, on its node's disk
"""Where the gateway asks, where GKE and the kubelet check health, and where metrics are."""

HEALTH_SERVICE, ALIVE_SERVICE, READY_SERVICE = "inference-extension", "liveness", "readiness"
"""What a health check asks for: the first where there is one picker, the others where some stand by."""

PICKER_CPU, PICKER_MEMORY = Decimal(1), Decimal(2 * 2**30)
"""Of one picker. Confidence: unverified; llm-d-router's chart asks for 8 cores and 8 GiB, sized for heavy traffic."""

PICKER_GRACE_SECONDS = 130  # as in the chart: requests under way end first
PICKER_DRAIN_SECONDS = 5
SETTINGS_FOLDER, SETTINGS_FILE = "/config", "settings.yaml"

_READ = ("get", "list", "watch")
_MIB = 1024**2


@dataclass(frozen=True, slots=True)
class Right:
    """What a picker may do in its namespace."""

    groups: tuple[str, ...]
    resources: tuple[str, ...]
    verbs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PickerPlan:
    """The endpoint picker of one version."""

    name: str
    image: str
    arguments: tuple[str, ...]
    settings: str  # the text of its settings file
    run_as_user: int
    replicas: int
    cpu_millicores: int
    memory_mib: int
    node_selector: tuple[tuple[str, str], ...]
    tolerations: tuple[Taint, ...]
    rights: tuple[Right, ...]
    alive_service: str
    ready_service: str

    @property
    def selector(self) -> dict[str, str]:
        """Labels that pick its pods; none of a version, or it would be one of the replicas."""
        return {APP_LABEL: self.name}

    @property
    def stands_by(self) -> bool:
        """Whether some pickers wait, which are not ready by design."""
        return self.replicas > 1


@dataclass(frozen=True, slots=True)
class Objective:
    """The priority of requests that name it."""

    api_version: str
    priority: int


@dataclass(frozen=True, slots=True)
class InferencePoolPlan:
    """One version's pool, by the version's name."""

    name: str
    namespace: str
    selector: tuple[tuple[str, str], ...]
    target_port: int
    failure_mode: str
    picker: PickerPlan
    objective: Objective | None


def plan_inference_pool(
    name: str,
    settings: InferencePool,
    selector: Mapping[str, str],
    *,
    port: int,
    metrics_path: str,
    spec: Spec,
    catalog: Catalog,
) -> InferencePoolPlan:
    """The pool of one version of a checked spec. `selector` picks the pods that answer on `port`."""
    family = endpoint_pickers()[settings.picker_api_group]
    key = picker_node_pool(settings, spec, catalog)
    words = {
        "pool": name,
        "namespace": SERVING_NAMESPACE,
        "config": f"{SETTINGS_FOLDER}/{SETTINGS_FILE}",
        "metrics_path": metrics_path,
    }
    stands_by = settings.picker_replicas > 1
    leads = ("--ha-enable-leader-election",) if stands_by else ()
    asked = picker_request(settings)
    picker = PickerPlan(
        name=picker_name(name),
        image=settings.picker_image,
        arguments=(*(_filled(argument, words) for argument in family.arguments), *leads),
        settings=_filled(family.settings, words),
        run_as_user=family.run_as_user,
        replicas=settings.picker_replicas,
        cpu_millicores=int(asked[CPU] * 1000),
        memory_mib=int(asked[MEMORY] / _MIB),
        node_selector=((NODE_POOL_LABEL, key),) if key is not None else (),
        tolerations=_taints(spec.node_pools[key], catalog) if key is not None else (),
        rights=tuple(_rights(family, stands_by=stands_by)),
        alive_service=ALIVE_SERVICE if stands_by else HEALTH_SERVICE,
        ready_service=READY_SERVICE if stands_by else HEALTH_SERVICE,
    )
    objective = None
    if settings.priority is not None:
        objective = Objective(f"{family.api_group}/{family.objective_version}", settings.priority)
    return InferencePoolPlan(
        name=name,
        namespace=SERVING_NAMESPACE,
        selector=tuple(sorted(selector.items())),
        target_port=port,
        failure_mode=settings.failure_mode,
        picker=picker,
        objective=objective,
    )


def picker_request(settings: InferencePool) -> Mapping[str, Decimal]:
    """What one picker asks for, by resource name."""
    return {CPU: settings.picker_cpu or PICKER_CPU, MEMORY: settings.picker_memory or PICKER_MEMORY}


def picker_node_pool(settings: InferencePool, spec: Spec, catalog: Catalog) -> str | None:
    """The node pool that pickers run on: the one named, else the first that may hold them; None where there is none.

    It has no accelerators, which replicas need, no taints, and nodes that are large enough.
    """
    if settings.picker_node_pool is not None:
        return settings.picker_node_pool
    return next(
        (
            key
            for key, pool in spec.node_pools.items()
            if not _taints(pool, catalog) and not accelerated(pool, catalog) and fits(settings, pool, catalog)
        ),
        None,
    )


def _taints(pool: NodePool, catalog: Catalog) -> tuple[Taint, ...]:
    """Those that pods on its nodes have to tolerate, where they have no accelerators."""
    return (*machine_taints(catalog.machine_types[pool.machine_type]), *pool.taints)


def accelerated(pool: NodePool, catalog: Catalog) -> bool:
    """Whether its nodes carry GPUs or TPUs."""
    return bool(gpu_devices(pool, catalog)) or catalog.machine_types[pool.machine_type].tpu is not None


def fits(settings: InferencePool, pool: NodePool, catalog: Catalog) -> bool:
    """Whether a node of the pool is large enough for a picker."""
    room = per_node(pool, catalog)
    return all(amount <= room[name] for name, amount in picker_request(settings).items())


def _rights(family: EndpointPicker, *, stands_by: bool) -> Iterator[Right]:
    """What it reads, and where some stand by the lease that says who works."""
    yield Right(("",), ("pods",), _READ)
    yield Right((POOL_GROUP,), ("inferencepools",), _READ)
    for group, kinds in family.reads.items():
        yield Right((group,), kinds, _READ)
    if stands_by:
        yield Right(("coordination.k8s.io",), ("leases",), (*_READ, "create", "update", "patch", "delete"))
        yield Right(("",), ("events",), ("create", "patch"))


def _filled(text: str, words: Mapping[str, str]) -> str:
    """The text with its placeholders filled; other braces are its own."""
    for name, word in words.items():
        text = text.replace(f"{{{name}}}", word)
    return text
