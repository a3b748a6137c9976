"""What is wrong with one node pool beyond the types of its keys: machine type, size, zones, accelerators, upgrades.

Sources of the rules: Google's GKE documentation, and the preconditions of its cluster toolkit where a comment says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from weighbridge.catalog import LOCAL_SSD_DISK_GB, Catalog, MachineType, Provisioning
from weighbridge.conventions import ENVIRONMENT_LABEL, slice_pool_name
from weighbridge.files.model_problems import did_you_mean, listed
from weighbridge.files.problem import KeyPath, Problem
from weighbridge.infrastructure.node_kinds import node_kinds, runs_of, waits_for_capacity
from weighbridge.spec.node_pool import MOST_SLICES, MOST_UPGRADED_AT_ONCE, NodePool, NodeRange, SliceRange
from weighbridge.spec.root import Spec
from weighbridge.units import format_duration

LONGEST_NAME = 40
LONGEST_SOAK = timedelta(days=7)
RESERVED_DOMAINS = ("kubernetes.io", "k8s.io", "cloud.google.com", ENVIRONMENT_LABEL.partition("/")[0])


@dataclass(frozen=True, slots=True)
class Subject:
    """One pool and what it is judged by."""

    key: str
    pool: NodePool
    machine: MachineType
    spec: Spec
    catalog: Catalog

    def problem(self, said: str, *path: str | int) -> Problem:
        """A problem at a path below the pool."""
        return Problem(("node_pools", self.key, *path), said)


def check_node_pool(key: str, pool: NodePool, spec: Spec, catalog: Catalog) -> Iterator[Problem]:
    """Everything that is wrong with one pool."""
    machine = catalog.machine_types.get(pool.machine_type)
    if machine is None:
        path: KeyPath = ("node_pools", key, "machine_type")
        mean = did_you_mean(pool.machine_type, catalog.machine_types)
        yield Problem(path, f"the catalog has no machine type {pool.machine_type[:60]}.{mean}")
        return
    subject = Subject(key, pool, machine, spec, catalog)
    for check in _CHECKS:
        yield from check(subject)


def _bounds(pool: NodePool) -> dict[str, NodeRange | SliceRange]:
    named = {"nodes": pool.nodes, "nodes_per_zone": pool.nodes_per_zone, "slices": pool.slices}
    return {name: bounds for name, bounds in named.items() if bounds is not None}


def _size(at: Subject) -> Iterator[Problem]:
    given = _bounds(at.pool)
    if not given:
        said = "how many nodes? Add one of `nodes: {min: 0, max: 4}`, `nodes_per_zone` and `slices`"
        yield Problem(("node_pools", at.key), said, on_key=True)
    if len(given) > 1:
        said = f"give one of nodes, nodes_per_zone and slices, got {listed(given)}"
        yield Problem(("node_pools", at.key), said, on_key=True)
    for name, bounds in given.items():
        if bounds.min > bounds.max:
            yield at.problem(f"min is above max: got min {bounds.min} and max {bounds.max}", name)
    if at.pool.slices is not None and len(slice_pool_name(at.key, MOST_SLICES - 1)) > LONGEST_NAME:
        most = LONGEST_NAME - len(slice_pool_name("", MOST_SLICES - 1))
        said = f"too long a name for a pool of slices, which GKE knows as {slice_pool_name(at.key, 0)} and so on"
        yield Problem(("node_pools", at.key), f"{said}: at most {most} characters, got {len(at.key)}", on_key=True)


def _region(at: Subject) -> Iterator[Problem]:
    region = at.spec.cloud.region
    if region in at.catalog.regions and region not in at.machine.regions:
        said = f"{at.machine.name} is not sold in {region}, but in {listed(sorted(at.machine.regions))}"
        yield at.problem(said, "machine_type")


def _zones(at: Subject) -> Iterator[Problem]:
    zones, allowed = at.pool.zones or (), at.spec.cloud.zones
    for index, zone in enumerate(zones):
        if zone not in allowed:
            said = f"{zone} is not among the zones of this stack (`cloud.zones`): {listed(allowed)}"
            yield at.problem(said, "zones", index)
        if zone in zones[:index]:
            yield at.problem(f"{zone} is given twice: remove one", "zones", index)
    if len(zones) > 1:
        if at.pool.slices is not None:
            yield at.problem(f"a TPU slice lies in one zone: name one, got {len(zones)}", "zones")
        elif at.pool.placement == "compact":
            yield at.problem(f"a compact placement lies in one zone: name one, got {len(zones)}", "zones")


def _provisioning(at: Subject) -> Iterator[Problem]:
    pool = at.pool
    reason = at.catalog.sold(at.machine, Provisioning(pool.provisioning))
    if reason is not None:
        where = "provisioning" if "provisioning" in pool.model_fields_set else "machine_type"
        yield at.problem(f"{at.machine.name} can't be had as `{pool.provisioning}`. {reason}", where)
    if pool.provisioning == "reservation" and pool.reservation is None:
        yield at.problem("which reservation? Add `reservation: {name: …}` to this pool", "provisioning")
    if pool.provisioning != "reservation" and pool.reservation is not None:
        said = f"a reservation is used with `provisioning: reservation` only, got `{pool.provisioning}`"
        yield at.problem(said, "reservation")
    if pool.max_run_duration is not None:
        runs = runs_of(Provisioning(pool.provisioning))
        if runs is None:
            said = f"only `provisioning: flex-start` nodes have a longest run, got `{pool.provisioning}`: remove it"
            yield at.problem(said, "max_run_duration")
        elif not runs.shortest <= pool.max_run_duration <= runs.longest:
            allowed = f"from {format_duration(runs.shortest)} to {format_duration(runs.longest)}"
            got = format_duration(pool.max_run_duration)
            yield at.problem(f"expected a time span {allowed}, got {got}", "max_run_duration")


def _passing_nodes(at: Subject) -> Iterator[Problem]:
    if not waits_for_capacity(Provisioning(at.pool.provisioning)):
        return
    for name, bounds in _bounds(at.pool).items():
        if bounds.min > 0:
            said = (
                f"{at.pool.provisioning} nodes come when there is capacity and leave when their time is over, so none"
            )
            yield at.problem(f"{said} can be kept: min must be 0, got {bounds.min}", name, "min")
    if at.pool.provisioning == "flex-start" and "upgrade" in at.pool.model_fields_set:
        yield at.problem("GKE upgrades flex-start nodes in its own way: remove it", "upgrade")


def _tpu(at: Subject) -> Iterator[Problem]:
    pool, machine = at.pool, at.machine
    if machine.tpu is None:
        for name in ("tpu_topology", "slices"):
            if getattr(pool, name) is not None:
                said = f"{machine.name} has no TPU: remove it, or choose a machine type such as ct5lp-hightpu-4t"
                yield at.problem(said, name)
        return
    shapes = at.catalog.topologies(machine.name)
    several = [shape.topology for shape in shapes if shape.multi_host]
    if pool.tpu_topology is None:
        if pool.slices is not None:
            said = (
                f"slices need a `tpu_topology`: add one that {machine.name} can form, {_topologies(several, machine)}"
            )
            yield at.problem(said, "slices")
        return
    shape = at.catalog.topology(machine.name, pool.tpu_topology)
    if shape is None:
        names = [each.topology for each in shapes]
        said = f"{machine.name} can't form {pool.tpu_topology[:60]}, but {_topologies(names, machine)}."
        yield at.problem(said + did_you_mean(pool.tpu_topology, names), "tpu_topology")
    elif shape.multi_host and pool.slices is None:
        said = f"{shape.topology} takes {shape.hosts} hosts, all or none: use `slices: {{min: 0, max: 1}}`"
        yield at.problem(f"{said} instead of {listed(_bounds(pool))}", "tpu_topology")
    elif not shape.multi_host and pool.slices is not None:
        yield at.problem(f"{shape.topology} is a single host: use `nodes` instead of slices", "tpu_topology")


def _topologies(names: list[str], machine: MachineType) -> str:
    """Some topologies; there are hundreds."""
    few = 8
    more = f" and {len(names) - few} more (`weighbridge catalog --family {machine.family}`)" if len(names) > few else ""
    return f"{', '.join(names[:few])}{more}" if names else "none of several hosts"


def _attached_gpu(at: Subject) -> Iterator[Problem]:
    attached, machine = at.pool.gpu, at.machine
    if attached is None:
        return
    gpu = at.catalog.gpus.get(attached.type)
    attachable = [name for name, each in at.catalog.gpus.items() if machine.family in each.attaches_to]
    if machine.gpu is not None:
        yield at.problem(f"{machine.name} brings {machine.gpu_count} {machine.gpu} already: remove it", "gpu")
    elif gpu is None or machine.family not in gpu.attaches_to:
        takes = f"It takes {listed(attachable)}." if attachable else "It takes none: choose an n1 machine type."
        said = f"{attached.type[:60]} can't be attached to {machine.name}. {takes}"
        yield at.problem(said + did_you_mean(attached.type, attachable), "gpu", "type")
    elif attached.count not in gpu.attaches_to[machine.family]:
        counts = listed(map(str, gpu.attaches_to[machine.family]), "or")
        yield at.problem(f"{gpu.display} GPUs come {counts} to a machine, got {attached.count}", "gpu", "count")
    elif machine.vcpus > gpu.most_vcpus.get(attached.count, machine.vcpus):
        said = f"a machine with {attached.count} {gpu.display} has at most {gpu.most_vcpus[attached.count]} vCPUs"
        yield at.problem(f"{said}, and {machine.name} has {machine.vcpus}", "gpu", "count")


def _gpu_options(at: Subject) -> Iterator[Problem]:
    pool, machine = at.pool, at.machine
    model = pool.gpu.type if pool.gpu else machine.gpu
    if model is None:
        for name in ("gpu_partition", "gpu_sharing", "gpu_driver"):
            if name in pool.model_fields_set:
                yield at.problem(f"{machine.name} has no GPU: remove it", name)
        return
    gpu = at.catalog.gpus.get(model)
    if pool.gpu_partition is None or gpu is None:
        return
    if machine.gpu_fraction is not None:
        said = f"{machine.name} has {machine.gpu_fraction} of a GPU, which can't be partitioned again: remove it"
        yield at.problem(said, "gpu_partition")
    elif pool.gpu_partition not in gpu.partitions:
        sizes = listed(f"{size} ({count} to a GPU)" for size, count in gpu.partitions.items())
        has = f"It has {sizes}." if sizes else "It can't be partitioned: remove it."
        said = f"{gpu.display} has no partition {pool.gpu_partition[:60]}. {has}"
        yield at.problem(said + did_you_mean(pool.gpu_partition, gpu.partitions), "gpu_partition")


def _upgrade(at: Subject) -> Iterator[Problem]:
    upgrade = at.pool.upgrade
    if upgrade.strategy == "blue-green":
        for name in ("max_surge", "max_unavailable"):
            if getattr(upgrade, name) is not None:
                yield at.problem("belongs to `strategy: surge`: remove it, or change the strategy", "upgrade", name)
        if at.pool.placement == "compact":  # source: cluster toolkit
            yield at.problem("a compact placement can't be upgraded blue-green: use surge", "upgrade", "strategy")
        if upgrade.soak is not None and upgrade.soak > LONGEST_SOAK:
            yield at.problem(
                f"expected at most {format_duration(LONGEST_SOAK)}, got {format_duration(upgrade.soak)}",
                "upgrade",
                "soak",
            )
        return
    if upgrade.soak is not None:
        yield at.problem("belongs to `strategy: blue-green`: remove it, or change the strategy", "upgrade", "soak")
    if upgrade.max_surge is not None and upgrade.max_unavailable is not None:
        together = upgrade.max_surge + upgrade.max_unavailable
        if not 0 < together <= MOST_UPGRADED_AT_ONCE:
            said = f"max_surge and max_unavailable together are from 1 to {MOST_UPGRADED_AT_ONCE}, got {together}"
            yield at.problem(said, "upgrade")


def _placement(at: Subject) -> Iterator[Problem]:
    if at.pool.placement == "compact" and at.pool.provisioning == "queued":  # source: cluster toolkit
        yield at.problem("queued nodes can't be placed compactly: remove it, or change `provisioning`", "placement")


def _disks(at: Subject) -> Iterator[Problem]:
    disk, ssd, machine = at.pool.boot_disk.type, at.pool.local_ssd, at.machine
    if disk is not None:
        allowed = at.catalog.boot_disk_types(machine)
        if disk not in allowed:
            said = f"{machine.name} doesn't boot from {disk[:60]}, but from {listed(allowed, 'or')}."
            yield at.problem(said + did_you_mean(disk, allowed), "boot_disk", "type")
    if ssd is not None and machine.local_ssd_gb and ssd.disks * LOCAL_SSD_DISK_GB != machine.local_ssd_gb:
        brought = machine.local_ssd_gb // LOCAL_SSD_DISK_GB
        said = f"{machine.name} brings {brought} local SSDs and takes no others: expected {brought}, got {ssd.disks}"
        yield at.problem(said, "local_ssd", "disks")


def _reserved_keys(at: Subject) -> Iterator[Problem]:
    for key in at.pool.labels:
        if _is_reserved(key):
            path: KeyPath = ("node_pools", at.key, "labels", key)
            yield Problem(path, "Kubernetes, GKE or Weighbridge sets labels of this domain: remove it", on_key=True)
    seen = set()
    for index, taint in enumerate(at.pool.taints):
        if _is_reserved(taint.key):
            said = f"{taint.key} is set by Kubernetes, GKE or Weighbridge: remove it"
            yield at.problem(said, "taints", index, "key")
        if (taint.key, taint.effect) in seen:
            yield at.problem(f"{taint.key} with {taint.effect} is given twice: remove one", "taints", index)
        seen.add((taint.key, taint.effect))


def _is_reserved(key: str) -> bool:
    domain, slash, _ = key.partition("/")
    added = {kind.taint.key for kind in node_kinds().values() if kind.taint is not None}
    return key in added or (
        slash == "/" and any(domain == each or domain.endswith("." + each) for each in RESERVED_DOMAINS)
    )


_CHECKS: tuple[Callable[[Subject], Iterator[Problem]], ...] = (
    _size,
    _region,
    _zones,
    _provisioning,
    _passing_nodes,
    _tpu,
    _attached_gpu,
    _gpu_options,
    _upgrade,
    _placement,
    _disks,
    _reserved_keys,
)
