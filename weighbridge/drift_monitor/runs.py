"""Runs of a pipeline as their status files say it."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from weighbridge.drift_monitor.files import DataFile, Store
from weighbridge.drift_monitor.reports import Reports
from weighbridge.units import FormatVersion, Timestamp

LEARN_FROM, FEWEST = 20, 5
"""How many earlier runs say how long a run usually takes, and how many it takes to say anything."""


class RunStatus(BaseModel):
    """One status file, as `weighbridge.run_status` writes it. Further keys are the writer's own."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    version: FormatVersion
    run: str = Field(min_length=1, max_length=100)
    state: Literal["running", "succeeded", "failed"]
    started: Timestamp
    finished: Timestamp | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class ActiveRun:
    """A run in state running. One that was killed stays so until its file says otherwise."""

    run: str
    started: datetime


@dataclass(frozen=True, slots=True)
class RunsResult:
    """Where a pipeline stands; None is not known yet."""

    last_success: datetime | None
    duration: timedelta | None  # of the last run that succeeded
    usual: timedelta | None
    failures: int  # since the last success
    active: tuple[ActiveRun, ...]  # oldest first


def run_statuses(store: Store, folder: str) -> Reports[RunStatus]:
    """The status files of a folder, to be read again and again."""
    return Reports(store, folder, RunStatus, _problem)


def standing(statuses: tuple[RunStatus, ...], expected: timedelta | None) -> RunsResult:
    """Where the pipeline stands. `expected` is how long the spec says that a run takes."""
    ended = sorted((status for status in statuses if status.finished), key=_finished, reverse=True)
    succeeded = [status for status in ended if status.state == "succeeded"]
    active = [ActiveRun(status.run, status.started) for status in statuses if status.state == "running"]
    last = succeeded[0] if succeeded else None
    earlier = [_finished(status) - status.started for status in succeeded[1 : LEARN_FROM + 1]]
    learned = (
        timedelta(seconds=statistics.median(duration.total_seconds() for duration in earlier)) if earlier else None
    )
    return RunsResult(
        last_success=last.finished if last else None,
        duration=_finished(last) - last.started if last else None,
        usual=expected or (learned if len(earlier) >= FEWEST else None),
        failures=sum(
            status.state == "failed" and (not last or _finished(status) >= _finished(last)) for status in ended
        ),
        active=tuple(sorted(active, key=lambda run: (run.started, run.run))),
    )


def _finished(status: RunStatus) -> datetime:
    return status.finished or status.started


def _problem(file: DataFile, status: RunStatus) -> str | None:
    if f"{status.run}.json" != file.name:
        return "run: it is another name than the file's"
    if status.state == "running":
        return "finished: a run that is running has no end" if status.finished else None
    if status.finished is None:
        return f"finished: a run that has {status.state} has an end: add it"
    return "finished: it is before `started`" if status.finished < status.started else None
