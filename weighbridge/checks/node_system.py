"""What is wrong with the node system configuration of a pool, beyond the types and bounds of its keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from weighbridge.catalog import MachineType
from weighbridge.files.model_problems import listed
from weighbridge.files.problem import KeyPath, Problem
from weighbridge.infrastructure.gke_version import older
from weighbridge.spec.node_pool import NodePool
from weighbridge.spec.node_system import Hugepages, NodeSystem
from weighbridge.units import format_latency, plain

SHORTEST_PERIOD, LONGEST_PERIOD = timedelta(milliseconds=1), timedelta(seconds=1)
SMALLEST_LOG, LARGEST_LOG = Decimal(10 * 1024**2), Decimal(500 * 1024**2)
LOGS_PART = Decimal("0.01")
"""Of a node's disk, which the logs of one container take at most."""

DEFAULT_LOG_FILES, DEFAULT_GC_LOW, DEFAULT_GC_HIGH = 5, 80, 85
LARGE_MEMORY_GIB = 30
HUGEPAGES_PART = {False: Decimal("0.6"), True: Decimal("0.8")}
"""Most of a machine's memory, by whether it has 30 GiB of it. Source: GKE, "Customize the node system configuration";
confidence: reported."""

FAMILIES_WITH_1GI = frozenset(
    "a3 c2d c3 c3d c4 c4a c4d ct5l ct5lp ct6e h3 m2 m3 m4 z3".split()  # noqa: SIM905 - as the page lists them
)
"""Families that have pages of 1 GiB. Source: the same page; confidence: reported."""

CGROUP_V1_UNTIL = "1.35"
"""From this version on the kubelet doesn't start on cgroup v1. Source: Kubernetes, "About cgroup v2"; reported."""

_THREE_NUMBERS = frozenset({"net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"})
_TEXTS = frozenset({"net.ipv4.tcp_congestion_control", "kernel.core_pattern"})
_NUMBER = re.compile(r"-?[0-9]{1,20}")


def node_system_problems(pool: NodePool, machine: MachineType, version: str | None, path: KeyPath) -> Iterator[Problem]:
    """`version` is the nodes' GKE version, as far as the spec says it; `path` leads to `node_system`."""
    given = pool.node_system
    if given is None:
        return
    kept = set(pool.adopted.keeps if pool.adopted is not None else ())
    for setting in sorted(kept & {"nodeConfig.kubeletConfig", "nodeConfig.linuxNodeConfig"}):
        message = f"adopted.keeps leaves {setting} as somebody else has set it: take it out there, or remove this"
        yield Problem(path, message, on_key=True)
    yield from _kubelet(given, pool, path)
    yield from _logs(given, pool, path)
    yield from _sysctls(given, path)
    if given.hugepages is not None:
        yield from _hugepages(given.hugepages, machine, (*path, "hugepages"))
    if given.cgroup_mode == "v1" and version is not None and not older(version, CGROUP_V1_UNTIL):
        message = f"nodes of GKE {version} don't start with it: from {CGROUP_V1_UNTIL} on there is v2 only. Remove it"
        yield Problem((*path, "cgroup_mode"), message)


