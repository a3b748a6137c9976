"""What of its buckets somebody reads: the folders and files that a spec names, each as a condition of IAM.

Names can be listed in the whole bucket, as servers and Cloud Storage FUSE do from its root; contents are read below the
named paths only. A condition needs a bucket with uniform bucket-level access.

Each path is a grant of its own. One for all would be replaced with each new version: an update that is refused half-way
would leave both behind, and the way back would take away what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_OBJECT = "storage.googleapis.com/Object"


@dataclass(frozen=True, slots=True)
class BucketAccess:
    """A path in a bucket that is read; a folder ends with a slash, and an empty one is all of the bucket."""

    bucket: str
    path: str

    @property
    def name(self) -> str:
        """What tells it from others, in words."""
        return f"{self.bucket}/{self.path}" if self.path else self.bucket

    @property
    def condition(self) -> str | None:
        """The condition in CEL; None: none, as the whole bucket is read."""
        if not self.path:
            return None
        name = f"projects/_/buckets/{self.bucket}/objects/{self.path}"
        below = f'resource.name.startsWith("{name.rstrip("/")}/")'
        allows = below if self.path.endswith("/") else f'resource.name == "{name}" || {below}'
        return f'resource.type != "{_OBJECT}" || {allows}'


def bucket_accesses(addresses: Iterable[str]) -> tuple[BucketAccess, ...]:
    """Of `gs://` addresses of files and folders, by bucket and path; a path below another is left out."""
    paths: dict[str, set[str]] = {}
    for address in addresses:
        bucket, _, path = address.removeprefix("gs://").partition("/")
        paths.setdefault(bucket, set()).add(path.lstrip("/"))
    return tuple(BucketAccess(bucket, path) for bucket, found in sorted(paths.items()) for path in _outermost(found))


def _outermost(paths: set[str]) -> list[str]:
    if "" in paths:
        return [""]
    return [path for path in sorted(paths) if not any(path != other and _is_below(path, other) for other in paths)]


def _is_below(path: str, other: str) -> bool:
    return path.startswith(f"{other.rstrip('/')}/")
