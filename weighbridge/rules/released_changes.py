"""What a program sets up that changes an endpoint's objects, models or requests later, where no preview sees it.

Mutating webhooks and policies of the API server, extensions of the Gateway, rewrites of a pool's models, and objects of
the program in a bucket that a version reads its model from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from weighbridge.conventions import GATEWAY_NAME, SERVING_NAMESPACE, version_name
from weighbridge.files.model_problems import few
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.namespace import may_be_in
from weighbridge.resources.values import Value, bare, has_unknown, items, mapping, text_of
from weighbridge.rollouts.weights import existing
from weighbridge.rules.released_hosts import group_and_kind
from weighbridge.rules.violation import Level, Violation
from weighbridge.scheduling.node_match import NodeSelectorRequirement
from weighbridge.serving.inference_pool import POOL_KIND
from weighbridge.spec.root import Spec

_PREFIX = "kubernetes:"
_WEBHOOKS, _POLICIES = "MutatingWebhookConfiguration", "MutatingAdmissionPolicy"
_EXTENSIONS = frozenset({"GCPTrafficExtension", "GCPRoutingExtension", "GCPEdgeExtension"})
_REWRITES = frozenset({"InferenceModel", "InferenceModelRewrite"})
_BUCKET_OBJECT = "gcp:storage/bucketObject:BucketObject"
_OPERATORS = frozenset({"In", "NotIn", "Exists", "DoesNotExist"})
_NAMESPACES = frozenset({"kubernetes:core/v1:Namespace", "kubernetes:core/v1:NamespacePatch"})
_NAMESPACE_LABEL = "kubernetes.io/metadata.name"

_OBJECTS: Mapping[str, frozenset[str]] = {
    "": frozenset({"pods", "services", "endpoints", "configmaps", "persistentvolumes", "persistentvolumeclaims"}),
    "apps": frozenset({"deployments", "replicasets", "statefulsets"}),
    "discovery.k8s.io": frozenset({"endpointslices"}),
    "gateway.networking.k8s.io": frozenset({"httproutes", "gateways"}),
    "inference.networking.k8s.io": frozenset({"inferencepools"}),
    "leaderworkerset.x-k8s.io": frozenset({"leaderworkersets"}),
    "secrets-store.csi.x-k8s.io": frozenset({"secretproviderclasses"}),
    "secret-sync.gke.io": frozenset({"secretsyncs"}),
}
"""What an endpoint is made of, as rules of admission name it: API group, and resources in the plural."""


def judge_changes(rule: str, resources: Iterable[HeldResource], spec: Spec) -> Iterator[Violation]:
    """What in these resources may change what serves, or what is asked, once they exist."""
    level: Level = "mandatory" if spec.production else "advisory"
    known = [resource for resource in resources if not resource.existing]
    labels = _labels_of_namespace(known)
    for resource in known if spec.endpoints else ():
        for message, endpoint in _judge(resource, spec, labels):
            path = ("endpoints", endpoint) if endpoint is not None else ("endpoints",)
            yield Violation(rule, message, resource.urn, level, path, resource.known_as)


def _judge(resource: HeldResource, spec: Spec, labels: Mapping[str, str]) -> Iterator[tuple[str, str | None]]:
    if resource.type == _BUCKET_OBJECT:
        yield from _overwritten(resource, spec)
    if not resource.type.startswith(_PREFIX):
        return
    _, kind = group_and_kind(resource.type)
    inputs = mapping(resource.inputs.get("spec"))
    called = f"the {kind} {resource.known_as}"
    nobody = "and nobody accepted what becomes of them"
    if kind in (_WEBHOOKS, _POLICIES):
        reached = sorted({name for admission in _admissions(resource, kind) for name in _reached(admission, labels)})
        if reached:
            leave_out = f"{{key: {_NAMESPACE_LABEL}, operator: NotIn, values: [{SERVING_NAMESPACE}]}}"
            message = (
                f"{called} may change {few(reached)} in {SERVING_NAMESPACE} as they are created, {nobody}: let its "
                f"namespaceSelector leave that namespace out, `matchExpressions: [{leave_out}]`"
            )
            yield message, None
    elif kind in _EXTENSIONS and may_be_in(resource, SERVING_NAMESPACE):
        targets = [text_of(mapping(target).get("name")) for target in items(inputs.get("targetRefs"))]
        if GATEWAY_NAME in targets or has_unknown(inputs.get("targetRefs")):
            yield f"{called} may change requests of all endpoints on their way, {nobody}: take it out", None
    elif kind in _REWRITES and may_be_in(resource, SERVING_NAMESPACE):
        yield from _rewritten(called, text_of(mapping(inputs.get("poolRef")).get("name")), spec)


def _rewritten(called: str, pool: str, spec: Spec) -> Iterator[tuple[str, str | None]]:
    for name, endpoint in spec.endpoints.items():
        if endpoint.inference_pool is not None and pool in {
            version_name(name, version) for version in existing(endpoint)
        }:
            message = (
                f"{called} decides which model answers in the {POOL_KIND} {pool} of {name}, and the spec, which is "
                f"what is accepted, doesn't say so: take it out"
            )
            yield message, name


def _overwritten(resource: HeldResource, spec: Spec) -> Iterator[tuple[str, str | None]]:
    """A file that the program writes where a version reads its model: what lies there is in no fingerprint."""
    bucket, name = (bare(resource.inputs.get(key)) for key in ("bucket", "name"))
    if not isinstance(name, str):
        return
    written = f"gs://{text_of(bucket)}/{text_of(name)}"
    for endpoint_name, endpoint in spec.endpoints.items():
        for version in existing(endpoint):
            model = endpoint.versions[version].model.partition("#")[0].rstrip("/")
            if written == model or written.startswith(f"{model}/"):
                message = (
                    f"the BucketObject {resource.known_as} writes {written}, which {version} of {endpoint_name} reads "
                    f"its model from, and what lies there is accepted as it was: write it elsewhere, as the model of a "
                    f"version of another name, and not by the program that serves it"
                )
                yield message, endpoint_name


def _labels_of_namespace(resources: Iterable[HeldResource]) -> Mapping[str, str]:
    """Labels of the namespace of endpoints: its name, which the API server sets, and what this program gives it."""
    labels: dict[str, str] = {}
    for resource in resources:
        metadata = mapping(resource.inputs.get("metadata"))
        if resource.type in _NAMESPACES and text_of(metadata.get("name")) == SERVING_NAMESPACE:
            labels |= {name: text_of(value) for name, value in mapping(metadata.get("labels")).items()}
    return {**labels, _NAMESPACE_LABEL: SERVING_NAMESPACE}


def _admissions(resource: HeldResource, kind: str) -> Iterator[Mapping[str, Value]]:
    """Each webhook, or the policy's constraints: rules, and a selector of namespaces."""
    if kind == _WEBHOOKS:
        yield from map(mapping, items(resource.inputs.get("webhooks")))
    else:
        constraints = mapping(mapping(resource.inputs.get("spec")).get("matchConstraints"))
        yield {**constraints, "rules": constraints.get("resourceRules")}


