"""The pods of a version, as Kubernetes is given them: everything that decides what runs."""

from __future__ import annotations

import re
from collections.abc import Mapping

from weighbridge.conventions import HOSTNAME_LABEL, LEADER, ROLE_LABEL, SERVING_PRIORITY, WORKER, ZONE_LABEL
from weighbridge.resources.values import Value
from weighbridge.serving.endpoint import (
    ALIVE_CHECK_SECONDS,
    CHECK_INTERVAL_SECONDS,
    DEAD_CHECKS,
    DRAIN_SECONDS,
    LOAD_CHECK_SECONDS,
    MODEL_FOLDER,
    PROBE_TIMEOUT_SECONDS,
    UNHEALTHY_CHECKS,
    EndpointPlan,
    PodCommand,
    VersionPlan,
)
from weighbridge.serving.secret import ADD_ON_DRIVER, SecretFile
from weighbridge.serving.volume import (
    FUSE_DRIVER,
    BucketFolder,
    ClaimFolder,
    MemoryFolder,
    VolumeMount,
    mount_options,
)

HTTP, GRPC, METRICS = "http", "grpc", "metrics"
"""Names of ports."""

_DISK = "ephemeral-storage"
_NAMED = re.compile(r"\$\$|\$\(([^)]*)\)")  # two dollars stand for one, and name nothing


def pods(endpoint: EndpointPlan, plan: VersionPlan, role: str | None = None) -> dict[str, Value]:
    """The template of a version's pods; `role` is that of a group's leader or workers."""
    leads = role != WORKER
    runs = plan.serves if leads else plan.works or plan.serves
    annotations: dict[str, Value] = {"annotations": dict(plan.annotations)} if plan.annotations else {}
    user = endpoint.conventions.server.run_as_user
    spec: dict[str, Value] = {
        "serviceAccountName": endpoint.name,
        "automountServiceAccountToken": False,  # metadata server gives Google credentials; none for Kubernetes
        "priorityClassName": SERVING_PRIORITY,
        "nodeSelector": dict(plan.node_selector),
        "tolerations": [
            {"key": taint.key, "operator": "Equal", "value": taint.value, "effect": taint.effect}
            for taint in plan.tolerations
        ],
        "terminationGracePeriodSeconds": endpoint.grace_seconds,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": user,
            "runAsGroup": user,
            "fsGroup": user,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(endpoint, plan, runs, leads=leads)],
        "volumes": _volumes(plan),
    }
    if plan.hosts == 1:  # the hosts of a group belong together, on one slice
        spec["topologySpreadConstraints"] = [_spread(plan, ZONE_LABEL), _spread(plan, HOSTNAME_LABEL)]
    labels = {**dict(plan.labels), **({ROLE_LABEL: role} if role is not None else {})}
    return {"metadata": {"labels": labels, **annotations}, "spec": spec}


def leader_and_workers(endpoint: EndpointPlan, plan: VersionPlan) -> tuple[dict[str, Value], dict[str, Value]]:
    """The two templates of a group."""
    return pods(endpoint, plan, LEADER), pods(endpoint, plan, WORKER)


def ports(endpoint: EndpointPlan) -> dict[str, int]:
    """The ports that a server listens at, by name."""
    own = endpoint.conventions.ports
    named = {HTTP: own.http, GRPC: own.grpc, METRICS: None if own.metrics == own.http else own.metrics}
    return {name: port for name, port in named.items() if port}


def _spread(plan: VersionPlan, topology: str) -> Value:
    """Replicas apart from one another; a wish, never a condition: where there is room in one place, they run there."""
    return {
        "maxSkew": 1,
        "topologyKey": topology,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": plan.selector},
    }


