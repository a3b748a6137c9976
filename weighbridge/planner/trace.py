"""Reads a trace of requests, CSV or Parquet: what can't be used is an error with its line, a repair is shown."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from weighbridge.errors import WrongInput
from weighbridge.files.problem import FileError, Problem
from weighbridge.planner.queue import Seconds
from weighbridge.spelling import did_you_mean

TIME = ("timestamp", "time", "datetime", "arrival", "arrivaltime", "arrivedat", "requesttime", "starttime", "ts")
INPUT = (
    "contexttokens", "inputtokens", "prompttokens", "requesttokens", "numprefilltokens", "inputlength", "promptlength",
    "isl",
)  # fmt: skip
OUTPUT = (
    "generatedtokens", "outputtokens", "completiontokens", "responsetokens", "numdecodetokens", "outputlength", "osl",
)  # fmt: skip
"""Names of columns in public traces, without case, spaces, hyphens and underscores."""

MOST_TOKENS = 10_000_000
MOST_PROBLEMS = 20
"""Shown of one file; the rest is counted."""

LONG_GAP, LEAST_GAP = 0.05, 60
"""A silence is shown that takes so much of the trace, and so many seconds."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Requests in order of time: seconds since the first, tokens where the file has them, and what was repaired."""

    start: datetime | None  # None: times are plain seconds
    arrivals: Seconds
    inputs: Seconds | None
    outputs: Seconds | None
    repairs: tuple[str, ...]

    @property
    def span(self) -> float:
        """Seconds from the first request to the last."""
        return float(self.arrivals[-1])


def read_trace(file: Path) -> Trace:
    """The trace in a file. Raises `FileError` with everything that is wrong, line by line."""
    rows = _parquet(file) if file.suffix == ".parquet" else _csv(file)
    try:
        header = next(rows, None)
        if header is None:
            raise FileError(file, [Problem((), "the file is empty: expected a header and a row for each request")])
        return _trace(file, _columns(header[1], file), rows)
    except FileNotFoundError:
        raise FileError(file, [Problem((), "there is no such file")]) from None
    except UnicodeDecodeError:
        raise FileError(file, [Problem((), "not UTF-8 text: save the file with that encoding")]) from None
    except (OSError, csv.Error) as error:
        raise FileError(file, [Problem((), f"can't be read: {error}")]) from None


_Row = tuple[int, Sequence[object]]


def _csv(file: Path) -> Iterator[_Row]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        reader = csv.reader(opened)
        for row in reader:
            if row:
                yield reader.line_num, row


def _parquet(file: Path) -> Iterator[_Row]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ModuleNotFoundError:
        raise FileError(
            file, [Problem((), "Parquet needs pyarrow: pip install 'weighbridge[monitor]', or give CSV")]
        ) from None
    try:
        table = parquet.read_table(file)
    except pa.ArrowInvalid as error:
        raise FileError(file, [Problem((), f"not a Parquet file: {error}")]) from None
    yield 1, table.column_names
    columns = [column.to_pylist() for column in table.columns]
    yield from enumerate(zip(*columns, strict=True), start=1)


@dataclass(frozen=True, slots=True)
class _Columns:
    time: int
    inputs: int | None
    outputs: int | None


def _columns(header: Sequence[object], file: Path) -> _Columns:
    plain = [str(name).lower().translate(str.maketrans("", "", " _-")) for name in header]
    found = {kind: next((plain.index(name) for name in names if name in plain), None) for kind, names in _NAMES.items()}
    if found["time"] is None:
        listed = ", ".join(map(str, header))
        hint = did_you_mean(plain[0], TIME)
        message = f"no column of times such as timestamp or time; the first line has {listed}.{hint}"
        raise FileError(file, [Problem((), message, line=1, column=1)])
    return _Columns(found["time"], found["inputs"], found["outputs"])


_NAMES: Mapping[str, tuple[str, ...]] = {"time": TIME, "inputs": INPUT, "outputs": OUTPUT}