def _reached(admission: Mapping[str, Value], labels: Mapping[str, str]) -> Iterator[str]:
    """Resources in the plural that it is asked about. What isn't known yet may be any."""
    rules = admission.get("rules")
    if has_unknown(rules):
        yield "objects"
        return
    if not _selects(admission.get("namespaceSelector"), labels):
        return
    for rule in map(mapping, items(rules)):
        groups = {text_of(group) for group in items(rule.get("apiGroups"))}
        asked = {text_of(name).partition("/")[0] for name in items(rule.get("resources")) if _whole(text_of(name))}
        for group, names in _OBJECTS.items():
            if groups & {group, "*"}:
                yield from names if "*" in asked else names & asked


def _whole(name: str) -> bool:
    """Whether a rule's resource is an object and not only a part, such as ``pods/status``."""
    _, slash, part = name.partition("/")
    return not slash or part in ("*", "ephemeralcontainers", "binding")


def _selects(selector: Value, labels: Mapping[str, str]) -> bool:
    """Whether a label selector may select what has these labels; one that isn't known yet may."""
    if has_unknown(selector):
        return True
    given = mapping(selector)
    has = {name: frozenset({value}) for name, value in labels.items()}
    wanted = [
        NodeSelectorRequirement(key, "In", (text_of(value),))
        for key, value in mapping(given.get("matchLabels")).items()
    ]
    wanted += [
        NodeSelectorRequirement(
            text_of(expression.get("key")),
            text_of(expression.get("operator")),
            tuple(map(text_of, items(expression.get("values")))),
        )
        for expression in map(mapping, items(given.get("matchExpressions")))
    ]
    return all(requirement.met(has) for requirement in wanted if requirement.operator in _OPERATORS)
