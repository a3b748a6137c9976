"""The Kubernetes objects that decide what an endpoint answers: what runs, with what, and who is sent to it.

Components create them as they are here, and `rules/released_objects` holds what a program creates against them; so what
was accepted in the spec, and what serves, can't differ by two ways of writing it down. Autoscalers, disruption budgets,
scrape settings and the load balancer's timeouts decide none of that; components write those.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from weighbridge.conventions import EXCLUSIVE_TOPOLOGY_ANNOTATION, GATEWAY_LISTENER, GATEWAY_NAME, GKE_NODE_POOL_LABEL
from weighbridge.resources.values import Value
from weighbridge.serving.endpoint import EndpointPlan, VersionPlan
from weighbridge.serving.inference_pool import PICKER_PORT, POOL_GROUP, POOL_KIND, POOL_VERSION, InferencePoolPlan
from weighbridge.serving.pod import METRICS, leader_and_workers, pods, ports
from weighbridge.serving.route import PublicPath, Route, public_prefixes
from weighbridge.serving.secret import ADD_ON_PROVIDER
from weighbridge.serving.volume import ExistingVolume


@dataclass(frozen=True, slots=True)
class KubernetesObject:
    """An object without its labels, which decide nothing. `content` is what stands beside `metadata`."""

    api_version: str
    kind: str
    namespace: str | None
    name: str
    content: Mapping[str, Value]
    version: str | None = None
    """Of which version of the endpoint; None: all of them."""

    @property
    def group(self) -> str:
        """Of its API; Kubernetes' own has none."""
        return self.api_version.rpartition("/")[0]


def endpoint_objects(endpoint: EndpointPlan) -> Iterator[KubernetesObject]:
    """All of an endpoint."""
    for volume in endpoint.volumes:
        yield persistent_volume(endpoint, volume)
        yield volume_claim(endpoint, volume)
    for plan in endpoint.versions:
        if plan.files:
            yield settings(endpoint, plan)
        if plan.secrets.provided:
            yield secret_provider(endpoint, plan)
        if plan.secrets.synced:
            yield secret_sync(endpoint, plan)
        yield workload(endpoint, plan)
        yield service(endpoint, plan)
        if plan.pool is not None:
            yield inference_pool(plan.pool, plan.version)
    yield route(endpoint)


def workload(endpoint: EndpointPlan, plan: VersionPlan) -> KubernetesObject:
    """The Deployment of a version, or its LeaderWorkerSet."""
    if plan.is_group:
        leader, workers = leader_and_workers(endpoint, plan)
        group: Value = {
            "startupPolicy": "LeaderCreated",
            "rolloutStrategy": {
                "type": "RollingUpdate",
                "rollingUpdateConfiguration": {"maxUnavailable": 1, "maxSurge": 0},
            },
            "leaderWorkerTemplate": {
                "size": plan.hosts,
                "restartPolicy": "RecreateGroupOnPodRestart",
                "leaderTemplate": leader,
                "workerTemplate": workers,
            },
        }
        return _of(endpoint, plan, "leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", {"spec": group})
    surge, unavailable = (1, 0) if plan.surge else (0, 1)
    spec: Value = {  # no `replicas`: the autoscaler owns them
        "selector": {"matchLabels": plan.selector},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}},
        "progressDeadlineSeconds": plan.ready_within_seconds,
        "revisionHistoryLimit": 2,
        "template": pods(endpoint, plan),
    }
    return _of(endpoint, plan, "apps/v1", "Deployment", {"spec": spec})


def workload_annotations(plan: VersionPlan) -> dict[str, str]:
    """Of a version's workload: how groups are placed, and how long Pulumi waits."""
    exclusive = plan.is_group and plan.exclusive
    notes = {EXCLUSIVE_TOPOLOGY_ANNOTATION: GKE_NODE_POOL_LABEL} if exclusive else {}
    return {**notes, "pulumi.com/timeoutSeconds": str(plan.ready_within_seconds)}


def settings(endpoint: EndpointPlan, plan: VersionPlan) -> KubernetesObject:
    """The files that a version's server is given."""
    data = {path.rpartition("/")[2]: text for path, text in plan.files}
    return _of(endpoint, plan, "v1", "ConfigMap", {"data": data})


def service(endpoint: EndpointPlan, plan: VersionPlan) -> KubernetesObject:
    """The Service of a version's pods, which is never pointed at others."""
    listed: list[Value] = [
        {"name": name, "port": port, "targetPort": name} for name, port in ports(endpoint).items() if name != METRICS
    ]
    return _of(endpoint, plan, "v1", "Service", {"spec": {"selector": plan.serving_selector, "ports": listed}})


def secret_provider(endpoint: EndpointPlan, plan: VersionPlan) -> KubernetesObject:
    """What the Secret Manager add-on hands out to a version's pods."""
    spec: Value = {"provider": ADD_ON_PROVIDER, "parameters": {"secrets": plan.secrets.provider_text}}
    return _of(endpoint, plan, "secrets-store.csi.x-k8s.io/v1", "SecretProviderClass", {"spec": spec})


def secret_sync(endpoint: EndpointPlan, plan: VersionPlan) -> KubernetesObject:
    """The Secret that is made of some of it, for variables."""
    data: list[Value] = [{"sourcePath": variable, "targetKey": variable} for variable in plan.secrets.synced]
    spec: Value = {
        "serviceAccountName": endpoint.name,
        "secretProviderClassName": plan.secrets.name,
        "secretObject": {"type": "Opaque", "data": data},
    }
    return _of(endpoint, plan, "secret-sync.gke.io/v1", "SecretSync", {"spec": spec})