def _trace(file: Path, columns: _Columns, rows: Iterator[_Row]) -> Trace:
    problems: list[Problem] = []
    times, inputs, outputs, lines = [], [], [], []
    dated: set[bool] = set()
    for line, row in rows:
        try:
            seconds, is_dated = _seconds(_cell(row, columns.time))
            dated.add(is_dated)
            given = [_tokens(_cell(row, columns.inputs), "input"), _tokens(_cell(row, columns.outputs), "output")]
        except WrongCell as wrong:
            problems.append(Problem((), str(wrong), line=line, column=1))
            continue
        times.append(seconds)
        inputs.append(given[0])
        outputs.append(given[1])
        lines.append(line)
    if not problems and not times:
        raise FileError(file, [Problem((), "no request: there is nothing below the header")])
    if not problems and len(dated) > 1:
        problems.append(Problem((), "some times are dates and some are plain numbers", line=lines[0], column=1))
    if problems:
        more = len(problems) - MOST_PROBLEMS
        shown = problems[:MOST_PROBLEMS]
        if more > 0:
            shown.append(Problem((), f"{more:,} more lines are wrong", line=problems[-1].line, column=1))
        raise FileError(file, shown)
    unit = "row" if file.suffix == ".parquet" else "line"
    return _in_order(np.array(times), _array(inputs), _array(outputs), np.array(lines), True in dated, unit)


def _array(values: Sequence[float | None]) -> Seconds | None:
    known = [value for value in values if value is not None]
    return np.array(known) if len(known) == len(values) else None


def _in_order(
    times: Seconds, inputs: Seconds | None, outputs: Seconds | None, lines: np.typing.NDArray[np.int64], dated: bool,
    unit: str,
) -> Trace:  # fmt: skip
    repairs = []
    if not dated and times.min() > 1e11:  # noqa: PLR2004 - seconds of the year 5138
        times = times / 1000
        repairs.append("times are so large that they were read as milliseconds")
    back = np.flatnonzero(np.diff(times) < 0)
    if back.size:
        first = back[0] + 1
        rows = f"{back.size:,} row{'s' if back.size > 1 else ''}"
        repairs.append(
            f"time goes back by {times[first - 1] - times[first]:,.3g} s at {unit} {lines[first]}"
            f" ({rows} in all): sorted by time"
        )
        order = np.argsort(times, kind="stable")
        times, lines = times[order], lines[order]
        inputs, outputs = (part[order] if part is not None else None for part in (inputs, outputs))
    if outputs is not None and (empty := np.flatnonzero(outputs == 0)).size:
        repairs.append(f"{empty.size:,} of {outputs.size:,} requests have no output token: counted as one token each")
        outputs = np.maximum(outputs, 1)
    gaps = np.diff(times)
    if gaps.size and gaps.max() > max(LEAST_GAP, LONG_GAP * (times[-1] - times[0])):
        where = int(gaps.argmax())
        repairs.append(
            f"no request for {gaps[where]:,.0f} s after {unit} {lines[where]}: taken as silence; if the recording has"
            " a gap there, the need is higher"
        )
    start = datetime.fromtimestamp(float(times[0]), UTC) if dated else None
    return Trace(start, times - times[0], inputs, outputs, tuple(repairs))


class WrongCell(WrongInput):
    """What is wrong with a cell; caught where the line is known."""


def _cell(row: Sequence[object], column: int | None) -> object:
    if column is None:
        return None
    if column >= len(row):
        raise WrongCell(f"expected at least {column + 1} cells, got {len(row)}")
    return "" if row[column] is None else row[column]


def _seconds(cell: object) -> tuple[float, bool]:
    """Seconds, and whether they are a date's."""
    if isinstance(cell, datetime):
        return (cell if cell.tzinfo else cell.replace(tzinfo=UTC)).timestamp(), True
    text = str(cell).strip()
    try:
        number = float(text)
    except ValueError:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            expected = "a time such as 2026-11-20T08:00:00Z, or seconds"
            raise WrongCell(f"time: expected {expected}, got {text[:40]!r}") from None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp(), True
    if not math.isfinite(number):
        raise WrongCell(f"time: expected a time, got {text!r}")
    return number, False


def _tokens(cell: object, kind: str) -> float | None:
    if cell is None:
        return None
    text = str(cell).strip()
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not number.is_integer() or not 0 <= number <= MOST_TOKENS:
        raise WrongCell(f"{kind} tokens: expected a whole number from 0 to {MOST_TOKENS:,}, got {text[:40]!r}")
    return number
