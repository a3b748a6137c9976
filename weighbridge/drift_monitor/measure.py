"""One measurement after the other: what could be read replaces what was known, what couldn't is kept and reported."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from weighbridge.drift_monitor.baseline import Baseline
from weighbridge.drift_monitor.baseline_reader import WrongColumns
from weighbridge.drift_monitor.comparison import ColumnResult, SliceResult, compare, compare_slices
from weighbridge.drift_monitor.config import MonitorConfig
from weighbridge.drift_monitor.data_form import DataForm, form_of
from weighbridge.drift_monitor.engine import is_table
from weighbridge.drift_monitor.files import DataFile, Store
from weighbridge.drift_monitor.joined_labels import LabelJoin
from weighbridge.drift_monitor.late_labels import due, label_sources, labelled_quality, lacking
from weighbridge.drift_monitor.log_lines import LineCounts
from weighbridge.drift_monitor.quality import QualityResult, early, newest, quality_reports
from weighbridge.drift_monitor.runs import RunsResult, run_statuses, standing
from weighbridge.drift_monitor.sampled_rows import SampledRows
from weighbridge.drift_monitor.slices import sliced_baseline, sliced_window
from weighbridge.drift_monitor.sources import source_file
from weighbridge.drift_monitor.state import Memory, read_memory, write_memory
from weighbridge.drift_monitor.summary import Summary
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.drift_monitor.watched_folder import find_windows
from weighbridge.drift_monitor.window import FoundWindows, Window
from weighbridge.spec.pipeline import LateLabels, Watch
from weighbridge.units import counted, format_duration

Part = Literal["window", "baseline", "quality", "runs"]
_SLACK = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class WindowResult:
    """The newest window as it was last measured."""

    name: str
    rows: int
    modified: datetime
    columns: tuple[ColumnResult, ...]
    has_previous: bool
    changed: datetime | None = None  # since when it is what it is; None: it is what it has been since `modified`
    vanished: tuple[str, ...] = ()  # columns that at least one of its files lacks
    disagreements: tuple[str, ...] = ()
    unfinished: str = ""  # a newer window that is being written and holds no data yet
    lines: LineCounts | None = None  # of logs
    sampled: SampledRows | None = None  # None: all rows are counted
    slices: tuple[SliceResult, ...] = ()


@dataclass(frozen=True, slots=True)
class BaselineResult:
    """The baseline that windows are compared with."""

    rows: int
    modified: datetime


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that is known after a measurement."""

    pipeline: str
    stage: str
    errors: Mapping[Part, bool]  # of the parts that are measured
    baseline: BaselineResult | None = None
    window: WindowResult | None = None
    quality: QualityResult | None = None
    runs: RunsResult | None = None
    succeeded: datetime | None = None  # end of the last measurement after which no part was in error
    seconds: float | None = None  # how long the last measurement of everything took


