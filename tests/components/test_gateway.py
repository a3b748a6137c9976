"""Address, certificates and listener of a gateway, for each reach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pulumi_kubernetes import core

from components.gateway import GatewayComponent
from tests.support.recording import Recording, record
from tests.support.specs import endpoint, spec
from weighbridge.infrastructure.gateway import plan_gateway

GATEWAY = "kubernetes:gateway.networking.k8s.io/v1:Gateway"
AUTHORIZATION = "gcp:certificatemanager/dnsAuthorization:DnsAuthorization"
CERTIFICATE = "gcp:certificatemanager/certificate:Certificate"
PLACEMENT = {"name": "dev-models", "project": "example-ml"}
ADDRESS = "gcp:compute/address:Address"


def created(reach: str) -> Recording:
    stack = spec(
        {"serve": {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 2}}},
        endpoints={"ranker": endpoint(None).model_dump(mode="json", exclude_none=True)},
        gateway={"reach": reach},
    )
    plan = plan_gateway(stack)
    assert plan is not None

    def create() -> None:
        namespace = core.v1.Namespace("serving", metadata={"name": "serving"})
        GatewayComponent("dev-gateway", plan, network="the-network", subnetwork="the-subnetwork", namespace=namespace)

    return record(create)


@pytest.mark.parametrize(
    ("reach", "type_", "expected"),
    [
        (
            "regional",
            ADDRESS,
            {"region": "us-central1", "addressType": "EXTERNAL", "networkTier": "PREMIUM"},
        ),
        (
            "internal",
            ADDRESS,
            {
                "region": "us-central1",
                "addressType": "INTERNAL",
                "purpose": "SHARED_LOADBALANCER_VIP",
                "subnetwork": "the-subnetwork",
            },
        ),
        ("global", "gcp:compute/globalAddress:GlobalAddress", {}),
    ],
)
def test_the_address_is_of_the_gateways_reach(reach, type_, expected):
    recording = created(reach)
    address = recording.only(type_)
    assert address.inputs == {**PLACEMENT, **expected}
    gateway = recording.only(GATEWAY)
    assert gateway.inputs["spec"]["addresses"] == [{"type": "NamedAddress", "value": "dev-models"}]
    assert address.urn in gateway.dependencies


@pytest.mark.parametrize(
    ("reach", "location", "record_type"),
    [
        ("regional", "us-central1", "PER_PROJECT_RECORD"),
        ("internal", "us-central1", "PER_PROJECT_RECORD"),
        ("global", "global", "FIXED_RECORD"),
    ],
)
def test_each_host_name_proves_itself_and_gets_a_certificate(reach, location, record_type):
    recording = created(reach)
    authorization, certificate = recording.only(AUTHORIZATION), recording.only(CERTIFICATE)
    assert authorization.inputs == {
        "name": "dev-ranker",
        "project": "example-ml",
        "location": location,
        "domain": "ranker.example.com",
        "type": record_type,
    }
    assert certificate.inputs == {
        "name": "dev-ranker",
        "project": "example-ml",
        "location": location,
        "managed": {"domains": ["ranker.example.com"], "dnsAuthorizations": ["dev-ranker-id"]},
    }
    assert certificate.urn in recording.only(GATEWAY).dependencies


def test_a_regional_listener_names_its_certificates_and_a_global_gateway_its_map():
    regional, globe = (created(reach).only(GATEWAY).inputs for reach in ("regional", "global"))
    (listener,) = regional["spec"]["listeners"]
    assert (listener["port"], listener["protocol"]) == (443, "HTTPS")
    assert listener["tls"] == {
        "mode": "Terminate",
        "options": {"networking.gke.io/cert-manager-certs": "dev-ranker"},
    }
    assert "annotations" not in regional["metadata"]
    assert globe["metadata"]["annotations"] == {"networking.gke.io/certmap": "dev-models"}
    assert globe["spec"]["listeners"] == [{key: value for key, value in listener.items() if key != "tls"}]
    entry = created("global").only("gcp:certificatemanager/certificateMapEntry:CertificateMapEntry").inputs
    assert (entry["hostname"], entry["certificates"]) == ("ranker.example.com", ["dev-ranker-id"])


def test_only_regional_classes_get_a_subnetwork_for_their_proxies():
    def proxies(reach: str) -> list[Mapping[str, Any]]:
        return [subnetwork.inputs for subnetwork in created(reach).of_type("gcp:compute/subnetwork:Subnetwork")]

    assert proxies("global") == []
    (regional,) = proxies("regional")
    assert proxies("internal") == [regional]
    assert regional == {
        "name": "dev-proxies",
        "project": "example-ml",
        "region": "us-central1",
        "network": "the-network",
        "ipCidrRange": "10.127.254.0/23",
        "purpose": "REGIONAL_MANAGED_PROXY",
        "role": "ACTIVE",
    }


@pytest.mark.parametrize(
    ("reach", "type_", "place"),
    [
        ("regional", "gcp:compute/regionSslPolicy:RegionSslPolicy", {"region": "us-central1"}),
        ("internal", "gcp:compute/regionSslPolicy:RegionSslPolicy", {"region": "us-central1"}),
        ("global", "gcp:compute/sSLPolicy:SSLPolicy", {}),
    ],
)
def test_clients_need_tls_1_2(reach, type_, place):
    recording = created(reach)
    policy = recording.only(type_)
    modern = {"name": "dev-models", "project": "example-ml", "profile": "MODERN", "minTlsVersion": "TLS_1_2"}
    assert policy.inputs == {**modern, **place}
    attached = recording.only("kubernetes:networking.gke.io/v1:GCPGatewayPolicy")
    assert attached.inputs["spec"] == {
        "default": {"sslPolicy": "dev-models"},
        "targetRef": {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "models"},
    }
    assert {policy.urn, recording.only(GATEWAY).urn} <= set(attached.dependencies)
