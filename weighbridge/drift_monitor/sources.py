"""What watched data is read from: a file, a log, or a table of an engine, all read in the same way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from weighbridge.drift_monitor.columns import TableFile
from weighbridge.drift_monitor.data_form import AS_IT_IS, DataForm
from weighbridge.drift_monitor.derived import Derived
from weighbridge.drift_monitor.engine import is_table
from weighbridge.drift_monitor.files import DataFile, Store, is_tabular

if TYPE_CHECKING:
    from weighbridge.drift_monitor.engine_table import EngineTable
    from weighbridge.drift_monitor.log_file import LogFile

Table: TypeAlias = "TableFile | LogFile | EngineTable"


def open_table(
    store: Store, file: DataFile, form: DataForm = AS_IT_IS, derived: Sequence[Derived | None] = ()
) -> Table:
    """A file, a log, or a table of an engine, in which nothing is derived. Raises `UnreadableData`."""
    if is_table(file.path):
        from weighbridge.drift_monitor.engine_table import EngineTable

        return EngineTable(store, file)
    if form.log is not None and not is_tabular(file.name):
        from weighbridge.drift_monitor.log_file import LogFile

        return LogFile(store, file, form.log, derived)
    return TableFile(store, file, form.csv, derived)


def source_file(store: Store, path: str, form: DataForm = AS_IT_IS) -> DataFile:
    """A file, the logs of a folder, a table or a partition as it is now. Raises `UnreadableData`."""
    if is_table(path):
        from weighbridge.drift_monitor.engine_table import table_file

        return table_file(store, path)
    if form.log is not None and path.endswith("/"):
        from weighbridge.drift_monitor.log_file import log_folder

        return log_folder(store, path)
    return store.file(path)


def other_separator(names: Sequence[str]) -> str:
    """A question where all columns of CSV seem to stand in one name; else nothing."""
    mark = next((mark for mark in ";\t|" if len(names) == 1 and mark in names[0]), None)
    return f" Are its values parted by {json.dumps(mark)}? Then say so in `csv.separator`" if mark is not None else ""
