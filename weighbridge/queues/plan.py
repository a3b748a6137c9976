"""The queues of an environment, from its pipelines: what Kueue admits where, and what holds where Kueue is gone round.

    node pool with pipelines   a ResourceFlavor and a Cohort of its name
    pipeline                   a ClusterQueue of its name; a LocalQueue `default` in its namespace; a second fence there
                               (ResourceQuota, LimitRange)
    kind of pipeline           a WorkloadPriorityClass
    pool with queued machines  an AdmissionCheck and a ProvisioningRequestConfig
    pool of slices, or compact a Topology, where its nodes stay or come by request (see `_topology`)

Only where the spec says `kueue: true`: Kueue is there, and its definitions with it. `shares` has the sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from weighbridge.catalog import Catalog, Provisioning
from weighbridge.conventions import GKE_NODE_POOL_LABEL, NODE_POOL_LABEL, pipeline_namespace, workload_priority_name
from weighbridge.infrastructure.allocatable import CPU, GPU, MEMORY, TPU
from weighbridge.infrastructure.node_kinds import added_taints, pod_selector
from weighbridge.infrastructure.node_pool import NodePoolPlan, plan_node_pool
from weighbridge.queues.capacity import queue_capacity
from weighbridge.queues.shares import PoolShares, Share, ShareRequest, pool_shares
from weighbridge.spec.node_pool import Taint
from weighbridge.spec.pipeline import ResourceName
from weighbridge.spec.root import Spec
from weighbridge.units import resource_quantity

Kind = Literal["data", "training", "validation", "experiment"]

PRIORITIES: Mapping[Kind, int] = {"validation": 300, "data": 200, "training": 100, "experiment": 0}
"""Which kind's jobs go first, and whose may be pushed out. A job that names no class has 0, as experiments do."""

PUSHED_OUT_BELOW = PRIORITIES["experiment"]
"""Highest priority that a queue may push out while it borrows itself: its guarantee it takes back from anyone."""

RECLAIM, WITHIN_QUEUE, PUSH_OUT = "Any", "LowerPriority", "LowerPriority"
"""`reclaimWithinCohort`, `withinClusterQueue`, `borrowWithinCohort`. All are Never where nothing is said, and then a
guarantee waits for whoever borrowed it to end."""

ORDER = "BestEffortFIFO"
"""A job that doesn't fit waits, and lets smaller ones pass: one that is strictly first would block what others lend."""

NODE_REQUESTER = "kueue.x-k8s.io/provisioning-request"
"""Kueue's controller that answers an AdmissionCheck by asking for nodes."""

QUEUED_CLASS = "queued-provisioning.gke.io"
"""The class of ProvisioningRequests that GKE answers with all nodes at once. Source: GKE, "Queued provisioning with
flex-start"; as of 2026-11-26; confidence: confirmed."""

RETRIES, RETRY_SECONDS, LONGEST_RETRY_SECONDS = 3, 60, 1800
"""How often a request for nodes is repeated, stated: a stock-out that is tried for ever holds the quota for ever."""

HOST_LABEL = "kubernetes.io/hostname"
BLOCK_LABELS = ("cloud.google.com/gce-topology-block", "cloud.google.com/gce-topology-subblock")
"""GKE's labels of where compactly placed nodes are. Source: GKE, "Schedule GKE workloads with Topology Aware
Scheduling"; as of 2026-11-26; confidence: confirmed for A3 Ultra and newer, unverified for others."""

DEFAULT_REQUEST: Mapping[str, str] = {CPU: "100m", MEMORY: "256Mi"}
"""What a container has that asks for nothing: the ResourceQuota refuses pods without a request."""


@dataclass(frozen=True, slots=True)
class FlavorPlan:
    """The nodes of one pool, as jobs are sent there."""

    name: str
    node_labels: Mapping[str, str]
    tolerations: tuple[Taint, ...]  # of all taints of the nodes
    topology: str | None


@dataclass(frozen=True, slots=True)
class TopologyPlan:
    """How near nodes are to one another: labels, from the largest domain to the node."""

    name: str
    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuotaPlan:
    """One resource of a queue or a cohort, as Kubernetes writes amounts. `borrowing`: None for a cohort."""

    resource: str
    nominal: str
    borrowing: str | None = None


@dataclass(frozen=True, slots=True)
class CohortPlan:
    """The pipelines of one pool, which lend one another what is idle."""

    name: str
    flavor: str
    quotas: tuple[QuotaPlan, ...]  # its own, which Kueue adds to that of its queues


@dataclass(frozen=True, slots=True)
class QueuePlan:
    """One pipeline's queue."""

    name: str
    namespace: str
    cohort: str
    flavor: str
    quotas: tuple[QuotaPlan, ...]
    check: str | None  # what else has to agree before its jobs start
    pushes_out_below: int | None  # while it borrows; None: nobody
    fence: Mapping[str, str]  # the ResourceQuota of its namespace


@dataclass(frozen=True, slots=True)
class NodeRequestPlan:
    """How nodes are asked for that come all at once: of the AdmissionCheck and its parameters."""

    name: str
    resources: tuple[str, ...]  # only pods that ask for one of these wait for nodes


