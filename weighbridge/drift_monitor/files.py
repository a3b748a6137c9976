"""Files and folders, in a bucket (``gs://…``) or below the project's folder. pyarrow is asked for when first used."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weighbridge.drift_monitor.unreadable_data import UnreadableData

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

    from weighbridge.drift_monitor.engine import CountingEngine

CLOUD = "gs://"
PATIENCE = timedelta(seconds=60)
"""How long Cloud Storage is asked again; pyarrow's own default is a quarter of an hour."""

PATIENCE_OF_A_PERSON = timedelta(seconds=5)
"""The same, of each file, where somebody waits for the answer."""

_CLOUD_STATUS = re.compile(
    r"google::cloud::Status\((?P<code>\w+): (?P<first>[^:]*?)"
    r"(?:, with a last message of (?P<last>.*?))?(?: error_info=.*|\).*)$"
)
_GRANT = "Grant the monitor's service account roles/storage.objectViewer on the bucket"

MOST_TEXT_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file as a listing shows it; a change of it changes one of these."""

    path: str  # as people write it: gs://bucket/name, or relative to the project's folder
    size: int  # bytes
    modified_ns: int  # nanoseconds since 1970

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


def cloud(patience: timedelta = PATIENCE) -> FileSystem:
    """Cloud Storage, as whoever the environment says asks."""
    from pyarrow.fs import GcsFileSystem

    return GcsFileSystem(retry_time_limit=patience)


class Store:
    """Reads from buckets, and from the folder `root` what has no scheme. `progress` is told each path that is read."""

    def __init__(
        self,
        root: Path,
        open_cloud: Callable[[], FileSystem] = cloud,
        progress: Callable[[str], None] = lambda _: None,
        open_engine: Callable[[str, Callable[[], None]], CountingEngine] | None = None,
    ) -> None:
        self._root, self.progress = root, progress
        self._open_engine = open_engine
        self._engines: dict[str, CountingEngine] = {}
        self._open_cloud = open_cloud
        self._systems: dict[bool, FileSystem] = {}

    def files(self, folder: str, *, recursive: bool = False) -> tuple[DataFile, ...]:
        """The files of a folder by name, hidden ones left out; none if there is no such folder.

        Raises `UnreadableData`.
        """
        return tuple(file for file in self._files(folder, recursive=recursive) if not _is_hidden_below(file, folder))

    def all_files(self, folder: str) -> tuple[DataFile, ...]:
        """The files of a folder and of all folders in it, hidden ones too. Raises `UnreadableData`."""
        return tuple(self._files(folder, recursive=True))

    def file(self, path: str) -> DataFile:
        """One file. Raises `UnreadableData`."""
        with reading(path):
            system, inner = self._at(path)
            info = system.get_file_info(inner)
        if info.type.name == "Directory":
            raise UnreadableData(
                f"{path} is a folder: name a file in it, or, of request logs, the folder with / at its end"
            )
        if not info.is_file:
            raise UnreadableData(f"there is no file {path}")
        return DataFile(path, info.size, info.mtime_ns)

    def is_file(self, path: str) -> bool:
        """Whether a path, with or without a slash at its end, is a file's. Raises `UnreadableData`."""
        with reading(path):
            system, inner = self._at(path.rstrip("/"))
            return bool(system.get_file_info(inner).is_file)

    def text(self, file: DataFile) -> str:
        """A small file's text. Raises `UnreadableData`."""
        if file.size > MOST_TEXT_BYTES:
            raise UnreadableData(f"{file.path} has more than {MOST_TEXT_BYTES // 1_000_000} MB: this can't be meant")
        system, inner = self._at(file.path)
        with reading(file.path), system.open_input_stream(inner, compression=None) as stream:
            return bytes(stream.read()).decode()

    def open(self, file: DataFile) -> Any:
        """The file for reading anywhere in it, a pyarrow NativeFile. Raises what `reading` makes `UnreadableData`."""
        system, inner = self._at(file.path)
        return system.open_input_file(inner)

    def engine(self, scheme: str) -> CountingEngine:
        """What counts in tables of a scheme such as `bq://`, opened when first needed. Raises `UnreadableData`."""
        if scheme not in self._engines:
            if self._open_engine is None:
                raise UnreadableData(f"nothing counts tables of {scheme} here")
            self._engines[scheme] = self._open_engine(scheme, lambda: self.progress(scheme))
        return self._engines[scheme]

    def _files(self, folder: str, *, recursive: bool) -> list[DataFile]:
        from pyarrow.fs import FileSelector

        shown = folder.rstrip("/")
        with reading(folder):
            system, inner = self._at(folder)
            try:
                found = system.get_file_info(FileSelector(inner, recursive=recursive, allow_not_found=True))
            except NotADirectoryError:
                found = []
        return sorted(
            (
                DataFile(f"{shown}/{info.path.removeprefix(inner).strip('/')}", info.size, info.mtime_ns)
                for info in found
                if info.is_file
            ),
            key=lambda file: file.path,
        )

    def _at(self, path: str) -> tuple[FileSystem, str]:
        """The file system and the path in it. Buckets are opened once, when first needed."""
        from pyarrow.fs import LocalFileSystem

        self.progress(path)
        in_cloud = path.startswith(CLOUD)
        if in_cloud not in self._systems:
            self._systems[in_cloud] = self._open_cloud() if in_cloud else LocalFileSystem()
        inner = path.removeprefix(CLOUD).rstrip("/") if in_cloud else str(self._root / path)
        return self._systems[in_cloud], inner


