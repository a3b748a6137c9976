"""Measuring in a process of its own: a read of a bucket may hang for ever, and hold all of its interpreter.

pyarrow keeps the interpreter while it waits for some answers of Cloud Storage (seen with 26.0), so that no other thread
of that process runs: no scrape is answered, no signal is handled. The process that measures is ended by an alarm of the
system when nothing has come for `SILENCE`; the one that asked keeps what it knew, says what hung, and starts another.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from weighbridge.drift_monitor.baseline_reader import WrongColumns
from weighbridge.drift_monitor.config import MonitorConfig
from weighbridge.drift_monitor.credentials import cloud_at_once
from weighbridge.drift_monitor.engines import engine_opener
from weighbridge.drift_monitor.files import Store
from weighbridge.drift_monitor.measure import DriftMonitor, Part, Snapshot
from weighbridge.files.problem import Problem
from weighbridge.units import format_duration

SILENCE = timedelta(minutes=2)
"""Twice as long as Cloud Storage is asked again after an error."""

_COMMAND = (
    "import sys; sys.path[:] = {path!r}; "
    "from weighbridge.drift_monitor.measuring_process import answer; answer(sys.stdin.buffer)"
)


@dataclass(frozen=True, slots=True)
class Task:
    """What a new process is to measure; `known` is what has been measured before."""

    config: MonitorConfig
    folder: Path
    state: Path | None
    known: Snapshot
    silence: timedelta = SILENCE
    somebody_waits: bool = False  # for the answer, so that lacking credentials are said at once


@dataclass(frozen=True, slots=True)
class _Reads:
    """What is read now."""

    part: Part | None
    path: str


class MeasuringProcess:
    """Measures as a `DriftMonitor` does, in another process. `command` runs `answer`."""

    def __init__(
        self,
        task: Task,
        clock: Callable[[], datetime],
        log: Callable[[str], None],
        command: Sequence[str] | None = None,
    ) -> None:
        path = [entry or str(Path.cwd()) for entry in sys.path]
        self._command = command or (sys.executable, "-I", "-c", _COMMAND.format(path=path))
        self._task, self._clock, self._log = task, clock, log
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._measures = threading.Lock()  # held while somebody uses the pipes
        self.snapshot = task.known

    def measure(self) -> Snapshot:
        """Measures what is due. Raises `WrongColumns` when the first baseline lacks columns."""
        with self._measures:
            return self.snapshot if self._closed else self._measured()

    def _measured(self) -> Snapshot:
        process = self._process if self._process is not None else self._started()
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - both are pipes
        reads = _Reads(None, "")
        with suppress(BrokenPipeError, EOFError):
            _send(process.stdin, self._clock())
            while True:
                match pickle.load(process.stdout):  # noqa: S301 - from our own process
                    case _Reads() as reads:
                        pass
                    case str(line):
                        self._log(line)
                    case Snapshot() as snapshot:
                        self.snapshot = snapshot
                        return snapshot
                    case tuple(problems):
                        raise WrongColumns([problem for problem in problems if isinstance(problem, Problem)])
        self._ended(process, reads)
        return self.snapshot

    def close(self) -> None:
        """Ends the process, whatever it waits for, and a measurement that waits for it."""
        self._closed = True
        process = self._process
        if process is not None:
            process.kill()  # which ends a measurement too
            process.wait()
            if self._measures.acquire(blocking=False):  # else who measures closes them
                _close_pipes(process)
                self._measures.release()

    def _started(self) -> subprocess.Popen[bytes]:
        # In a session of its own, so that Ctrl-C reaches this process alone, which then ends the other.
        self._process = process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        with suppress(BrokenPipeError):
            _send(process.stdin, replace(self._task, known=self.snapshot))
        return process

    def _ended(self, process: subprocess.Popen[bytes], reads: _Reads) -> None:
        self._process = None
        code = process.wait()
        _close_pipes(process)
        if self._closed:
            return
        if code == -signal.SIGALRM:
            why = f"{reads.path} does not answer: nothing has come for {format_duration(self._task.silence)}"
        elif code < 0:
            name = signal.Signals(-code).name
            why = f"the measuring process was ended by {name} while it read {reads.path}: out of memory?"
        else:
            raise RuntimeError(f"the measuring process ended with {code}")
        self._log(f"{reads.part}: {why}")
        if reads.part is not None:
            self.snapshot = replace(self.snapshot, errors={**self.snapshot.errors, reads.part: True})


def answer(requests: IO[bytes], make: Callable[..., Store] = Store) -> None:
    """The other side: measures whenever it is asked to, until nobody can ask any more."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever is printed is no answer
    task = pickle.load(requests)  # noqa: S301 - from the process that has started this one
    asked: list[tuple[datetime, float]] = []
    last = _Reads(None, "")

    def clock() -> datetime:
        now, start = asked[-1]
        return now + timedelta(seconds=time.monotonic() - start)

    def progress(path: str) -> None:
        nonlocal last
        signal.setitimer(signal.ITIMER_REAL, task.silence.total_seconds())
        if last != (last := _Reads(monitor.part, path)):
            _send(answers, last)

    opened = {"open_cloud": cloud_at_once(os.environ, Path.home())} if task.somebody_waits else {}
    store = make(
        task.folder,
        progress=progress,
        open_engine=engine_opener(task.config.watch, somebody_waits=task.somebody_waits),
        **opened,
    )
    monitor = DriftMonitor(task.config, store, clock, lambda line: _send(answers, line), task.state)
    monitor.snapshot = task.known
    with suppress(EOFError, BrokenPipeError):
        while True:
            asked[:] = [(pickle.load(requests), time.monotonic())]  # noqa: S301
            try:
                _send(answers, monitor.measure())
            except WrongColumns as wrong:
                _send(answers, wrong.problems)
            signal.setitimer(signal.ITIMER_REAL, 0)


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):  # what it was not sent any more
                pipe.close()


def _send(pipe: IO[bytes], message: object) -> None:
    pickle.dump(message, pipe)
    pipe.flush()
