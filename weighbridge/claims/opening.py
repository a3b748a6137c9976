"""Opens the store that the quota file names."""

from __future__ import annotations

from pathlib import Path

from weighbridge.claims.held import ClaimsRead, UnreadClaims
from weighbridge.claims.store import BookStore, StoreUnreadable
from weighbridge.spec.quota_file import QuotaFile

_CLOUD = "gs://"


def is_folder_of_project(path: str) -> bool:
    """Whether a store's path is that of a folder below the project's own."""
    return not path.startswith((_CLOUD, "/"))


def open_store(quota: QuotaFile, project: Path) -> BookStore | None:
    """The store of a quota file's claims; `project` is the folder that its path is relative to. None: it names none."""
    if quota.claims is None:
        return None
    path = quota.claims.store
    if path.startswith(_CLOUD):
        from weighbridge.claims.bucket_store import BucketStore  # brings the library that asks

        bucket, _, folder = path.removeprefix(_CLOUD).partition("/")
        return BucketStore(bucket, folder.strip("/"), quota.project)
    from weighbridge.claims.folder_store import FolderStore

    return FolderStore(project / path, quota.project)


def read_claims(quota: QuotaFile, project: Path) -> ClaimsRead:
    """What is claimed; where that can't be told, why, as whoever judges admits nothing then. Writes nothing."""
    try:
        store = open_store(quota, project)
        return None if store is None else store.read()
    except StoreUnreadable as error:
        return UnreadClaims(f"the claims can't be read, so nothing is admitted: {error}")
