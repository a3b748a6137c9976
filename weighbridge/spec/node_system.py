"""Node system configuration of a pool as the spec writes it: settings of the kubelet and of Linux.

Closed lists and bounds are those of GKE's API (`NodeKubeletConfig`, `LinuxNodeConfig`); what they say of one
another and of the machine is in `weighbridge.checks.node_system`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field, StrictBool, StringConstraints

from weighbridge.units import PART, Expected, Latency, MemoryQuantity, WholeNumber, parse_choice

Sysctl = Literal[
    "net.core.busy_poll",
    "net.core.busy_read",
    "net.core.netdev_max_backlog",
    "net.core.rmem_max",
    "net.core.rmem_default",
    "net.core.wmem_default",
    "net.core.wmem_max",
    "net.core.optmem_max",
    "net.core.somaxconn",
    "net.ipv4.neigh.default.gc_thresh1",
    "net.ipv4.neigh.default.gc_thresh2",
    "net.ipv4.neigh.default.gc_thresh3",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_wmem",
    "net.ipv4.tcp_tw_reuse",
    "net.ipv4.tcp_mtu_probing",
    "net.ipv4.tcp_max_orphans",
    "net.ipv4.tcp_max_tw_buckets",
    "net.ipv4.tcp_syn_retries",
    "net.ipv4.tcp_ecn",
    "net.ipv4.tcp_congestion_control",
    "net.netfilter.nf_conntrack_max",
    "net.netfilter.nf_conntrack_buckets",
    "net.netfilter.nf_conntrack_tcp_timeout_close_wait",
    "net.netfilter.nf_conntrack_tcp_timeout_time_wait",
    "net.netfilter.nf_conntrack_tcp_timeout_established",
    "net.netfilter.nf_conntrack_acct",
    "kernel.keys.maxkeys",
    "kernel.keys.maxbytes",
    "kernel.shmmni",
    "kernel.shmmax",
    "kernel.shmall",
    "kernel.core_pattern",
    "kernel.perf_event_paranoid",
    "kernel.sched_rt_runtime_us",
    "kernel.softlockup_panic",
    "kernel.yama.ptrace_scope",
    "kernel.kptr_restrict",
    "kernel.dmesg_restrict",
    "kernel.sysrq",
    "fs.aio-max-nr",
    "fs.file-max",
    "fs.inotify.max_user_instances",
    "fs.inotify.max_user_watches",
    "fs.nr_open",
    "vm.dirty_background_ratio",
    "vm.dirty_background_bytes",
    "vm.dirty_expire_centisecs",
    "vm.dirty_ratio",
    "vm.dirty_bytes",
    "vm.dirty_writeback_centisecs",
    "vm.max_map_count",
    "vm.overcommit_memory",
    "vm.overcommit_ratio",
    "vm.vfs_cache_pressure",
    "vm.swappiness",
    "vm.watermark_scale_factor",
    "vm.min_free_kbytes",
]
"""Kernel parameters that GKE sets on nodes. Source: `LinuxNodeConfig.sysctls` of its API."""

SysctlValue = Annotated[
    str,
    StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=200),
    Expected('a text, numbers in quotes, such as "4096"'),
]
UnsafeSysctl = Annotated[
    str,
    StringConstraints(
        pattern=r"^(?:kernel\.(?:shm|msg)[a-z_]*\*?|kernel\.sem|fs\.mqueue\.[a-z_]*\*?|net\.[a-z0-9_.-]*\*?)$",
        max_length=200,
    ),
    Expected("a sysctl of kernel.shm*, kernel.msg*, kernel.sem, fs.mqueue.* or net.*, such as net.ipv4.route.min_pmtu"),
]
TransparentHugepages = Literal["always", "madvise", "never"]
TopologyPolicy = Literal["none", "restricted", "best-effort", "single-numa-node"]


class TopologyManager(BaseModel):
    """`topology_manager`: how cores, memory and devices of a pod are kept close to one another."""

    model_config = PART

    policy: TopologyPolicy = Field(examples=["best-effort"])
    """`restricted` and `single-numa-node` refuse pods that can't be kept so."""

    scope: Literal["container", "pod"] = "container"
    """For each container, or for the pod as a whole."""


