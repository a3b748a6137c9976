"""The metrics of the servers' programs, from the table `server_metrics.csv`: what each is called once it is scraped.

Counters have the ending that the client library adds; histograms are named without theirs. Which version of a program
was read, where, and how sure that is, `servers.yaml` says (`metrics`). Metrics whose names are put together at run
time, as those of some caches, aren't listed.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from weighbridge.serving.server import servers

TABLE = Path(__file__).parent / "server_metrics.csv"
ServerMetricKind: TypeAlias = Literal["counter", "gauge", "histogram", "summary"]
_ENDINGS: Mapping[ServerMetricKind, tuple[str, ...]] = {
    "counter": ("",),
    "gauge": ("",),
    "summary": ("", "_count", "_sum"),
    "histogram": ("_bucket", "_count", "_sum"),
}


@cache
def server_metrics() -> Mapping[str, Mapping[str, ServerMetricKind]]:
    """Kinds of metrics by program and name."""
    found: dict[str, dict[str, ServerMetricKind]] = {}
    kinds = {kind: kind for kind in get_args(ServerMetricKind)}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            found.setdefault(line["program"], {})[line["metric"]] = kinds[line["kind"]]
    return found


@cache
def exposed_by(server: str) -> frozenset[str]:
    """Names of a server's series, as selectors write them; empty where nobody has read its program."""
    table = servers()[server].metrics
    listed = server_metrics()[table.program] if table is not None else {}
    return frozenset(f"{name}{ending}" for name, kind in listed.items() for ending in _ENDINGS[kind])
