"""What is wrong with a version's model and its volumes, beyond the types of their keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from weighbridge.conventions import volume_name
from weighbridge.files.model_problems import listed
from weighbridge.files.problem import KeyPath, Problem
from weighbridge.serving.endpoint import HUB, MODEL_FOLDER, SHARED_MEMORY_PART
from weighbridge.serving.server import ModelServer
from weighbridge.serving.volume import is_existing
from weighbridge.spec.endpoint import Endpoint, Version
from weighbridge.spec.root import Spec
from weighbridge.spec.volume import Source, Volume
from weighbridge.units import amount_text

SYSTEM_FOLDERS = ("/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/opt", "/proc", "/root", "/run", "/sbin",
                  "/sys", "/usr", "/var")  # fmt: skip
"""A volume there would hide what the image needs; folders in them are fine."""


def model_problems(version: Version, server: ModelServer, path: KeyPath) -> Iterator[Problem]:
    """Models that the server can't take, and loaders that it doesn't have."""
    if version.model.startswith(HUB) and server.hub is None:
        message = f"{server.name} loads no model from Hugging Face: put it in a bucket (gs://bucket/folder)"
        yield Problem((*path, "model"), message)
    if version.loader is None:
        return
    if version.loader not in server.loaders:
        has = f"has {listed(server.loaders)}" if server.loaders else "reads models in its own way, without one"
        yield Problem((*path, "loader"), f"{server.name} {has}: remove it", on_key=True)
    elif not version.model.startswith("gs://"):
        message = f"{version.loader} reads models in buckets (gs://bucket/folder), got {version.model}: remove it"
        yield Problem((*path, "loader"), message, on_key=True)


def volume_problems(
    version: Version, server: ModelServer, zones: Iterable[str], memory: Decimal, path: KeyPath
) -> Iterator[Problem]:
    """Volumes that can't be, or can't be there. `zones` and `memory` (bytes) are those that a pod has."""
    taken = _taken(version, server)
    for name, volume in version.volumes.items():
        where = (*path, "volumes", name)
        clash = taken.get(volume.mount)
        if volume.mount in SYSTEM_FOLDERS:
            message = f"{volume.mount} is a folder that the image needs: choose another, such as /{name}"
            yield Problem((*where, "mount"), message)
        elif clash is not None:
            yield Problem((*where, "mount"), f"{volume.mount} is {clash} already: choose another, such as /{name}")
        taken.setdefault(volume.mount, f"the volume {name}")
        yield from _kind_problems(volume, where)
        disk = volume.hyperdisk_ml
        if disk is not None and not set(disk.zones) & set(zones):
            message = f"no pod runs in {listed(disk.zones)}: the node pool has {listed(zones)}"
            yield Problem((*where, "hyperdisk_ml", "zones"), message)
    for file in version.secret_files:
        if file in taken:
            yield Problem(
                (*path, "secret_files", file), f"{file} is {taken[file]} already: choose another", on_key=True
            )
    yield from _memory(version, server, memory, path)


def shared_volume_problems(spec: Spec) -> Iterator[Problem]:
    """Volumes of disks and shares that exist: each once in the cluster, by one name."""
    by_name: dict[str, tuple[str, str, Volume]] = {}
    by_source: dict[Source, tuple[str, str]] = {}
    for name, endpoint in spec.endpoints.items():
        for version, key, volume in _existing(endpoint):
            where: KeyPath = ("endpoints", name, "versions", version, "volumes", key)
            made = volume_name(name, key)
            owner, other, first = by_name.setdefault(made, (name, version, volume))
            if owner != name:
                message = f"its claim is called {made}, as that of a volume of {owner} is: rename one of the two"
                yield Problem(where, message, on_key=True)
            elif first.model_copy(update={"mount": volume.mount}) != volume:
                message = (
                    f"version {other} has another volume of this name: choose another name, such as {key}-{version}"
                )
                yield Problem(where, message, on_key=True)
            source = volume.hyperdisk_ml or volume.filestore or volume.lustre
            if source is None:
                continue
            holder, claim = by_source.setdefault(source, (name, made))
            if claim != made:
                message = f"it is a volume of {holder} already: write `claim: {claim}` here instead"
                yield Problem(where, message, on_key=True)


def _kind_problems(volume: Volume, where: KeyPath) -> Iterator[Problem]:
    bucket = volume.cloud_storage
    if volume.hyperdisk_ml is not None and volume.writable:
        yield Problem((*where, "writable"), "many nodes read a Hyperdisk ML, and none writes: remove it", on_key=True)
    if bucket is not None and bucket.profile is not None and bucket.file_cache is not None:
        message = f"the profile {bucket.profile} decides on caches itself: remove one of the two"
        yield Problem((*where, "cloud_storage", "file_cache"), message, on_key=True)


def _taken(version: Version, server: ModelServer) -> dict[str, str]:
    """Folders that a pod has anyway, and what they are."""
    found = {"/tmp": "a folder of every replica"}  # noqa: S108 - the container's own
    if server.shared_memory:
        found["/dev/shm"] = "the shared memory of the server"  # noqa: S108
    if version.model.startswith("gs://") and server.model_from == "gcs-fuse" and version.loader is None:
        found[MODEL_FOLDER] = "the model's folder"
    return found | {file.path.rpartition("/")[0]: "the folder of the server's settings" for file in server.files}


def _memory(version: Version, server: ModelServer, memory: Decimal, path: KeyPath) -> Iterator[Problem]:
    asked = sum((volume.memory or Decimal(0) for volume in version.volumes.values()), Decimal(0))
    shared = memory / SHARED_MEMORY_PART if server.shared_memory else Decimal(0)
    if asked and asked + shared >= memory:
        besides = f", and /dev/shm another {amount_text('memory', shared)}" if shared else ""
        message = f"they take {amount_text('memory', asked)} of memory{besides}, and a pod has"
        do = "Lower one, or raise `memory`"
        yield Problem((*path, "volumes"), f"{message} {amount_text('memory', memory)} in all. {do}", on_key=True)


def _existing(endpoint: Endpoint) -> Iterator[tuple[str, str, Volume]]:
    for version, settings in endpoint.versions.items():
        for key, volume in settings.volumes.items():
            if is_existing(volume):
                yield version, key, volume
