"""Windows of the past, measured one after the other as they would have been when they were the newest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from weighbridge.drift_monitor.config import MonitorConfig
from weighbridge.drift_monitor.data_form import form_of
from weighbridge.drift_monitor.files import Store
from weighbridge.drift_monitor.measure import BaselineResult, Snapshot, window_result
from weighbridge.drift_monitor.slices import sliced_baseline, sliced_window
from weighbridge.drift_monitor.sources import source_file
from weighbridge.drift_monitor.summary import Summary
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.drift_monitor.watched_folder import find_windows
from weighbridge.spec.pipeline import Watch


@dataclass(frozen=True, slots=True)
class Replayed:
    """One window; `snapshot` is what was known of it when its newest file was written, None if it can't be read."""

    name: str
    at: datetime
    snapshot: Snapshot | None
    problem: str = ""


def replay(
    config: MonitorConfig, watch: Watch, store: Store, folder: str, most: int, now: datetime
) -> Iterator[Replayed]:
    """The last windows of a folder, at most so many, the oldest first; the one before them is read to compare with.

    Reports of quality and runs are left out. Raises `WrongColumns`, and `UnreadableData` for baseline and folder.
    """
    found = find_windows(store, folder, now, watch.format)
    form = form_of(watch)
    file = source_file(store, watch.baseline, form)
    baseline = sliced_baseline(store, file, config.columns, watch.slices, form)
    known = BaselineResult(baseline.rows, datetime.fromtimestamp(file.modified_ns / 1e9, UTC))
    empty = Snapshot(config.pipeline, config.stage, {}, baseline=known)
    previous: Summary | None = None
    for place, window in reversed(list(enumerate(found.windows[: most + 1]))):
        try:
            summary = sliced_window(store, window, baseline, form)
        except UnreadableData as unreadable:
            if place < most:
                yield Replayed(window.name, window.modified, None, str(unreadable))
            continue  # the next one is compared with the last that could be read, as the monitor does
        if previous is not None and summary.counts_as(previous):
            summary = replace(summary, changed=previous.changed)
        if place < most:
            result = window_result(baseline, summary, previous)
            yield Replayed(window.name, window.modified, replace(empty, window=result))
        previous = summary
