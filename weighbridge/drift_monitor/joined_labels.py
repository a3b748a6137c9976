"""What is known of a window's rows when labels are joined to them, whoever has joined them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

from weighbridge.drift_monitor.columns import is_moment, is_text
from weighbridge.drift_monitor.data_form import AS_IT_IS, DataForm
from weighbridge.drift_monitor.files import DataFile
from weighbridge.drift_monitor.quality import WHOLE, LabelCounts, Slice
from weighbridge.drift_monitor.slice_tallies import DataSlice
from weighbridge.drift_monitor.window import Window
from weighbridge.spec.pipeline import LateLabels, Quality

ComparedAs = Literal["category", "number", "probability"]
COMPARED_AS: Mapping[str, ComparedAs] = {
    "accuracy": "category",
    "mean_absolute_error": "number",
    "root_mean_squared_error": "number",
    "log_loss": "probability",
}
"""What labels and predictions are, by metric."""

SURE = 1e-15
"""Probabilities are held this far from 0 and 1, as scikit-learn does, so that one row can't cost infinitely much."""

FARTHEST = 1e145
"""Numbers are held this far from 0: squares of larger ones overflow, which BigQuery refuses, and are as wrong."""


@dataclass(frozen=True, slots=True)
class LabelJoin:
    """A window, and the labels that are to be joined to its rows."""

    quality: Quality
    labels: LateLabels
    window: Window
    sources: Sequence[DataFile]  # files of labels, or partitions
    slices: Sequence[DataSlice] = ()
    form: DataForm = AS_IT_IS  # of the window
    least_rows: int = 1  # what a window has at least where it has rows enough


@dataclass(frozen=True, slots=True)
class JudgedPart:
    """Rows with a key, of all or of a slice; how many of them are judged, and the sum of the metric over those."""

    rows: int
    judged: int
    loss: float


@dataclass(frozen=True, slots=True)
class JoinedLabels:
    """What became of all rows and labels; `counts.labelled` is `whole.judged`."""

    counts: LabelCounts
    whole: JudgedPart
    slices: Mapping[DataSlice, JudgedPart] = field(default_factory=dict)

    def values(
        self, mean: Callable[[float], float], baseline: float, least: float, least_rows: int
    ) -> tuple[Slice, ...]:
        """The metric of all rows, and of each slice that has rows enough, with labels enough; none with too few.

        `mean` makes it of a mean; `least` is the share of rows that must be judged.
        """
        if not self.whole.judged or self.counts.ratio < least:
            return ()
        enough = {
            part.name: found
            for part, found in self.slices.items()
            if found.judged and found.rows >= least_rows and found.judged >= least * found.rows
        }
        parts = {WHOLE: self.whole, **enough}
        return tuple(Slice(name, mean(found.loss / found.judged), baseline) for name, found in parts.items())


def key_family(kind: pa.DataType) -> Literal["texts", "times"] | None:
    """What keys of a type meet: texts, whole numbers and truth values one another, times times; None: nothing."""
    types = pa.types
    plain = kind.value_type if types.is_dictionary(kind) else kind
    if is_moment(plain):
        return "times"
    numbers = types.is_integer(plain) or types.is_floating(plain) or types.is_decimal(plain)
    return "texts" if numbers or types.is_boolean(plain) or types.is_null(plain) or is_text(plain) else None


def column_problem(path: str, types: Mapping[str, pa.DataType], name: str, *, is_key: bool) -> str | None:
    """What keeps a column of the window or of labels from being joined; None where nothing does."""
    if name not in types:
        return f"{path} has no column '{name}', which `watch.quality.labels` names"
    if is_key and key_family(types[name]) is None:
        problem = f"{path} has {types[name]} in column '{name}', a key of `watch.quality.labels`"
        return f"{problem}: keys are texts or whole numbers, so name another column"
    return None


def unlike_keys(name: str, one: tuple[str, pa.DataType], other: tuple[str, pa.DataType]) -> str | None:
    """That keys of two types never meet; None where they may. Each with its path."""
    if any(pa.types.is_null(kind) for _, kind in (one, other)) or key_family(one[1]) == key_family(other[1]):
        return None
    (path, kind), (other_path, other_kind) = one, other
    return (
        f"{path} has {kind} in column '{name}' and {other_path} has {other_kind}, a key of `watch.quality.labels`: "
        "times meet only times, so keep both in one type"
    )
