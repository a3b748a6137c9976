"""Which of the load balancer's requests are an endpoint's."""

from __future__ import annotations

import re

import pytest

from tests.support.specs import endpoint, spec
from weighbridge.signals.gateway_traffic import gateway_traffic

POOLS = {"serve": {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 2}}}


def named(name: str, rollout=None, reach: str = "global", **keys):
    return gateway_traffic(name, endpoint(rollout, **keys), spec(POOLS, gateway={"reach": reach}))


@pytest.mark.parametrize(
    ("backend", "own"),
    [
        ("gkegw1-wwbg-serving-ranker-v7-8000-k9o8ddmf9emo", True),
        ("gkegw1-wwbg-serving-ranker-v8-8000-k9o8ddmf9emo", True),
        ("gkegw1-wwbg-serving-ranker-v9-8000-k9o8ddmf9emo", False),
        ("gkegw1-wwbg-serving-ranker-v7-large-8000-k9o8ddmf9emo", False),  # version `large` of `ranker-v7`
        ("gkegw1-wwbg-serving-my-ranker-v7-8000-k9o8ddmf9emo", False),
        ("gkegw1-wwbg-default-ranker-v7-8000-k9o8ddmf9emo", False),
        ("gkegw1-wwbg-serving-gw-serve404-80-gvlt3glsl26m", False),
    ],
)
def test_backend_services_are_told_by_their_names(backend, own):
    traffic = named("ranker", {"at": "10%"})
    assert traffic is not None
    assert bool(re.fullmatch(traffic.pattern, backend)) is own
    assert re.fullmatch(traffic.pattern, traffic.example)


@pytest.mark.parametrize(
    ("reach", "metric", "resource"),
    [
        ("global", "https_request_count", "https_lb_rule"),
        ("regional", "https_external_regional_request_count", "http_external_regional_lb_rule"),
        ("internal", "https_internal_request_count", "internal_http_lb_rule"),
    ],
)
def test_each_kind_of_gateway_has_a_metric_of_its_own(reach, metric, resource):
    traffic = named("ranker", reach=reach)
    assert traffic is not None
    assert traffic.counted.promql == f"loadbalancing_googleapis_com:{metric}"
    own = "" if reach == "global" else 'network_name="dev-network", '  # apart from other environments of the project
    backends = 'backend_target_name=~"gkegw1-[a-z0-9]+-serving-ranker-v7-8000-[a-z0-9]+"'
    assert traffic.where == f'monitored_resource="{resource}", {own}{backends}'


def test_what_can_not_be_told_by_name_is_left_to_the_servers():
    assert named("x" * 22) is not None  # and `-v7`: 63 characters in all
    assert named("x" * 23) is None
    pool = {"picker_image": "us-docker.pkg.dev/p/s/epp:1.0"}
    assert named("ranker", inference_pool=pool) is None