class DriftMonitor:
    """Measures one endpoint or pipeline; remembers the bins, the last two windows and the last results."""

    def __init__(
        self,
        config: MonitorConfig,
        store: Store,
        clock: Callable[[], datetime],
        log: Callable[[str], None],
        state: Path | None = None,
    ) -> None:
        self._watch, self._runs, self._expected = config.watch, config.runs, config.expected_duration
        self._columns, self._store, self._clock, self._log, self._state = config.columns, store, clock, log, state
        quality = self._watch.quality if self._watch else None
        self._reports = quality_reports(store, quality.report) if quality and quality.report is not None else None
        self._labels = quality.labels if quality else None
        self._labelled: object = None  # what the last result was computed from
        self._labels_tried: datetime | None = None
        self._found: FoundWindows | None = None
        self._statuses = run_statuses(store, self._runs) if self._runs else None
        self._baseline: tuple[DataFile, Baseline] | None = None
        self._memory = self._remembered()
        self._window_tried: datetime | None = None
        self.part: Part | None = None  # which is measured now
        parts: Mapping[Part, object] = {
            "baseline": self._watch, "window": self._watch, "quality": quality, "runs": self._runs
        }  # fmt: skip
        errors: dict[Part, bool] = {part: False for part, watched in parts.items() if watched}
        self.snapshot = Snapshot(config.pipeline, config.stage, errors)

    def measure(self) -> Snapshot:
        """Measures what is due. Raises `WrongColumns` when the first baseline lacks columns."""
        begun, start = self._clock(), time.perf_counter()
        self._found = None
        whole = self._watch is None
        if self._watch is not None and self._read_baseline(self._watch) and self._is_due(self._watch, begun):
            whole, self._window_tried = True, begun
            self._part("window", lambda watch=self._watch: self._measure_window(watch))  # type: ignore[misc]
        if self._reports is not None:
            self._part("quality", self._measure_quality)
        if self._watch is not None and self._labels is not None and self._labels_are_due(self._watch, begun):
            self._part("quality", lambda labels=self._labels: self._measure_labelled(labels))  # type: ignore[misc]
        if self._statuses is not None:
            self._part("runs", self._measure_runs)
        if whole:
            self.snapshot = replace(self.snapshot, seconds=time.perf_counter() - start)
        if not any(self.snapshot.errors.values()):
            self.snapshot = replace(self.snapshot, succeeded=self._clock())
        self._log(log_line(self.snapshot, time.perf_counter() - start))
        return self.snapshot

    def close(self) -> None:
        """Nothing is held open between measurements."""

    def _part(self, part: Part, measure: Callable[[], bool]) -> None:
        """Measures a part, which gives whether all of it could be read."""
        self.part = part
        try:
            whole = measure()
        except UnreadableData as unreadable:
            self._log(f"{part}: {unreadable}")
            whole = False
        self.snapshot = replace(self.snapshot, errors={**self.snapshot.errors, part: not whole})

    def _is_due(self, watch: Watch, now: datetime) -> bool:
        tried = self._window_tried
        return tried is None or self.snapshot.errors["window"] or now - tried >= watch.every - _SLACK

    def _labels_are_due(self, watch: Watch, now: datetime) -> bool:
        """Files are looked at each time; tables as often as windows, as each look at their partitions is billed."""
        tried = self._labels_tried
        if tried is None or self.snapshot.errors["quality"] or not is_table(watch.window):
            return True
        return now - tried >= watch.every - _SLACK

    def _read_baseline(self, watch: Watch) -> bool:
        """Reads the baseline if it is new; gives whether there is one."""
        first = self._baseline is None

        def read() -> bool:
            form = form_of(watch)
            file = source_file(self._store, watch.baseline, form)
            if self._baseline is None or self._baseline[0] != file:
                made = sliced_baseline(self._store, file, self._columns, watch.slices, form)
                self._baseline, self._window_tried = (file, made), None
                modified = datetime.fromtimestamp(file.modified_ns / 1e9, UTC)
                self.snapshot = replace(self.snapshot, baseline=BaselineResult(made.rows, modified))
            return True

        try:
            self._part("baseline", read)
        except WrongColumns as wrong:
            if first:
                raise
            self._log("".join(f"baseline: {problem.message} " for problem in wrong.problems).strip())
            self.snapshot = replace(self.snapshot, errors={**self.snapshot.errors, "baseline": True})
        return self._baseline is not None

    def _measure_window(self, watch: Watch) -> bool:
        assert self._baseline is not None  # noqa: S101 - for the type checker
        baseline = self._baseline[1]
        found = self._windows(watch)
        window, before = found.newest, found.before
        known = [
            summary for summary in (self._memory.newest, self._memory.previous) if summary and summary.fits(baseline)
        ]
        summary = self._summary(window, baseline, known, form_of(watch))
        if before is not None:
            previous: Summary | None = self._summary(before, baseline, known, form_of(watch))
        elif window.name:
            previous = None  # the first subfolder
        else:  # files in the folder itself replace those of the window before
            previous = next((other for other in known if other.key != summary.key), None)
        last = self._memory.newest
        if last is not None and summary is not last and summary.counts_as(last):
            summary = replace(summary, changed=last.changed)  # the same once more, under another name or written again
        self._remember(Memory(summary, previous))
        if found.unfinished:
            self._log(f"window: {found.unfinished} is being written and holds no data yet")
        for column in dict.fromkeys(baseline.columns[name].watched.source for name in summary.vanished):
            self._log(f"window: the column '{column}' is missing from {watch.window}, so its values count as missing")
        for sentence in summary.disagreements:
            self._log(f"window: {sentence}")
        result = replace(window_result(baseline, summary, previous), unfinished=found.unfinished)
        self.snapshot = replace(self.snapshot, window=result)
        return True

    def _summary(self, window: Window, baseline: Baseline, known: list[Summary], form: DataForm) -> Summary:
        for summary in known:
            if summary.key == form.key(window) and summary.slices.keys() == baseline.slices.keys():
                return summary
        return sliced_window(self._store, window, baseline, form)

    def _windows(self, watch: Watch) -> FoundWindows:
        """Looked for once in each measurement, as a bucket is listed for them."""
        if self._found is None:
            self._found = find_windows(self._store, watch.window, self._clock(), watch.format)
        return self._found

    def _measure_quality(self) -> bool:
        assert self._reports is not None and self._watch is not None and self._watch.quality is not None  # noqa: S101, PT018
        reports, wrong = self._reports.read()
        now = self._clock()
        self.snapshot = replace(self.snapshot, quality=newest(self._watch.quality, reports, now))
        if early(reports, now):
            wrong = (*wrong, f"a report in {self._reports.folder} is from the future: correct its `at`")
        return self._told("quality", wrong)

    def _measure_labelled(self, labels: LateLabels) -> bool:
        assert self._watch is not None and self._watch.quality is not None  # noqa: S101, PT018
        watch, quality, form = self._watch, self._watch.quality, form_of(self._watch)
        self._labels_tried = self._clock()
        window = due(self._windows(watch).windows, labels.wait, self._clock())
        if window is None:
            self._log(f"quality: no window is {format_duration(labels.wait)} old yet, the time that labels have")
            none_yet = QualityResult(quality.metric, quality.better, proxy=False, at=None, slices=())
            self.snapshot = replace(self.snapshot, quality=none_yet)
            return True
        files = label_sources(self._store, labels.source, window)
        slices = tuple(self._baseline[1].slices) if self._baseline is not None else ()
        dated = all(file.modified_ns for file in files)  # else nobody knows whether they have changed
        if self._labelled == (source := (form.key(window), files, slices)) and dated:
            return True
        asked = LabelJoin(quality, labels, window, files, slices, form, watch.least_rows)
        found = labelled_quality(self._store, asked)
        self.snapshot, self._labelled = replace(self.snapshot, quality=found), source
        if found.labels is not None and (why := lacking(found.labels)):
            self._log(f"quality: of window {window.name or watch.window}: {why}")
        return True

    def _measure_runs(self) -> bool:
        assert self._statuses is not None  # noqa: S101
        statuses, wrong = self._statuses.read()
        self.snapshot = replace(self.snapshot, runs=standing(statuses, self._expected))
        return self._told("runs", wrong)

    def _told(self, part: Part, wrong: tuple[str, ...]) -> bool:
        for sentence in wrong:
            self._log(f"{part}: {sentence}")
        return not wrong

    def _remembered(self) -> Memory:
        if self._state is None:
            return Memory()
        try:
            return read_memory(self._state)
        except (OSError, ValueError) as error:
            self._log(f"state: {self._state.name} can't be used, so the window before is not known: {error}")
            return Memory()

    def _remember(self, memory: Memory) -> None:
        if self._state is not None and memory != self._memory:
            try:
                write_memory(self._state, memory)
            except OSError as error:
                self._log(f"state: {self._state.name} can't be written, a restart will lose it: {error.strerror}")
        self._memory = memory


