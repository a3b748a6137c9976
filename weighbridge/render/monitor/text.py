"""What the monitor has measured, for people."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby

from weighbridge.drift_monitor.comparison import Against, ColumnResult, Measured, SliceResult
from weighbridge.drift_monitor.config import MonitorConfig
from weighbridge.drift_monitor.late_labels import lacking
from weighbridge.drift_monitor.log_lines import LineCounts
from weighbridge.drift_monitor.measure import Snapshot, WindowResult
from weighbridge.drift_monitor.quality import AHEAD, QualityResult, have_a_label
from weighbridge.drift_monitor.runs import RunsResult
from weighbridge.drift_monitor.sampled_rows import SampledRows
from weighbridge.render.columns import Column, table
from weighbridge.signals.verdict import Breach, farthest, judges_distances
from weighbridge.spec.pipeline import TimeSample
from weighbridge.spelling import visible
from weighbridge.units import counted, format_duration

WIDTH = 80
MOST_ALIKE = 10
"""Things of one kind that are said one by one; the table has them all."""

_COLUMNS = (
    Column("column", right=False),
    Column("role", right=False),
    Column("training"),
    Column("noise"),
    Column("previous"),
    Column("noise"),
    Column("missing"),
    Column("invalid"),
    Column("", right=False),
)
_SLICES = (
    Column("slice", right=False),
    Column("rows"),
    Column("expected"),
    Column("farthest column", right=False),
    Column("training"),
    Column("noise"),
    Column("", right=False),
)


def render(
    snapshot: Snapshot, config: MonitorConfig, found: tuple[Breach, ...], now: datetime, *, whole: bool = False
) -> str:
    """The verdict first, then what is over and what to do, then all columns, the most drifted first.

    `whole`: no name is cut, however wide that makes a table.
    """
    lines = [_verdict(snapshot, found), *_over(found)]
    if snapshot.window is not None:
        lines += ["", *_window(snapshot.window, config, _far(found), now, whole=whole)]
    if snapshot.quality is not None:
        lines += ["", *_quality(snapshot.quality, wait=_waits(config), whole=whole)]
    if snapshot.runs is not None:
        lines += ["", *_runs(snapshot.runs, now)]
    return "\n".join(lines) + "\n"


def _verdict(snapshot: Snapshot, found: tuple[Breach, ...]) -> str:
    failed = [part for part, error in snapshot.errors.items() if error]
    name = f"{snapshot.pipeline} ({snapshot.stage})"
    if failed:
        return f"{name}: could not read: {', '.join(failed)}" + (f"; {len(found)} over a threshold" if found else "")
    return f"{name}: {len(found)} over a threshold" if found else f"{name}: nothing is over its threshold"


def _over(found: tuple[Breach, ...]) -> Iterator[str]:
    for action, group in groupby(found, key=lambda breach: breach.action):
        alike = list(group)
        for breach in alike[:MOST_ALIKE]:
            yield from textwrap.wrap(f"! {visible(breach.subject)}: {breach.message}", WIDTH, subsequent_indent="  ")
        if len(alike) > MOST_ALIKE:
            yield f"  and {len(alike) - MOST_ALIKE} more"
        yield from textwrap.wrap(action, WIDTH, initial_indent="    ", subsequent_indent="    ")


def _far(found: tuple[Breach, ...]) -> frozenset[str]:
    return frozenset(breach.column for breach in found if breach.column is not None)


def _window(
    window: WindowResult, config: MonitorConfig, far: frozenset[str], now: datetime, *, whole: bool
) -> Iterator[str]:
    name = f"Window {visible(window.name)}" if window.name else "Window"
    ago = f"{_age(window.modified, now)} ago" if window.modified <= now + AHEAD else "in the future"
    newest = f"{window.modified:%Y-%m-%d %H:%M} UTC ({ago})"
    yield f"{name}: {counted(window.rows, 'row')}, newest file {newest}"
    if config.watch is not None and window.rows < config.watch.least_rows:
        yield f"Fewer than {config.watch.least_rows:,} rows (least_rows): distances are shown, not judged"
    elif not judges_distances(config):
        yield f"No alert watches distances of the stage {config.stage}: they are shown, not judged"
    if window.sampled is not None and config.watch is not None and config.watch.sample is not None:
        yield from textwrap.wrap(_sample(window, window.sampled, config.watch.sample), WIDTH, subsequent_indent="  ")
    if window.lines is not None and config.watch is not None:
        yield from textwrap.wrap(_lines(window.lines, config.watch.format), WIDTH, subsequent_indent="  ")
    if window.unfinished:
        sentence = f"{window.unfinished} is newer, but is being written and holds no data yet"
        yield from textwrap.wrap(sentence, WIDTH, subsequent_indent="  ")
    for sentence in window.disagreements:
        yield from textwrap.wrap(f"{sentence[0].upper()}{sentence[1:]}", WIDTH, subsequent_indent="  ")
    if not window.has_previous:
        yield "The window before is not known yet"
    ordered = sorted(window.columns, key=farthest)
    yield from table(
        _COLUMNS, [_row(column, window.rows, column.name in far) for column in ordered], WIDTH, whole=whole
    )
    if window.slices:
        least = config.watch.least_rows if config.watch is not None else 0
        yield ""
        yield from table(_SLICES, [_slice_row(part, least) for part in window.slices], WIDTH, whole=whole)


def _sample(window: WindowResult, sampled: SampledRows, sample: TimeSample) -> str:
    share = f" ({window.rows / sampled.rows:.1%})" if sampled.rows else ""
    has, be = ("has", "it is") if sampled.untimed == 1 else ("have", "they are")
    untimed = f"; {sampled.untimed:,} {has} no time, so {be} in no sample" if sampled.untimed else ""
    spans = f"{format_duration(sample.take)} of every {format_duration(sample.of_every)} by {sample.by}"
    return f"Sample: {spans}, {window.rows:,} of {counted(sampled.rows, 'row')}{share}{untimed}"


def _lines(lines: LineCounts, log: str | None) -> str:
    requests, other = counted(lines.requests, "request"), counted(lines.other, "other line")
    sentence = f"Log ({log}): {requests}, {other}, {lines.unreadable:,} unreadable"
    files = "1 file ends" if lines.cut == 1 else f"{lines.cut:,} files end"
    return sentence + (f"; {files} within a line, as if it were being written" if lines.cut else "")


def _row(column: ColumnResult, rows: int, far: bool) -> tuple[str, ...]:
    training, previous = _by(column, "training"), _by(column, "previous")
    return (
        visible(column.name),
        column.role.removesuffix("s"),
        *_cells(training),
        *_cells(previous),
        f"{column.missing:.1%}" if rows else "-",
        f"{max(column.invalid.values()):.1%}" if rows else "-",
        "far" if far else "",
    )


def _slice_row(part: SliceResult, least_rows: int) -> tuple[str, ...]:
    distances = [
        (measured.distance, column.result.name, measured)
        for column in part.columns
        for measured in column.result.measured
        if measured.against == "training"
    ]
    cells = ("-", "-", "-")
    if distances:
        _, name, farthest_one = max(distances, key=lambda entry: (entry[0] - entry[2].noise, entry[1]))
        cells = (visible(name), f"{farthest_one.distance:.3f}", f"{farthest_one.noise:.3f}")
    few = f"fewer than {least_rows:,} rows: not judged" if part.rows < least_rows else ""
    return (visible(part.name), f"{part.rows:,}", f"{part.expected:,.0f}", *cells, few)


def _by(column: ColumnResult, against: Against) -> Measured | None:
    return next((measured for measured in column.measured if measured.against == against), None)


def _cells(measured: Measured | None) -> tuple[str, str]:
    return (f"{measured.distance:.3f}", f"{measured.noise:.3f}") if measured else ("-", "-")


def _waits(config: MonitorConfig) -> bool:
    quality = config.watch.quality if config.watch is not None else None
    return quality is not None and quality.labels is not None


def _quality(quality: QualityResult, *, wait: bool, whole: bool) -> Iterator[str]:
    if quality.at is None:
        yield f"Quality {quality.metric}: " + ("no window is old enough yet" if wait else "no report yet")
        return
    kind = "proxy" if quality.proxy else f"{quality.better} is better"
    counts = quality.labels
    if counts is None:
        yield f"Quality {quality.metric} ({kind}), report of {quality.at:%Y-%m-%d %H:%M} UTC"
    else:
        window = f"window {counts.window}" if counts.window else "the window"
        labelled = have_a_label(counts)
        why = f" ({lacking(counts)})" if lacking(counts) else ""
        sentence = f"Quality {quality.metric} ({kind}) of {window}: {labelled}{why}"
        yield from textwrap.wrap(sentence, WIDTH, subsequent_indent="  ")
        if not quality.slices:
            yield "Too few: nothing is called good or bad"
            return
    columns = (Column("slice", right=False), Column("value"), Column("baseline"))
    ordered = sorted(quality.slices, key=lambda part: (part.name != "all", part.name))
    yield from table(
        columns, [(visible(part.name), f"{part.value:g}", f"{part.baseline:g}") for part in ordered], WIDTH, whole=whole
    )


def _runs(runs: RunsResult, now: datetime) -> Iterator[str]:
    if runs.last_success is None:
        yield f"Runs: none has succeeded yet; {runs.failures} failed"
    else:
        took = format_duration(runs.duration) if runs.duration is not None else "-"
        usual = f", usual {format_duration(runs.usual)}" if runs.usual else ""
        last = f"{runs.last_success:%Y-%m-%d %H:%M} UTC"
        yield f"Runs: last success {last}, took {took}{usual}; {runs.failures} failed since"
    for run in runs.active:
        yield f"  {run.run} is running since {run.started:%Y-%m-%d %H:%M} UTC ({_age(run.started, now)})"


def _age(since: datetime, now: datetime) -> str:
    """How long ago, in whole minutes, or hours from a day on."""
    span = max(now - since, timedelta(0))
    unit = timedelta(hours=1) if span >= timedelta(days=1) else timedelta(minutes=1)
    return format_duration(span // unit * unit) if span >= unit else "less than 1m"
