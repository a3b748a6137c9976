"""What is wrong with what is watched, in a spec and in a monitor's own config alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Literal

from weighbridge.drift_monitor.derived import derived_of
from weighbridge.drift_monitor.engine import BIGQUERY, SPARK, address_of, is_table
from weighbridge.drift_monitor.request_logs import request_logs
from weighbridge.files.model_problems import listed
from weighbridge.files.problem import KeyPath, Problem
from weighbridge.spec.pipeline import LateLabels, LogFormat, Quality, TimeSample, Watch
from weighbridge.spelling import did_you_mean
from weighbridge.units import format_duration

MOST_COLUMNS = 200
"""Of one role: each column costs the monitor memory, and the metrics store up to nine series."""

LABEL_METRICS: Mapping[str, Literal["higher", "lower"]] = {
    "accuracy": "higher",
    "mean_absolute_error": "lower",
    "root_mean_squared_error": "lower",
    "log_loss": "lower",
}
"""What can be computed of labels, and which way is better; `late_labels` computes it."""

MOST_VALUES = 8
"""Slices of one column of `slices`: its most frequent values in the baseline."""

MOST_FAR_IN_SLICES = 500
"""Series of distances and missing values in slices, the farthest ones: if everything is far, more say no more."""


_OF_BIGQUERY = ("billed_to", "most_scanned_gib")


def watch_problems(watch: Watch, path: KeyPath) -> Iterator[Problem]:
    """Everything that is wrong with what is watched: each column has one role."""
    yield from _table_problems(watch, path)
    yield from _file_problems(watch, path)
    if watch.sample is not None:
        yield from _sample_problems(watch, watch.sample, (*path, "sample"))
    if watch.format is not None:
        yield from _log_problems(watch, watch.format, path)
    roles: dict[str, str] = {}
    for role in ("features", "labels", "predictions"):
        columns = getattr(watch, role)
        if len(columns) > MOST_COLUMNS:
            message = f"expected at most {MOST_COLUMNS} columns, got {len(columns)}: name those that matter most"
            yield Problem((*path, role), message)
        for index, column in enumerate(columns):
            if column in roles:
                message = f"{column[:60]} is among the {roles[column]} already: remove one"
                yield Problem((*path, role, index), message)
            roles.setdefault(column, role)
    yield from _derived_problems(watch, path, roles)
    if watch.quality is not None:
        yield from _quality_problems(watch, watch.quality, (*path, "quality"))
    yield from _slice_problems(watch, path)
    if not roles:
        message = "which columns? Add at least one of features, labels and predictions, such as `features: [country]`"
        yield Problem(path, message, on_key=True)


def _sample_problems(watch: Watch, sample: TimeSample, path: KeyPath) -> Iterator[Problem]:
    if not timedelta(0) < sample.take < sample.of_every:
        given = f"{format_duration(sample.take)} of every {format_duration(sample.of_every)}"
        yield Problem((*path, "take"), f"expected a part of `of_every`, got {given}: take less, or leave `sample` out")
    if watch.format is None:
        return
    column = request_logs()[watch.format].named(sample.by)
    if column is None or column.use != "time":
        times = [known.name for known in request_logs()[watch.format].columns if known.use == "time"]
        do = f"name `{times[0]}`" if times else "they say no time, so leave `sample` out"
        yield Problem((*path, "by"), f"'{sample.by[:60]}' is not the time of logs of {watch.format}: {do}")


def _slice_problems(watch: Watch, path: KeyPath) -> Iterator[Problem]:
    for index, column in enumerate(watch.slices):
        if column in watch.slices[:index]:
            yield Problem((*path, "slices", index), f"{column[:60]} makes slices already: remove one")
        if column in watch.embeddings:
            message = f"{column[:60]} holds vectors, which make no slices: take it out, or out of `embeddings`"
            yield Problem((*path, "slices", index), message)


def _log_problems(watch: Watch, log: LogFormat, path: KeyPath) -> Iterator[Problem]:
    """A log has the columns that its format has, and what tells its requests apart can't be compared."""
    for key in ("baseline", "window"):
        if is_table(getattr(watch, key)):
            message = f"{getattr(watch, key)} is a table, which is no request log: take `format` out, or name a folder"
            yield Problem((*path, key), message)
    known = request_logs()[log]
    comparable = [column.name for column in known.columns if column.use in ("compared", "text")]
    for role in ("features", "labels", "predictions", "slices"):
        for index, name in enumerate(getattr(watch, role)):
            column, at = known.named(name), (*path, role, index)
            if column is None:
                yield Problem(at, _not_in_log(log, name, comparable))
            elif column.use in ("key", "time"):
                message = f"{name} tells requests apart, and can't be compared: choose among {listed(comparable)}"
                yield Problem(at, message)
            elif role == "slices" and (column.use == "text" or column.read not in ("text", "code", "host", "path")):
                message = f"{name} splits requests into no groups: name one of few values, such as a status"
                yield Problem(at, message)
            elif role != "slices" and column.use == "text" and name not in watch.texts:
                yield Problem(at, f"{name} holds texts, of which no two are alike: name it in `texts` as well")
    if watch.embeddings:
        yield Problem((*path, "embeddings"), f"logs of {log} hold no vectors: take it out", on_key=True)


