"""What the spec allows has a spelling of GKE's, and comes back from it."""

from __future__ import annotations

from typing import get_args

import pytest

from weighbridge.infrastructure.gke_spelling import GPU_DRIVERS, GPU_SHARING, TAINT_EFFECTS, turned
from weighbridge.spec.node_pool import GpuDriver, GpuSharingStrategy, TaintEffect


@pytest.mark.parametrize(
    ("allowed", "spelling"),
    [(TaintEffect, TAINT_EFFECTS), (GpuSharingStrategy, GPU_SHARING), (GpuDriver, GPU_DRIVERS)],
)
def test_everything_that_a_spec_may_say_is_spelled_both_ways(allowed, spelling):
    assert tuple(spelling) == get_args(allowed)
    assert {name: turned(spelling)[api] for name, api in spelling.items()} == {name: name for name in spelling}
