"""Child processes that end in time, and with whoever started them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

END_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Finished:
    """A process that has ended. `code` is negative where a signal ended it."""

    code: int
    output: str
    errors: str
    seconds: float

    @property
    def text(self) -> str:
        """All that it wrote."""
        return f"{self.output}\n{self.errors}"


class TooLate(Exception):
    """A process that had not ended in time; it has been killed, and the message holds what it had written."""


@contextmanager
def child(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Starts a process in a group of its own; the whole group is killed when the block ends, however it ends.

    Where the kernel can (Linux), the process also dies with this one should it be killed without a chance to clean up.
    """
    guard = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
    process = subprocess.Popen(
        [*guard, *command],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        yield process
    finally:
        end(process)


def finished(command: Sequence[str], folder: Path, environment: Mapping[str, str], seconds: float) -> Finished:
    """Runs a command to its end. Raises `TooLate`."""
    started = time.monotonic()
    with child(command, folder, environment) as process:
        try:
            output, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as late:
            end(process)
            output, errors = process.communicate(timeout=END_SECONDS)
            raise TooLate(f"{Path(command[0]).name} ran longer than {seconds:g} s:\n{output}\n{errors}") from late
        return Finished(process.returncode, output, errors, time.monotonic() - started)


def end(process: subprocess.Popen[str]) -> None:
    """Kills a process and all that it has started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        process.wait(END_SECONDS)
