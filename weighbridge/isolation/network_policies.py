"""The NetworkPolicies of an environment: a namespace denies all, and kinds of pods are opened as `flows.yaml` says.

Probes of the kubelet need no rule: traffic between a node and its own pods is always allowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from weighbridge.catalog import Catalog
from weighbridge.conventions import (
    APP_LABEL,
    METRICS_ADAPTER_NAMESPACE,
    MONITORS_NAMESPACE,
    SERVING_NAMESPACE,
    pipeline_namespace,
)
from weighbridge.drift_monitor import plan as drift_monitor
from weighbridge.isolation.flows import SUBJECT_KINDS, Flow, Peer, SubjectKind, flows
from weighbridge.quota.demand import network_of
from weighbridge.serving.endpoint import EndpointPlan, VersionPlan, plan_endpoints
from weighbridge.serving.inference_pool import HEALTH_PORT, METRICS_PORT, PICKER_PORT
from weighbridge.serving.metrics_adapter import LABELS, PORT, plan_metrics_adapter
from weighbridge.spec.root import Spec

DENY = "deny-by-default"
"""Name of the policy of each namespace that names no peer."""

NAMESPACE_LABEL = "kubernetes.io/metadata.name"
"""Kubernetes' own, on every namespace."""


@dataclass(frozen=True, slots=True)
class PodPeer:
    """Pods of some namespaces, by name; `labels` is a label's name with the values that are meant, all of them."""

    namespaces: tuple[str, ...]
    labels: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class RangePeer:
    """Addresses of a range but those of some within it."""

    cidr: str
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AllowedPort:
    """A port and its protocol."""

    port: int
    protocol: str


@dataclass(frozen=True, slots=True)
class Allowance:
    """These peers on these ports; no ports: on all."""

    peers: tuple[PodPeer | RangePeer, ...]
    ports: tuple[AllowedPort, ...]


@dataclass(frozen=True, slots=True)
class NetworkPolicyPlan:
    """One NetworkPolicy of both directions. `selector` picks its pods; empty: all of the namespace."""

    name: str
    namespace: str
    selector: tuple[tuple[str, str], ...]
    ingress: tuple[Allowance, ...]
    egress: tuple[Allowance, ...]


@dataclass(frozen=True, slots=True)
class _Subject:
    """Pods of the platform that one policy is about, and those of the other kinds that belong to them."""

    kind: SubjectKind
    name: str
    namespace: str
    selector: tuple[tuple[str, str], ...]
    ports: Mapping[str, int]
    own: Mapping[str, tuple[PodPeer, Mapping[str, int]]]  # by kind of subject: pods with their ports
    group: bool = False
    called_from: tuple[str, ...] = ()
    reaches: tuple[str, ...] = ()
    calls: tuple[tuple[PodPeer, tuple[int, ...]], ...] = ()

    @property
    def pods(self) -> PodPeer:
        return PodPeer((self.namespace,), tuple((name, (value,)) for name, value in self.selector))


_LINK_LOCAL = "169.254.0.0/16"


def plan_network_policies(spec: Spec, catalog: Catalog) -> tuple[NetworkPolicyPlan, ...]:
    """Every policy of a checked spec, by namespace; none where the spec wants none."""
    if not spec.cluster.security.network_policies:
        return ()
    own = {
        "{proxies}": flows().peers["health-checks"].ranges
        if spec.gateway.reach == "global"
        else (spec.network.proxy_range,),
        "{nodes}": _control_plane(spec, catalog),
        **_telemetry(spec),
    }
    subjects = tuple(_subjects(spec, catalog))
    namespaces = dict.fromkeys(subject.namespace for subject in subjects)
    denials = {name: NetworkPolicyPlan(DENY, name, (), (), ()) for name in namespaces}
    return tuple(
        plan
        for namespace in namespaces
        for plan in (
            denials[namespace],
            *(_policy(subject, own) for subject in subjects if subject.namespace == namespace),
        )
    )


def _control_plane(spec: Spec, catalog: Catalog) -> tuple[str, ...]:
    """Ranges that hold the API server's address.

    Of what exists nobody says it: of a network, it is any private one that nodes may have; of a cluster, any at all.
    """
    if spec.cluster.existing is not None:
        return ("0.0.0.0/0",)
    if spec.network.existing is not None:
        return tuple(given for given in flows().peers["outside"].excluded if given != _LINK_LOCAL)
    return (network_of(spec, catalog).nodes,)


def _telemetry(spec: Spec) -> dict[str, tuple[str, ...]]:
    """Where the collector is that monitors send to: a namespace, or ranges."""
    otlp = spec.monitoring.otlp if spec.monitoring is not None else None
    inside = otlp.namespace if otlp is not None else None
    outside = otlp is not None and inside is None and not otlp.reaches
    return {
        "{telemetry}": (inside,) if inside is not None else (),
        "{telemetry-outside}": ("0.0.0.0/0",) if outside else (),
        "{telemetry-ranges}": otlp.reaches if otlp is not None else (),
    }


