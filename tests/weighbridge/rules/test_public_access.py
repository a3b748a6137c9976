"""Ways into a cluster beside its gateway, and the message of each."""

from __future__ import annotations

import pytest

from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.values import Unknown
from weighbridge.rules.public_access import open_ways

GATEWAY = "put it behind the environment's gateway, as components.endpoint does"
HTTP = (
    f'this Ingress also answers plain HTTP: {GATEWAY}, or set the annotation kubernetes.io/ingress.allow-http: "false"'
)
LOAD_BALANCER = (
    f"a LoadBalancer answers the internet without TLS: {GATEWAY}, or make it internal by the annotation "
    "networking.gke.io/load-balancer-type: Internal"
)
NO_TLS = f"this Ingress answers the internet without TLS: {GATEWAY}, or name a certificate in spec.tls"
NO_HTTP = {"kubernetes.io/ingress.allow-http": "false"}
TLS = {"tls": [{"secretName": "cert"}]}


@pytest.mark.parametrize(
    ("kind", "spec", "notes", "expected"),
    [
        ("Service", {"type": "ClusterIP"}, {}, None),
        ("Service", {"type": "NodePort"}, {}, None),
        ("Service", {"type": "LoadBalancer"}, {}, LOAD_BALANCER),
        ("Service", {"type": "LoadBalancer"}, {"networking.gke.io/load-balancer-type": "External"}, LOAD_BALANCER),
        ("Service", {"type": "LoadBalancer"}, {"networking.gke.io/load-balancer-type": "Internal"}, None),
        ("Service", {"type": "LoadBalancer"}, {"cloud.google.com/load-balancer-type": "Internal"}, None),
        # The first annotation that is there decides, and only two spellings are internal.
        (
            "Service",
            {"type": "LoadBalancer"},
            {"networking.gke.io/load-balancer-type": "External", "cloud.google.com/load-balancer-type": "Internal"},
            LOAD_BALANCER,
        ),
        ("Service", {"type": "LoadBalancer"}, {"networking.gke.io/load-balancer-type": "INTERNAL"}, LOAD_BALANCER),
        (
            "Service",
            {"type": "LoadBalancer", "loadBalancerClass": "networking.gke.io/l4-regional-external"},
            {"networking.gke.io/load-balancer-type": "Internal"},
            LOAD_BALANCER,
        ),
        (
            "Service",
            {"externalIPs": ["10.0.0.7", "8.8.8.8"]},
            {},
            f"externalIPs takes requests of the internet to 8.8.8.8, without TLS: {GATEWAY}",
        ),
        (
            "Service",
            {"externalIPs": ["node"]},
            {},
            f"externalIPs takes requests of the internet to node, without TLS: {GATEWAY}",
        ),
        (
            "Service",
            {"type": Unknown()},
            {},
            "spec.type is not known before the deployment: write it as a literal or take it from stack config",
        ),
        ("Ingress", {}, NO_HTTP, NO_TLS),
        ("Ingress", {"tls": []}, {"kubernetes.io/ingress.class": "gce"}, NO_TLS),
        ("Ingress", {}, {"kubernetes.io/ingress.class": "gce-internal"}, None),
        ("Ingress", TLS, {}, HTTP),
        ("Ingress", TLS, NO_HTTP, None),
        ("Ingress", {}, {**NO_HTTP, "networking.gke.io/managed-certificates": "cert"}, None),
        ("Ingress", {}, {**NO_HTTP, "networking.gke.io/managed-certificates": ""}, NO_TLS),
        ("Ingress", {}, {**NO_HTTP, "ingress.gcp.kubernetes.io/pre-shared-cert": "cert"}, None),
        ("Ingress", {"ingressClassName": "nginx"}, NO_HTTP, NO_TLS),
    ],
)
def test_ways_in_beside_the_gateway(kind, spec, notes, expected):
    inputs = {"metadata": {"name": "door", "annotations": notes}, "spec": spec}
    token = f"kubernetes:{'core/v1' if kind == 'Service' else 'networking.k8s.io/v1'}:{kind}"
    door = HeldResource(f"urn:pulumi:prod::weighbridge::{token}::door", token, "door", inputs)

    assert list(open_ways(door)) == ([] if expected is None else [expected])


def test_a_door_without_a_spec_or_metadata_is_read_too():
    for kind, expected in (("core/v1:Service", []), ("networking.k8s.io/v1:Ingress", [NO_TLS])):
        token = f"kubernetes:{kind}"
        assert list(open_ways(HeldResource(f"urn:pulumi:prod::w::{token}::d", token, "d", {"a": 1.0}))) == expected
