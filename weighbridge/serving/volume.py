"""What the volumes of a version become: folders of its pods, and PersistentVolumes of disks and shares that exist.

    key of the spec       folder of the pod                    beside it
    cloud_storage         an inline volume of the FUSE driver  with a profile: a PersistentVolume of the profile's class
    hyperdisk_ml          a claim                              a PersistentVolume, read-only, in the disk's zones
    filestore, lustre     a claim                              a PersistentVolume
    claim                 the claim                            nothing
    memory                an emptyDir in memory                nothing

No claim asks GKE for a new disk: each names its volume, so it draws on no quota.
Sources: Google's GKE pages on the Cloud Storage FUSE driver and its profiles (`gcsfusecsi-*`, GKE 1.35.1-gke.1616000
or later), on Hyperdisk ML (`multi-zone` handles), on the Filestore and the Managed Lustre driver, and the drivers'
own repositories; as of 2026-11-26, confidence: reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from weighbridge.conventions import volume_name
from weighbridge.spec.endpoint import Endpoint, Version
from weighbridge.spec.volume import CloudStorage, Filestore, HyperdiskMl, Lustre, Volume
from weighbridge.units import GIB

FUSE_DRIVER = "gcsfuse.csi.storage.gke.io"
FUSE_ANNOTATION = "gke-gcsfuse/volumes"
CACHE_ANNOTATIONS = ("gke-gcsfuse/ephemeral-storage-request", "gke-gcsfuse/ephemeral-storage-limit")
SIDECAR_GIB = 5
"""Disk that the driver's sidecar has by default, without a file cache."""

MULTI_ZONE = "multi-zone"
"""Stands for the zone in the handle of a disk that several zones have."""

READ_MANY, WRITE_MANY = "ReadOnlyMany", "ReadWriteMany"
_MIB = 1024**2
_ANY_SIZE = "5Gi"  # Kubernetes wants a size; a bucket has none


@dataclass(frozen=True, slots=True)
class MemoryFolder:
    """A folder in the node's memory."""

    mib: int


@dataclass(frozen=True, slots=True)
class BucketFolder:
    """A bucket through Cloud Storage FUSE, as the pod itself names it."""

    attributes: tuple[tuple[str, str], ...]
    read_only: bool


@dataclass(frozen=True, slots=True)
class ClaimFolder:
    """What a PersistentVolumeClaim of the namespace holds."""

    claim: str


@dataclass(frozen=True, slots=True)
class VolumeMount:
    """One volume of a version: its name in the pod, where it is mounted, and what it is."""

    name: str
    path: str
    read_only: bool
    source: MemoryFolder | BucketFolder | ClaimFolder


@dataclass(frozen=True, slots=True)
class ExistingVolume:
    """A PersistentVolume of something that exists, and the claim of the same name that is bound to it alone."""

    name: str
    storage_class: str  # empty: none, so nothing is ever made for its claim
    access_mode: str
    size: str
    driver: str
    handle: str
    attributes: tuple[tuple[str, str], ...] = ()
    mount_options: tuple[str, ...] = ()
    fs_type: str | None = None
    zones: tuple[str, ...] = ()  # empty: any node

    @property
    def read_only(self) -> bool:
        """Whether nobody may write to it."""
        return self.access_mode == READ_MANY


def volume_mounts(endpoint: str, version: Version) -> tuple[VolumeMount, ...]:
    """The volumes of a version, in the spec's order."""
    return tuple(
        VolumeMount(name, volume.mount, not (volume.writable or volume.memory), _source(endpoint, name, volume))
        for name, volume in version.volumes.items()
    )


def existing_volumes(name: str, endpoint: Endpoint, project: str) -> tuple[ExistingVolume, ...]:
    """What an endpoint's versions share of disks and shares that exist, each once."""
    found = {
        volume_name(name, key): (key, volume)
        for version in endpoint.versions.values()
        for key, volume in version.volumes.items()
    }
    return tuple(made for key, volume in found.values() for made in _existing(volume_name(name, key), volume, project))


def is_existing(volume: Volume) -> bool:
    """Whether it becomes a PersistentVolume, which the versions of an endpoint share by its name."""
    bucket = volume.cloud_storage
    return bool(volume.hyperdisk_ml or volume.filestore or volume.lustre or (bucket and bucket.profile))


