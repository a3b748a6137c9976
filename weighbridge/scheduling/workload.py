"""Workloads of a stack as the scheduler sees them: which pods, how many at least and at most, what each asks for.

    kind              a replica is                          replicas
    Pod               one pod                               1
    Deployment, …Set  one pod                               the bounds of its autoscaler, KEDA's too, else `replicas`
    DaemonSet         a pod on each node                    not counted
    LeaderWorkerSet   `size` pods: a leader and workers     as a Deployment
    Job, CronJob      `parallelism` pods                    1; 0 where it waits its turn (suspended, or in a queue)
    JobSet            the pods of all its jobs              as a Job

Pods that another controller makes of its own objects, such as KEDA of a ScaledJob, are not seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from weighbridge.conventions import EXCLUSIVE_TOPOLOGY_ANNOTATION, GKE_NODE_POOL_LABEL, QUEUE_LABEL
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.inputs import CannotJudge, Inputs
from weighbridge.resources.namespace import namespace_of
from weighbridge.scheduling.pod_request import pod_request

PREFIX = "kubernetes:"
AUTOSCALER, KEDA_AUTOSCALER = "HorizontalPodAutoscaler", "ScaledObject"
KEDA_DEFAULT_MOST = 100
"""Replicas of a ScaledObject that doesn't say how many at most."""

SCALED = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "LeaderWorkerSet"})
KINDS = SCALED | {"Pod", "DaemonSet", "Job", "CronJob", "JobSet"}


@dataclass(frozen=True, slots=True)
class Pods:
    """Pods alike of one replica: how many, what each asks for, and the settings that say where it may run."""

    count: int
    request: Mapping[str, Decimal]  # by resource name: cores, bytes, devices
    settings: Inputs  # the pod's spec


@dataclass(frozen=True, slots=True)
class Workload:
    """One workload. `least` and `most` are replicas; a DaemonSet has none."""

    name: str  # the object's, or the program's where it is made up
    urn: str
    kind: str
    namespace: str
    pods: tuple[Pods, ...]
    least: int
    most: int
    labels: Mapping[str, str] = field(default_factory=dict)  # of its pods
    alone: bool = False  # each replica takes a node pool for itself

    @property
    def pods_each(self) -> int:
        """How many pods one replica is made of; 1 but for groups of hosts and jobs."""
        return sum(pods.count for pods in self.pods)


def workloads(
    resources: Sequence[HeldResource],
) -> tuple[tuple[Workload, ...], tuple[tuple[HeldResource, str], ...]]:
    """The workloads that a stack creates, and those that can't be told with the reason."""
    found: list[Workload] = []
    unclear: list[tuple[HeldResource, str]] = []
    bounds: dict[tuple[str, str, str], tuple[int, int]] = {}
    for resource in _kubernetes(resources, {AUTOSCALER, KEDA_AUTOSCALER}):
        try:
            read = _autoscaler if resource.type.endswith(AUTOSCALER) else _keda_autoscaler
            target, limits = read(resource)
            bounds[target] = limits
        except CannotJudge as unsure:
            unclear.append((resource, str(unsure)))
    for resource in _kubernetes(resources, KINDS):
        try:
            workload = _workload(resource)
        except CannotJudge as unsure:
            unclear.append((resource, str(unsure)))
            continue
        least, most = bounds.get((workload.namespace, workload.kind, workload.name), (workload.least, workload.most))
        found.append(replace(workload, least=least, most=most))
    return tuple(found), tuple(unclear)


def _kubernetes(resources: Iterable[HeldResource], kinds: Iterable[str]) -> Iterator[HeldResource]:
    for resource in resources:
        package, _, kind = resource.type.rpartition(":")
        if package.startswith(PREFIX) and kind in kinds and not resource.existing:
            yield resource


def _autoscaler(resource: HeldResource) -> tuple[tuple[str, str, str], tuple[int, int]]:
    spec = resource.read.inside("spec")
    target = spec.inside("scaleTargetRef")
    why = "so nobody can tell what it scales"
    key = (namespace_of(resource), target.required_text("kind", why), target.required_text("name", why))
    most = spec.count("maxReplicas")
    if most is None:
        raise CannotJudge(f"{spec.path_of('maxReplicas')} is not set: state it")
    least = spec.count("minReplicas")
    return key, (1 if least is None else least, most)


