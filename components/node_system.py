"""The node system configuration of a pool, as GKE's `nodeConfig` takes it."""

from __future__ import annotations

from pulumi_gcp import container

from weighbridge.spec.node_system import NodeSystem

_CGROUP_MODES = {"v1": "CGROUP_MODE_V1", "v2": "CGROUP_MODE_V2"}
_MIB = 1024**2


def kubelet_config(system: NodeSystem) -> container.NodePoolNodeConfigKubeletConfigArgs:
    """Settings of the kubelet."""
    topology, size = system.topology_manager, system.container_log_size
    return container.NodePoolNodeConfigKubeletConfigArgs(
        allowed_unsafe_sysctls=list(system.allowed_unsafe_sysctls) or None,
        container_log_max_files=system.container_log_files,
        container_log_max_size=None if size is None else f"{int(size / _MIB)}Mi",
        cpu_cfs_quota=system.cpu_cfs_quota,
        cpu_cfs_quota_period=None
        if system.cpu_cfs_quota_period is None
        else f"{system.cpu_cfs_quota_period.total_seconds() * 1000:.0f}ms",
        cpu_manager_policy=system.cpu_manager_policy,
        image_gc_high_threshold_percent=system.image_gc_high_percent,
        image_gc_low_threshold_percent=system.image_gc_low_percent,
        insecure_kubelet_readonly_port_enabled="FALSE",  # a block of its own would bring GKE's default back
        max_parallel_image_pulls=system.parallel_image_pulls,
        memory_manager=None
        if system.memory_manager_policy is None
        else container.NodePoolNodeConfigKubeletConfigMemoryManagerArgs(policy=system.memory_manager_policy),
        pod_pids_limit=system.pod_pids_limit,
        shutdown_grace_period_seconds=system.shutdown_seconds,
        single_process_oom_kill=system.single_process_oom_kill,
        topology_manager=None
        if topology is None
        else container.NodePoolNodeConfigKubeletConfigTopologyManagerArgs(policy=topology.policy, scope=topology.scope),
    )


def linux_node_config(system: NodeSystem) -> container.NodePoolNodeConfigLinuxNodeConfigArgs | None:
    """Settings of Linux; None where the spec has none."""
    huge, transparent = system.hugepages, system.transparent_hugepages
    if not (system.sysctls or system.cgroup_mode or huge or transparent):
        return None
    return container.NodePoolNodeConfigLinuxNodeConfigArgs(
        cgroup_mode=None if system.cgroup_mode is None else _CGROUP_MODES[system.cgroup_mode],
        hugepages_config=None
        if huge is None
        else container.NodePoolNodeConfigLinuxNodeConfigHugepagesConfigArgs(
            hugepage_size1g=huge.size_1gi, hugepage_size2m=huge.size_2mi
        ),
        sysctls={str(name): value for name, value in system.sysctls.items()} or None,
        transparent_hugepage_enabled=None
        if transparent is None
        else f"TRANSPARENT_HUGEPAGE_ENABLED_{transparent.upper()}",
    )
