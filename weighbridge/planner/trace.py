"""Reads a trace of requests, CSV or Parquet: what can't be used is an error with its line, a repair is shown."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from weighbridge.files.problem import FileError, Problem
from weighbridge.planner.csv_rows import (
    Row,
    WrongCell,
    cell_of,
    csv_rows,
    find_columns,
    refuse_no_file,
    refuse_rows,
    refused,
)
from weighbridge.planner.parquet_columns import ParquetColumns, is_parquet
from weighbridge.planner.queue import Seconds
from weighbridge.spelling import did_you_mean

TIME = (
    "timestamp", "time", "datetime", "arrival", "arrivaltime", "arrivedat", "requesttime", "starttime", "ts",
    "creationtime", "createdat", "submittime", "submittedat", "eventtime", "date",
)  # fmt: skip
INPUT = (
    "contexttokens", "inputtokens", "prompttokens", "requesttokens", "numprefilltokens", "inputlength", "promptlength",
    "isl",
)  # fmt: skip
OUTPUT = (
    "generatedtokens", "outputtokens", "completiontokens", "responsetokens", "numdecodetokens", "outputlength", "osl",
)  # fmt: skip
"""Names of columns in public traces, without case, spaces, hyphens and underscores."""

MOST_TOKENS = 10_000_000
MOST_SHOWN = 200
MOST_REQUESTS, MOST_DAYS = 20_000_000, 400
"""Of one trace. More is no trace, or more than a replay needs."""

DAY, HOUR = 86_400, 3600
SHOWN_EVERY = 100_000
ROUNDED_SHARE, FEWEST_ROUNDED = 0.5, 20
"""Of requests at the time of others, from which times look as if somebody had rounded them."""

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
    header: str = ""  # the names of the file's columns

    @property
    def span(self) -> float:
        """Seconds from the first request to the last."""
        return float(self.arrivals[-1])


def read_trace(file: Path, show: Callable[[str], None] | None = None) -> Trace:
    """The trace in a file; `show` shows how far a long one is read.

    Raises `FileError` with everything that is wrong, line by line.
    """
    with refused(file):
        refuse_no_file(file, "CSV or Parquet")
        if is_parquet(file):
            return _of_parquet(file, ParquetColumns(file))
        rows = csv_rows(file)
        header = next(rows, None)
        if header is None:
            raise FileError(file, [Problem((), "the file is empty: expected a header and a row for each request")])
        columns = _columns(header[1], file)
        return _trace(file, columns, _read_each(file, columns, _counted(rows, file, show)), "line")


def _counted(rows: Iterator[Row], file: Path, show: Callable[[str], None] | None) -> Iterator[Row]:
    for count, row in enumerate(rows, start=1):
        if show is not None and not count % SHOWN_EVERY:
            show(f"{count:,} lines of {file.name}")
        yield row


def _of_parquet(file: Path, parquet: ParquetColumns) -> Trace:
    columns = _columns(parquet.names, file)
    if parquet.rows > MOST_REQUESTS:
        raise FileError(file, [_too_many(MOST_REQUESTS + 1)])
    times = parquet.times(columns.time)
    inputs, outputs = (
        None if place is None else parquet.counts(place, MOST_TOKENS) for place in (columns.inputs, columns.outputs)
    )
    unusable = (columns.inputs is not None and inputs is None) or (columns.outputs is not None and outputs is None)
    if times is None or unusable or not parquet.rows:
        places = [place for place in (columns.time, columns.inputs, columns.outputs) if place is not None]
        values = _read_each(file, columns, parquet.rows_of(places))
    else:
        values = _Values(times.seconds, inputs, outputs, np.arange(1, parquet.rows + 1), times.dated)
    return _trace(file, columns, values, "row")


@dataclass(frozen=True, slots=True)
class _Columns:
    header: str
    time: int
    inputs: int | None
    outputs: int | None
    repairs: tuple[str, ...]  # which of several columns is read


_KINDS: Mapping[str, tuple[str, ...]] = {"times": TIME, "input tokens": INPUT, "output tokens": OUTPUT}


def _columns(header: Sequence[object], file: Path) -> _Columns:
    columns = find_columns(header, _KINDS)
    found = columns.places
    if columns.problems:
        raise FileError(file, columns.problems)
    if found["times"] is None:
        hint = did_you_mean(columns.plain[0], TIME)
        message = f"no column of times such as timestamp or time; the first line has {_shown(header)}.{hint}"
        raise FileError(file, [Problem((), message, line=1, column=1)])
    return _Columns(_shown(header), found["times"], found["input tokens"], found["output tokens"], columns.notes)


def _shown(header: Sequence[object]) -> str:
    return ", ".join(map(str, header))[:MOST_SHOWN]


@dataclass(frozen=True, slots=True)
class _Values:
    """What is in the file, in its order; `lines` are where."""

    times: Seconds
    inputs: Seconds | None
    outputs: Seconds | None
    lines: np.typing.NDArray[np.int64]
    dated: bool


def _too_many(line: int) -> Problem:
    message = f"more than {MOST_REQUESTS:,} requests: give a part of them, such as the busiest day"
    return Problem((), message, line=line, column=1)


def _read_each(file: Path, columns: _Columns, rows: Iterator[Row]) -> _Values:
    """Row by row. Raises `FileError` with every line that can't be used."""
    problems: list[Problem] = []
    times, inputs, outputs, lines = list[float](), list[float | None](), list[float | None](), list[int]()
    dated: set[bool] = set()
    for line, row in rows:
        try:
            seconds, is_dated = _seconds(cell_of(row, columns.time))
            dated.add(is_dated)
            given = [_tokens(cell_of(row, columns.inputs), "input"), _tokens(cell_of(row, columns.outputs), "output")]
        except WrongCell as wrong:
            problems.append(Problem((), str(wrong), line=line, column=1))
            continue
        if len(times) == MOST_REQUESTS:
            problems.append(_too_many(line))
            break
        times.append(seconds)
        inputs.append(given[0])
        outputs.append(given[1])
        lines.append(line)
    if not problems and not times:
        raise FileError(file, [Problem((), "no request: there is nothing below the header")])
    if not problems and len(dated) > 1:
        problems.append(Problem((), "some times are dates and some are plain numbers", line=lines[0], column=1))
    refuse_rows(file, problems)
    return _Values(np.array(times), _array(inputs), _array(outputs), np.array(lines), dated=True in dated)


