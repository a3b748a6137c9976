"""In what form watched data lies: how CSV is written, of which kind logs are, which rows of windows are counted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256

from weighbridge.drift_monitor.window import Window
from weighbridge.spec.pipeline import CsvFormat, LogFormat, TimeSample, Watch


@dataclass(frozen=True, slots=True)
class DataForm:
    """What a spec says of it."""

    csv: CsvFormat | None = None
    log: LogFormat | None = None
    sample: TimeSample | None = None  # of windows

    @property
    def whole(self) -> DataForm:
        """Without a sample, as the baseline is read."""
        return replace(self, sample=None)

    def key(self, window: Window) -> str:
        """Equal as long as neither the window nor what is counted of it changes."""
        if self.sample is None:
            return window.key
        return sha256(f"{window.key} {self.sample!r}".encode()).hexdigest()[:32]


AS_IT_IS = DataForm()
"""Parquet, tables, and CSV in the usual form."""


def form_of(watch: Watch) -> DataForm:
    """What `watch` says of it."""
    return DataForm(watch.csv, watch.format, watch.sample)
