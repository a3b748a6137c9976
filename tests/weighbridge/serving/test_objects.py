"""The objects that decide what an endpoint answers."""

from __future__ import annotations

from typing import Any

from tests.support.specs import CATALOG, prod
from weighbridge.serving.endpoint import plan_endpoints
from weighbridge.serving.objects import endpoint_objects, route, service, workload_annotations

(ENDPOINT,) = plan_endpoints(prod(), CATALOG)


def test_all_of_an_endpoint_in_the_order_in_which_they_are_needed():
    assert [(found.group, found.kind, found.name, found.version) for found in endpoint_objects(ENDPOINT)] == [
        ("apps", "Deployment", "ranker-v7", "v7"),
        ("", "Service", "ranker-v7", "v7"),
        ("apps", "Deployment", "ranker-v8", "v8"),
        ("", "Service", "ranker-v8", "v8"),
        ("gateway.networking.k8s.io", "HTTPRoute", "ranker", None),
    ]


def test_a_service_picks_its_own_version_and_hides_metrics():
    spec: Any = service(ENDPOINT, ENDPOINT.versions[0]).content["spec"]
    assert spec["selector"] == ENDPOINT.versions[0].serving_selector
    assert [port["name"] for port in spec["ports"]] == ["http", "grpc"]


def test_the_last_rule_of_the_route_has_the_weights():
    spec: Any = route(ENDPOINT).content["spec"]
    assert spec["hostnames"] == ["ranker.example.com"]
    assert [(backend["name"], backend["weight"]) for backend in spec["rules"][-1]["backendRefs"]] == [
        ("ranker-v7", 90),
        ("ranker-v8", 10),
    ]


def test_pulumi_waits_for_a_node_and_the_model():
    assert workload_annotations(ENDPOINT.versions[0]) == {"pulumi.com/timeoutSeconds": "2400"}