def _keda_autoscaler(resource: HeldResource) -> tuple[tuple[str, str, str], tuple[int, int]]:
    spec = resource.read.inside("spec")
    target = spec.inside("scaleTargetRef")
    name = target.required_text("name", "so nobody can tell what it scales")
    idle, least, most = (spec.count(key) for key in ("idleReplicaCount", "minReplicaCount", "maxReplicaCount"))
    fewest = least or 0 if idle is None else idle
    key = (namespace_of(resource), target.text("kind") or "Deployment", name)
    return key, (fewest, KEDA_DEFAULT_MOST if most is None else most)


def _workload(resource: HeldResource) -> Workload:
    kind = resource.type.rpartition(":")[2]
    spec = resource.read.part("spec")
    if spec is None:
        raise CannotJudge("spec is not set: state it")
    metadata = resource.read.inside("metadata")
    replicas, pods, labels = _replicas(kind, spec, metadata)
    return Workload(
        name=metadata.text("name") or resource.known_as,
        urn=resource.urn,
        kind=kind,
        namespace=namespace_of(resource),
        pods=pods,
        least=replicas,
        most=replicas,
        labels=labels,
        alone=metadata.mapped("annotations").get(EXCLUSIVE_TOPOLOGY_ANNOTATION) == GKE_NODE_POOL_LABEL,
    )


def _replicas(kind: str, spec: Inputs, metadata: Inputs) -> tuple[int, tuple[Pods, ...], Mapping[str, str]]:
    """Replicas by the workload's own word, the pods of one, and the labels of the first of them."""
    match kind:
        case "Pod":
            return 1, (_pods(spec, 1),), metadata.mapped("labels")
        case "DaemonSet":
            template = _template(spec)
            return 0, (_of(template, 1),), _labels(template)
        case "LeaderWorkerSet":
            return _group(spec)
        case "Job":
            template = _template(spec)
            return _turn(spec, metadata), (_of(template, _parallel(spec)),), _labels(template)
        case "CronJob":
            job = _required(spec, "jobTemplate")
            of_job = _required(job, "spec")
            template = _template(of_job)
            waits = _turn(of_job, job.part("metadata") or metadata) if not spec.flag("suspend") else 0
            return waits, (_of(template, _parallel(of_job)),), _labels(template)
        case "JobSet":
            return _jobs(spec, metadata)
    template = _template(spec)
    count = spec.count("replicas")
    return 1 if count is None else count, (_of(template, 1),), _labels(template)


def _group(spec: Inputs) -> tuple[int, tuple[Pods, ...], Mapping[str, str]]:
    template = _required(spec, "leaderWorkerTemplate")
    size, count = template.count("size"), spec.count("replicas")
    workers = _required(template, "workerTemplate")
    leader = template.part("leaderTemplate") or workers
    pods = (_of(leader, 1), *((_of(workers, size - 1),) if size is not None and size > 1 else ()))
    return 1 if count is None else count, pods, _labels(leader)


def _jobs(spec: Inputs, metadata: Inputs) -> tuple[int, tuple[Pods, ...], Mapping[str, str]]:
    pods: list[Pods] = []
    labels: Mapping[str, str] = {}
    for job in spec.parts("replicatedJobs"):
        of_job = _required(_required(job, "template"), "spec")
        template = _template(of_job)
        count = job.count("replicas")
        pods.append(_of(template, _parallel(of_job) * (1 if count is None else count)))
        labels = labels or _labels(template)
    return _turn(spec, metadata), tuple(pods), labels


def _turn(spec: Inputs, metadata: Inputs) -> int:
    """1, or 0 for what runs when there is room."""
    labels = metadata.part("labels")
    return 0 if spec.flag("suspend") or (labels is not None and labels.has(QUEUE_LABEL)) else 1


def _parallel(spec: Inputs) -> int:
    count = spec.count("parallelism")
    return 1 if count is None else count


def _required(inputs: Inputs, name: str) -> Inputs:
    found = inputs.part(name)
    if found is None:
        raise CannotJudge(f"{inputs.path_of(name)} is not set: state it")
    return found


def _template(spec: Inputs) -> Inputs:
    return _required(spec, "template")


def _labels(template: Inputs) -> Mapping[str, str]:
    metadata = template.part("metadata")
    return metadata.mapped("labels") if metadata is not None else {}


def _of(template: Inputs, count: int) -> Pods:
    return _pods(_required(template, "spec"), count)


def _pods(settings: Inputs, count: int) -> Pods:
    return Pods(count, pod_request(settings), settings)
