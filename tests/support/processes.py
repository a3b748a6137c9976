"""Server processes that never outlive the test that started them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PATIENCE_SECONDS = 600.0
"""After how long a test says that something hangs: on a busy machine, what takes seconds elsewhere takes minutes."""

END_SECONDS = 10.0
POLL_SECONDS = 0.05
TAIL_LINES = 15


class NotReady(Exception):
    """A server ended, or was not ready in time; the message holds the end of its log."""


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A running server and where it logs."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def await_ready(self, is_ready: Callable[[], bool], seconds: float) -> None:
        """Return as soon as `is_ready()`; raise `NotReady` once the process has ended or `seconds` have passed."""
        deadline = time.monotonic() + seconds
        while not is_ready():
            if (code := self.process.poll()) is not None:
                raise NotReady(f"{self.name} ended with exit code {code} before it was ready.\n{self.tail()}")
            if time.monotonic() > deadline:
                raise NotReady(f"{self.name} was not ready within {seconds:.0f} s.\n{self.tail()}")
            time.sleep(POLL_SECONDS)

    def tail(self) -> str:
        """The last lines of the log."""
        lines = self.log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        return "The end of its log:\n" + "\n".join(f"  {line}" for line in lines)


@contextmanager
def running(name: str, command: Sequence[str], folder: Path) -> Iterator[RunningServer]:
    """Start the command in a process group of its own; end the whole group when the block ends, however it ends.

    Where the kernel can (Linux), it also ends the server should this process be killed without a chance to clean up.
    """
    guard = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*guard, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder,
            start_new_session=True,
        )
    try:
        yield RunningServer(name, process, log)
    finally:
        _end(process)


def free_ports(count: int) -> tuple[int, ...]:
    """Distinct ports of 127.0.0.1 that were free a moment ago."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for socket_ in sockets:
            socket_.bind(("127.0.0.1", 0))
        return tuple(socket_.getsockname()[1] for socket_ in sockets)
    finally:
        for socket_ in sockets:
            socket_.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, sign)
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            continue
