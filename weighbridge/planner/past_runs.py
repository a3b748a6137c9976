"""Reads past runs: a CSV file, or the status files that jobs leave for the drift monitor.

What can't be used is an error with its line or file. A run that failed or still runs is kept, marked, and never part of
an average.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from weighbridge.files.model_problems import problems_of
from weighbridge.files.problem import FileError, Problem
from weighbridge.files.reading import read_text
from weighbridge.planner.csv_rows import (
    WrongCell,
    cell_of,
    csv_rows,
    find_columns,
    plain_name,
    refuse_no_file,
    refuse_rows,
    refused,
)
from weighbridge.spec.planned_runs import RunHistory
from weighbridge.units import FormatVersion, Timestamp

RunState = Literal["succeeded", "failed", "running"]

_SUCCEEDED = ("succeeded", "success", "successful", "completed", "complete", "done", "ok", "finished")
_FAILED = (
    "failed", "failure", "error", "errored", "cancelled", "canceled", "killed", "aborted", "timeout", "timedout",
    "evicted", "preempted", "oom", "oomkilled",
)  # fmt: skip
_RUNNING = ("running", "pending", "queued", "active", "inprogress")
STATES: Mapping[str, RunState] = {
    **dict.fromkeys(_SUCCEEDED, "succeeded"),
    **dict.fromkeys(_FAILED, "failed"),
    **dict.fromkeys(_RUNNING, "running"),
}
"""Words of schedulers, without case, spaces, hyphens and underscores."""

NAME = ("run", "runid", "id", "name", "job", "jobid")
PIPELINE = ("pipeline", "workload", "dag", "dagid", "task")
STATE = ("state", "status", "result", "outcome", "phase")
START = ("started", "start", "starttime", "startedat", "begin", "begintime")
END = ("finished", "end", "endtime", "finishedat", "ended", "completed", "completedat")
WORK = ("work", "rows", "records", "examples", "samples", "tokens", "bytes", "inputbytes", "size")
UNITS = ("devices", "gpus", "numgpus", "accelerators", "chips", "vcpus", "workers")
SECONDS: Mapping[str, float] = {
    **dict.fromkeys(("seconds", "durations", "durationseconds", "durationsec", "runtimeseconds", "duration", "runtime",
                     "elapsed"), 1.0),
    **dict.fromkeys(("minutes", "durationminutes", "durationmin"), 60.0),
    **dict.fromkeys(("hours", "durationhours", "durationh"), 3600.0),
}  # fmt: skip

MOST_RUNS, MOST_SECONDS = 100_000, 366 * 86_400.0
_CLOUD = "gs://"
_CLOCK = re.compile(r"^(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d+)?)$")
_SPAN = re.compile(r"^(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?$")


@dataclass(frozen=True, slots=True)
class PastRun:
    """One run. `seconds` of one that succeeded or failed, where they are known; `work` in the file's own unit."""

    name: str
    state: RunState
    seconds: float | None
    work: float | None
    units: float | None  # devices, chips or vCPUs
    started: datetime | None


@dataclass(frozen=True, slots=True)
class PastRuns:
    """Those of one pipeline, oldest first where times are known, and what was repaired or left aside."""

    runs: tuple[PastRun, ...]
    notes: tuple[str, ...] = ()

    def of(self, state: RunState) -> tuple[PastRun, ...]:
        """Those that ended so, or haven't."""
        return tuple(run for run in self.runs if run.state == state)


