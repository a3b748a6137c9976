"""Node system configuration: closed lists as Google's API has them, and bounds of single values."""

from __future__ import annotations

import json
from importlib import resources
from typing import get_args

import pytest

from tests.support.models import accepts
from weighbridge.spec.node_system import Hugepages, NodeSystem, Sysctl


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"cpu_manager_policy": "static"}, True),
        ({"cpu_manager_policy": "dynamic"}, False),
        ({"pod_pids_limit": 1024}, True),
        ({"pod_pids_limit": 1023}, False),
        ({"pod_pids_limit": 4_194_303}, True),
        ({"pod_pids_limit": 4_194_304}, False),
        ({"shutdown_seconds": 30}, True),
        ({"shutdown_seconds": 31}, False),
        ({"shutdown_seconds": 0}, True),
        ({"shutdown_seconds": False}, False),
        ({"shutdown_seconds": 30.0}, False),
        ({"parallel_image_pulls": 6}, False),
        ({"container_log_files": 11}, False),
        ({"image_gc_high_percent": 86}, False),
        ({"topology_manager": {"policy": "single-numa-node", "scope": "pod"}}, True),
        ({"topology_manager": {"scope": "pod"}}, False),
        ({"sysctls": {"net.core.somaxconn": "4096"}}, True),
        ({"sysctls": {"net.core.somaxconn": 4096}}, False),
        ({"sysctls": {"net.core.somaxcon": "4096"}}, False),
        ({"allowed_unsafe_sysctls": ["kernel.shm*", "net.ipv4.route.min_pmtu", "kernel.sem", "fs.mqueue.*"]}, True),
        ({"allowed_unsafe_sysctls": ["vm.swappiness"]}, False),
        ({"cgroup_mode": "v3"}, False),
        ({"hugepages": {"size_2mi": 0}}, False),
    ],
)
def test_one_value(given, expected):
    assert accepts(NodeSystem, given) is expected


def test_sizes_of_huge_pages_by_the_name_that_pods_ask_for():
    assert Hugepages(size_2mi=3, size_1gi=2).sizes == {"hugepages-2Mi": 6 * 1024**2, "hugepages-1Gi": 2 * 1024**3}
    assert Hugepages().sizes == {}


def test_sysctls_are_those_of_the_api():
    document = resources.files("googleapiclient") / "discovery_cache" / "documents" / "container.v1.json"
    schemas = json.loads(document.read_text(encoding="utf-8"))["schemas"]
    described = schemas["LinuxNodeConfig"]["properties"]["sysctls"]["description"]
    listed = {word for word in described.split() if "." in word and not word.endswith(".")}
    assert set(get_args(Sysctl)) == listed
