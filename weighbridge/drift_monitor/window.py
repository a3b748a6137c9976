"""Which files are the newest window, and which the window before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from weighbridge.drift_monitor.files import DataFile, Store, UnreadableData

SUFFIXES = (".parquet", ".csv", ".csv.gz")


@dataclass(frozen=True, slots=True)
class Window:
    """Files that together are one window. `name` is its subfolder's, empty where the folder itself is the window."""

    name: str
    files: tuple[DataFile, ...]

    @property
    def key(self) -> str:
        """Equal as long as no file is added, removed or changed."""
        lines = "".join(f"{file.path}\n{file.size}\n{file.modified_ns}\n" for file in self.files)
        return sha256(f"{self.name}\n{lines}".encode()).hexdigest()[:32]

    @property
    def modified(self) -> datetime:
        """When its newest file was last modified."""
        return datetime.fromtimestamp(max(file.modified_ns for file in self.files) / 1e9, UTC)


def find_windows(store: Store, folder: str) -> tuple[Window, Window | None]:
    """The newest window, and the one before it where the folder has a subfolder for each.

    Subfolders without data are no windows: one is being made. Raises `UnreadableData`.
    """
    inside: dict[str, list[DataFile]] = {}  # by subfolder; a bucket has folders only in the names of its objects
    for file in data_files(store.files(folder, recursive=True)):
        rest = file.path.removeprefix(folder.rstrip("/")).strip("/")
        inside.setdefault(rest.partition("/")[0] if "/" in rest else "", []).append(file)
    if not inside:
        raise UnreadableData(f"there is no Parquet or CSV file in {folder}")
    if "" in inside and len(inside) > 1:
        problem = f"{folder} holds data files and folders, so which is the newest window can't be told"
        raise UnreadableData(f"{problem}: keep one of the two")
    newest, *before = [Window(name, tuple(inside[name])) for name in sorted(inside, reverse=True)[:2]]
    return newest, before[0] if before else None


def data_files(files: tuple[DataFile, ...]) -> tuple[DataFile, ...]:
    """Those that are Parquet or CSV by their names."""
    return tuple(file for file in files if file.name.lower().endswith(SUFFIXES))
