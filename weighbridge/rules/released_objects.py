"""What serves is what the spec makes, which is what was accepted: a program's own changes to it, and ways beside it.

`serving/objects` says what a version's pods, Service, files, volumes and pool are, and the endpoint's route; an object
of the program that has the name of one of those is held against it, whole. Beside that nothing may come by a version's
requests: no pods with its labels, no addresses put into its Service, no second route of its host name. What isn't known
before the deployment is judged when it is created, by `canary-gate`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from weighbridge.catalog import Catalog
from weighbridge.conventions import SERVING_NAMESPACE
from weighbridge.files.model_problems import shown
from weighbridge.files.problem import KeyPath
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.values import Unknown, Value, bare, items, mapping, text_of
from weighbridge.rollouts.finding import place
from weighbridge.rules.endpoint_security import pods_of
from weighbridge.rules.violation import Level, Violation
from weighbridge.serving.endpoint import EndpointPlan, plan_endpoints
from weighbridge.serving.objects import KubernetesObject, endpoint_objects
from weighbridge.spec.quota_file import QUOTA_FILE, QuotaFile, kept_hostnames
from weighbridge.spec.root import Spec

PREFIX = "kubernetes:"
ROUTES = frozenset({"HTTPRoute", "GRPCRoute", "TLSRoute"})
"""Kinds of the Gateway API that name hosts."""

_GATEWAY_GROUP, _DISCOVERY_GROUP, _INGRESS_GROUP = "gateway.networking.k8s.io", "discovery.k8s.io", "networking.k8s.io"
_SERVICE_OF_SLICE = "kubernetes.io/service-name"
_PATCH = "Patch"
_BESIDE = frozenset({"apiVersion", "kind", "metadata", "status", "__defaults"})
_JUDGED_ELSEWHERE = re.compile(r"spec\.replicas|spec\.rules\[\d+\]\.backendRefs\[\d+\]\.weight")
"""Replicas are the autoscaler's, whose bounds `canary-capacity` judges; weights, as shares, are for `canary-steps`."""


Key: TypeAlias = "tuple[str, str, str | None, str]"
"""API group, kind, namespace (None: it has none) and name."""


@dataclass(frozen=True, slots=True)
class _Difference:
    path: KeyPath
    given: Value
    right: Value


