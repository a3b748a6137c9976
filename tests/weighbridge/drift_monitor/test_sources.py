"""What stands for a path: a file, the logs of a folder, or a table; and the question about a separator."""

from __future__ import annotations

import pytest

from tests.support.duckdb_engine import DuckDbEngine
from tests.support.monitor_data import table, write
from tests.support.request_logs import entries, write_log
from weighbridge.drift_monitor.columns import TableFile
from weighbridge.drift_monitor.data_form import AS_IT_IS, DataForm
from weighbridge.drift_monitor.engine_table import EngineTable
from weighbridge.drift_monitor.files import Store
from weighbridge.drift_monitor.log_file import LogFile
from weighbridge.drift_monitor.sources import open_table, other_separator, source_file

LOGS = DataForm(log="google-load-balancer")


@pytest.fixture
def store(tmp_path) -> Store:
    write(table(rows=20), tmp_path / "logs/baseline.parquet")
    write_log(tmp_path / "logs/08:00:00_08:59:59_S0.json", [*entries(5, seed=1)])
    engine = DuckDbEngine()
    engine.create("clicks", table(rows=30))
    return Store(tmp_path, open_engine=lambda *_: engine)


@pytest.mark.parametrize(
    ("path", "form", "kind", "rows"),
    [
        ("logs/baseline.parquet", AS_IT_IS, TableFile, 20),
        ("logs/baseline.parquet", LOGS, TableFile, 20),  # a baseline of logs may be kept as a table
        ("logs/08:00:00_08:59:59_S0.json", LOGS, LogFile, -1),
        ("spark://ds.clicks", AS_IT_IS, EngineTable, 30),
        ("spark://ds.clicks", LOGS, EngineTable, 30),
    ],
)
def test_the_path_decides_what_is_opened(store, path, form, kind, rows):
    opened = open_table(store, source_file(store, path, form), form)
    assert (type(opened), opened.rows) == (kind, rows)


def test_a_folder_of_logs_is_one_source(store):
    file = source_file(store, "logs/", LOGS)
    assert file.path == "logs/"
    assert file.size > 0


@pytest.mark.parametrize(
    ("names", "mark"),
    [(["a;b"], '";"'), (["a\tb"], r'"\t"'), (["a|b"], '"|"'), (["a,b"], None), (["a;b", "c"], None), ([], None)],
)
def test_a_name_with_separators_in_it_may_be_all_columns(names, mark):
    expected = f" Are its values parted by {mark}? Then say so in `csv.separator`" if mark is not None else ""
    assert other_separator(names) == expected
