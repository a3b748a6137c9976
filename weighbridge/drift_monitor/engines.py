"""Which engine counts the tables of a spec. What it needs is imported when it is first asked."""

from __future__ import annotations

from collections.abc import Callable

from weighbridge.drift_monitor.engine import BIGQUERY, SPARK, CountingEngine, address_of, is_table
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.spec.pipeline import Watch, WatchedTables

EXTRAS = {BIGQUERY: "monitor,tables,cloud", SPARK: "monitor,spark"}
"""What has to be installed for the tables of a scheme."""

_TRIES_FOR_A_PERSON = 2


def engine_opener(
    watch: Watch | None, *, somebody_waits: bool = False
) -> Callable[[str, Callable[[], None]], CountingEngine]:
    """What a `Store` opens engines with: the scheme, and whom to tell that something is read.

    Where somebody waits, what doesn't answer is asked again once, not for half a minute.
    """
    tables = (watch.tables if watch is not None else None) or WatchedTables()

    def opened(scheme: str, progress: Callable[[], None]) -> CountingEngine:
        try:
            if scheme == BIGQUERY:
                from weighbridge.cloud_api.client import TRIES
                from weighbridge.drift_monitor.bigquery_engine import bigquery_engine

                tries = _TRIES_FOR_A_PERSON if somebody_waits else TRIES
                return bigquery_engine(billed_project(watch) or "", tables, progress, tries)
            from weighbridge.drift_monitor.spark_engine import spark_engine

            return spark_engine(tables, progress)
        except ImportError as error:
            module = (error.name or scheme).partition(".")[0]
            raise UnreadableData(f"{module} is not installed: pip install 'weighbridge[{EXTRAS[scheme]}]'") from None

    return opened


def table_paths(watch: Watch | None) -> tuple[str, ...]:
    """The tables that a spec names: labels, baseline, window."""
    if watch is None:
        return ()
    labels = watch.quality.labels if watch.quality is not None else None
    sources = (labels.source,) if labels is not None else ()
    return tuple(path for path in (*sources, watch.baseline, watch.window) if is_table(path))


def billed_project(watch: Watch | None) -> str | None:
    """Where BigQuery's queries run; None where there are none."""
    found = [address_of(path).parts[0] for path in table_paths(watch) if path.startswith(BIGQUERY)]
    if watch is None or not found:
        return None
    named = watch.tables.billed_to if watch.tables is not None else None
    return named or found[-1]  # the window's