def _subjects(spec: Spec, catalog: Catalog) -> Iterator[_Subject]:
    endpoints = plan_endpoints(spec, catalog)
    for endpoint in endpoints:
        for version in endpoint.versions:
            yield from _of_version(endpoint, version)
    adapter = plan_metrics_adapter(spec)
    if adapter is not None:
        yield _Subject("adapter", "adapter", METRICS_ADAPTER_NAMESPACE, _sorted(LABELS), {"questions": PORT}, {})
    if drift_monitor.plan_monitors(spec, catalog):
        otlp = spec.monitoring.otlp if spec.monitoring is not None else None
        ports = {"metrics": drift_monitor.PORT, **({"telemetry": otlp.port} if otlp is not None else {})}
        yield _Subject("monitors", "monitors", MONITORS_NAMESPACE, (), ports, {})
    for name, pipeline in spec.pipelines.items():
        namespace = pipeline_namespace(name)
        calls = tuple(
            (PodPeer((SERVING_NAMESPACE,), ((APP_LABEL, (endpoint.name,)),)), _api_ports(endpoint))
            for endpoint in endpoints
            if namespace in endpoint.settings.called_from
        )
        yield _Subject("pipelines", "pipeline", namespace, (), {}, {}, reaches=pipeline.reaches, calls=calls)


def _of_version(endpoint: EndpointPlan, version: VersionPlan) -> Iterator[_Subject]:
    ports = endpoint.conventions.ports
    servers = _Subject(
        "servers",
        version.name,
        endpoint.namespace,
        _sorted(version.selector),
        {"http": ports.http, "metrics": ports.metrics, **({"grpc": ports.grpc} if ports.grpc else {})},
        {},
        group=version.hosts > 1,
        called_from=endpoint.settings.called_from,
        reaches=endpoint.settings.reaches,
    )
    if version.pool is None:
        yield servers
        return
    picker = version.pool.picker
    pickers = _Subject(
        "pickers",
        picker.name,
        endpoint.namespace,
        _sorted(picker.selector),
        {"picking": PICKER_PORT, "health": HEALTH_PORT, "metrics": METRICS_PORT},
        {"servers": (servers.pods, servers.ports)},
    )
    yield _Subject(
        servers.kind,
        servers.name,
        servers.namespace,
        servers.selector,
        servers.ports,
        {"pickers": (pickers.pods, pickers.ports)},
        group=servers.group,
        called_from=servers.called_from,
        reaches=servers.reaches,
    )
    yield pickers


def _policy(subject: _Subject, own: Mapping[str, tuple[str, ...]]) -> NetworkPolicyPlan:
    ingress = [*_ingress(subject, own)]
    if subject.called_from:
        ports = tuple(AllowedPort(subject.ports[name], "TCP") for name in ("http", "grpc") if name in subject.ports)
        ingress.append(Allowance((PodPeer(subject.called_from),), ports))
    egress = [*_egress(subject, own)]
    if subject.reaches:
        egress.append(Allowance(tuple(RangePeer(cidr) for cidr in subject.reaches), ()))
    egress += [Allowance((pods,), tuple(AllowedPort(port, "TCP") for port in ports)) for pods, ports in subject.calls]
    return NetworkPolicyPlan(subject.name, subject.namespace, subject.selector, _merged(ingress), _merged(egress))


def _ingress(subject: _Subject, own: Mapping[str, tuple[str, ...]]) -> Iterator[Allowance]:
    for row in flows().rows:
        if subject.kind not in row.targets or (row.groups and not subject.group):
            continue
        peers = tuple(peer for name in row.sources for peer in _peers(name, subject, own))
        if peers:
            yield Allowance(peers, _ports(row, subject.ports))


def _egress(subject: _Subject, own: Mapping[str, tuple[str, ...]]) -> Iterator[Allowance]:
    for row in flows().rows:
        if subject.kind not in row.sources or (row.groups and not subject.group):
            continue
        for name in row.targets:
            peers = tuple(_peers(name, subject, own))
            if peers:
                yield Allowance(peers, _ports(row, subject.own[name][1] if name in subject.own else subject.ports))


def _peers(name: str, subject: _Subject, own: Mapping[str, tuple[str, ...]]) -> Iterator[PodPeer | RangePeer]:
    if name in SUBJECT_KINDS:
        if name == subject.kind:
            yield subject.pods
        elif name in subject.own:
            yield subject.own[name][0]
        return
    peer: Peer = flows().peers[name]
    namespaces = tuple(name for given in peer.namespaces for name in own.get(given, (given,)))
    if namespaces:
        yield PodPeer(namespaces, tuple(peer.pods.items()))
    for given in peer.ranges:
        for cidr in own.get(given, (given,)):
            yield RangePeer(cidr, peer.excluded)


def _ports(row: Flow, named: Mapping[str, int]) -> tuple[AllowedPort, ...]:
    numbers = dict.fromkeys(port if isinstance(port, int) else named[port] for port in row.ports)
    return tuple(AllowedPort(number, protocol) for number in numbers for protocol in row.protocols)


def _merged(allowances: list[Allowance]) -> tuple[Allowance, ...]:
    """Peers of the same ports together, each once; in the order of their first."""
    by_ports: dict[tuple[AllowedPort, ...], dict[PodPeer | RangePeer, None]] = {}
    for allowance in allowances:
        by_ports.setdefault(allowance.ports, {}).update(dict.fromkeys(allowance.peers))
    return tuple(Allowance(tuple(peers), ports) for ports, peers in by_ports.items())


def _api_ports(endpoint: EndpointPlan) -> tuple[int, ...]:
    ports = endpoint.conventions.ports
    return (ports.http,) if ports.grpc is None else (ports.http, ports.grpc)


def _sorted(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))