def _container(endpoint: EndpointPlan, plan: VersionPlan, runs: PodCommand, *, leads: bool) -> Value:
    server, probes = endpoint.conventions.server, endpoint.conventions.probes
    amounts = _amounts(plan)
    limits = {name: amount for name, amount in amounts.items() if name != "cpu"}
    container: dict[str, Value] = {
        "name": "server",
        "image": plan.image,
        "env": _environment(plan),
        "ports": [{"name": name, "containerPort": port} for name, port in ports(endpoint).items()],
        "resources": {
            "requests": {**amounts, _DISK: f"{plan.disk.request_mib}Mi"},
            # Accelerators want equal limits; memory beyond its request would be taken from neighbours.
            "limits": {**limits, _DISK: f"{plan.disk.most_mib}Mi"},
        },
        "lifecycle": {"preStop": {"sleep": {"seconds": DRAIN_SECONDS}}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": server.read_only_root,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": _mounts(plan),
    }
    command: list[Value] = ["/bin/sh", "-c", runs.script] if runs.script else [*runs.command]
    arguments: list[Value] = [] if runs.script else [*runs.arguments]
    if command:
        container["command"] = command
    if arguments:
        container["args"] = arguments
    if leads:
        container["startupProbe"] = _probe(probes.startup, LOAD_CHECK_SECONDS, plan.load_checks)
        container["readinessProbe"] = _probe(probes.readiness, CHECK_INTERVAL_SECONDS, UNHEALTHY_CHECKS)
        container["livenessProbe"] = _probe(probes.liveness, ALIVE_CHECK_SECONDS, DEAD_CHECKS)
    return container


def _probe(path: str, period: int, failures: int) -> Value:
    return {
        "httpGet": {"path": path, "port": HTTP},
        "periodSeconds": period,
        "timeoutSeconds": PROBE_TIMEOUT_SECONDS,
        "failureThreshold": failures,
    }


def _environment(plan: VersionPlan) -> list[Value]:
    """Each variable after those that its value names: of ``$(NAME)`` Kubernetes fills in what stands before it only."""
    plain = dict(plan.environment)
    secret: dict[str, Value] = {
        variable.name: {"secretKeyRef": {"name": variable.secret, "key": variable.key}}
        for variable in plan.secrets.variables
    }
    placed: dict[str, Value] = {}
    begun = set[str]()

    def place(name: str) -> None:
        if name in begun:
            return
        begun.add(name)
        if name in plain:
            for named in _NAMED.findall(plain[name]):
                place(named)
            placed[name] = {"name": name, "value": plain[name]}
        elif name in secret:
            placed[name] = {"name": name, "valueFrom": secret[name]}

    for name in (*plain, *secret):
        place(name)
    return [*placed.values()]


def _amounts(plan: VersionPlan) -> dict[str, str]:
    asked = plan.resources
    amounts = {"cpu": f"{asked.cpu_millicores}m", "memory": f"{asked.memory_mib}Mi"}
    return {**amounts, asked.device: str(asked.devices)} if asked.device else amounts


def _mounts(plan: VersionPlan) -> list[Value]:
    mounts: list[Value] = [{"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108 - the container's own
    if plan.shared_memory_mib:
        mounts.append({"name": "shared-memory", "mountPath": "/dev/shm"})  # noqa: S108
    if plan.model.mounted:
        mounts.append({"name": "model", "mountPath": MODEL_FOLDER, "readOnly": True})
    if plan.files:
        mounts.append({"name": "settings", "mountPath": plan.files[0][0].rpartition("/")[0], "readOnly": True})
    for volume in plan.volumes:
        read_only: dict[str, Value] = {"readOnly": True} if volume.read_only else {}
        mounts.append({"name": _volume_name(volume.name), "mountPath": volume.path, **read_only})
    mounts += [
        {"name": _secret_volume(file), "mountPath": file.path, "subPath": file.key, "readOnly": True}
        for file in plan.secrets.files
    ]
    return mounts


def _volumes(plan: VersionPlan) -> list[Value]:
    volumes: list[Value] = [{"name": "tmp", "emptyDir": {"sizeLimit": f"{plan.disk.most_mib}Mi"}}]
    if plan.shared_memory_mib:
        memory = {"medium": "Memory", "sizeLimit": f"{plan.shared_memory_mib}Mi"}
        volumes.append({"name": "shared-memory", "emptyDir": memory})
    if plan.model.mounted:
        attributes = {"bucketName": plan.model.bucket or "", "mountOptions": mount_options(plan.model.folder)}
        volumes.append({"name": "model", "csi": _csi(FUSE_DRIVER, attributes, read_only=True)})
    if plan.files:
        volumes.append({"name": "settings", "configMap": {"name": plan.name}})
    volumes += [_volume_of(volume) for volume in plan.volumes]
    kept = {_secret_volume(file): file.secret for file in plan.secrets.files}
    provided = {"secretProviderClass": plan.secrets.name}
    volumes += [
        {"name": name, "secret": {"secretName": secret}}
        if secret is not None
        else {"name": name, "csi": _csi(ADD_ON_DRIVER, provided, read_only=True)}
        for name, secret in kept.items()
    ]
    return volumes


def _volume_of(volume: VolumeMount) -> Value:
    name = _volume_name(volume.name)
    match volume.source:
        case MemoryFolder(mib=mib):
            return {"name": name, "emptyDir": {"medium": "Memory", "sizeLimit": f"{mib}Mi"}}
        case BucketFolder(attributes=attributes, read_only=read_only):
            return {"name": name, "csi": _csi(FUSE_DRIVER, dict(attributes), read_only=read_only)}
        case ClaimFolder(claim=claim):
            held: dict[str, Value] = {"claimName": claim, **({"readOnly": True} if volume.read_only else {})}
            return {"name": name, "persistentVolumeClaim": held}


def _csi(driver: str, attributes: Mapping[str, str], *, read_only: bool) -> Value:
    return {"driver": driver, "readOnly": read_only, "volumeAttributes": dict(attributes)}


def _volume_name(name: str) -> str:
    return f"volume-{name}"  # apart from the names that pods have anyway


def _secret_volume(file: SecretFile) -> str:
    return f"secret-{file.secret}" if file.secret is not None else "secret-manager"
