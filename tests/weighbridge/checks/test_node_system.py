"""What is wrong with node system configuration, with exact messages."""

# ruff: noqa: E501 - exact messages are easiest to read on one line

from __future__ import annotations

from typing import Any

import pytest

from tests.support.specs import CATALOG, spec
from weighbridge.checks.node_pool import check_node_pool


def problems(system: dict[str, Any], version: str | None = None, **pool: Any) -> list[tuple[str, str]]:
    given = {"machine_type": "e2-standard-4", "nodes": {"min": 0, "max": 4}, "node_system": system, **pool}
    made = spec({"train": given}, cluster={"version": version} if version else {})
    found = check_node_pool("train", made.node_pools["train"], made, CATALOG)
    return [(".".join(map(str, problem.path[2:])), problem.message) for problem in found]


@pytest.mark.parametrize(
    ("system", "pool"),
    [
        ({}, {}),
        ({"cpu_manager_policy": "static", "memory_manager_policy": "static", "cpu_cfs_quota_period": "50ms"}, {}),
        ({"container_log_size": "200Mi", "container_log_files": 5}, {}),
        ({"image_gc_low_percent": 50, "image_gc_high_percent": 60}, {}),
        ({"shutdown_seconds": 120}, {"provisioning": "spot"}),
        ({"sysctls": {"net.ipv4.tcp_rmem": "4096 87380 6291456", "kernel.sched_rt_runtime_us": "-1"}}, {}),
        ({"sysctls": {"net.ipv4.tcp_congestion_control": "bbr"}}, {}),
        ({"hugepages": {"size_2mi": 4915}}, {}),  # 60 % of 16 GiB
        ({"hugepages": {"size_1gi": 9}}, {"machine_type": "c3-standard-4", "nodes": {"min": 0, "max": 1}}),
        ({"cgroup_mode": "v1"}, {}),
    ],
)
def test_what_goes_together(system, pool):
    assert problems(system, **pool) == []


@pytest.mark.parametrize(
    ("system", "path", "message"),
    [
        ({"cpu_cfs_quota_period": "2s"}, "cpu_cfs_quota_period", "expected a time from 1ms to 1000ms, got 2000 ms"),
        ({"cpu_cfs_quota": False, "cpu_cfs_quota_period": "50ms"}, "cpu_cfs_quota_period", "CPU limits are not enforced (`cpu_cfs_quota: false`): remove it"),
        ({"memory_manager_policy": "static"}, "memory_manager_policy", "memory follows the cores of `cpu_manager_policy: static`: add that, or remove this"),
        ({"single_process_oom_kill": True, "cgroup_mode": "v1"}, "single_process_oom_kill", "cgroup v1 has no such choice: remove it, or take v2"),
        ({"container_log_size": "5Mi"}, "container_log_size", "expected 10Mi to 500Mi, got 5Mi"),
        ({"container_log_size": "500Mi", "container_log_files": 3}, "container_log_size", "3 files of 500Mi are more than 1 % of the 100Gi boot disk, 1024Mi: lower one of them, or enlarge the disk"),
        ({"image_gc_low_percent": 85}, "image_gc_low_percent", "removal begins above where it ends: got low 85 and high 85; left out they are 80 and 85"),
        ({"image_gc_high_percent": 70}, "image_gc_high_percent", "removal begins above where it ends: got low 80 and high 70; left out they are 80 and 85"),
        ({"shutdown_seconds": 30}, "shutdown_seconds", "only spot nodes are taken away with notice, got `provisioning: standard`: remove it"),
        ({"sysctls": {"net.core.somaxconn": "many"}}, "sysctls.net.core.somaxconn", "expected a whole number in quotes, got many"),
        ({"sysctls": {"net.ipv4.tcp_wmem": "4096"}}, "sysctls.net.ipv4.tcp_wmem", 'expected three numbers, lowest first, such as "4096 87380 6291456", got 4096'),
        ({"sysctls": {"net.ipv4.tcp_wmem": "9 8 7"}}, "sysctls.net.ipv4.tcp_wmem", "expected the lowest, the default and the highest in this order, got 9 8 7"),
        ({"hugepages": {}}, "hugepages", "how many? Add `size_2mi` or `size_1gi`"),
        ({"hugepages": {"size_2mi": 4916}}, "hugepages", "at most 60% of the 16Gi of e2-standard-4 may be huge pages, 9830.4Mi: got 9832Mi"),
    ],
)  # fmt: skip
def test_what_does_not(system, path, message):
    assert problems(system) == [(f"node_system.{path}", message)]


def test_pages_of_1_gib_are_of_some_families_only():
    ((path, message),) = problems({"hugepages": {"size_1gi": 1}})
    assert path == "node_system.hugepages.size_1gi"
    assert message.startswith("e2-standard-4 has none of 1 GiB, but machines of a3, c2d,")
    assert message.endswith(": use size_2mi")


@pytest.mark.parametrize(("version", "refused"), [("1.34", False), ("1.35", True), ("1.36", True)])
def test_cgroup_v1_ends_with_a_version(version, refused):
    message = f"nodes of GKE {version} don't start with it: from 1.35 on there is v2 only. Remove it"
    assert problems({"cgroup_mode": "v1"}, version) == ([("node_system.cgroup_mode", message)] if refused else [])


def test_a_setting_that_an_adopted_pool_keeps_is_not_set_as_well():
    found = problems({"cpu_manager_policy": "static"}, adopted={"keeps": ["nodeConfig.kubeletConfig"]})
    assert found == [
        (
            "node_system",
            "adopted.keeps leaves nodeConfig.kubeletConfig as somebody else has set it: take it out there, or remove this",
        )
    ]
