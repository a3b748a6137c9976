"""Who reaches whom in a platform, by the policies that it is planned to have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import pulumi
import pytest

from components.network_policies import NetworkPolicies
from tests.support.network_policy import Outsider, Pod, connects
from tests.support.paths import ROOT
from tests.support.platform import platform
from tests.support.recording import record
from tests.support.specs import CATALOG, changed, prod
from weighbridge.isolation.network_policies import DENY, plan_network_policies
from weighbridge.spec.root import Spec
from weighbridge.stacks.load import parse_spec

INTEGRATION = ROOT / "tests" / "integration" / "stacks"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"

RANKER = Pod("serving", {"app": "ranker", "version": "v7", "role": "leader"})
HTTP, GRPC, METRICS = 8000, 8001, 8002  # Triton's
MONITOR = Pod("monitors", {"app": "monitor-ranker"})
ADAPTER = Pod(
    "custom-metrics", {"k8s-app": "custom-metrics-stackdriver-adapter", "run": "custom-metrics-stackdriver-adapter"}
)
TRAINER = Pod("pipeline-ranker-training", {"job": "train"})
OTHER_TRAINER = Pod("pipeline-prototypes", {"job": "try"})
STRANGER = Pod("default", {"app": "anything"})
COLLECTOR = Pod("gke-gmp-system", {"app.kubernetes.io/name": "collector"})
OLDER_COLLECTOR = Pod("gmp-system", {"app.kubernetes.io/name": "collector"})
KUBE_DNS = Pod("kube-system", {"k8s-app": "kube-dns"})
NODE_LOCAL_DNS = Pod("kube-system", {"k8s-app": "node-local-dns"})
KONNECTIVITY = Pod("kube-system", {"k8s-app": "konnectivity-agent"})
PROXY = Outsider("10.127.254.9")  # of the subnetwork of proxies
HEALTH_CHECK, OLDER_HEALTH_CHECK = Outsider("35.191.3.4"), Outsider("130.211.1.2")
CONTROL_PLANE = Outsider("10.0.0.5")  # in the nodes' range
METADATA = Outsider("169.254.169.254")
BUCKETS = Outsider("142.250.80.91")
DATABASE = Outsider("10.200.0.7")
ELSEWHERE_IN_VPC = Outsider("10.3.2.1")


def policies(spec: Spec) -> list[Mapping[str, Any]]:
    """As the component writes them, which the API server is given; its own tests have them in a platform."""
    planned = plan_network_policies(spec, CATALOG)

    def program() -> None:
        names = {plan.namespace for plan in planned}
        NetworkPolicies("policies", planned, {name: pulumi.ComponentResource("test:Namespace", name) for name in names})

    return [resource.inputs for resource in record(program, spec.environment).of_type(POLICY)]


def integration(stack: str, *changes: tuple[str, str]) -> Spec:
    file = INTEGRATION / f"{stack}.yaml"
    return parse_spec(changed(file.read_text(encoding="utf-8"), *changes), file)


@pytest.fixture(scope="module")
def production() -> list[Mapping[str, Any]]:
    return policies(prod())


Connection: TypeAlias = tuple[Pod | Outsider, Pod | Outsider, int]

ALLOWED: dict[str, Connection] = {
    "the gateway's proxies to a server": (PROXY, RANKER, HTTP),
    "health checks to a server": (HEALTH_CHECK, RANKER, HTTP),
    "health checks of the older range": (OLDER_HEALTH_CHECK, RANKER, HTTP),
    "the collector to a server's metrics": (COLLECTOR, RANKER, METRICS),
    "the collector of older clusters": (OLDER_COLLECTOR, RANKER, METRICS),
    "the collector to a monitor": (COLLECTOR, MONITOR, 9108),
    "the collector to a pipeline": (COLLECTOR, TRAINER, 9000),
    "a server to the metadata server": (RANKER, METADATA, 80),
    "a server to its bucket": (RANKER, BUCKETS, 443),
    "a monitor to its data": (MONITOR, BUCKETS, 443),
    "the adapter to Cloud Monitoring": (ADAPTER, BUCKETS, 443),
    "the API server to the adapter": (KONNECTIVITY, ADAPTER, 4443),
    "the adapter to the API server": (ADAPTER, CONTROL_PLANE, 443),
    "workers of one pipeline": (TRAINER, Pod("pipeline-ranker-training", {"job": "other"}), 29500),
    "a pipeline to the API server": (TRAINER, CONTROL_PLANE, 443),
    "a pipeline to the hub": (TRAINER, BUCKETS, 443),
}
DENIED: dict[str, Connection] = {
    "a pod elsewhere to a server": (STRANGER, RANKER, HTTP),
    "a pod elsewhere to a server's metrics": (STRANGER, RANKER, METRICS),
    "another server to a server": (Pod("serving", {"app": "chat", "version": "v1"}), RANKER, HTTP),
    "a pipeline to a server, past the gateway": (TRAINER, RANKER, HTTP),
    "a monitor to a server": (MONITOR, RANKER, HTTP),
    "the proxies to a server's gRPC port": (PROXY, RANKER, GRPC),
    "the proxies to a server's metrics": (PROXY, RANKER, METRICS),
    "an address of the VPC network to a server": (ELSEWHERE_IN_VPC, RANKER, HTTP),
    "the internet to a server": (BUCKETS, RANKER, HTTP),
    "the collector to what isn't metrics": (COLLECTOR, RANKER, GRPC),
    "the collector to a server's requests": (COLLECTOR, RANKER, HTTP),
    "the cluster's own agents to a server": (KONNECTIVITY, RANKER, HTTP),
    "the metrics adapter to a server": (ADAPTER, RANKER, HTTP),
    "health checks to a server's metrics": (HEALTH_CHECK, RANKER, METRICS),
    "a pod of the collector's name elsewhere": (Pod("default", COLLECTOR.labels), RANKER, METRICS),
    "a server to a database": (RANKER, DATABASE, 5432),
    "a server to a private address by HTTPS": (RANKER, DATABASE, 443),
    "a server to the internet without TLS": (RANKER, BUCKETS, 80),
    "a server to the API server": (RANKER, CONTROL_PLANE, 443),
    "one pipeline to another": (TRAINER, OTHER_TRAINER, 29500),
    "a pod elsewhere to a pipeline": (STRANGER, TRAINER, 8265),
    "a pod elsewhere to the adapter": (STRANGER, ADAPTER, 4443),
    "a pod elsewhere to a monitor": (STRANGER, MONITOR, 9108),
    "a monitor to a private address": (MONITOR, DATABASE, 443),
    "any pod of a namespace of ours without a policy of its own": (STRANGER, Pod("serving", {"app": "new"}), 80),
    "the same, to the outside": (Pod("serving", {"app": "new"}), BUCKETS, 443),
}


@pytest.mark.parametrize("flow", ALLOWED)
def test_what_the_platform_needs_is_open(production, flow):
    assert connects(production, *ALLOWED[flow])


@pytest.mark.parametrize("flow", DENIED)
def test_all_else_is_closed(production, flow):
    assert not connects(production, *DENIED[flow])


@pytest.mark.parametrize("pod", [RANKER, MONITOR, ADAPTER, TRAINER], ids=lambda pod: pod.namespace)
@pytest.mark.parametrize("protocol", ["UDP", "TCP"])
def test_names_are_asked_for_wherever_the_cluster_answers_them(production, pod, protocol):
    for server in (KUBE_DNS, NODE_LOCAL_DNS, Outsider("169.254.20.10"), METADATA):
        assert connects(production, pod, server, 53, protocol)
    assert not connects(production, pod, Pod("kube-system", {"k8s-app": "metrics-server"}), 53, protocol)
    assert not connects(production, pod, Outsider("8.8.8.8"), 53, protocol)


def test_a_global_gateway_comes_from_googles_front_ends_and_an_internal_one_from_its_proxies():
    everywhere = policies(prod(("\nmonitoring:\n", "\ngateway: {reach: global}\n\nmonitoring:\n")))
    assert connects(everywhere, HEALTH_CHECK, RANKER, HTTP)
    assert not connects(everywhere, PROXY, RANKER, HTTP)
    inside = policies(prod(("\nmonitoring:\n", "\ngateway: {reach: internal}\n\nmonitoring:\n")))
    assert connects(inside, PROXY, RANKER, HTTP)


def test_a_picker_is_asked_by_the_proxies_and_asks_the_servers_of_its_own_version():
    stack = policies(integration("inference"))
    picker, server = Pod("serving", {"app": "chat-v1-epp"}), Pod("serving", {"app": "chat", "version": "v1"})
    assert connects(stack, PROXY, picker, 9002)
    assert connects(stack, HEALTH_CHECK, picker, 9003)
    assert connects(stack, COLLECTOR, picker, 9090)
    assert connects(stack, picker, server, 8000)
    assert connects(stack, picker, CONTROL_PLANE, 443)
    assert not connects(stack, picker, Pod("serving", {"app": "chat", "version": "v2"}), 8000)
    assert not connects(stack, STRANGER, picker, 9002)
    assert not connects(stack, picker, BUCKETS, 443)


def test_hosts_of_one_replica_are_open_to_one_another_and_to_no_other_version():
    stack = policies(integration("accelerated"))
    groups = [
        resource
        for resource in platform(integration("accelerated"), alerts=False).resources
        if resource.type.endswith(":LeaderWorkerSet")
    ]
    assert groups
    for group in groups:
        labels = group.inputs["spec"]["leaderWorkerTemplate"]["leaderTemplate"]["metadata"]["labels"]
        leader, worker = Pod("serving", labels), Pod("serving", {**labels, "role": "worker"})
        assert connects(stack, leader, worker, 8471)
        assert connects(stack, worker, leader, 8476)
        assert not connects(stack, Pod("serving", {**labels, "version": "other"}), worker, 8471)


def test_namespaces_that_an_endpoint_names_call_it_and_reach_what_they_name():
    given = "    hostname: ranker.example.com\n"
    more = f"{given}    called_from: [web, pipeline-ranker-training]\n    reaches: [10.200.0.0/24]\n"
    stack = policies(prod((given, more)))
    assert connects(stack, Pod("web", {"app": "shop"}), RANKER, HTTP)
    assert connects(stack, Pod("web", {"app": "shop"}), RANKER, GRPC)
    assert not connects(stack, Pod("web", {"app": "shop"}), RANKER, METRICS)
    assert connects(stack, TRAINER, RANKER, HTTP)
    assert not connects(stack, OTHER_TRAINER, RANKER, HTTP)
    assert connects(stack, RANKER, DATABASE, 5432)
    assert not connects(stack, RANKER, ELSEWHERE_IN_VPC, 5432)
    assert not connects(stack, MONITOR, DATABASE, 5432)


def test_a_pipeline_reaches_what_it_names():
    given = "    node_pool: features\n    guaranteed: {cpu: 48}\n"
    stack = policies(prod((given, f"{given}    reaches: [10.200.0.0/24]\n")))
    assert connects(stack, Pod("pipeline-click-features"), DATABASE, 5432)
    assert not connects(stack, TRAINER, DATABASE, 5432)


def test_every_namespace_of_ours_denies_what_is_not_allowed():
    for spec in (prod(), integration("inference"), integration("cpu")):
        recording = platform(spec, alerts=False)
        ours = {resource.inputs["metadata"]["name"] for resource in recording.of_type("kubernetes:core/v1:Namespace")}
        closed = {plan.namespace for plan in plan_network_policies(spec, CATALOG) if plan.name == DENY}
        assert closed == ours


COLLECTOR_IN_A_NAMESPACE = Pod("observability", {"app": "collector"})


@pytest.mark.parametrize(
    ("otlp", "reached", "closed"),
    [
        ("endpoint: 'http://c.observability.svc:4318/v1/metrics'", (COLLECTOR_IN_A_NAMESPACE, 4318), (BUCKETS, 4318)),
        ("endpoint: 'https://otlp.example.com:4317'", (BUCKETS, 4317), (DATABASE, 4317)),
        ("endpoint: 'https://otlp.internal:4317', reaches: [DATABASE/32]", (DATABASE, 4317), (BUCKETS, 4317)),
    ],
)
def test_a_monitor_reaches_the_collector_of_the_spec_on_its_port_alone(otlp, reached, closed):
    given = otlp.replace("DATABASE", DATABASE.ip)
    found = policies(prod(("monitoring:\n", f"monitoring:\n  otlp: {{{given}}}\n")))
    (peer, port), (stranger, other) = reached, closed
    assert connects(found, MONITOR, peer, port)
    assert not connects(found, MONITOR, peer, 5432)
    assert not connects(found, MONITOR, stranger, other)
    assert not connects(found, RANKER, peer, port)


def test_a_spec_may_leave_a_cluster_open():
    spec = prod(("cluster:\n", "cluster:\n  security: {network_policies: false}\n"))
    assert plan_network_policies(spec, CATALOG) == ()
    assert policies(spec) == []


EXISTING = (
    "network: {existing: {network: shared, subnetwork: ml, pod_range: pods, service_range: services}, "
    "proxy_range: 10.100.0.0/23}\ncluster:\n"
)


def test_the_api_server_is_reached_in_a_network_that_somebody_else_made():
    """Nobody says in which range it is there, so any private one will do; the metadata server's ports will not."""
    found = policies(prod(("cluster:\n", EXISTING)))
    for address in ("10.0.0.5", "10.240.7.9", "172.16.0.2", "192.168.9.9"):
        assert connects(found, TRAINER, Outsider(address), 443), address
    assert not connects(found, TRAINER, METADATA, 443)
    assert not connects(found, TRAINER, Outsider("10.240.7.9"), 5432)
    assert not connects(policies(prod()), TRAINER, Outsider("10.240.7.9"), 443)
