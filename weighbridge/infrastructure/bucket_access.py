"""What of its buckets somebody reads: the folders and files that a spec names, as conditions of IAM.

Names can be listed in the whole bucket, as servers and Cloud Storage FUSE do from its root; contents are read below the
named paths only. A condition needs a bucket with uniform bucket-level access.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_OBJECT = "storage.googleapis.com/Object"


@dataclass(frozen=True, slots=True)
class BucketAccess:
    """A bucket with the paths in it that are read, sorted: a folder ends with a slash; none: all of the bucket."""

    bucket: str
    paths: tuple[str, ...]

    @property
    def condition(self) -> str | None:
        """The condition in CEL; None: none, as the whole bucket is read."""
        if not self.paths:
            return None
        allowed = [f'resource.type != "{_OBJECT}"', *(self._allows(path) for path in self.paths)]
        return " || ".join(allowed)

    def _allows(self, path: str) -> str:
        name = f"projects/_/buckets/{self.bucket}/objects/{path}"
        below = f'resource.name.startsWith("{name.rstrip("/")}/")'
        return below if path.endswith("/") else f'resource.name == "{name}" || {below}'


def bucket_accesses(addresses: Iterable[str]) -> tuple[BucketAccess, ...]:
    """Of `gs://` addresses of files and folders, by bucket; a path below another is left out."""
    paths: dict[str, set[str]] = {}
    for address in addresses:
        bucket, _, path = address.removeprefix("gs://").partition("/")
        paths.setdefault(bucket, set()).add(path.lstrip("/"))
    return tuple(BucketAccess(bucket, _outermost(found)) for bucket, found in sorted(paths.items()))


def _outermost(paths: set[str]) -> tuple[str, ...]:
    if "" in paths:
        return ()
    return tuple(path for path in sorted(paths) if not any(path != other and _is_below(path, other) for other in paths))


def _is_below(path: str, other: str) -> bool:
    return path.startswith(f"{other.rstrip('/')}/")