def window_result(baseline: Baseline, summary: Summary, previous: Summary | None) -> WindowResult:
    """A window beside the baseline, and beside the window before."""
    return WindowResult(
        name=summary.name,
        rows=summary.rows,
        modified=summary.modified,
        columns=compare(baseline, summary, previous),
        has_previous=previous is not None,
        changed=summary.changed,
        vanished=summary.vanished,
        disagreements=summary.disagreements,
        lines=summary.lines,
        sampled=summary.sampled,
        slices=compare_slices(baseline, summary, previous),
    )


def log_line(snapshot: Snapshot, seconds: float) -> str:
    """A measurement in a line, without a value of the data."""
    parts = []
    if snapshot.window is not None:
        window = snapshot.window
        name = f"window {window.name}" if window.name else "window"
        parts.append(f"{name} of {counted(window.rows, 'row')}, {counted(len(window.columns), 'column')}")
        distances = [
            (measured.distance, column.name, measured) for column in window.columns for measured in column.measured
        ]
        if distances:
            distance, column, measured = max(distances, key=lambda entry: entry[0])
            parts.append(f"farthest {column}, {distance:.3f} from {measured.against}")
    if snapshot.runs is not None:
        active = counted(len(snapshot.runs.active), "run")
        parts.append(f"{active} active, {snapshot.runs.failures} failed since the last success")
    failed = [part for part, error in snapshot.errors.items() if error]
    parts.append(f"could not read: {', '.join(failed)}" if failed else "all read")
    return f"{snapshot.pipeline}: {'; '.join(parts)}; {seconds:.1f} s"