def _trace(file: Path, columns: _Columns, values: _Values, unit: str) -> Trace:
    """`unit` is what a place in the file is called."""
    moments, repairs = _in_seconds(values.times, dated=values.dated)
    _refuse_far(moments, values.lines, file)
    ordered = _in_order(moments, values.inputs, values.outputs, values.lines, values.dated, unit)
    return replace(ordered, repairs=(*columns.repairs, *repairs, *ordered.repairs), header=columns.header)


UNITS = ((1e17, 1e9, "nanoseconds"), (1e14, 1e6, "microseconds"), (1e11, 1e3, "milliseconds"))
"""Plain numbers above the first are no seconds since 1970: each in a unit that makes a year of ours of them."""


def _in_seconds(times: Seconds, *, dated: bool) -> tuple[Seconds, list[str]]:
    for least, factor, unit in UNITS:
        if not dated and times.min() > least:
            return times / factor, [f"times are so large that they were read as {unit}"]
    return times, []


def _refuse_far(times: Seconds, lines: np.typing.NDArray[np.int64], file: Path) -> None:
    """A time that is years from the others is a mistake or another unit; a rate over both would be calm."""
    if times.size == 1 or times.max() == times.min():
        seen = "one request" if times.size == 1 else f"all {times.size:,} requests come at the same moment: that"
        message = f"{seen} says nothing of a rate: record for longer"
        raise FileError(file, [Problem((), message, line=int(lines[0]), column=1)])
    if times.max() - times.min() <= MOST_DAYS * DAY:
        return
    middle = float(np.median(times))
    far = np.flatnonzero(np.abs(times - middle) > MOST_DAYS * DAY)
    if not far.size:
        far = np.array([int(np.abs(times - middle).argmax())])
    days = abs(float(times[far[0]]) - middle) / DAY
    more = f", and {far.size - 1:,} more" if far.size > 1 else ""
    message = (
        f"time: {days:,.0f} days from most others{more}; a trace covers at most {MOST_DAYS} days: mend it, or give all"
        " times in one unit"
    )
    raise FileError(file, [Problem((), message, line=int(lines[far[0]]), column=1)])


def _array(values: Sequence[float | None]) -> Seconds | None:
    known = [value for value in values if value is not None]
    return np.array(known) if len(known) == len(values) else None


def _is_an_hour(seconds: float, times: Seconds) -> bool:
    """Give or take what lies between two requests."""
    return abs(seconds - HOUR) <= max(60.0, 2 * float(np.median(np.abs(np.diff(times)))))


def _in_order(
    times: Seconds, inputs: Seconds | None, outputs: Seconds | None, lines: np.typing.NDArray[np.int64], dated: bool,
    unit: str,
) -> Trace:  # fmt: skip
    repairs = []
    back = np.flatnonzero(np.diff(times) < 0)
    if back.size:
        first = back[0] + 1
        rows = f"{back.size:,} row{'s' if back.size > 1 else ''}"
        by = float(times[first - 1] - times[first])
        seconds = f"{by:,.3g}" if by < 1000 else f"{by:,.0f}"  # noqa: PLR2004 - three digits say enough
        clock = ". Where clocks were put back, write times in UTC" if back.size == 1 and _is_an_hour(by, times) else ""
        repairs.append(f"time goes back by {seconds} s at {unit} {lines[first]} ({rows} in all): sorted by time{clock}")
        order = np.argsort(times, kind="stable")
        times, lines = times[order], lines[order]
        inputs, outputs = (part[order] if part is not None else None for part in (inputs, outputs))
    if outputs is not None and (empty := np.flatnonzero(outputs == 0)).size:
        repairs.append(f"{empty.size:,} of {outputs.size:,} requests have no output token: counted as one token each")
        outputs = np.maximum(outputs, 1)
    gaps = np.diff(times)
    together = float(np.mean(gaps == 0)) if gaps.size else 0.0
    if together > ROUNDED_SHARE and times.size >= FEWEST_ROUNDED:
        repairs.append(
            f"{together:.0%} of requests have the time of the one before: times seem rounded, and then bursts look"
            " sharper than they are"
        )
    if gaps.size and gaps.max() > max(LEAST_GAP, LONG_GAP * (times[-1] - times[0])):
        where = int(gaps.argmax())
        repairs.append(
            f"no request for {gaps[where]:,.0f} s after {unit} {lines[where]}: taken as silence; if the recording has"
            " a gap there, the need is higher"
        )
    start = datetime.fromtimestamp(float(times[0]), UTC) if dated else None
    return Trace(start, times - times[0], inputs, outputs, tuple(repairs))


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
            comma = ": write decimals with a point" if _has_decimal_comma(text) else ""
            raise WrongCell(f"time: expected {expected}, got {text[:40]!r}{comma}") from None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp(), True
    if not math.isfinite(number):
        raise WrongCell(f"time: expected a time, got {text!r}")
    return number, False


def _has_decimal_comma(text: str) -> bool:
    return re.fullmatch(r"[+-]?\d+,\d+", text) is not None


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
