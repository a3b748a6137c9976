"""A good endpoint with two versions, and changes of it."""

from __future__ import annotations

from typing import Any

from weighbridge.spec.endpoint import Endpoint

STEPS = ["1%", "10%", "50%", "100%"]


def version(least: int, most: int) -> dict[str, Any]:
    return {
        "image": "us-docker.pkg.dev/example-ml/serving/triton:25.09",
        "model": "gs://example-ml-models/ranker/v8",
        "replicas": {"min": least, "max": most},
        "gpu": 1,
    }


def endpoint(
    rollout: dict[str, Any] | str | None, stable: tuple[int, int] = (6, 8), new: tuple[int, int] = (1, 4)
) -> Endpoint:
    if isinstance(rollout, dict):
        rollout = {"candidate": "v8", "steps": STEPS, "bake": "24h", "at": "0%", **rollout}
    return Endpoint.model_validate(
        {
            "node_pool": "serve", "hostname": "ranker.example.com", "server": "triton", "stable": "v7",
            "versions": {"v7": version(*stable), "v8": version(*new)}, "rollout": rollout,
        }
    )  # fmt: skip
