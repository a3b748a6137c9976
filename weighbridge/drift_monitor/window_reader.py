"""A window, read and counted: file by file here, or by the engine where it is a partition of a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from weighbridge.drift_monitor.baseline import Baseline
from weighbridge.drift_monitor.columns import Kind
from weighbridge.drift_monitor.data_form import AS_IT_IS, DataForm
from weighbridge.drift_monitor.engine import is_table
from weighbridge.drift_monitor.engine_table import count_window
from weighbridge.drift_monitor.files import DataFile, Store
from weighbridge.drift_monitor.log_lines import LineCounts
from weighbridge.drift_monitor.log_shape import refuse_other_logs
from weighbridge.drift_monitor.opening import Opening
from weighbridge.drift_monitor.sampled_rows import SampledRows
from weighbridge.drift_monitor.sources import Table, other_separator
from weighbridge.drift_monitor.summary import Summary, tally_of, without
from weighbridge.drift_monitor.tally import Tally
from weighbridge.drift_monitor.time_sample import SampledFile, open_window
from weighbridge.drift_monitor.window import Window
from weighbridge.spelling import did_you_mean, visible


def read_window(store: Store, window: Window, baseline: Baseline, form: DataForm = AS_IT_IS) -> Summary:
    """The watched columns of all files of a window. A column that a file lacks is missing in all its rows.

    Raises `UnreadableData` at the first file that is not whole.
    """
    if any(is_table(file.path) for file in window.files):
        return count_window(store, window, baseline, form)
    tallies = {name: column.bins.empty() for name, column in baseline.columns.items()}
    openings = {name: Opening() for name in baseline.columns}
    families: dict[str, dict[str, str]] = {name: {} for name in baseline.columns}  # by column: family, its first file
    derived = [column.watched.derived for column in baseline.columns.values()]
    rows = 0
    vanished: dict[str, str] = {}  # by column: which of the first file that lacks it may be meant
    lines: LineCounts | None = None
    sampled: SampledRows | None = None
    for file in window.files:
        table = open_window(store, file, form, derived)
        counted, added = _read_file(table, baseline, tallies, openings)
        if table.lines is not None:
            lines = lines.plus(table.lines) if lines is not None else table.lines
        if isinstance(table, SampledFile):
            sampled = (sampled or SampledRows()).plus(table.sampled)
        rows += counted
        for name in added:
            family = table.family(name)
            if family is not None:
                families[name].setdefault(family, file.name)
        for name in baseline.columns.keys() - added:
            vanished.setdefault(name, _meant(table, file, baseline.columns[name].watched.source))
            tallies[name] = without(tallies[name], counted)
    if form.log is not None and lines is not None:
        shown = f"the window {window.name}" if window.name else window.files[0].path
        refuse_other_logs(store, shown, window.files, form.log, lines)
    return Summary(
        key=form.key(window),
        name=window.name,
        baseline=baseline.fingerprint,
        rows=rows,
        modified=window.modified,
        tallies=tallies,
        vanished=tuple(sorted(vanished)),
        dependences={name: openings[name].dependence(column.bins) for name, column in baseline.columns.items()},
        changed=window.modified,
        disagreements=(
            *dict.fromkeys(filter(None, vanished.values())),
            *_disagreements(families, tallies, {name: column.kind for name, column in baseline.columns.items()}),
        ),
        lines=lines,
        sampled=sampled,
    )


def _meant(table: Table | SampledFile, file: DataFile, column: str) -> str:
    """That a file lacks a column, where it has one that may be meant, or all in one; else nothing."""
    inside = next((name for name in table.stored if name.startswith(f"{column}.")), None)
    if inside is not None:
        return f"{file.name} has a struct in column '{column}': name a field of it, such as '{visible(inside)}'"
    hint = (other_separator(list(table.stored)) if table.csv is not None else "") or did_you_mean(
        column, map(visible, table.stored)
    )
    return f"{file.name} has no column '{column}'.{hint}" if hint else ""


_HELD: Mapping[Kind, str] = {
    "number": "numbers", "moment": "times", "category": "texts", "boolean": "booleans"
}  # fmt: skip


def _disagreements(
    families: Mapping[str, Mapping[str, str]], tallies: Mapping[str, Tally], kinds: Mapping[str, Kind]
) -> Iterator[str]:
    for name, by_family in families.items():
        if len(by_family) > 1:
            kept = " and ".join(f"{family} in {file}" for family, file in by_family.items())
            yield f"the files disagree on the type of '{name}': {kept}"
        elif (
            by_family
            and tallies[name].mistyped
            and tallies[name].mistyped == tallies[name].rows - tallies[name].missing
        ):
            ((family, file),) = by_family.items()
            held = _HELD[kinds[name]]
            if (kinds[name], family) == ("moment", "text"):
                family = "text, but none such as 2026-11-20T08:00:00Z,"
            yield f"'{name}' is of another type than in the baseline, which has {held}: {family} in {file}"


def _read_file(
    table: Table | SampledFile, baseline: Baseline, tallies: dict[str, Tally], openings: Mapping[str, Opening]
) -> tuple[int, frozenset[str]]:
    """Adds a file to the tallies; gives its rows, and the columns that it has."""
    present = [name for name in baseline.columns if name in table.types]
    rows = max(table.rows, 0)
    # Something has to be read to count the rows of a CSV file.
    for group in table.groups(present or ([] if table.rows >= 0 else list(table.types)[:1])):
        for batch in table.batches(group):
            for name, values in batch.items():
                if name in baseline.columns:
                    tally = tally_of(baseline.columns[name], values, table.csv, openings[name])
                    tallies[name] = tallies[name].plus(tally)
                if table.rows < 0 and name == (present or group)[0]:
                    rows += len(values)
    return rows, frozenset(present)