def _quality_problems(watch: Watch, quality: Quality, path: KeyPath) -> Iterator[Problem]:
    """Quality comes from reports or from labels; of labels only some metrics can be computed."""
    labels = quality.labels
    if (quality.report is None) == (labels is None):
        message = "expected one of `report` and `labels`: where reports land, or the labels that windows are judged by"
        yield Problem(path, message, on_key=True)
    if labels is not None:
        yield from _label_problems(watch, quality, labels, path)


def _label_problems(watch: Watch, quality: Quality, labels: LateLabels, path: KeyPath) -> Iterator[Problem]:
    known = LABEL_METRICS.get(quality.metric)
    if known is None:
        computed = f"of labels can be computed {listed(LABEL_METRICS)}, not {quality.metric}"
        message = f"{computed}: choose one, or report it in `report`.{did_you_mean(quality.metric, LABEL_METRICS)}"
        yield Problem((*path, "metric"), message)
    elif quality.better != known:
        yield Problem((*path, "better"), f"{quality.metric} is better when it is {known}: say so")
    if quality.proxy:
        yield Problem((*path, "proxy"), "labels tell the quality itself, so nothing stands for it: take this out")
    problem = _source_problem(watch.window, labels.source)
    if problem is not None:
        yield Problem((*path, "labels", "source"), problem)
    for index, column in enumerate(labels.key):
        if column in labels.key[:index]:
            yield Problem((*path, "labels", "key", index), f"{column[:60]} is a part of the key already: remove one")
    if watch.format is not None:
        yield from _unlogged(labels, watch.format, (*path, "labels"))


def _source_problem(window: str, source: str) -> str | None:
    """Whoever reads the window joins the labels, so both lie in files, or in tables of one engine."""
    if not is_table(window):
        do = "write the labels as Parquet or CSV files"
        return f"{source} is a table, and the window lies in files: {do}" if is_table(source) else None
    scheme = address_of(window).scheme
    if not source.startswith(scheme):
        what = "a table of another engine" if is_table(source) else "no table"
        return f"{source} is {what}, and the window is one of {scheme}…: load the labels into a table of {scheme}…"
    if "$" in source:
        return "the partitions from the window's on are read, so none can be named: leave out what begins with $"
    return None


def _unlogged(labels: LateLabels, log: LogFormat, path: KeyPath) -> Iterator[Problem]:
    """Columns that labels are joined by, and that the log doesn't have."""
    names = [column.name for column in request_logs()[log].columns]
    asked: list[tuple[KeyPath, str]] = [(("key", index), column) for index, column in enumerate(labels.key)]
    for key, column in (*asked, (("prediction",), labels.prediction)):
        if column not in names:
            yield Problem((*path, *key), _not_in_log(log, column, names))


def _not_in_log(log: LogFormat, column: str, names: Sequence[str]) -> str:
    return f"logs of {log} have no column '{column[:60]}', but {listed(names)}.{did_you_mean(column, names)}"


def _derived_problems(watch: Watch, path: KeyPath, roles: Mapping[str, str]) -> Iterator[Problem]:
    """Of texts and embeddings, and of the columns that stand for them."""
    marked: set[str] = set()
    for kind, columns in (("texts", watch.texts), ("embeddings", watch.embeddings)):
        for index, column in enumerate(columns):
            if column not in roles:
                message = f"{column[:60]} is among no features, labels or predictions: name it there as well"
                yield Problem((*path, kind, index), message)
            elif column in marked:
                yield Problem((*path, kind, index), f"{column[:60]} is a text or an embedding already: remove one")
            marked.add(column)
    made = {derived.name for column, role in roles.items() for derived in derived_of(column, role, watch)}
    for role in ("features", "labels", "predictions"):
        for index, column in enumerate(getattr(watch, role)):
            if column in made:
                message = f"{column[:60]} is the name of what is made of a text or an embedding: rename the column"
                yield Problem((*path, role, index), message)
    if watch.refusals and not set(watch.texts) - set(watch.features):
        message = "refusals are looked for in texts among labels and predictions, and there are none: name one"
        yield Problem((*path, "refusals"), message, on_key=True)


def _file_problems(watch: Watch, path: KeyPath) -> Iterator[Problem]:
    for key in ("baseline", "window"):
        if "*" in getattr(watch, key):
            yield Problem((*path, key), "patterns aren't read: name the folder, of which all files are")
    if watch.csv is not None and watch.csv.thousands == watch.csv.decimal:
        message = "this stands before decimals already: choose another for one of the two"
        yield Problem((*path, "csv", "thousands"), message)


def _table_problems(watch: Watch, path: KeyPath) -> Iterator[Problem]:
    given = watch.tables.model_fields_set if watch.tables is not None else set[str]()
    for key in sorted(given):
        meant = (SPARK,) if key == "partition" else (BIGQUERY,) if key in _OF_BIGQUERY else (BIGQUERY, SPARK)
        if not watch.window.startswith(meant) and (key == "partition" or not watch.baseline.startswith(meant)):
            tables = " or ".join(f"{scheme}…" for scheme in meant)
            here = "the window is none" if key == "partition" else "none is watched"
            yield Problem((*path, "tables", key), f"this is for tables ({tables}), and {here}: leave it out")
    for role in ("texts", "embeddings"):
        if getattr(watch, role) and (is_table(watch.window) or is_table(watch.baseline)):
            message = "what stands for texts and vectors is computed from files only"
            yield Problem((*path, role), f"{message}: watch them in files, or leave it out")
    if is_table(watch.window) and "$" in watch.window:
        message = "the newest partition is the window, so none can be named: leave out what begins with $"
        yield Problem((*path, "window"), message)