def fuse_annotations(version: Version) -> dict[str, str]:
    """Annotations by which GKE gives a pod the sidecar of Cloud Storage FUSE, with room for its caches."""
    buckets = [volume.cloud_storage for volume in version.volumes.values() if volume.cloud_storage is not None]
    if not buckets:
        return {}
    cached = sum((bucket.file_cache or Decimal(0) for bucket in buckets), Decimal(0))
    room = {name: f"{_gib(cached) + SIDECAR_GIB}Gi" for name in CACHE_ANNOTATIONS} if cached else {}
    return {FUSE_ANNOTATION: "true", **room}


def memory_mib(version: Version) -> int:
    """Memory of a replica's own that its volumes may take."""
    return sum(int((volume.memory or Decimal(0)) / _MIB) for volume in version.volumes.values())


def bucket_of(address: str) -> tuple[str, str]:
    """Bucket and folder of a gs:// address; the folder without slashes at its ends.

    A generation after `#` is for the record: neither the mount nor the servers read another object than the newest.
    """
    bucket, _, folder = address.removeprefix("gs://").partition("#")[0].partition("/")
    return bucket, folder.strip("/")


def mount_options(folder: str) -> str:
    """How Cloud Storage FUSE mounts a folder of a bucket; empty: all of it."""
    return "implicit-dirs" + (f",only-dir:{folder}" if folder else "")


def _source(endpoint: str, name: str, volume: Volume) -> MemoryFolder | BucketFolder | ClaimFolder:
    if volume.memory is not None:
        return MemoryFolder(int(volume.memory / _MIB))
    if volume.claim is not None:
        return ClaimFolder(volume.claim)
    bucket = volume.cloud_storage
    if bucket is None or bucket.profile is not None:
        return ClaimFolder(volume_name(endpoint, name))
    held, folder = bucket_of(bucket.bucket)
    attributes = {"bucketName": held, "mountOptions": mount_options(folder)}
    if bucket.file_cache is not None:
        attributes |= {"fileCacheCapacity": f"{_gib(bucket.file_cache)}Gi", "fileCacheForRangeRead": "true"}
    return BucketFolder(tuple(sorted(attributes.items())), read_only=not volume.writable)


def _existing(name: str, volume: Volume, project: str) -> Iterator[ExistingVolume]:
    mode = WRITE_MANY if volume.writable else READ_MANY
    match volume.cloud_storage or volume.hyperdisk_ml or volume.filestore or volume.lustre:
        case CloudStorage(bucket=address, profile=profile) if profile is not None:
            bucket, folder = bucket_of(address)
            yield ExistingVolume(
                name=name,
                storage_class=f"gcsfusecsi-{profile}",
                access_mode=mode,
                size=_ANY_SIZE,
                driver=FUSE_DRIVER,
                handle=bucket,
                mount_options=tuple(mount_options(folder).split(",")),
            )
        case HyperdiskMl(disk=disk, zones=zones, size=size):
            zone = zones[0] if len(zones) == 1 else MULTI_ZONE
            yield ExistingVolume(
                name=name,
                storage_class="",
                access_mode=READ_MANY,
                size=f"{_gib(size)}Gi",
                driver="pd.csi.storage.gke.io",
                handle=f"projects/{project}/zones/{zone}/disks/{disk}",
                fs_type="ext4",
                zones=zones,
            )
        case Filestore() as share:
            yield ExistingVolume(
                name=name,
                storage_class="",
                access_mode=mode,
                size=f"{_gib(share.size)}Gi",
                driver="filestore.csi.storage.gke.io",
                handle=f"modeInstance/{share.location}/{share.instance}/{share.share}",
                attributes=(("ip", share.address), ("volume", share.share)),
            )
        case Lustre() as lustre:
            yield ExistingVolume(
                name=name,
                storage_class="",
                access_mode=mode,
                size=f"{_gib(lustre.size)}Gi",
                driver="lustre.csi.storage.gke.io",
                handle=f"{project}/{lustre.location}/{lustre.instance}",
                attributes=(("filesystem", lustre.filesystem), ("ip", lustre.address)),
            )


def _gib(amount: Decimal) -> int:
    return int((amount / GIB).to_integral_value(ROUND_CEILING))
