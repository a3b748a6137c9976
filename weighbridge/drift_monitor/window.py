"""What a window is: files, or one partition of a table, and the windows that were found together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from weighbridge.drift_monitor.files import DataFile


@dataclass(frozen=True, slots=True)
class Window:
    """Files that together are one window. `name` is its subfolder's, empty where the folder itself is the window."""

    name: str
    files: tuple[DataFile, ...]
    marks: tuple[DataFile, ...] = ()  # of a window without data: the hidden files in it

    @property
    def key(self) -> str:
        """Equal as long as no file is added, removed or changed."""
        files = self.files or self.marks
        lines = "".join(f"{file.path}\n{file.size}\n{file.modified_ns}\n" for file in files)
        return sha256(f"{self.name}\n{lines}".encode()).hexdigest()[:32]

    @property
    def modified(self) -> datetime:
        """When its newest file was last modified."""
        newest = max(file.modified_ns for file in self.files or self.marks)
        return datetime.fromtimestamp(newest / 1e9, UTC)


@dataclass(frozen=True, slots=True)
class FoundWindows:
    """The windows of a folder, the newest first, at least one."""

    windows: tuple[Window, ...]
    unfinished: str = ""  # a newer subfolder into which somebody is writing, if there is one

    @property
    def newest(self) -> Window:
        """The window to be judged."""
        return self.windows[0]

    @property
    def before(self) -> Window | None:
        """The one before it, where the folder has a subfolder for each."""
        return self.windows[1] if len(self.windows) > 1 else None
