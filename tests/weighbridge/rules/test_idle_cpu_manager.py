"""A static CPU manager on a pool where nobody has CPU limits is advice."""

from __future__ import annotations

import pytest

from tests.support.specs import prod
from weighbridge.rules.idle_cpu_manager import idle_cpu_manager

POOL = "  serve-l4:\n"


@pytest.mark.parametrize("policy", ["static", "none"])
def test_endpoints_alone_get_no_cores_of_their_own(policy):
    spec = prod((POOL, f"{POOL}    node_system: {{cpu_manager_policy: {policy}}}\n"))
    found = list(idle_cpu_manager("placement", spec))
    message = (
        "serve-l4: `cpu_manager_policy: static` gives cores to pods whose CPU limits equal their requests, and those "
        "of ranker have no CPU limit, so that they may use what is idle. Take it out, or run on this pool what has "
        "such limits"
    )
    assert [violation.message for violation in found] == ([message] if policy == "static" else [])
    assert all(violation.level == "advisory" for violation in found)


def test_pipelines_may_have_such_limits():
    pool = "  features:\n"
    spec = prod((pool, f"{pool}    node_system: {{cpu_manager_policy: static}}\n"))
    assert list(idle_cpu_manager("placement", spec)) == []