@dataclass(frozen=True)
class ReleasedObjects:
    """Of all endpoints of a spec."""

    spec: Spec
    catalog: Catalog

    @cached_property
    def endpoints(self) -> tuple[EndpointPlan, ...]:
        """As they are planned."""
        return plan_endpoints(self.spec, self.catalog)

    @cached_property
    def objects(self) -> Mapping[Key, tuple[str, KubernetesObject]]:
        """Each with its endpoint's name."""
        return {
            (written.group, written.kind, written.namespace, written.name): (endpoint.name, written)
            for endpoint in self.endpoints
            for written in endpoint_objects(endpoint)
        }

    def endpoint_of(self, resource: HeldResource) -> str | None:
        """Whose object a resource is by its name; None: no endpoint's."""
        found = self.objects.get(_key(resource.type, resource.inputs, resource))
        return found[0] if found is not None else None

    def judge(self, rule: str, resources: Iterable[HeldResource]) -> Iterator[Violation]:
        """What in these resources serves, or would, without being what the spec makes."""
        level: Level = "mandatory" if self.spec.production else "advisory"
        if not self.spec.endpoints:
            return
        for resource in resources:
            if not resource.type.startswith(PREFIX) or resource.existing:
                continue
            for message, endpoint in self._judge(resource):
                yield Violation(rule, message, resource.urn, level, ("endpoints", endpoint), resource.known_as)

    def _judge(self, resource: HeldResource) -> Iterator[tuple[str, str]]:
        type_, inputs = resource.type, resource.inputs
        found = self.objects.get(_key(type_.removesuffix(_PATCH), inputs, resource))
        if found is not None:
            endpoint, written = found
            patches = type_.endswith(_PATCH)
            differences = list(_differences((), _content(inputs), {} if patches else written.content))
            if differences:
                yield _changed(resource, endpoint, written, differences, patches=patches), endpoint
            return
        for pod_labels in _labels_of_pods(resource, type_, inputs):
            yield from self._answering(resource, inputs, pod_labels)
        yield from self._beside(resource, type_, inputs)

    def _answering(
        self, resource: HeldResource, inputs: Mapping[str, Value], labels: Mapping[str, Value]
    ) -> Iterator[tuple[str, str]]:
        """Pods that a version's Service picks, and that no spec makes."""
        if _namespace(inputs, resource) not in (SERVING_NAMESPACE, None):
            return
        for endpoint in self.endpoints:
            for version in endpoint.versions:
                picked = version.serving_selector
                if all(text_of(labels.get(name)) == value for name, value in picked.items()):
                    message = (
                        f"{resource.known_as} has pods that answer for {version.version} of {endpoint.name}, by their "
                        f"labels, and the spec, which is what is accepted, makes no such pods: give them other labels, "
                        f"or put what they run into the spec as a version of another name"
                    )
                    yield message, endpoint.name

    def _beside(self, resource: HeldResource, type_: str, inputs: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
        """Routes and addresses that come by an endpoint's requests."""
        group, kind = _group(type_), type_.rpartition(":")[2].removesuffix(_PATCH)
        metadata = mapping(inputs.get("metadata"))
        hosts = _hosts(type_, inputs)
        for endpoint in self.endpoints:
            if endpoint.settings.hostname.lower() in hosts:
                message = (
                    f"the {kind} {resource.known_as} has {endpoint.settings.hostname}, whose requests the route of "
                    f"{endpoint.name} splits alone, by the rollout in the spec: take that host name out"
                )
                yield message, endpoint.name
        if _namespace(inputs, resource) not in (SERVING_NAMESPACE, None):
            return
        if group == _DISCOVERY_GROUP and kind == "EndpointSlice":
            of = text_of(mapping(metadata.get("labels")).get(_SERVICE_OF_SLICE))
        elif group == "" and kind == "Endpoints":
            of = text_of(metadata.get("name"))
        else:
            return
        for endpoint in self.endpoints:
            if of in {version.name for version in endpoint.versions}:
                message = (
                    f"the {kind} {resource.known_as} puts addresses into the Service {of}, which gets them from the "
                    f"pods of the version alone: take it out"
                )
                yield message, endpoint.name


_RECORD = "gcp:dns/recordSet:RecordSet"
_NAMED: Mapping[str, str] = {
    _RECORD: "name",
    "gcp:dns/responsePolicyRule:ResponsePolicyRule": "dnsName",
    "gcp:dns/managedZone:ManagedZone": "dnsName",
    "gcp:cloudrun/domainMapping:DomainMapping": "name",
    "gcp:appengine/domainMapping:DomainMapping": "domainName",
}
"""What decides where a name of the DNS leads, and the input with that name. A zone of a host's own has its records."""

_EXTERNAL_DNS = "external-dns.alpha.kubernetes.io/hostname"
"""ExternalDNS, where it is installed, makes records by this annotation."""


def foreign_hosts(rule: str, resources: Iterable[HeldResource], quota: QuotaFile) -> Iterator[Violation]:
    """Routes, Ingresses and names in the DNS of hosts that the quota file keeps for another stack."""
    kept = kept_hostnames(quota)
    for resource in resources if kept else ():
        hosts = _hosts(resource.type, resource.inputs) | _led(resource.type, resource.inputs)
        for host in sorted(host for host in kept if any(_takes(name, host) for name in hosts)):
            if kept[host] != resource.stack:
                message = (
                    f"the {resource.type.rpartition(':')[2]} {resource.known_as} has {host}, which belongs to "
                    f"{kept[host]} by {QUOTA_FILE}: take that host name out, or let the quota's owners take it out of "
                    f"stacks.{kept[host]}.hostnames"
                )
                yield Violation(rule, message, resource.urn, holder=resource.known_as)


def _hosts(type_: str, inputs: Mapping[str, Value]) -> set[str]:
    """Whose requests a route or an Ingress takes; empty where it is none, or names none."""
    group, kind = _group(type_), type_.rpartition(":")[2].removesuffix(_PATCH)
    spec = mapping(inputs.get("spec"))
    if not type_.startswith(PREFIX):
        return set()
    if group == _GATEWAY_GROUP and kind in ROUTES:
        return {text_of(host).lower() for host in items(spec.get("hostnames"))}
    if group == _INGRESS_GROUP and kind == "Ingress":
        return {text_of(mapping(rule).get("host")).lower() for rule in items(spec.get("rules"))}
    return set()


def _led(type_: str, inputs: Mapping[str, Value]) -> set[str]:
    """Names whose way through the DNS a resource decides; `*.` stands for all below, as does the name of an NS record.

    A name that isn't known yet is none: what is created is judged again then.
    """
    if (given := _NAMED.get(type_)) is not None:
        name = text_of(inputs.get(given)).lower().rstrip(".")
        delegates = type_ == _RECORD and text_of(inputs.get("type")).upper() == "NS"
        return {name, f"*.{name}"} if delegates and name else {name}
    if not type_.startswith(PREFIX):
        return set()
    annotations = mapping(mapping(inputs.get("metadata")).get("annotations"))
    names = text_of(annotations.get(_EXTERNAL_DNS)).split(",")
    if type_.rpartition(":")[2] == "DNSEndpoint":
        endpoints = items(mapping(inputs.get("spec")).get("endpoints"))
        names += [text_of(mapping(endpoint).get("dnsName")) for endpoint in endpoints]
    return {name.strip().lower().rstrip(".") for name in names}


def _takes(name: str, host: str) -> bool:
    """Whether requests of a host may go by a name: its own, or one with `*.` before a domain that it lies in."""
    return name == host or (name.startswith("*.") and host.endswith(name[1:]))


def _changed(
    resource: HeldResource, endpoint: str, written: KubernetesObject, differences: list[_Difference], *, patches: bool
) -> str:
    first, further = differences[0], len(differences) - 1
    more = f" ({further} more {'differ' if further > 1 else 'differs'})" if further else ""
    where = place(first.path)
    subject = f"{written.version} of {endpoint}" if written.version is not None else endpoint
    name = f"{written.kind} {written.name}"
    if patches:
        problem = f"{resource.known_as} changes {where} of the {name}{more}"
    elif first.right is None:
        problem = f"the {name} has {where}: {shown(_given(first.given))}{more}"
    elif first.given is None:
        problem = f"the {name} lacks {where}: {shown(_given(first.right))}{more}"
    else:
        problem = f"the {name} has {where}: {shown(_given(first.given))}, not {shown(_given(first.right))}{more}"
    back = (
        "take the difference out, or put it into the spec as a version of another name"
        if written.version is not None
        else "take the difference out"
    )
    return f"{problem}: it isn't what the spec makes for {subject}, which is what is accepted; {back}"


def _given(value: Value) -> object:
    match bare(value):
        case Unknown():
            return "not known before the deployment"
        case float() as number if number.is_integer():
            return int(number)
        case found:
            return found


def _content(inputs: Mapping[str, Value]) -> Mapping[str, Value]:
    return {name: value for name, value in inputs.items() if name not in _BESIDE}


def _differences(path: KeyPath, given: Value, right: Value) -> Iterator[_Difference]:
    """Where a value isn't the right one, in its order. What is null counts as left out."""
    one, other = bare(given), bare(right)
    if _JUDGED_ELSEWHERE.fullmatch(place(path)):
        return
    match one, other:
        case Mapping(), Mapping():
            for name in dict.fromkeys((*other, *one)):
                yield from _differences((*path, name), one.get(name), other.get(name))
        case list(), list():
            for index in range(max(len(one), len(other))):
                at = [values[index] if index < len(values) else None for values in (one, other)]
                yield from _differences((*path, index), *at)
        case _ if not _same(one, other):
            yield _Difference(path, given, right)


def _same(one: Value, other: Value) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return text_of(one) == text_of(other)
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _labels_of_pods(resource: HeldResource, type_: str, inputs: Mapping[str, Value]) -> Iterator[Mapping[str, Value]]:
    one = HeldResource(resource.urn, type_.removesuffix(_PATCH), resource.name, inputs)
    yield from (labels for _, labels in pods_of(one))


def _key(type_: str, inputs: Mapping[str, Value], resource: HeldResource) -> Key:
    name = bare(mapping(inputs.get("metadata")).get("name"))
    kind = type_.rpartition(":")[2]
    namespace = None if kind == "PersistentVolume" else _namespace(inputs, resource)
    return _group(type_), kind, namespace, text_of(name) if isinstance(name, str) else ""


def _group(type_: str) -> str:
    group = type_.removeprefix(PREFIX).partition("/")[0]
    return "" if group == "core" else group


def _namespace(inputs: Mapping[str, Value], resource: HeldResource) -> str | None:
    """Where the object lives; None: not known yet."""
    given = bare(mapping(inputs.get("metadata")).get("namespace"))
    if given is None:
        given = bare((resource.provider_inputs or {}).get("namespace")) or "default"
    return text_of(given) if isinstance(given, str) else None
