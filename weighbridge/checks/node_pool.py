"""What is wrong with one node pool beyond the types of its keys: machine type, size, zones, accelerators, upgrades.

Sources of the rules: Google's GKE documentation, and the preconditions of its cluster toolkit where a comment says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from weighbridge.catalog import LOCAL_SSD_DISK_GB, Catalog, MachineType, Provisioning
from weighbridge.checks.node_system import node_system_problems
from weighbridge.conventions import ENVIRONMENT_LABEL, slice_pool_name
from weighbridge.files.model_problems import listed
from weighbridge.files.problem import KeyPath, Problem
from weighbridge.infrastructure.accelerator_networks import network_kinds
from weighbridge.infrastructure.cluster import control_plane_version
from weighbridge.infrastructure.gke_version import MOST_MINORS_BEHIND, gpu_versions, minors_behind, older
from weighbridge.infrastructure.node_kinds import node_kinds, runs_of, waits_for_capacity
from weighbridge.spec.node_pool import MOST_SLICES, MOST_UPGRADED_AT_ONCE, NodePool, NodeRange, SliceRange
from weighbridge.spec.root import Spec
from weighbridge.spelling import did_you_mean
from weighbridge.units import format_duration

LONGEST_NAME = 40
LONGEST_SOAK = timedelta(days=7)
RESERVED_DOMAINS = ("kubernetes.io", "k8s.io", "cloud.google.com", ENVIRONMENT_LABEL.partition("/")[0])


@dataclass(frozen=True, slots=True)
class CheckedPool:
    """One pool and what it is judged by."""

    key: str
    pool: NodePool
    machine: MachineType
    spec: Spec
    catalog: Catalog

    def problem(self, message: str, *path: str | int) -> Problem:
        """A problem at a path below the pool."""
        return Problem(("node_pools", self.key, *path), message)


def check_node_pool(key: str, pool: NodePool, spec: Spec, catalog: Catalog) -> Iterator[Problem]:
    """Everything that is wrong with one pool."""
    machine = catalog.machine_types.get(pool.machine_type)
    if machine is None:
        path: KeyPath = ("node_pools", key, "machine_type")
        yield Problem(path, catalog.without_machine(pool.machine_type))
        return
    checked = CheckedPool(key, pool, machine, spec, catalog)
    for check in _CHECKS:
        yield from check(checked)


def _bounds(pool: NodePool) -> dict[str, NodeRange | SliceRange]:
    named = {"nodes": pool.nodes, "nodes_per_zone": pool.nodes_per_zone, "slices": pool.slices}
    return {name: bounds for name, bounds in named.items() if bounds is not None}


def _size(checked: CheckedPool) -> Iterator[Problem]:
    given = _bounds(checked.pool)
    if not given:
        message = "how many nodes? Add one of `nodes: {min: 0, max: 4}`, `nodes_per_zone` and `slices`"
        yield Problem(("node_pools", checked.key), message, on_key=True)
    if len(given) > 1:
        message = f"give one of nodes, nodes_per_zone and slices, got {listed(given)}"
        yield Problem(("node_pools", checked.key), message, on_key=True)
    for name, bounds in given.items():
        if bounds.min > bounds.max:
            yield checked.problem(f"min is above max: got min {bounds.min} and max {bounds.max}", name)
    if checked.pool.slices is not None and len(slice_pool_name(checked.key, MOST_SLICES - 1)) > LONGEST_NAME:
        most = LONGEST_NAME - len(slice_pool_name("", MOST_SLICES - 1))
        message = (
            f"too long a name for a pool of slices, which GKE knows as {slice_pool_name(checked.key, 0)} and so on"
        )
        yield Problem(
            ("node_pools", checked.key), f"{message}: at most {most} characters, got {len(checked.key)}", on_key=True
        )


def _region(checked: CheckedPool) -> Iterator[Problem]:
    region = checked.spec.cloud.region
    if region in checked.catalog.regions and region not in checked.machine.regions:
        message = f"{checked.machine.name} is not sold in {region}, but in {listed(sorted(checked.machine.regions))}"
        yield checked.problem(message, "machine_type")


def _zones(checked: CheckedPool) -> Iterator[Problem]:
    zones, allowed = checked.pool.zones or (), checked.spec.cloud.zones
    for index, zone in enumerate(zones):
        if zone not in allowed:
            message = f"{zone} is not among the zones of this stack (`cloud.zones`): {listed(allowed)}"
            yield checked.problem(message, "zones", index)
        if zone in zones[:index]:
            yield checked.problem(f"{zone} is given twice: remove one", "zones", index)
    if len(zones) > 1:
        if checked.pool.slices is not None:
            yield checked.problem(f"a TPU slice lies in one zone: name one, got {len(zones)}", "zones")
        elif checked.pool.placement == "compact":
            yield checked.problem(f"a compact placement lies in one zone: name one, got {len(zones)}", "zones")


def _provisioning(checked: CheckedPool) -> Iterator[Problem]:
    pool = checked.pool
    reason = checked.catalog.sold(checked.machine, Provisioning(pool.provisioning))
    if reason is not None:
        where = "provisioning" if "provisioning" in pool.model_fields_set else "machine_type"
        yield checked.problem(f"{checked.machine.name} can't be had as `{pool.provisioning}`. {reason}", where)
    if pool.provisioning == "reservation" and pool.reservation is None:
        yield checked.problem("which reservation? Add `reservation: {name: …}` to this pool", "provisioning")
    if pool.provisioning != "reservation" and pool.reservation is not None:
        message = f"a reservation is used with `provisioning: reservation` only, got `{pool.provisioning}`"
        yield checked.problem(message, "reservation")
    if pool.max_run_duration is not None:
        runs = runs_of(Provisioning(pool.provisioning))
        if runs is None:
            message = f"only `provisioning: flex-start` nodes have a longest run, got `{pool.provisioning}`: remove it"
            yield checked.problem(message, "max_run_duration")
        elif not runs.shortest <= pool.max_run_duration <= runs.longest:
            allowed = f"from {format_duration(runs.shortest)} to {format_duration(runs.longest)}"
            got = format_duration(pool.max_run_duration)
            yield checked.problem(f"expected a time span {allowed}, got {got}", "max_run_duration")


def _passing_nodes(checked: CheckedPool) -> Iterator[Problem]:
    if not waits_for_capacity(Provisioning(checked.pool.provisioning)):
        return
    for name, bounds in _bounds(checked.pool).items():
        if bounds.min > 0:
            nodes = f"{checked.pool.provisioning} nodes"
            message = f"{nodes} come when there is capacity and leave when their time is over, so none"
            yield checked.problem(f"{message} can be kept: min must be 0, got {bounds.min}", name, "min")
    if checked.pool.provisioning == "flex-start" and "upgrade" in checked.pool.model_fields_set:
        yield checked.problem("GKE upgrades flex-start nodes in its own way: remove it", "upgrade")


def _tpu(checked: CheckedPool) -> Iterator[Problem]:
    pool, machine = checked.pool, checked.machine
    if machine.tpu is None:
        for name in ("tpu_topology", "slices"):
            if getattr(pool, name) is not None:
                message = f"{machine.name} has no TPU: remove it, or choose a machine type such as ct5lp-hightpu-4t"
                yield checked.problem(message, name)
        return
    shapes = checked.catalog.topologies(machine.name)
    several = [shape.topology for shape in shapes if shape.multi_host]
    if pool.tpu_topology is None:
        if pool.slices is not None:
            message = (
                f"slices need a `tpu_topology`: add one that {machine.name} can form, {_topologies(several, machine)}"
            )
            yield checked.problem(message, "slices")
        return
    shape = checked.catalog.topology(machine.name, pool.tpu_topology)
    if shape is None:
        names = [form.topology for form in shapes]
        message = f"{machine.name} can't form {pool.tpu_topology[:60]}, but {_topologies(names, machine)}."
        yield checked.problem(message + did_you_mean(pool.tpu_topology, names), "tpu_topology")
    elif shape.multi_host and pool.slices is None:
        message = f"{shape.topology} takes {shape.hosts} hosts, all or none: use `slices: {{min: 0, max: 1}}`"
        yield checked.problem(f"{message} instead of {listed(_bounds(pool))}", "tpu_topology")
    elif not shape.multi_host and pool.slices is not None:
        yield checked.problem(f"{shape.topology} is a single host: use `nodes` instead of slices", "tpu_topology")


def _topologies(names: list[str], machine: MachineType) -> str:
    """Some topologies; there are hundreds."""
    few = 8
    more = f" and {len(names) - few} more (`weighbridge catalog --family {machine.family}`)" if len(names) > few else ""
    return f"{', '.join(names[:few])}{more}" if names else "none of several hosts"


def _attached_gpu(checked: CheckedPool) -> Iterator[Problem]:
    attached, machine = checked.pool.gpu, checked.machine
    if attached is None:
        return
    gpu = checked.catalog.gpus.get(attached.type)
    attachable = [name for name, model in checked.catalog.gpus.items() if machine.family in model.attaches_to]
    if machine.gpu is not None:
        yield checked.problem(f"{machine.name} brings {machine.gpu_count} {machine.gpu} already: remove it", "gpu")
    elif gpu is None or machine.family not in gpu.attaches_to:
        takes = f"It takes {listed(attachable)}." if attachable else "It takes none: choose an n1 machine type."
        message = f"{attached.type[:60]} can't be attached to {machine.name}. {takes}"
        yield checked.problem(message + did_you_mean(attached.type, attachable), "gpu", "type")
    elif attached.count not in gpu.attaches_to[machine.family]:
        counts = listed(map(str, gpu.attaches_to[machine.family]), "or")
        yield checked.problem(f"{gpu.display} GPUs come {counts} to a machine, got {attached.count}", "gpu", "count")
    elif machine.vcpus > gpu.most_vcpus.get(attached.count, machine.vcpus):
        message = f"a machine with {attached.count} {gpu.display} has at most {gpu.most_vcpus[attached.count]} vCPUs"
        yield checked.problem(f"{message}, and {machine.name} has {machine.vcpus}", "gpu", "count")


def _gpu_options(checked: CheckedPool) -> Iterator[Problem]:
    pool, machine = checked.pool, checked.machine
    model = pool.gpu.type if pool.gpu else machine.gpu
    if model is None:
        for name in ("gpu_partition", "gpu_sharing", "gpu_driver"):
            if name in pool.model_fields_set:
                yield checked.problem(f"{machine.name} has no GPU: remove it", name)
        return
    gpu = checked.catalog.gpus.get(model)
    if pool.gpu_partition is None or gpu is None:
        return
    if machine.gpu_fraction is not None:
        message = f"{machine.name} has {machine.gpu_fraction} of a GPU, which can't be partitioned again: remove it"
        yield checked.problem(message, "gpu_partition")
    elif pool.gpu_partition not in gpu.partitions:
        sizes = listed(f"{size} ({count} to a GPU)" for size, count in gpu.partitions.items())
        has = f"It has {sizes}." if sizes else "It can't be partitioned: remove it."
        message = f"{gpu.display} has no partition {pool.gpu_partition[:60]}. {has}"
        yield checked.problem(message + did_you_mean(pool.gpu_partition, gpu.partitions), "gpu_partition")


def _upgrade(checked: CheckedPool) -> Iterator[Problem]:
    upgrade = checked.pool.upgrade
    if upgrade.strategy == "blue-green":
        for name in ("max_surge", "max_unavailable"):
            if getattr(upgrade, name) is not None:
                yield checked.problem(
                    "belongs to `strategy: surge`: remove it, or change the strategy", "upgrade", name
                )
        if checked.pool.placement == "compact":  # source: cluster toolkit
            yield checked.problem("a compact placement can't be upgraded blue-green: use surge", "upgrade", "strategy")
        if upgrade.soak is not None and upgrade.soak > LONGEST_SOAK:
            yield checked.problem(
                f"expected at most {format_duration(LONGEST_SOAK)}, got {format_duration(upgrade.soak)}",
                "upgrade",
                "soak",
            )
        return
    if upgrade.soak is not None:
        yield checked.problem("belongs to `strategy: blue-green`: remove it, or change the strategy", "upgrade", "soak")
    if upgrade.max_surge is not None and upgrade.max_unavailable is not None:
        together = upgrade.max_surge + upgrade.max_unavailable
        if not 0 < together <= MOST_UPGRADED_AT_ONCE:
            message = f"max_surge and max_unavailable together are from 1 to {MOST_UPGRADED_AT_ONCE}, got {together}"
            yield checked.problem(message, "upgrade")


def _placement(checked: CheckedPool) -> Iterator[Problem]:
    if checked.pool.placement == "compact" and checked.pool.provisioning == "queued":  # source: cluster toolkit
        yield checked.problem(
            "queued nodes can't be placed compactly: remove it, or change `provisioning`", "placement"
        )
    if checked.pool.placement == "compact" and checked.machine.family not in checked.catalog.compact_placement:
        families = listed(sorted(checked.catalog.compact_placement), "or")
        message = f"{checked.machine.family.upper()} machines can't be placed compactly: remove it, or choose a machine"
        yield checked.problem(f"{message} of family {families}", "placement")


def _accelerator_network(checked: CheckedPool) -> Iterator[Problem]:
    pool, machine = checked.pool, checked.machine
    if pool.accelerator_network and machine.name not in network_kinds():
        taken = listed(sorted(network_kinds()), "or")
        message = f"{machine.name} takes no further networks that Weighbridge knows: remove it, or choose {taken}"
        yield checked.problem(message, "accelerator_network")
    if pool.nccl_installer is not None and not pool.accelerator_network:
        message = "only nodes with `accelerator_network: true` have a plugin installed: add that, or remove it"
        yield checked.problem(message, "nccl_installer")


def _version(checked: CheckedPool) -> Iterator[Problem]:
    pool, control_plane = checked.pool, control_plane_version(checked.spec)
    if pool.version is not None and control_plane is not None:
        behind = minors_behind(pool.version, control_plane)
        if behind < 0 or behind > MOST_MINORS_BEHIND:
            message = f"nodes are of the control plane's minor version or at most {MOST_MINORS_BEHIND} behind"
            yield checked.problem(
                f"{message}: got {pool.version}, and the control plane's is {control_plane}", "version"
            )
    model = pool.gpu.type if pool.gpu else checked.machine.gpu
    needs = gpu_versions().get(model) if model is not None else None
    given = pool.version or control_plane
    if needs is not None and given is not None and older(given, needs.least):
        driver = f", which has the driver ({needs.driver} or newer)" if needs.driver else ""
        message = f"{model} needs GKE {needs.least} or newer{driver}: got {given}"
        yield checked.problem(message, "version" if pool.version else "machine_type")


def _disks(checked: CheckedPool) -> Iterator[Problem]:
    disk, ssd, machine = checked.pool.boot_disk.type, checked.pool.local_ssd, checked.machine
    if disk is not None:
        allowed = checked.catalog.boot_disk_types(machine)
        if disk not in allowed:
            message = f"{machine.name} doesn't boot from {disk[:60]}, but from {listed(allowed, 'or')}."
            yield checked.problem(message + did_you_mean(disk, allowed), "boot_disk", "type")
    if ssd is not None and ssd.disks not in (counts := checked.catalog.local_ssd_counts(machine)):
        if not counts:
            yield checked.problem(f"{machine.name} takes no local SSDs: remove it", "local_ssd")
        elif machine.local_ssd_gb:
            message = f"{machine.name} brings {counts[0]} local SSDs and takes no others"
            yield checked.problem(f"{message}: expected {counts[0]}, got {ssd.disks}", "local_ssd", "disks")
        else:
            taken = listed(map(str, counts), "or")
            message = f"{machine.name} takes {taken} local SSDs of {LOCAL_SSD_DISK_GB} GB, got {ssd.disks}"
            yield checked.problem(message, "local_ssd", "disks")


def _reserved_keys(checked: CheckedPool) -> Iterator[Problem]:
    for key in checked.pool.labels:
        if _is_reserved(key):
            path: KeyPath = ("node_pools", checked.key, "labels", key)
            yield Problem(path, "Kubernetes, GKE or Weighbridge sets labels of this domain: remove it", on_key=True)
    seen = set()
    for index, taint in enumerate(checked.pool.taints):
        if _is_reserved(taint.key):
            message = f"{taint.key} is set by Kubernetes, GKE or Weighbridge: remove it"
            yield checked.problem(message, "taints", index, "key")
        if (taint.key, taint.effect) in seen:
            yield checked.problem(f"{taint.key} with {taint.effect} is given twice: remove one", "taints", index)
        seen.add((taint.key, taint.effect))


def _is_reserved(key: str) -> bool:
    domain, slash, _ = key.partition("/")
    added = {kind.taint.key for kind in node_kinds().values() if kind.taint is not None}
    return key in added or (
        slash == "/" and any(domain == reserved or domain.endswith("." + reserved) for reserved in RESERVED_DOMAINS)
    )


def _adopted(checked: CheckedPool) -> Iterator[Problem]:
    pool = checked.pool
    if pool.adopted is None:
        return
    if pool.slices is not None:
        message = "slices are named by their ordinals, so none is there to be taken over: remove it"
        yield checked.problem(message, "adopted")
    if pool.replacement == "create-first":
        message = "a pool that is taken over keeps its name, which one created first could not have: remove it"
        yield checked.problem(message, "replacement")
    if pool.version is not None and "version" in pool.adopted.keeps:
        message = "adopted.keeps leaves it as it is, so this has no effect: take it out of one of the two"
        yield checked.problem(message, "version")


def _node_system(checked: CheckedPool) -> Iterator[Problem]:
    pool, spec = checked.pool, checked.spec
    path = ("node_pools", checked.key, "node_system")
    return node_system_problems(pool, checked.machine, pool.version or control_plane_version(spec), path)


_CHECKS: tuple[Callable[[CheckedPool], Iterator[Problem]], ...] = (
    _size,
    _adopted,
    _region,
    _zones,
    _provisioning,
    _passing_nodes,
    _tpu,
    _attached_gpu,
    _gpu_options,
    _upgrade,
    _placement,
    _accelerator_network,
    _version,
    _disks,
    _node_system,
    _reserved_keys,
)
