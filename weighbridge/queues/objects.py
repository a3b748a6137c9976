"""Kueue's objects as a stack's program registers them, whoever wrote it: queues, cohorts, flavors and what they name.

Read in the spelling of v1beta2; of v1beta1 only the cohort's name differs in what is read here. Objects of one stack
are taken to be of one cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from weighbridge.resources.held_resource import HeldResource, by_name
from weighbridge.resources.inputs import CannotJudge, Inputs
from weighbridge.resources.namespace import namespace_of

PREFIX = "kubernetes:"
GROUP = "kueue.x-k8s.io"
REQUIRED_TOPOLOGY = f"{GROUP}/podset-required-topology"
NODE_REQUEST_CONFIG = "ProvisioningRequestConfig"

Object = TypeVar("Object")

NEVER = "Never"
STRICT = "StrictFIFO"


@dataclass(frozen=True, slots=True)
class Quota:
    """One resource of one flavor, in base units. None: no bound is stated."""

    flavor: str
    resource: str
    nominal: Decimal
    borrowing: Decimal | None = None
    lending: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Flavor:
    """Nodes, as jobs are sent there. `tolerations` are key, value (None: any) and effect ("": any)."""

    name: str
    urn: str
    labels: Mapping[str, str]
    tolerations: tuple[tuple[str, str | None, str], ...]
    topology: str | None


@dataclass(frozen=True, slots=True)
class Cohort:
    """Queues that lend one another, with a quota of its own, which is added to theirs."""

    name: str
    urn: str
    parent: str | None
    quotas: tuple[Quota, ...]


@dataclass(frozen=True, slots=True)
class ClusterQueue:
    """One queue. `fungible`: what happens where the first flavor is full is stated."""

    name: str
    urn: str
    cohort: str | None
    quotas: tuple[Quota, ...]
    groups: tuple[tuple[str, ...], ...]  # flavors of each group of resources, in the order in which they are tried
    strict: bool
    reclaims: bool
    takes_back_for_borrowing: bool  # preempts others' jobs to borrow, by borrowWithinCohort
    fungible: bool
    checks: tuple[str, ...]

    @property
    def flavors(self) -> tuple[str, ...]:
        """All flavors, each once."""
        return tuple(dict.fromkeys(name for group in self.groups for name in group))


@dataclass(frozen=True, slots=True)
class LocalQueue:
    """Where jobs of a namespace are sent."""

    name: str
    urn: str
    namespace: str
    cluster_queue: str | None


@dataclass(frozen=True, slots=True)
class AdmissionCheck:
    """What has to agree before a job starts; `config` is the kind and name of its parameters."""

    name: str
    urn: str
    config: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class NodeRequests:
    """How nodes are asked for; `retries`: None where nobody states when it gives up."""

    name: str
    urn: str
    retries: int | None


@dataclass(frozen=True, slots=True)
class KueueObjects:
    """All of a stack, by name within each kind, and those that can't be told with the reason."""

    flavors: Mapping[str, Flavor]
    cohorts: Mapping[str, Cohort]
    queues: Mapping[str, ClusterQueue]
    local_queues: tuple[LocalQueue, ...]
    checks: Mapping[str, AdmissionCheck]
    node_requests: Mapping[str, NodeRequests]
    topologies: frozenset[str]
    unclear: tuple[tuple[HeldResource, str], ...]

    def members(self, cohort: str) -> tuple[ClusterQueue, ...]:
        """The queues of a cohort."""
        return tuple(queue for queue in self.queues.values() if queue.cohort == cohort)

    def asks_for_nodes(self, queue: ClusterQueue) -> bool:
        """Whether a queue's jobs wait for nodes that are requested."""
        found = (self.checks.get(name) for name in queue.checks)
        return any(check is not None and check.config and check.config[0] == NODE_REQUEST_CONFIG for check in found)

    def queue_of(self, namespace: str, local_queue: str) -> ClusterQueue | None:
        """The queue behind a LocalQueue; None where the stack has none of them."""
        for local in self.local_queues:
            if (local.namespace, local.name) == (namespace, local_queue) and local.cluster_queue is not None:
                return self.queues.get(local.cluster_queue)
        return None


