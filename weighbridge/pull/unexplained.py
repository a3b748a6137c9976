"""Use of limits that neither stacks nor declarations account for, and whom Google names for it.

Two numbers say how much there is, and the larger one counts. What is used beyond what all stacks may use at their
peaks, what is declared and what reservations took: certain, but blind to what hides behind a stack that uses less than
it may. And what VMs take that are no nodes of the stacks' clusters, beyond what is declared: it sees nothing but VMs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from weighbridge.catalog import Catalog, Provisioning, QuotaResource, UnknownQuota
from weighbridge.cloud_api.machines import Instance
from weighbridge.files.model_problems import few
from weighbridge.pull.limits import key_of_entry
from weighbridge.quota.arithmetic import NodeCounts, NodeGroup, QuotaKey, claims
from weighbridge.quota.declared import declared_claims, declaring_stacks
from weighbridge.quota.ledger import StackDemand, build_ledger
from weighbridge.spec.quota_file import Limit, QuotaFile, Unexplained

CLUSTER_LABEL = "goog-k8s-cluster-name"
"""GKE's own, on the VM of every node."""

GONE = frozenset({"TERMINATED", "STOPPED", "SUSPENDED"})
"""States of a VM in which it takes no CPUs and no GPUs."""

LONGEST_PREFIX = 15
"""Of a cluster's name, as GKE's names of nodes begin with it; nodes of older clusters lack the label."""

COUNTED = frozenset({QuotaResource.VCPU, QuotaResource.GPU, QuotaResource.TPU, QuotaResource.INSTANCE})
LONGEST_WORDS = 200


@dataclass
class _Foreign:
    """What VMs that are no nodes of the stacks take of one limit."""

    amount: int = 0
    vms: list[str] = field(default_factory=list)
    clusters: dict[str, int] = field(default_factory=dict)

    def words(self) -> str:
        parts = [f"{count} VM{'s' if count != 1 else ''} of cluster {name}" for name, count in self.clusters.items()]
        if self.vms:
            parts.append(f"VM{'s' if len(self.vms) != 1 else ''} {few(sorted(self.vms))}")
        return "; ".join(parts)[:LONGEST_WORDS]


def find_unexplained(
    quota: QuotaFile, limits: Sequence[Limit], demands: Mapping[str, StackDemand], clusters: Collection[str],
    instances: Sequence[Instance], catalog: Catalog,
) -> tuple[Unexplained, ...]:  # fmt: skip
    """`quota` has the declarations and reservations as they are now; `clusters` are the stacks' own."""
    counted = quota.model_copy(update={"limits": tuple(limits), "unexplained": ()})
    rows = {row.key: row for row in build_ledger(counted, demands, catalog, quota.pulled_at).rows}
    declared = _declared(counted, catalog)
    foreign = _foreign(instances, clusters, quota, catalog)
    before = {_identity(entry): entry for entry in quota.unexplained}
    found = []
    for limit in limits:
        key = key_of_entry(quota.project, limit)
        row, theirs = rows[key], foreign.get(key, _Foreign())
        beyond = 0 if limit.used is None else limit.used - row.peak - row.outside_amount
        amount = max(0, beyond, theirs.amount - row.outside_amount - declared.get(key, 0))
        known = before.get(_identity(limit))
        if limit.used is None and known is not None and known.amount > amount:
            found.append(known)  # nobody said that it is less
        elif amount:
            words = theirs.words() or None
            made = Unexplained(
                quota=limit.quota, region=limit.region, dimensions=limit.dimensions, amount=amount, what=words
            )
            found.append(made)
    return tuple(found)


def _identity(entry: Limit | Unexplained) -> tuple[object, ...]:
    return entry.quota, entry.region, tuple(sorted(entry.dimensions.items()))


def _declared(quota: QuotaFile, catalog: Catalog) -> Mapping[QuotaKey, int]:
    """What stacks may draw with other things than nodes of their clusters."""
    found: dict[QuotaKey, int] = {}
    for stack in declaring_stacks(quota):
        for claim in declared_claims(stack, quota, catalog):
            found[claim.key] = found.get(claim.key, 0) + claim.peak
    return found


def _foreign(
    instances: Sequence[Instance], clusters: Collection[str], quota: QuotaFile, catalog: Catalog
) -> Mapping[QuotaKey, _Foreign]:
    found: dict[QuotaKey, _Foreign] = {}
    for instance in instances:
        if instance.status in GONE or _is_own(instance, clusters):
            continue
        for key, amount in _taken(instance, quota, catalog):
            taken = found.setdefault(key, _Foreign())
            taken.amount += amount
            cluster = instance.labels.get(CLUSTER_LABEL)
            if cluster is None:
                taken.vms.append(instance.name)
            else:
                taken.clusters[cluster] = taken.clusters.get(cluster, 0) + 1
    return found


def _is_own(instance: Instance, clusters: Collection[str]) -> bool:
    cluster = instance.labels.get(CLUSTER_LABEL)
    if cluster is not None:
        return cluster in clusters
    return any(instance.name.startswith(f"gke-{name[:LONGEST_PREFIX]}") for name in clusters)


def _taken(instance: Instance, quota: QuotaFile, catalog: Catalog) -> Iterator[tuple[QuotaKey, int]]:
    machine = catalog.machine_types.get(instance.machine)
    if machine is None:
        return  # a custom type, or one that is new: only its use, as Google counts it, is known
    attached = instance.guest_accelerators[0] if instance.guest_accelerators and machine.gpu is None else None
    group = NodeGroup(
        name=instance.name,
        project=quota.project,
        region=instance.region,
        machine=machine,
        provisioning=Provisioning.SPOT if instance.spot else Provisioning.STANDARD,
        nodes=NodeCounts(create=1, steady=1, upgrade=0, replace=0),
        gpu=attached.gpu if attached is not None else machine.gpu,
        gpus_per_node=attached.accelerator_count if attached is not None else machine.gpu_count,
    )
    try:
        yield from ((claim.key, claim.peak) for claim in claims(group, catalog, frozenset(quota.spot_pools), COUNTED))
    except UnknownQuota:
        return
