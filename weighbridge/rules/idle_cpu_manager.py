"""A static CPU manager that gives cores to nobody.

A part of the rule `placement`. Judged from the spec, as what pipelines run is no resource of the stack; only advice.
"""

from __future__ import annotations

from collections.abc import Iterator

from weighbridge.files.model_problems import listed
from weighbridge.rules.violation import Violation
from weighbridge.spec.root import Spec


def idle_cpu_manager(rule: str, spec: Spec) -> Iterator[Violation]:
    """Advice for each pool with such a manager on which endpoints run and no pipeline."""
    piped = {pipeline.node_pool for pipeline in spec.pipelines.values()}
    for key, pool in spec.node_pools.items():
        static = pool.node_system is not None and pool.node_system.cpu_manager_policy == "static"
        served = [name for name, endpoint in spec.endpoints.items() if endpoint.node_pool == key]
        if static and served and key not in piped:
            who = f"those of {listed(served)} have no CPU limit, so that they may use what is idle"
            message = (
                f"{key}: `cpu_manager_policy: static` gives cores to pods whose CPU limits equal their requests, and "
                f"{who}. Take it out, or run on this pool what has such limits"
            )
            yield Violation(rule, message, None, "advisory", ("node_pools", key, "node_system"), key)
