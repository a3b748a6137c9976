"""Node system configuration as GKE takes it."""

from __future__ import annotations

from tests.support.platform import platform
from tests.support.specs import spec

POOL = "gcp:container/nodePool:NodePool"


def config(system):
    pool = {"machine_type": "c3-standard-4", "nodes": {"min": 0, "max": 2}, "node_system": system}
    return platform(spec({"train": pool}), alerts=False).only(POOL).inputs["nodeConfig"]


def test_every_setting_by_the_name_that_gke_has_for_it():
    found = config(
        {
            "cpu_manager_policy": "static",
            "cpu_cfs_quota": True,
            "cpu_cfs_quota_period": "50ms",
            "memory_manager_policy": "static",
            "topology_manager": {"policy": "best-effort"},
            "pod_pids_limit": 4096,
            "single_process_oom_kill": False,
            "container_log_size": "50Mi",
            "container_log_files": 4,
            "image_gc_low_percent": 60,
            "image_gc_high_percent": 70,
            "parallel_image_pulls": 4,
            "allowed_unsafe_sysctls": ["kernel.shm*"],
            "sysctls": {"net.core.somaxconn": "4096"},
            "cgroup_mode": "v2",
            "hugepages": {"size_2mi": 512, "size_1gi": 2},
            "transparent_hugepages": "madvise",
        }
    )
    assert found["kubeletConfig"] == {
        "allowedUnsafeSysctls": ["kernel.shm*"],
        "containerLogMaxFiles": 4,
        "containerLogMaxSize": "50Mi",
        "cpuCfsQuota": True,
        "cpuCfsQuotaPeriod": "50ms",
        "cpuManagerPolicy": "static",
        "imageGcHighThresholdPercent": 70,
        "imageGcLowThresholdPercent": 60,
        "insecureKubeletReadonlyPortEnabled": "FALSE",
        "maxParallelImagePulls": 4,
        "memoryManager": {"policy": "static"},
        "podPidsLimit": 4096,
        "singleProcessOomKill": False,
        "topologyManager": {"policy": "best-effort", "scope": "container"},
    }
    assert found["linuxNodeConfig"] == {
        "cgroupMode": "CGROUP_MODE_V2",
        "hugepagesConfig": {"hugepageSize1g": 2, "hugepageSize2m": 512},
        "sysctls": {"net.core.somaxconn": "4096"},
        "transparentHugepageEnabled": "TRANSPARENT_HUGEPAGE_ENABLED_MADVISE",
    }


def test_what_is_left_out_is_not_sent():
    assert config({"pod_pids_limit": 1024})["kubeletConfig"].keys() == {
        "podPidsLimit",
        "insecureKubeletReadonlyPortEnabled",
    }
    assert "linuxNodeConfig" not in config({"pod_pids_limit": 1024})