class Hugepages(BaseModel):
    """`hugepages`: memory of each node that is set aside for pods that ask for huge pages, and for nothing else."""

    model_config = PART

    size_2mi: WholeNumber | None = Field(default=None, ge=1, le=100_000_000, examples=[1024])
    """Pages of 2 MiB, as `hugepages-2Mi`."""

    size_1gi: WholeNumber | None = Field(default=None, ge=1, le=100_000, examples=[2])
    """Pages of 1 GiB, as `hugepages-1Gi`; on some machine families only."""

    @property
    def sizes(self) -> dict[str, int]:
        """Bytes by the resource name that pods ask for; what isn't set aside is left out."""
        pages = {"hugepages-2Mi": (self.size_2mi, 2 * 1024**2), "hugepages-1Gi": (self.size_1gi, 1024**3)}
        return {name: count * size for name, (count, size) in pages.items() if count is not None}


class NodeSystem(BaseModel):
    """`node_system`: GKE's node system configuration. What is left out is as GKE has it. A change makes new nodes."""

    model_config = PART

    cpu_manager_policy: Literal["none", "static"] | None = None
    """`static` gives whole cores of their own to containers that ask for whole cores, with equal limits."""

    cpu_cfs_quota: StrictBool | None = None
    """Whether CPU limits are enforced. Left out: they are."""

    cpu_cfs_quota_period: Latency | None = Field(default=None, examples=["100ms"])
    """Over which time they are, from 1ms to 1000ms."""

    memory_manager_policy: Literal["none", "static"] | None = None
    """`static` keeps the memory of such containers on the same NUMA nodes."""

    topology_manager: TopologyManager | None = None
    """Left out: devices may be far from the cores that use them."""

    pod_pids_limit: WholeNumber | None = Field(default=None, ge=1024, le=4_194_303)
    """Most processes of one pod."""

    single_process_oom_kill: StrictBool | None = None
    """Out of memory, one process of a container is ended instead of all; with cgroup v2."""

    container_log_size: MemoryQuantity | None = Field(default=None, examples=["50Mi"])
    """A container's log is rotated at this size, 10Mi to 500Mi."""

    container_log_files: WholeNumber | None = Field(default=None, ge=2, le=10)
    """Files kept of each log; all of them of one container take 1 % of the boot disk at most."""

    image_gc_high_percent: WholeNumber | None = Field(default=None, ge=10, le=85)
    """Use of the disk from which on unused images are removed."""

    image_gc_low_percent: WholeNumber | None = Field(default=None, ge=10, le=85)
    """Use of the disk below which none is; under the one above."""

    parallel_image_pulls: WholeNumber | None = Field(default=None, ge=2, le=5)
    """Images pulled at a time."""

    shutdown_seconds: Annotated[Literal[0, 30, 120], BeforeValidator(parse_choice)] | None = None
    """Of spot nodes: how long pods have when the node is taken away."""

    allowed_unsafe_sysctls: tuple[UnsafeSysctl, ...] = Field(default=(), max_length=50)
    """Kernel parameters that pods may set for themselves. Left out: the safe ones only."""

    sysctls: dict[Sysctl, SysctlValue] = Field(
        default_factory=dict, max_length=100, examples=[{"net.core.somaxconn": "4096"}]
    )
    """Kernel parameters of the nodes."""

    cgroup_mode: Literal["v1", "v2"] | None = None
    """Version of Linux' control groups. Left out: what the nodes' version has, v2."""

    hugepages: Hugepages | None = None
    """Left out: none. Pods have that much less of the node's memory."""

    transparent_hugepages: TransparentHugepages | None = None
    """For memory that nobody asked huge pages for."""
