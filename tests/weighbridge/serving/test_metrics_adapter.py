"""There is an adapter exactly where something scales on a metric."""

from __future__ import annotations

import pytest

from tests.support.specs import endpoint, spec
from weighbridge.serving.metrics_adapter import IMAGE, MetricsAdapterPlan, plan_metrics_adapter

POOLS = {"serve": {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 2}}}
CUSTOM = {"server": "custom", "custom": {"port": 8080, "health_path": "/healthz"}}
WITHOUT_GPU = {
    "v7": {
        "image": "us-docker.pkg.dev/p/s/words:1.0",
        "model": "gs://example-ml-models/words/v1",
        "replicas": {"min": 0, "max": 1},
    }
}
GAUGE = {"scale_on": {"metric": "in_flight", "per_replica": 8}}

QUEUE = {"scale_on": {"queue": {"query": "gateway_queue_length"}, "per_replica": 8}}


@pytest.mark.parametrize(
    ("endpoints", "expected"),
    [
        ({}, False),
        ({"words": CUSTOM}, True),  # on a GPU: its duty cycle
        ({"words": {**CUSTOM, "versions": WITHOUT_GPU}}, False),
        ({"words": {**CUSTOM, **GAUGE}}, True),
        ({"words": {**CUSTOM, **QUEUE}}, False),  # KEDA reads it by itself
        ({"spam": {"server": "tf-serving"}}, True),
        ({"spam": {"server": "tf-serving", "versions": WITHOUT_GPU}}, False),
        ({"ranker": {"server": "triton"}}, True),
        ({"words": {**CUSTOM, "versions": WITHOUT_GPU}, "ranker": {"server": "triton"}}, True),
    ],
)
def test_only_metrics_of_servers_need_one(endpoints, expected):
    plain = endpoint(None).model_dump(mode="json", exclude_none=True)
    stack = spec(POOLS, endpoints={name: {**plain, **changes} for name, changes in endpoints.items()})
    plan = plan_metrics_adapter(stack)
    adapter = MetricsAdapterPlan("dev", "example-ml", "custom-metrics", "wb-dev-metrics", IMAGE)
    assert plan == (adapter if expected else None)


def test_its_image_may_be_a_copy_pinned_by_digest():
    image = f"europe-docker.pkg.dev/example-ml/mirror/adapter@sha256:{'0a' * 32}"
    plain = endpoint(None).model_dump(mode="json", exclude_none=True)
    ranker = {**plain, "server": "triton"}
    plan = plan_metrics_adapter(spec(POOLS, endpoints={"ranker": ranker}, cluster={"metrics_adapter_image": image}))
    assert plan is not None
    assert plan.image == image
