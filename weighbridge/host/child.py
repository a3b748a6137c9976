"""Child processes that never outlive the preview, whatever ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

GRACE_SECONDS = 2.0
"""From the request to end until a child is killed."""

SUPERVISOR = Path(__file__).with_name("supervisor.py")
MOST_LINES, MOST_COLUMNS = 2_000, 2_000  # of a child's output


class Child:
    """A running process with its output so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: deque[str] = deque(maxlen=MOST_LINES)  # the last ones: errors come at the end
        self.first_line = threading.Event()
        self._readers = [
            threading.Thread(target=self._read, args=(stream, first), daemon=True)
            for stream, first in ((process.stdout, True), (process.stderr, False))
        ]
        self.stdout_first = ""
        for reader in self._readers:
            reader.start()

    def _read(self, stream: IO[str], is_stdout: bool) -> None:
        with stream:  # closed by its only reader: another thread would wait for it
            for line in stream:
                if is_stdout and not self.first_line.is_set():
                    self.stdout_first = line.rstrip("\n")
                    self.first_line.set()
                self.lines.append(line[:MOST_COLUMNS])
        if is_stdout:
            self.first_line.set()

    def write_line(self, line: str) -> None:
        """Writes a line to its standard input, and closes that; a child that has gone already is no error here."""
        with suppress(BrokenPipeError):
            if self.process.stdin is not None:
                self.process.stdin.write(f"{line}\n")
                self.process.stdin.close()

    @property
    def output(self) -> str:
        """What it has printed, both streams in the order of arrival."""
        return "".join(tuple(self.lines)).strip()

    def drain(self) -> None:
        """Waits for the rest of the output of a process that has ended."""
        for reader in self._readers:
            reader.join(GRACE_SECONDS)


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment without Pulumi's own variables, which it could use to fool a child."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")}
    return {**kept, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", **extra}


@contextmanager
def running(
    command: Sequence[str], folder: Path, extra: Mapping[str, str], files: Sequence[int] = ()
) -> Iterator[Child]:
    """Runs a command in a session of its own, and ends all of it afterwards. `files` are descriptors that it inherits.

    Even if this process is killed, so that no `finally` runs, and whatever the command has detached: see `supervisor`.
    A function between fork and exec could do some of that, but with threads about it may wait for ever for a lock that
    one of them held.
    """
    guard = []
    if sys.platform == "linux":
        guard = [sys.executable, "-I", "-S", str(SUPERVISOR), str(os.getpid()), str(GRACE_SECONDS)]
    process: subprocess.Popen[str] | None = None
    child: Child | None = None
    try:
        with _interrupt_held_back():
            process = subprocess.Popen(
                [*guard, *command],
                cwd=folder,
                env=environment(extra),
                stdin=subprocess.PIPE,  # closed at the latest with the parent, so that a child that reads it ends too
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
                pass_fds=files,
            )
        child = Child(process)
        yield child
    finally:
        if process is not None:
            _end(process)
            if child is None:  # so nobody reads what it printed
                for stream in (process.stdout, process.stderr):
                    if stream is not None:
                        stream.close()
    child.drain()


@contextmanager
def _interrupt_held_back() -> Iterator[None]:
    """Ctrl-C waits until a process that has been started is known to whoever ends it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: held.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if held:
        signal.raise_signal(signal.SIGINT)  # to whoever had it before, who may ignore it


def _end(process: subprocess.Popen[str]) -> None:
    for how in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            break
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with suppress(subprocess.TimeoutExpired):
            process.wait(2 * GRACE_SECONDS)  # its supervisor needs one of them
    # Where there is no supervisor, whatever the process itself had started is in its group.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(BrokenPipeError):
        if process.stdin is not None:
            process.stdin.close()