def _kubelet(given: NodeSystem, pool: NodePool, path: KeyPath) -> Iterator[Problem]:
    period = given.cpu_cfs_quota_period
    if period is not None and not SHORTEST_PERIOD <= period <= LONGEST_PERIOD:
        message = f"expected a time from 1ms to 1000ms, got {format_latency(period)}"
        yield Problem((*path, "cpu_cfs_quota_period"), message)
    if given.cpu_cfs_quota is False and period is not None:
        yield Problem(
            (*path, "cpu_cfs_quota_period"), "CPU limits are not enforced (`cpu_cfs_quota: false`): remove it"
        )
    if given.memory_manager_policy == "static" and given.cpu_manager_policy != "static":
        message = "memory follows the cores of `cpu_manager_policy: static`: add that, or remove this"
        yield Problem((*path, "memory_manager_policy"), message)
    if given.single_process_oom_kill is not None and given.cgroup_mode == "v1":
        yield Problem((*path, "single_process_oom_kill"), "cgroup v1 has no such choice: remove it, or take v2")
    low = given.image_gc_low_percent or DEFAULT_GC_LOW
    high = given.image_gc_high_percent or DEFAULT_GC_HIGH
    if low >= high:
        which = "image_gc_low_percent" if given.image_gc_low_percent is not None else "image_gc_high_percent"
        message = f"removal begins above where it ends: got low {low} and high {high}; left out they are 80 and 85"
        yield Problem((*path, which), message)
    if given.shutdown_seconds is not None and pool.provisioning != "spot":
        message = f"only spot nodes are taken away with notice, got `provisioning: {pool.provisioning}`: remove it"
        yield Problem((*path, "shutdown_seconds"), message)


def _logs(given: NodeSystem, pool: NodePool, path: KeyPath) -> Iterator[Problem]:
    size = given.container_log_size
    if size is not None and not SMALLEST_LOG <= size <= LARGEST_LOG:
        yield Problem((*path, "container_log_size"), f"expected 10Mi to 500Mi, got {_mib(size)}")
    elif size is not None and size % 1024**2:
        yield Problem((*path, "container_log_size"), f"expected whole Mi, got {_mib(size)}")
    elif size is not None or given.container_log_files is not None:
        files = given.container_log_files or DEFAULT_LOG_FILES
        total, most = (size or SMALLEST_LOG) * files, pool.boot_disk.size * 1024**3 * LOGS_PART
        if total > most:
            message = (
                f"{files} files of {_mib(size or SMALLEST_LOG)} are more than 1 % of the {pool.boot_disk.size}Gi boot "
                f"disk, {_mib(most)}: lower one of them, or enlarge the disk"
            )
            yield Problem((*path, "container_log_size" if size is not None else "container_log_files"), message)


def _sysctls(given: NodeSystem, path: KeyPath) -> Iterator[Problem]:
    for name, value in given.sysctls.items():
        parts = value.split()
        where = (*path, "sysctls", name)
        if name in _THREE_NUMBERS:
            if len(parts) != len(["min", "default", "max"]) or not all(map(_NUMBER.fullmatch, parts)):
                yield Problem(
                    where, f'expected three numbers, lowest first, such as "4096 87380 6291456", got {value[:60]}'
                )
            elif sorted(parts, key=int) != parts:
                yield Problem(
                    where, f"expected the lowest, the default and the highest in this order, got {value[:60]}"
                )
        elif name not in _TEXTS and not _NUMBER.fullmatch(value):
            yield Problem(where, f"expected a whole number in quotes, got {value[:60]}")


def _hugepages(given: Hugepages, machine: MachineType, path: KeyPath) -> Iterator[Problem]:
    if not given.sizes:
        yield Problem(path, "how many? Add `size_2mi` or `size_1gi`", on_key=True)
    if given.size_1gi is not None and machine.family not in FAMILIES_WITH_1GI:
        message = f"{machine.name} has none of 1 GiB, but machines of {listed(sorted(FAMILIES_WITH_1GI))}: use size_2mi"
        yield Problem((*path, "size_1gi"), message)
    memory = Decimal(str(machine.memory_gib)) * 1024**3
    part = HUGEPAGES_PART[machine.memory_gib >= LARGE_MEMORY_GIB]
    total = Decimal(sum(given.sizes.values()))
    if total > memory * part:
        share = f"{plain(part * 100)}% of the {plain(Decimal(str(machine.memory_gib)))}Gi of {machine.name}"
        message = f"at most {share} may be huge pages, {_mib(memory * part)}: got {_mib(total)}"
        yield Problem(path, message)


def _mib(size: Decimal) -> str:
    return f"{plain(size / 1024**2)}Mi"