def is_tabular(name: str) -> bool:
    """Whether a file of this name is Parquet or CSV."""
    return name.lower().endswith((".parquet", ".csv", ".csv.gz", ".csv.bz2", ".csv.zst"))


def is_hidden(name: str) -> bool:
    """Whether a file or folder of this name is no data, by Spark's rule (HadoopFSUtils.shouldFilterOutPathName).

    Names that begin with ``.``; those that begin with ``_`` unless they are a partition's, as in ``_day=1``; and
    what is being copied.
    """
    return name.startswith(".") or (name.startswith("_") and "=" not in name) or name.endswith("._COPYING_")


def _is_hidden_below(file: DataFile, folder: str) -> bool:
    return any(map(is_hidden, parts_below(file, folder)))


def parts_below(file: DataFile, folder: str) -> list[str]:
    """The names of the folders between a folder and a file in it, then the file's own."""
    return file.path.removeprefix(folder.rstrip("/")).strip("/").split("/")


@contextmanager
def reading(path: str) -> Iterator[None]:
    """What pyarrow and the system say of a file, as `UnreadableData`."""
    import pyarrow as pa

    try:
        yield
    except (OSError, pa.ArrowException, UnicodeError) as error:
        raise UnreadableData(f"{path} can't be read: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    """Why, in a line. Messages of CSV and of conversions quote the data, so of those only the kind is said."""
    import pyarrow as pa

    if isinstance(error, UnicodeError):
        encoding = getattr(error, "encoding", "utf-16")  # of UTF-16 without a mark, Python says no more
        return f"it is not {'windows-1252' if encoding == 'charmap' else encoding.upper()} text"
    text = " ".join(str(error).split())
    if (status := _CLOUD_STATUS.search(text)) is not None:
        denied = f". {_GRANT}" if status["code"] == "PERMISSION_DENIED" else ""
        return f"{status['last'] or status['first']} ({status['code']})"[:200] + denied
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    if "nvalid UTF8" in text:
        return "it is not UTF-8 text: if it is CSV, say in `watch.csv.encoding` how it is written"
    if text.startswith("CSV parse error: Empty CSV file"):
        return "it is empty: no line of it has an end, not even the one with the names of columns"
    if text == "Empty CSV file":
        return "it is empty: not even the names of columns are there"
    if isinstance(error, pa.ArrowNotImplementedError):  # of types, not of values
        return text[:200]
    if text.startswith("CSV parse error"):
        return "it is not whole CSV: a line has too few or too many columns"
    if "arquet" in text or isinstance(error, OSError):
        return text[:200]
    return f"it is not a whole Parquet or CSV file ({type(error).__name__})"
