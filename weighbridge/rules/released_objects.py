"""What serves is what the spec makes, which is what was accepted: a program's own changes to it, and ways beside it.

`serving/objects` says what a version's pods, Service, files, volumes and pool are, and the endpoint's route; an object
of the program that has the name of one of those is held against it, whole. Beside that nothing may come by a version's
requests: no pods with its labels, no addresses put into its Service, no second route of its host name. What isn't known
before the deployment is judged when it is created, by `canary-gate`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

from weighbridge.catalog import Catalog
from weighbridge.conventions import SERVING_NAMESPACE
from weighbridge.files.model_problems import shown
from weighbridge.files.problem import KeyPath
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.namespace import certain_namespace, may_be_in
from weighbridge.resources.resource_classes import Verdict, class_of
from weighbridge.resources.values import Unknown, Value, bare, items, mapping, text_of
from weighbridge.rollouts.finding import place
from weighbridge.rules.endpoint_security import WORKLOADS, pods_of
from weighbridge.rules.released_hosts import group_and_kind, hosts_of
from weighbridge.rules.violation import Level, Violation
from weighbridge.serving.endpoint import EndpointPlan, plan_endpoints
from weighbridge.serving.objects import KubernetesObject, endpoint_objects
from weighbridge.spec.root import Spec

PREFIX = "kubernetes:"
_DISCOVERY_GROUP = "discovery.k8s.io"
_READ_GROUPS = frozenset({"", "apps", "batch", "extensions", "leaderworkerset.x-k8s.io", "jobset.x-k8s.io"})
_PODS = "pods"  # of the groups of resource classes
_SERVICE_OF_SLICE = "kubernetes.io/service-name"
_PATCH = "Patch"
_BESIDE = frozenset({"apiVersion", "kind", "metadata", "status", "__defaults"})
_SELECTORS = frozenset({"selector", "matchLabels", "podSelector", "nodeSelector"})
"""Keys whose labels pick pods, and give none."""
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
        found = self._written(resource, resource.type)
        return found[0] if found is not None else None

    def _written(self, resource: HeldResource, type_: str) -> tuple[str, KubernetesObject] | None:
        """The object of the spec that a resource is by its name; where its namespace isn't known, it may be."""
        key = _key(type_, resource)
        found = self.objects.get(key)
        if found is None and key[2] is None:
            return self.objects.get((*key[:2], SERVING_NAMESPACE, key[3]))
        return found

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
        found = self._written(resource, type_.removesuffix(_PATCH))
        if found is not None:
            endpoint, written = found
            patches = type_.endswith(_PATCH)
            differences = list(_differences((), _content(inputs), {} if patches else written.content))
            if differences:
                yield _changed(resource, endpoint, written, differences, patches=patches), endpoint
            return
        for pod_labels in _labels_of_pods(resource, type_):
            yield from self._answering(resource, pod_labels)
        yield from self._beside(resource, type_, inputs)

    def _answering(self, resource: HeldResource, labels: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
        """Pods that a version's Service picks, and that no spec makes."""
        if not may_be_in(resource, SERVING_NAMESPACE):
            return
        partly = resource.type.endswith(_PATCH)
        for endpoint in self.endpoints:
            for version in endpoint.versions:
                if _picked(labels, version.serving_selector, partly=partly):
                    message = (
                        f"{resource.known_as} has pods that answer for {version.version} of {endpoint.name}, by their "
                        f"labels, and the spec, which is what is accepted, makes no such pods: give them other labels, "
                        f"or put what they run into the spec as a version of another name"
                    )
                    yield message, endpoint.name

    def _beside(self, resource: HeldResource, type_: str, inputs: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
        """Routes and addresses that come by an endpoint's requests."""
        group, kind = group_and_kind(type_)
        metadata = mapping(inputs.get("metadata"))
        hosts = hosts_of(type_, inputs)
        for endpoint in self.endpoints:
            if endpoint.settings.hostname.lower() in hosts:
                message = (
                    f"the {kind} {resource.known_as} has {endpoint.settings.hostname}, whose requests the route of "
                    f"{endpoint.name} splits alone, by the rollout in the spec: take that host name out"
                )
                yield message, endpoint.name
        if not may_be_in(resource, SERVING_NAMESPACE):
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


def _labels_of_pods(resource: HeldResource, type_: str) -> Iterator[Mapping[str, Value]]:
    """Labels that pods get by a resource: those of its templates; of a kind whose form isn't known, all that it has."""
    one = replace(resource, type=type_.removesuffix(_PATCH))
    group, kind = group_and_kind(type_)
    if kind in WORKLOADS and group in _READ_GROUPS:
        yield from (labels for _, labels in pods_of(one))
        return
    row = class_of(one.type)
    if row is None or row.group.name == _PODS or row.group.verdict is Verdict.REFUSED:
        yield from _labels(one.inputs)


def _labels(value: Value) -> Iterator[Mapping[str, Value]]:
    found = mapping(value)
    if found:
        yield found
    for name, inner in found.items():
        if name not in _SELECTORS:
            yield from _labels(inner)
    for item in items(value):
        yield from _labels(item)


def _picked(labels: Mapping[str, Value], selector: Mapping[str, str], *, partly: bool) -> bool:
    """Whether a selector picks pods with these labels. A patch adds to what others may have given: `partly`."""
    given = {name: text_of(labels[name]) for name in selector if name in labels}
    return given == {**selector} or (partly and bool(given) and given.items() <= selector.items())


def _key(type_: str, resource: HeldResource) -> Key:
    name = bare(mapping(resource.inputs.get("metadata")).get("name"))
    group, kind = group_and_kind(type_)
    namespace = None if kind == "PersistentVolume" else certain_namespace(resource)
    return group, kind, namespace, text_of(name) if isinstance(name, str) else ""
