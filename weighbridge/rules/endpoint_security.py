"""What must not serve: images that can change, pods with rights they don't need, keys, and ways in without TLS.

Judged from the resources alone. What isn't known before the deployment is refused. `public_access` has the ways in
beside gateways. On production an image without digest is advice.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping

from weighbridge.conventions import SERVER_LABEL
from weighbridge.infrastructure.accelerator_networks import (
    INSTALLER_NAMESPACE,
    installer_images,
    preparation_images,
)
from weighbridge.infrastructure.gateway import CERTIFICATE_MAP_ANNOTATION
from weighbridge.resources.held_resource import HeldResource, by_name
from weighbridge.resources.values import Value, has_unknown, items, mapping, text_of
from weighbridge.rules.public_access import PUBLIC_KINDS, open_ways
from weighbridge.rules.rule import Rule
from weighbridge.rules.violation import Violation
from weighbridge.serving import metrics_adapter
from weighbridge.serving.server import servers
from weighbridge.spec.root import Spec

RULE = Rule(
    name="endpoint-security",
    description="Nothing serves that can change unseen, has rights it doesn't need, or answers without TLS.",
    stops="Untagged or `latest` images, pods that may be root, keys of service accounts, ways in without TLS.",
    remediation="Do what the violation says; components.endpoint does all of it.",
    judge=lambda given: judge(given.resources, given.spec),
)

KEY_TYPE = "gcp:serviceaccount/key:Key"
PREFIX = "kubernetes:"
GATEWAY_PREFIX = "kubernetes:gateway.networking.k8s.io/"
WORKLOADS = frozenset(
    {"Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "LeaderWorkerSet", "JobSet"}
)
_TEMPLATES = frozenset({"template", "leaderTemplate", "workerTemplate"})
PINNED_BY_TAG = frozenset({metrics_adapter.IMAGE}) | preparation_images()
"""Images that this package names, whose digests are unverified. `cluster-security` tells of the adapter's."""

_CREDENTIALS = "GOOGLE_APPLICATION_CREDENTIALS"
_UNTAGGED = re.compile(r"[^@]*/[^:@]*|[^:@/]*")


def judge(resources: Iterable[HeldResource], spec: Spec | None = None) -> list[Violation]:
    """What is wrong, by the names of the resources. `spec` is the stack's own; None: it has none."""
    production = spec is not None and spec.production
    own = [resource for resource in by_name(resources) if not resource.existing]
    plugins = installer_images(spec)
    found = [
        Violation(RULE.name, f"{resource.known_as}: {message}", resource.urn, holder=resource.known_as)
        for resource in own
        for message in _judge(resource, plugins)
    ]
    return [*found, *_unpinned(own)] if production else found


def _judge(resource: HeldResource, plugins: Container[str]) -> Iterator[str]:
    kind = resource.type.rpartition(":")[2]
    if resource.type == KEY_TYPE:
        yield "keys of service accounts leave the cloud and never expire: use Workload Identity instead"
    elif resource.type.startswith(GATEWAY_PREFIX) and kind == "Gateway":
        yield from _gateway(resource)
    elif resource.type.startswith(PREFIX) and kind in PUBLIC_KINDS:
        yield from open_ways(resource)
    elif resource.type.startswith(PREFIX) and kind in WORKLOADS:
        if has_unknown(resource.inputs.get("spec")):
            yield "what its pods run is not known before the deployment: write the pods' settings as literals"
            return
        if kind == "DaemonSet" and _installs_plugins(resource, plugins):
            return
        for pod, labels in _pods(resource.inputs, kind):
            yield from _pod(pod, labels)


def _installs_plugins(resource: HeldResource, plugins: Container[str]) -> bool:
    """Whether it is of images only that lay NCCL's plugin on nodes, which takes a node's folders and rights.

    Where nobody but the cluster's administrators may write: the namespace of Kubernetes itself.
    """
    if mapping(resource.inputs.get("metadata")).get("namespace") != INSTALLER_NAMESPACE:
        return False
    images = [text_of(container.get("image")) for container in _containers(resource)]
    return bool(images) and all(image in plugins for image in images)


def _unpinned(resources: Iterable[HeldResource]) -> Iterator[Violation]:
    """One piece of advice for each image whose tag somebody can move to another image, with all who run it."""
    run_by: dict[str, list[HeldResource]] = {}
    for resource in resources:
        for image in _tagged(resource):
            run_by.setdefault(image, []).append(resource)
    for image, running in sorted(run_by.items()):
        names = ", ".join(resource.known_as for resource in running)
        run = "runs" if len(running) == 1 else "run"
        message = (
            f"{names}: {run} {image!r}, whose tag can be moved to another image unseen. Pin what was reviewed: "
            f"`{image}@sha256:...`"
        )
        yield Violation(RULE.name, message, running[0].urn, "advisory", holder=running[0].known_as)