def inference_pool(plan: InferencePoolPlan, version: str | None = None) -> KubernetesObject:
    """The pool of a version's pods, and who picks one of them for each request."""
    spec: Value = {
        "selector": {"matchLabels": dict(plan.selector)},
        "targetPorts": [{"number": plan.target_port}],
        "endpointPickerRef": {
            "group": "",
            "kind": "Service",
            "name": plan.picker.name,
            "port": {"number": PICKER_PORT},
            "failureMode": plan.failure_mode,
        },
    }
    api_version = f"{POOL_GROUP}/{POOL_VERSION}"
    return KubernetesObject(api_version, POOL_KIND, plan.namespace, plan.name, {"spec": spec}, version)


def persistent_volume(endpoint: EndpointPlan, volume: ExistingVolume) -> KubernetesObject:
    """A disk or share that exists."""
    csi: dict[str, Value] = {"driver": volume.driver, "volumeHandle": volume.handle}
    if volume.read_only:
        csi["readOnly"] = True
    if volume.fs_type is not None:
        csi["fsType"] = volume.fs_type
    if volume.attributes:
        csi["volumeAttributes"] = dict(volume.attributes)
    spec: dict[str, Value] = {
        "accessModes": [volume.access_mode],
        "capacity": {"storage": volume.size},
        "storageClassName": volume.storage_class,
        "persistentVolumeReclaimPolicy": "Retain",  # it is somebody else's
        "claimRef": {"namespace": endpoint.namespace, "name": volume.name},
        "csi": csi,
    }
    if volume.mount_options:
        spec["mountOptions"] = [*volume.mount_options]
    if volume.zones:
        within: Value = {"key": "topology.gke.io/zone", "operator": "In", "values": [*volume.zones]}
        spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": [{"matchExpressions": [within]}]}}
    return KubernetesObject("v1", "PersistentVolume", None, volume.name, {"spec": spec})


def volume_claim(endpoint: EndpointPlan, volume: ExistingVolume) -> KubernetesObject:
    """The claim that is bound to that volume alone."""
    spec: Value = {
        "accessModes": [volume.access_mode],
        "resources": {"requests": {"storage": volume.size}},
        "storageClassName": volume.storage_class,
        "volumeName": volume.name,
    }
    return KubernetesObject("v1", "PersistentVolumeClaim", endpoint.namespace, volume.name, {"spec": spec})


def route(endpoint: EndpointPlan) -> KubernetesObject:
    """The route that splits an endpoint's requests among its versions."""
    spec: Value = {
        "parentRefs": [
            {
                "group": "gateway.networking.k8s.io",
                "kind": "Gateway",
                "name": GATEWAY_NAME,
                "sectionName": GATEWAY_LISTENER,
            }
        ],
        "hostnames": [endpoint.settings.hostname],
        "rules": [rule for planned in endpoint.routes for rule in _rules(endpoint, planned)],
    }
    return KubernetesObject(
        "gateway.networking.k8s.io/v1", "HTTPRoute", endpoint.namespace, endpoint.name, {"spec": spec}
    )


def _rules(endpoint: EndpointPlan, planned: Route) -> Iterator[Value]:
    """One for all public paths; one for each where the endpoint's own is to be taken off."""
    paths = public_prefixes(endpoint.settings.path, endpoint.conventions.public_paths)
    if endpoint.settings.path is None:
        yield _rule(endpoint, planned, paths)
        return
    for path in paths:
        yield _rule(endpoint, planned, (path,))


def _rule(endpoint: EndpointPlan, planned: Route, paths: Sequence[PublicPath]) -> Value:
    # GKE has no HTTPRoute timeouts, retries or rule names; GCPBackendPolicy holds the timeout.
    pinned: dict[str, Value] = {}
    if planned.pin is not None:
        pinned["headers"] = [{"type": "Exact", "name": endpoint.settings.pin_header, "value": planned.pin}]
    rule: dict[str, Value] = {
        "matches": [{"path": {"type": "PathPrefix", "value": path.given}, **pinned} for path in paths],
        "backendRefs": [{**_backend(endpoint, backend.name), "weight": backend.weight} for backend in planned.backends],
    }
    filters: list[Value] = []
    if endpoint.settings.path is not None:
        rewrite: Value = {"type": "ReplacePrefixMatch", "replacePrefixMatch": paths[0].seen}
        filters.append({"type": "URLRewrite", "urlRewrite": {"path": rewrite}})
    if planned.mirror_to is not None:
        mirror: Value = {"backendRef": _backend(endpoint, planned.mirror_to), "percent": planned.mirror_percent}
        filters.append({"type": "RequestMirror", "requestMirror": mirror})
    if filters:
        rule["filters"] = filters
    return rule


def _backend(endpoint: EndpointPlan, name: str) -> dict[str, Value]:
    backend = endpoint.backend
    reference: dict[str, Value] = {"group": backend.group, "kind": backend.kind, "name": name}
    return reference if backend.port is None else {**reference, "port": backend.port}


def _of(
    endpoint: EndpointPlan, plan: VersionPlan, api_version: str, kind: str, content: Mapping[str, Value]
) -> KubernetesObject:
    return KubernetesObject(api_version, kind, endpoint.namespace, plan.name, content, plan.version)
