"""Class, names and certificates of a gateway, by its reach."""

from __future__ import annotations

import pytest

from tests.support.specs import full, prod, spec
from weighbridge.infrastructure.gateway import CertificatePlan, plan_gateway


@pytest.mark.parametrize(
    ("reach", "gateway_class", "location", "certificate_map", "proxies"),
    [
        ("regional", "gke-l7-regional-external-managed", "us-central1", None, "prod-proxies"),
        ("internal", "gke-l7-rilb", "us-central1", None, "prod-proxies"),
        ("global", "gke-l7-global-external-managed", "global", "prod-models", None),
    ],
)
def test_each_reach_has_its_class_and_what_that_needs(reach, gateway_class, location, certificate_map, proxies):
    stack = prod()
    plan = plan_gateway(stack.model_copy(update={"gateway": stack.gateway.model_copy(update={"reach": reach})}))
    assert plan is not None
    assert (plan.gateway_class, plan.location) == (gateway_class, location)
    assert (plan.certificate_map, plan.proxy_subnetwork) == (certificate_map, proxies)
    assert (plan.address_name, plan.namespace) == ("prod-models", "serving")


def test_each_endpoint_has_a_certificate_of_its_own():
    plan = plan_gateway(full())
    assert plan is not None
    assert plan.certificates[:2] == (
        CertificatePlan("prod-ranker", "ranker.example.com"),
        CertificatePlan("prod-chat", "chat.example.com"),
    )
    assert len({certificate.name for certificate in plan.certificates}) == len(full().endpoints)


def test_without_endpoints_there_is_none():
    assert plan_gateway(spec({"system": {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}})) is None


def test_proxies_have_room_apart():
    """Google recommends a /23."""
    assert plan_gateway(prod()).proxy_range.endswith("/23")
