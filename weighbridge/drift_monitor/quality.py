"""Model quality as its newest report says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from weighbridge.drift_monitor.files import DataFile, Store
from weighbridge.drift_monitor.reports import Reports
from weighbridge.spec.pipeline import Quality
from weighbridge.units import FormatVersion, Timestamp, counted

WHOLE = "all"
"""The slice that is everything."""

AHEAD = timedelta(minutes=5)
"""How far clocks may be apart. A report from the future would stay the newest one."""

_Slice = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Value = Annotated[float, Field(allow_inf_nan=False)]


class QualityReport(BaseModel):
    """One report. Further keys are the writer's own."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    version: FormatVersion
    metric: str = Field(min_length=1, max_length=63)
    at: Timestamp
    values: dict[_Slice, _Value] = Field(min_length=1, max_length=200)
    baselines: dict[_Slice, _Value] = Field(default_factory=dict, max_length=200)


@dataclass(frozen=True, slots=True)
class Slice:
    """The metric on one slice of the data."""

    name: str
    value: float
    baseline: float


@dataclass(frozen=True, slots=True)
class LabelCounts:
    """Of the rows of a window, how many have a label that counts, and why others have none."""

    window: str
    rows: int
    labelled: int  # by one label that counts
    least: int  # rows of which a window has to be
    keyless: int = 0  # rows without a key
    doubled: int = 0  # rows that share their key with another
    unpredicted: int = 0  # rows without a prediction of the right type
    conflicting: int = 0  # rows with several labels that differ
    mistyped: int = 0  # labels of another type
    repeated: int = 0  # labels that were there before, and are the same
    foreign: int = 0  # labels whose key no row has
    sourceless: bool = False  # there is no file of labels at all, or no partition from the window's on
    in_tables: bool = False

    @property
    def ratio(self) -> float:
        """Share of rows with a label; of a window with fewer rows than it has to have, of so many."""
        return self.labelled / max(self.rows, self.least)


def have_a_label(counts: LabelCounts) -> str:
    """How many rows have one, in words."""
    has = "has" if 1 in (counts.labelled, counts.rows) else "have"
    return f"{counts.labelled:,} of {counted(counts.rows, 'row')} {has} a label"


@dataclass(frozen=True, slots=True)
class QualityResult:
    """The newest report of a metric, or the newest window whose labels have come; `at` is None while there is none."""

    metric: str
    better: Literal["higher", "lower"]
    proxy: bool
    at: datetime | None
    slices: tuple[Slice, ...]
    labels: LabelCounts | None = None  # None: from a report


def quality_reports(store: Store, folder: str) -> Reports[QualityReport]:
    """The reports of a folder, to be read again and again."""
    return Reports(store, folder, QualityReport, _problem)


def newest(quality: Quality, reports: tuple[QualityReport, ...], now: datetime) -> QualityResult:
    """The newest report of the metric that isn't from the future. A slice without a baseline has the spec's."""
    fitting = [report for report in reports if report.metric == quality.metric and report.at <= now + AHEAD]
    if not fitting:
        return QualityResult(quality.metric, quality.better, quality.proxy, None, ())
    last = max(fitting, key=lambda report: report.at)
    return QualityResult(quality.metric, quality.better, quality.proxy, last.at, _slices(last, quality.baseline))


def early(reports: tuple[QualityReport, ...], now: datetime) -> bool:
    """Whether a report claims to be from the future."""
    return any(report.at > now + AHEAD for report in reports)


def _slices(report: QualityReport, baseline: float) -> tuple[Slice, ...]:
    own: Mapping[str, float] = report.baselines
    return tuple(Slice(name, value, own.get(name, baseline)) for name, value in sorted(report.values.items()))


def _problem(_file: DataFile, report: QualityReport) -> str | None:
    return None if WHOLE in report.values else "values: the whole is missing: add a value for `all`"