class RecordedRun(BaseModel):
    """A status file, as the drift monitor reads it, with what only a plan asks for."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    version: FormatVersion
    run: str = Field(min_length=1, max_length=100)
    state: RunState
    started: Timestamp
    finished: Timestamp | None = None
    work: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    devices: float | None = Field(default=None, gt=0, allow_inf_nan=False)


def read_runs(history: RunHistory, beside: Path) -> PastRuns:
    """The runs that a history names, relative to a folder. Raises `FileError`, and `UnreadableData` of a bucket."""
    if history.file is not None:
        found = _csv_runs(beside / history.file, history.pipeline)
    else:
        found = PastRuns(tuple(_status_runs(history.folder or "", beside)))
    ordered = sorted(found.runs, key=lambda run: run.started or datetime.min.replace(tzinfo=UTC))
    return PastRuns(tuple(ordered), found.notes)


def _status_runs(folder: str, beside: Path) -> Iterator[PastRun]:
    for file, text in _bucket_texts(folder) if folder.startswith(_CLOUD) else _folder_texts(beside / folder):
        yield _recorded(file, text)


def _folder_texts(folder: Path) -> Iterator[tuple[Path, str]]:
    if not folder.is_dir():
        there = "this is a file: expected a folder of status files" if folder.exists() else "there is no such folder"
        raise FileError(folder, [Problem((), there)])
    files = sorted(path for path in folder.glob("*.json") if path.is_file() and not path.name.startswith("."))
    for file in files[:MOST_RUNS]:
        yield file, read_text(file)


def _bucket_texts(folder: str) -> Iterator[tuple[Path, str]]:
    try:
        from weighbridge.drift_monitor.files import Store

        store = Store(Path())
        for file in store.files(folder):
            if file.name.endswith(".json"):
                yield Path(file.path), store.text(file)
    except ModuleNotFoundError:
        message = "a bucket needs pyarrow: pip install 'weighbridge[monitor]', or give a copy of the folder"
        raise FileError(Path(folder), [Problem((), message)]) from None


def _recorded(file: Path, text: str) -> PastRun:
    try:
        read = json.loads(text)
        if not isinstance(read, dict):
            raise FileError(file, [Problem((), "expected a status file: an object with `state` and `started`")])
        status = RecordedRun.model_validate(read)
    except (json.JSONDecodeError, RecursionError):
        raise FileError(file, [Problem((), "not JSON: a status file is written whole, by run_status")]) from None
    except ValidationError as error:
        raise FileError(file, problems_of(error, RecordedRun, read)) from None
    seconds = (status.finished - status.started).total_seconds() if status.finished is not None else None
    if seconds is not None and seconds < 0:
        raise FileError(file, [Problem(("finished",), "it is before `started`")])
    if status.state == "succeeded" and not seconds:
        why = "missing" if seconds is None else "the same as `started`"
        raise FileError(file, [Problem(("finished",), f"it is {why}: a run that has succeeded has taken time")])
    return PastRun(status.run, status.state, seconds or None, status.work, status.devices, status.started)


@dataclass(frozen=True, slots=True)
class _RunColumns:
    name: int | None
    pipeline: int | None
    state: int | None
    start: int | None
    end: int | None
    work: int | None
    units: int | None
    seconds: int | None
    factor: float


_KINDS: Mapping[str, Sequence[str]] = {
    "names": NAME, "pipelines": PIPELINE, "states": STATE, "starts": START, "ends": END, "work": WORK,
    "devices": UNITS, "durations": tuple(SECONDS),
}  # fmt: skip


def _columns(header: Sequence[object], file: Path) -> tuple[_RunColumns, list[str]]:
    columns = find_columns(header, _KINDS)
    found, problems = columns.places, [*columns.problems]
    if found["durations"] is None and (found["starts"] is None or found["ends"] is None):
        listed = ", ".join(columns.names)
        message = (
            "no column of durations, or of starts and ends, such as duration_s, or started and finished; the first line"
            f" has {listed[:200]}"
        )
        problems.append(Problem((), message, line=1, column=1))
    if problems:
        raise FileError(file, problems)
    factor = SECONDS[columns.plain[found["durations"]]] if found["durations"] is not None else 1.0
    return _RunColumns(
        found["names"], found["pipelines"], found["states"], found["starts"], found["ends"], found["work"],
        found["devices"], found["durations"], factor,
    ), [*columns.notes]  # fmt: skip


def _csv_runs(file: Path, pipeline: str | None) -> PastRuns:
    with refused(file):
        refuse_no_file(file, "CSV")
        rows = csv_rows(file)
        header = next(rows, None)
        if header is None:
            raise FileError(file, [Problem((), "the file is empty: expected a header and a row for each run")])
        columns, notes = _columns(header[1], file)
        if pipeline is not None and columns.pipeline is None:
            raise FileError(file, [Problem((), "no column of pipelines to choose one by", line=1, column=1)])
        runs, others, problems = list[PastRun](), set[str](), list[Problem]()
        for line, row in rows:
            try:
                name = str(cell_of(row, columns.pipeline) or "").strip()
                others.add(name)
                if pipeline is not None and name != pipeline:
                    continue
                runs.append(_run(row, columns, line))
            except WrongCell as wrong:
                problems.append(Problem((), str(wrong), line=line, column=1))
            if len(runs) > MOST_RUNS:
                problems.append(Problem((), f"more than {MOST_RUNS:,} runs: give the last ones", line=line, column=1))
                break
    refuse_rows(file, problems)
    if pipeline is None and columns.pipeline is not None and len(others) > 1:
        listed = ", ".join(sorted(others)[:5])
        message = f"runs of {len(others)} pipelines ({listed}): say in `history.pipeline` whose are meant"
        raise FileError(file, [Problem((), message, line=1, column=1)])
    if not runs:
        where = f"no run of {pipeline!r}; there are {', '.join(sorted(others)[:5])}" if others else "no run"
        raise FileError(file, [Problem((), f"{where}: nothing to learn from")])
    if columns.state is None:
        notes.append("past runs have no column of states: all are taken as succeeded")
    return PastRuns(tuple(runs), tuple(notes))


def _run(row: Sequence[object], columns: _RunColumns, line: int) -> PastRun:
    word = str(cell_of(row, columns.state) if columns.state is not None else "succeeded").strip()
    state = STATES.get(plain_name(word))
    if state is None:
        raise WrongCell(f"state: expected a word such as succeeded, failed or running, got {word[:40]!r}")
    start, end = (
        _moment(cell_of(row, place), what) for place, what in ((columns.start, "start"), (columns.end, "end"))
    )
    seconds = _seconds(cell_of(row, columns.seconds), columns.factor)
    if start is not None and end is not None:
        if end < start:
            raise WrongCell("the end is before the start")
        seconds = seconds or (end - start).total_seconds()
    if state == "succeeded" and not seconds:
        raise WrongCell("a run that has succeeded has taken time: expected a duration, or a start and a later end")
    if seconds is not None and seconds > MOST_SECONDS:
        raise WrongCell(f"duration: expected at most a year, got {seconds / 86_400:,.0f} days")
    name = str(cell_of(row, columns.name) or "").strip() or f"line {line}"
    work, units = (
        _number(cell_of(row, place), what) for place, what in ((columns.work, "work"), (columns.units, "devices"))
    )
    return PastRun(name, state, seconds if state != "running" else None, work, units, start)


def _moment(cell: object, what: str) -> datetime | None:
    text = str(cell if cell is not None else "").strip()
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise WrongCell(f"{what}: expected a time such as 2026-11-20T08:00:00Z, got {text[:40]!r}") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not math.isfinite(number) or not 0 <= number < 4e12:  # noqa: PLR2004 - milliseconds of the year 2096
        raise WrongCell(f"{what}: expected a time, got {text[:40]!r}")
    return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)  # noqa: PLR2004 - milliseconds


def _seconds(cell: object, factor: float) -> float | None:
    text = str(cell if cell is not None else "").strip().lower()
    if not text:
        return None
    try:
        number = float(text) * factor
    except ValueError:
        if (clock := _CLOCK.match(text)) is not None:
            number = int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + float(clock[3])
        elif (span := _SPAN.match(text)) is not None:
            number = sum(
                float(part or 0) * size for part, size in zip(span.groups(), (86_400, 3600, 60, 1), strict=True)
            )
        else:
            number = math.nan
    if not math.isfinite(number) or number < 0:
        raise WrongCell(f"duration: expected seconds, 1h30m or 01:30:00, got {text[:40]!r}")
    return number


def _number(cell: object, what: str) -> float | None:
    text = str(cell if cell is not None else "").strip()
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number <= 0:
        raise WrongCell(f"{what}: expected a number above 0, got {text[:40]!r}")
    return number
