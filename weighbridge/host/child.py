"""Child processes that never outlive the preview, whatever ends it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

GRACE_SECONDS = 2.0
MOST_KEPT = 200_000  # characters of a child's output
_PR_SET_PDEATHSIG = 1


class Child:
    """A running process with its output so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self.first_line = threading.Event()
        self._kept = 0
        self._readers = [
            threading.Thread(target=self._read, args=(stream, first), daemon=True)
            for stream, first in ((process.stdout, True), (process.stderr, False))
        ]
        self.stdout_first = ""
        for reader in self._readers:
            reader.start()

    def _read(self, stream: Iterator[str], is_stdout: bool) -> None:
        for line in stream:
            if is_stdout and not self.first_line.is_set():
                self.stdout_first = line.rstrip("\n")
                self.first_line.set()
            if self._kept < MOST_KEPT:
                self.lines.append(line)
                self._kept += len(line)
        if is_stdout:
            self.first_line.set()

    @property
    def output(self) -> str:
        """What it has printed, both streams in the order of arrival."""
        return "".join(self.lines).strip()

    def drain(self) -> None:
        """Waits for the rest of the output of a process that has ended."""
        for reader in self._readers:
            reader.join(GRACE_SECONDS)


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment without Pulumi's own variables, which it could use to fool a child."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")}
    return {**kept, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", **extra}


@contextmanager
def running(command: Sequence[str], folder: Path, extra: Mapping[str, str]) -> Iterator[Child]:
    """Runs a command in a session of its own, and ends all of it afterwards."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment(extra),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - one system call, no lock
    )
    child = Child(process)
    try:
        yield child
    finally:
        _end(process)
        child.drain()


def _die_with_parent() -> None:
    # Even if the parent is killed, so that its `finally` never runs.
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _end(process: subprocess.Popen[str]) -> None:
    for how in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            break
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
    # Whatever the process itself had started is in its group.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