@dataclass(frozen=True, slots=True)
class QueuesPlan:
    """All of an environment."""

    priorities: Mapping[str, int]  # by class
    topologies: tuple[TopologyPlan, ...]
    flavors: tuple[FlavorPlan, ...]
    cohorts: tuple[CohortPlan, ...]
    node_requests: tuple[NodeRequestPlan, ...]
    queues: tuple[QueuePlan, ...]

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Those whose accelerators only queues give."""
        return tuple(queue.namespace for queue in self.queues)


def plan_queues(spec: Spec, catalog: Catalog) -> QueuesPlan | None:
    """The queues of a checked spec, in its order; None where Kueue isn't there, or nothing is queued."""
    if not spec.cluster.kueue or not spec.pipelines:
        return None
    shares = shares_of(spec, catalog)
    pools = {key: next(plan_node_pool(key, spec.node_pools[key], spec, catalog)) for key in shares}
    topologies = {key: found for key, pool in pools.items() if (found := _topology(key, pool, spec)) is not None}
    return QueuesPlan(
        priorities={workload_priority_name(kind): value for kind, value in PRIORITIES.items()},
        topologies=tuple(topologies.values()),
        flavors=tuple(_flavor(key, pool, topologies.get(key)) for key, pool in pools.items()),
        cohorts=tuple(_cohort(key, held) for key, held in shares.items()),
        node_requests=tuple(
            NodeRequestPlan(key, tuple(name for name in shares[key].capacity if name in (GPU, TPU)) or (CPU,))
            for key, pool in pools.items()
            if _queued(pool)
        ),
        queues=tuple(_queue(name, spec, shares, pools) for name in spec.pipelines),
    )


def shares_of(spec: Spec, catalog: Catalog) -> Mapping[str, PoolShares]:
    """The shares of every pool that pipelines run on, in the order of the pools."""
    asked: dict[str, dict[str, ShareRequest]] = {}
    for name, pipeline in spec.pipelines.items():
        asked.setdefault(pipeline.node_pool, {})[name] = ShareRequest(
            _plain(pipeline.guaranteed), _plain(pipeline.at_most)
        )
    return {key: pool_shares(queue_capacity(key, spec, catalog), asked[key]) for key in spec.node_pools if key in asked}


def _plain(amounts: Mapping[ResourceName, Decimal]) -> Mapping[str, Decimal]:
    return {str(resource): amount for resource, amount in amounts.items()}


def _cohort(key: str, held: PoolShares) -> CohortPlan:
    own = (QuotaPlan(resource, resource_quantity(resource, amount)) for resource, amount in held.spare.items())
    return CohortPlan(key, key, tuple(own))


def _flavor(key: str, pool: NodePoolPlan, topology: TopologyPlan | None) -> FlavorPlan:
    # All taints, those too that GKE adds or lets its own pods tolerate: a request for nodes has none of that help.
    taints = dict.fromkeys((*added_taints(pool.traits), *pool.own_taints))
    return FlavorPlan(
        name=key,
        node_labels={NODE_POOL_LABEL: key, **_fixed(pool)},
        tolerations=tuple(taints),
        topology=topology.name if topology is not None else None,
    )


def _fixed(pool: NodePoolPlan) -> Mapping[str, str]:
    """GKE's labels of the accelerator."""
    return dict(sorted(pod_selector(pool.traits).items()))


def _topology(key: str, pool: NodePoolPlan, spec: Spec) -> TopologyPlan | None:
    """Where nearness matters, and can be known when a job is admitted.

    Kueue looks only at nodes that are ready (pkg/cache/scheduler/tas_nodes_cache.go in v0.17.0). Where the autoscaler
    brings them later, a flavor with a topology admits nothing, so no node ever comes; a request for nodes goes first.
    """
    if pool.slice is None and not pool.compact:
        return None
    shape = spec.node_pools[key]
    bounds = shape.slices or shape.nodes_per_zone or shape.nodes
    stays = bounds is not None and bounds.min == bounds.max
    if not stays and not _queued(pool):
        return None
    return TopologyPlan(key, (*((GKE_NODE_POOL_LABEL,) if pool.slice is not None else BLOCK_LABELS), HOST_LABEL))


def _queued(pool: NodePoolPlan) -> bool:
    return pool.provisioning is Provisioning.QUEUED


def _queue(name: str, spec: Spec, shares: Mapping[str, PoolShares], pools: Mapping[str, NodePoolPlan]) -> QueuePlan:
    pipeline = spec.pipelines[name]
    key = pipeline.node_pool
    held = shares[key].of[name]
    return QueuePlan(
        name=name,
        namespace=pipeline_namespace(name),
        cohort=key,
        flavor=key,
        quotas=tuple(_quota(resource, share) for resource, share in held.items()),
        check=key if _queued(pools[key]) else None,
        pushes_out_below=None if pipeline.kind == "experiment" else PUSHED_OUT_BELOW,
        fence=_fence(held, shares[key].capacity),
    )


def _quota(resource: str, share: Share) -> QuotaPlan:
    return QuotaPlan(
        resource, resource_quantity(resource, share.guaranteed), resource_quantity(resource, share.borrowed)
    )


def _fence(held: Mapping[str, Share], capacity: Mapping[str, Decimal]) -> Mapping[str, str]:
    """What all pods of a namespace may ask for; accelerators that the pool doesn't have are none at all."""
    most = {resource: max(share.guaranteed, min(share.at_most, capacity[resource])) for resource, share in held.items()}
    lacking = {name: Decimal(0) for name in (GPU, TPU) if name not in most}
    return {f"requests.{name}": resource_quantity(name, amount) for name, amount in (most | lacking).items()}


def advice(spec: Spec, catalog: Catalog) -> Iterator[tuple[str, str, Decimal, Decimal]]:
    """Ceilings that no pipeline can reach, as pipeline, resource, ceiling and what its pool's queues have."""
    for held in shares_of(spec, catalog).values():
        for name, wish in held.of.items():
            for resource, share in wish.items():
                if share.at_most > held.capacity[resource]:
                    yield name, resource, share.at_most, held.capacity[resource]
