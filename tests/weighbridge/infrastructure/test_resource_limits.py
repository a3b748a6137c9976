"""Limits of node auto-provisioning as GKE counts them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from weighbridge.infrastructure.resource_limits import ResourceLimit, resource_limits
from weighbridge.spec.cluster import AutoProvisioning


def test_cpu_memory_and_gpus_by_name():
    limits = AutoProvisioning.model_validate(
        {"cpu": 64, "memory": "1500Mi", "gpus": {"nvidia-tesla-t4": 2, "nvidia-l4": 4}}
    )

    assert resource_limits(limits) == (
        ResourceLimit("cpu", 64),
        ResourceLimit("memory", 1),
        ResourceLimit("nvidia-l4", 4),
        ResourceLimit("nvidia-tesla-t4", 2),
    )


@given(st.integers(0, 10**9))
def test_memory_is_never_more_than_was_allowed(mebibytes):
    limits = AutoProvisioning.model_validate({"cpu": 1, "memory": f"{mebibytes}Mi"})

    memory = resource_limits(limits)[1].maximum
    assert memory * 1024 <= mebibytes < (memory + 1) * 1024
