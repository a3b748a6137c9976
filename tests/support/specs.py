"""Specs for tests: a small good one, and a strategy of valid ones."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from weighbridge.catalog import load as load_catalog
from weighbridge.spec.quota_file import QuotaFile
from weighbridge.spec.root import Spec

PROJECT, REGION = "example-ml", "us-central1"
ZONES = ["us-central1-a", "us-central1-b", "us-central1-c"]
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CATALOG = load_catalog()


def spec(node_pools: dict[str, Any], environment: str = "dev", zones: int = 1, **more: Any) -> Spec:
    return Spec.model_validate(
        {
            "version": 1,
            "environment": environment,
            "owner": "ml@example.com",
            "cloud": {"project": PROJECT, "region": REGION, "zones": ZONES[:zones]},
            "node_pools": node_pools,
            **more,
        }
    )


def limit(quota: str, amount: int, region: str = REGION, **dimensions: str) -> dict[str, Any]:
    return {"quota": quota, "region": region, "limit": amount, "dimensions": dimensions}


def quota_file(*limits: dict[str, Any], **more: Any) -> QuotaFile:
    """Ample limits, less those given: a test names only the one that it is about."""
    named = {(entry["quota"], tuple(sorted(entry["dimensions"].items()))) for entry in limits}
    ample = [
        limit(quota_id, 1_000_000, REGION if quota.scope == "region" else "global", **dict(quota.dimensions))
        for (quota_id, dimensions), quota in CATALOG._by_key.items()
        if (quota_id, dimensions) not in named and quota.scope != "zone"
    ]
    return QuotaFile.model_validate(
        {"version": 1, "project": PROJECT, "pulled_at": "2026-11-20T08:00:00Z", "limits": [*limits, *ample], **more}
    )


def _provisioning(machine: str) -> st.SearchStrategy[str]:
    return st.sampled_from(
        ["standard", "spot", "flex-start", "queued"] if not machine.startswith("e2") else ["standard", "spot"]
    )


@st.composite
def node_pools(draw: st.DrawFn, zones: int) -> dict[str, Any]:
    machine = draw(
        st.sampled_from(
            ["e2-standard-4", "n2-standard-16", "g2-standard-8", "a2-highgpu-4g", "a3-highgpu-8g", "n1-standard-8",
             "ct5lp-hightpu-4t", "a2-ultragpu-1g", "c4-standard-8"]
        )
    )  # fmt: skip
    pool: dict[str, Any] = {"machine_type": machine}
    if machine.startswith("ct5lp") and draw(st.booleans()):
        pool |= {"tpu_topology": "4x4", "slices": {"min": 0, "max": draw(st.integers(1, 4))}}
    else:
        bounds = {"min": draw(st.integers(0, 3)), "max": draw(st.integers(3, 40))}
        pool[draw(st.sampled_from(["nodes", "nodes_per_zone"]))] = bounds
        if draw(st.booleans()):
            pool["zones"] = ZONES[: draw(st.integers(1, zones))]
    if machine.startswith("n1") and draw(st.booleans()):
        pool["gpu"] = {"type": "nvidia-tesla-t4", "count": draw(st.sampled_from([1, 2, 4]))}
    pool["provisioning"] = draw(_provisioning(machine))
    if pool["provisioning"] == "standard" and draw(st.booleans()):
        pool |= {"provisioning": "reservation", "reservation": {"name": "block-a"}}
    if pool["provisioning"] != "flex-start" and draw(st.booleans()):
        pool["upgrade"] = draw(
            st.sampled_from(
                [
                    {"strategy": "blue-green"},
                    {"max_surge": 3, "max_unavailable": 0},
                    {"max_surge": 0, "max_unavailable": 2},
                ]
            )
        )
    if draw(st.booleans()):
        pool["boot_disk"] = {"size": f"{draw(st.integers(50, 500))}Gi"}
    if machine.startswith(("n2", "n1", "g2")) and draw(st.booleans()):
        pool["local_ssd"] = {"disks": draw(st.sampled_from([1, 2, 4]))}
    pool["replacement"] = draw(st.sampled_from(["delete-first", "create-first"]))
    return pool


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    zones = draw(st.integers(1, 3))
    names = draw(st.lists(st.sampled_from(["system", "train", "serve", "features", "batch"]), min_size=1, unique=True))
    more: dict[str, Any] = {}
    if draw(st.booleans()):
        more["cluster"] = {
            "auto_provisioning": {"cpu": draw(st.integers(1, 200)), "memory": "64Gi", "gpus": {"nvidia-l4": 2}}
        }
    return spec({name: draw(node_pools(zones)) for name in names}, zones=zones, **more)
