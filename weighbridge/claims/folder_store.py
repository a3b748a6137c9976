"""Books in a folder that all runners see: a lock of the kernel's, a synced file, and a rename that swaps it whole.

Whoever is killed leaves no lock, as it ends with its process, and either the old book or the new one. The time is that
of the folder's file system, which a network's server keeps, and never that of the runner.
"""

from __future__ import annotations

import errno
import fcntl
import os
import random
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from weighbridge.claims.book import Book
from weighbridge.claims.book_text import book_text
from weighbridge.claims.store import Outcome, StoreUnreadable, book_in

PATIENCE_SECONDS = 120.0
"""After how long a lock that others hold is given up: each holds it for milliseconds."""

_SHORTEST_SLEEP, _LONGEST_SLEEP = 0.001, 0.02
_MOST_BYTES = 500_000_000  # more is no book, and would fill the memory
_MODE = 0o666  # of which the process's mask takes its part


@dataclass(frozen=True, slots=True)
class FolderStore:
    """The book of one project in a folder. The folder has to be there: a wrong name must not begin an empty book."""

    folder: Path
    project: str
    patience_seconds: float = PATIENCE_SECONDS

    @property
    def name(self) -> str:
        return str(self._file)

    @property
    def _file(self) -> Path:
        return self.folder / f"{self.project}.claims"

    def read(self) -> Book:
        """As of the last change: the time of a file system is known to those only who write."""
        try:
            text = _content(self._file)
        except FileNotFoundError:
            if self.folder.is_dir():
                return Book(self.project)
            raise StoreUnreadable(
                f"there is no folder {self.folder}, where {self.name} would be. Make it once, where all runners see it."
            ) from None
        except OSError as error:
            raise self._unreadable(error) from error
        return book_in(text, self.project, self.name)

    def change(self, decide: Callable[[Book, int], tuple[Book, Outcome]]) -> Outcome:
        with self._locked() as moment:
            before = self.read()
            now = max(moment, before.at)  # a clock that was set back must not bring back what has expired
            after, outcome = decide(before.current(now), now)
            if after != before:
                self._write(replace(after, at=now))
            return outcome

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """Alone in the book, at a time of the file system's clock."""
        file = self.folder / f".{self.project}.lock"
        try:
            if not self.folder.is_dir():
                self.read()  # says what is missing
            handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE)
        except OSError as error:
            raise self._unreadable(error) from error
        try:
            self._await_lock(handle)
            os.utime(handle)
            yield int(os.fstat(handle).st_mtime)
        except OSError as error:
            raise self._unreadable(error) from error
        finally:
            os.close(handle)

    def _await_lock(self, handle: int) -> None:
        end = time.monotonic() + self.patience_seconds
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > end:
                    message = f"{self.name} is locked by another process for {self.patience_seconds:g} s. Try again."
                    raise StoreUnreadable(message) from None
                time.sleep(random.uniform(_SHORTEST_SLEEP, _LONGEST_SLEEP))  # noqa: S311 - to spread who comes next
            else:
                return

    def _write(self, book: Book) -> None:
        """Whoever is alone needs no name of its own for the new file, so what is left of one is written over."""
        new = self.folder / f".{self.project}.claims.new"
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, _MODE)
        with open(handle, "wb") as stream:  # noqa: PTH123 - a handle
            stream.write(book_text(book))
            stream.flush()
            os.fsync(handle)
        new.replace(self._file)
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _unreadable(self, error: OSError) -> StoreUnreadable:
        return StoreUnreadable(f"{self.name} can't be used: {error.strerror}. Let this user read and write its folder.")


def _content(file: Path) -> bytes:
    """Of a regular file; a pipe, which nobody may ever write into, is none. Raises OSError."""
    with open(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:  # noqa: PTH123 - a handle
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        return stream.read(_MOST_BYTES)