def kueue_objects(resources: Iterable[HeldResource]) -> KueueObjects:
    """What a stack creates of Kueue; what it only reads doesn't count."""
    ordered = by_name(resource for resource in resources if not resource.existing)
    unclear: list[tuple[HeldResource, str]] = []

    def read(kind: str, reader: Callable[[str, HeldResource, Inputs], Object]) -> Iterator[Object]:
        for resource in ordered:
            if not resource.type.startswith(f"{PREFIX}{GROUP}/") or resource.type.rpartition(":")[2] != kind:
                continue
            try:
                yield reader(object_name(resource), resource, resource.read.inside("spec"))
            except CannotJudge as unsure:
                unclear.append((resource, str(unsure)))

    flavors = {found.name: found for found in read("ResourceFlavor", _flavor)}
    cohorts = {found.name: found for found in read("Cohort", _cohort)}
    queues = {found.name: found for found in read("ClusterQueue", _queue)}
    local = tuple(read("LocalQueue", _local_queue))
    checks = {found.name: found for found in read("AdmissionCheck", _check)}
    requests = {found.name: found for found in read(NODE_REQUEST_CONFIG, _node_requests)}
    topologies = frozenset(read("Topology", lambda name, _resource, _spec: name))
    return KueueObjects(flavors, cohorts, queues, local, checks, requests, topologies, tuple(unclear))


def object_name(resource: HeldResource) -> str:
    """What Kubernetes calls an object. Raises `CannotJudge` where it isn't known yet."""
    metadata = resource.read.part("metadata")
    return (metadata.text("name") if metadata is not None else None) or resource.known_as


def _flavor(name: str, resource: HeldResource, spec: Inputs) -> Flavor:
    tolerations = (
        (
            entry.text("key") or "",
            None if entry.text("operator") == "Exists" else entry.text("value") or "",
            entry.text("effect") or "",
        )
        for entry in spec.parts("tolerations")
    )
    return Flavor(name, resource.urn, spec.mapped("nodeLabels"), tuple(tolerations), spec.text("topologyName"))


def _cohort(name: str, resource: HeldResource, spec: Inputs) -> Cohort:
    return Cohort(name, resource.urn, spec.text("parentName") or spec.text("parent"), tuple(_quotas(spec)))


def _queue(name: str, resource: HeldResource, spec: Inputs) -> ClusterQueue:
    preemption = spec.inside("preemption")
    strategy = spec.inside("admissionChecksStrategy")
    checks = [
        check.required_text("name", "so nobody knows whom it asks") for check in strategy.parts("admissionChecks")
    ]
    fungibility, borrowing = spec.part("flavorFungibility"), preemption.part("borrowWithinCohort")
    return ClusterQueue(
        name=name,
        urn=resource.urn,
        cohort=spec.text("cohortName") or spec.text("cohort"),
        quotas=tuple(_quotas(spec)),
        groups=tuple(
            tuple(_flavor_name(flavor) for flavor in group.parts("flavors")) for group in spec.parts("resourceGroups")
        ),
        strict=spec.text("queueingStrategy") == STRICT,
        reclaims=(preemption.text("reclaimWithinCohort") or NEVER) != NEVER,
        takes_back_for_borrowing=borrowing is not None and (borrowing.text("policy") or NEVER) != NEVER,
        fungible=fungibility is not None and fungibility.has("whenCanBorrow") and fungibility.has("whenCanPreempt"),
        checks=(*checks, *spec.texts("admissionChecks")),
    )


def _quotas(spec: Inputs) -> Iterator[Quota]:
    for group in spec.parts("resourceGroups"):
        for flavor in group.parts("flavors"):
            for entry in flavor.parts("resources"):
                yield Quota(
                    flavor=_flavor_name(flavor),
                    resource=entry.required_text("name", "so nobody knows what is shared"),
                    nominal=entry.quantity("nominalQuota") or Decimal(0),
                    borrowing=entry.quantity("borrowingLimit"),
                    lending=entry.quantity("lendingLimit"),
                )


def _flavor_name(flavor: Inputs) -> str:
    return flavor.required_text("name", "so nobody knows which nodes are meant")


def _local_queue(name: str, resource: HeldResource, spec: Inputs) -> LocalQueue:
    return LocalQueue(name, resource.urn, namespace_of(resource), spec.text("clusterQueue"))


def _check(name: str, resource: HeldResource, spec: Inputs) -> AdmissionCheck:
    parameters = spec.part("parameters")
    config = (parameters.text("kind") or "", parameters.text("name") or "") if parameters is not None else None
    return AdmissionCheck(name, resource.urn, config)


def _node_requests(name: str, resource: HeldResource, spec: Inputs) -> NodeRequests:
    strategy = spec.part("retryStrategy")
    return NodeRequests(name, resource.urn, strategy.count("backoffLimitCount") if strategy is not None else None)