def _tagged(resource: HeldResource) -> set[str]:
    """Images of a workload without a digest. Those of a pod that is refused are said there."""
    images = {text_of(container.get("image")) for container in _containers(resource)}
    return {
        image
        for image in images
        if not ("@" in image or image in PINNED_BY_TAG or _UNTAGGED.fullmatch(image) or image.endswith(":latest"))
    }


def _containers(resource: HeldResource) -> Iterator[Mapping[str, Value]]:
    for pod, _ in pods_of(resource):
        yield from map(mapping, (*items(pod.get("initContainers")), *items(pod.get("containers"))))


def _gateway(resource: HeldResource) -> Iterator[str]:
    spec, metadata = (mapping(resource.inputs.get(name)) for name in ("spec", "metadata"))
    if has_unknown(spec.get("listeners")):
        yield "what it listens to is not known before the deployment: write its listeners as literals"
        return
    mapped = CERTIFICATE_MAP_ANNOTATION in mapping(metadata.get("annotations"))
    for listener in map(mapping, items(spec.get("listeners"))):
        tls = mapping(listener.get("tls"))
        where = f"listener {listener.get('name')!r} on port {_number(listener.get('port'))}"
        if listener.get("protocol") != "HTTPS":
            yield f"{where} speaks {listener.get('protocol')}, so requests can be read on their way: make it HTTPS"
        elif not (mapped or tls.get("certificateRefs") or tls.get("options")):
            yield f"{where} has no certificate: name one in tls.options or tls.certificateRefs, or a certificate map"


def pods_of(resource: HeldResource) -> Iterator[tuple[Mapping[str, Value], Mapping[str, Value]]]:
    """Pod specs of what makes pods, with the labels of those; nothing of what isn't known."""
    kind = resource.type.rpartition(":")[2]
    if resource.type.startswith(PREFIX) and kind in WORKLOADS and not has_unknown(resource.inputs.get("spec")):
        yield from _pods(resource.inputs, kind)


def _pods(value: Value, kind: str) -> Iterator[tuple[Mapping[str, Value], Mapping[str, Value]]]:
    """Pod specs of a workload with the labels of their pods."""
    inputs = mapping(value)
    if kind == "Pod":
        yield mapping(inputs.get("spec")), mapping(mapping(inputs.get("metadata")).get("labels"))
        return
    for name, inner in inputs.items():
        template = mapping(inner)
        if name in _TEMPLATES and "containers" in mapping(template.get("spec")):
            yield mapping(template["spec"]), mapping(mapping(template.get("metadata")).get("labels"))
            continue
        for part in (template, *items(inner)):
            yield from _pods(part, "")


def _pod(pod: Mapping[str, Value], labels: Mapping[str, Value]) -> Iterator[str]:
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(name):
            yield f"{name} lets its pods see those of others on the node: take it out"
    for volume in map(mapping, items(pod.get("volumes"))):
        if "hostPath" in volume:
            yield f"volume {volume.get('name')!r} is a folder of the node: use an emptyDir or Cloud Storage FUSE"
    server = servers().get(text_of(labels.get(SERVER_LABEL)))
    read_only = server is None or server.read_only_root
    own = mapping(pod.get("securityContext"))
    for container in map(mapping, (*items(pod.get("initContainers")), *items(pod.get("containers")))):
        yield from _container(container, own, read_only=read_only)


def _container(container: Mapping[str, Value], pod: Mapping[str, Value], *, read_only: bool) -> Iterator[str]:
    where = f"container {container.get('name')!r}"
    image = text_of(container.get("image", ""))
    if _UNTAGGED.fullmatch(image):
        yield f"{where} runs {image!r}, which has no tag, so it changes without a review: name a tag or a digest"
    elif image.partition("@")[0].endswith(":latest") and "@" not in image:
        yield f"{where} runs {image!r}, which changes without a review: name a version or a digest"
    context = {**pod, **mapping(container.get("securityContext"))}
    if context.get("runAsNonRoot") is not True:
        yield f"{where} may run as root: set runAsNonRoot: true"
    if context.get("privileged"):
        yield f"{where} is privileged, so it owns the node: take it out"
    if context.get("allowPrivilegeEscalation") is not False:
        yield f"{where} may gain rights: set allowPrivilegeEscalation: false"
    if "ALL" not in items(mapping(context.get("capabilities")).get("drop")):
        yield f"{where} keeps Linux capabilities: drop ALL"
    if read_only and context.get("readOnlyRootFilesystem") is not True:
        yield f"{where} can rewrite its own files: set readOnlyRootFilesystem: true, with an emptyDir where it writes"
    for variable in map(mapping, items(container.get("env"))):
        if variable.get("name") == _CREDENTIALS:
            yield f"{where} uses a key file ({_CREDENTIALS}): use Workload Identity instead"


def _number(value: Value) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)
