"""What an endpoint may be called, ask for and be exposed at, value by value."""

from __future__ import annotations

import pytest

from tests.support.models import accepts
from tests.support.specs import endpoint
from weighbridge.spec.endpoint import CustomServer, Endpoint, HeaderName, MetricName, Port, UrlPath, Version
from weighbridge.spec.rollout import Rollout

VERSION = {
    "image": "us-docker.pkg.dev/p/s/triton:25.09",
    "model": "gs://example-ml-models/ranker/v8",
    "replicas": {"min": 0, "max": 2},
}


@pytest.mark.parametrize(
    ("type_", "value", "expected"),
    [
        (MetricName, "vllm:num_requests_waiting", True),
        (MetricName, "_a", True),
        (MetricName, "2xx_total", False),
        (MetricName, "a-b", False),
        (UrlPath, "/v2/health/ready", True),
        (UrlPath, "healthz", False),
        (UrlPath, "/healthz?full=1", False),
        (HeaderName, "x-model-version", True),
        (HeaderName, "-x", False),
        (HeaderName, "te", False),  # clients of gRPC send it
        (HeaderName, "accept-encoding", False),
        (HeaderName, "X-" + "x" * 61, True),
        (HeaderName, "x-" + "x" * 62, False),
        (Port, 1023, False),
        (Port, 1024, True),
        (Port, 65536, False),
        (Version, VERSION, True),
        (Version, {**VERSION, "replicas": {"min": 0, "max": 0}}, False),
        (Version, {**VERSION, "gpu": 1024}, True),
        (Version, {**VERSION, "gpu": 1025}, False),
        (Version, {**VERSION, "gpus": 1}, False),
    ],
)
def test_one_value(type_, value, expected):
    assert accepts(type_, value) is expected


def test_no_rollout_is_said_by_none_or_by_nothing():
    assert endpoint("none").rollout is None
    assert endpoint(None).rollout is None
    assert isinstance(endpoint({}).rollout, Rollout)
    assert not accepts(Endpoint, {**endpoint(None).model_dump(mode="json", exclude_none=True), "rollout": "later"})


def test_what_is_left_out():
    plain = endpoint(None)
    assert (plain.pin_header, plain.iap, plain.measure_only) == ("x-model-version", False, False)
    assert plain.longest_request is None
    custom = CustomServer.model_validate({"port": 8080, "health_path": "/healthz"})
    assert (custom.metrics_path, custom.metrics_port) == ("/metrics", None)


def test_a_spec_does_not_change_once_it_is_read():
    with pytest.raises(ValueError, match="frozen"):
        endpoint(None).stable = "v8"
