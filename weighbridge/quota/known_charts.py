"""Helm releases that hold no quota: charts of exactly one version that somebody has read, with their own values.

`known_charts.csv` has one row a chart. A release that sets other values than the row names, or takes the chart from
elsewhere, is another matter: values can make a Service a load balancer. Another version is for the owners of the quota
to allow.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from weighbridge.infrastructure.operators import KUEUE
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.inputs import CannotJudge, Inputs

TABLE = Path(__file__).parent / "known_charts.csv"
HELM_RELEASE = "kubernetes:helm.sh/v3:Release"
CHANGES = ("valueYamlFiles", "postrender", "devel")
"""Inputs that make something else of a chart."""

OWN_VALUES = {KUEUE.chart: {name: dict(part) for name, part in KUEUE.values.items()}}
"""By chart, the only values that have been read with it, beside what its row lets be set."""


@dataclass(frozen=True, slots=True)
class KnownChart:
    """One row. `confidence` is one of the catalog's; `source` is a key of the catalog's sources.csv."""

    chart: str
    version: str
    repository: str  # that it is taken from; empty: the chart names it
    values: str  # the key of the only value that may be set, as nothing of it makes anything; empty: none
    why: str  # what it makes
    confidence: str
    source: str


@cache
def known_charts() -> Mapping[tuple[str, str], KnownChart]:
    """The table, by chart and version."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = [KnownChart(**line) for line in csv.DictReader(file)]
    return {(row.chart, row.version): row for row in rows}


def is_known_chart(resource: HeldResource) -> bool:
    """Whether this is a release of a known chart as it is."""
    if resource.type != HELM_RELEASE or resource.empty:
        return False
    read = resource.read
    try:
        row = known_charts().get((read.text("chart") or "", read.text("version") or ""))
        return row is not None and not any(read.has(name) for name in CHANGES) and _as_in(row, read, resource)
    except CannotJudge:
        return False


def _as_in(row: KnownChart, read: Inputs, resource: HeldResource) -> bool:
    """Whether a release takes the chart from where the row says, and sets no other value."""
    from_there = read.mapped("repositoryOpts") == ({"repo": row.repository} if row.repository else {})
    values = read.part("values")
    if values is None or resource.inputs["values"] == OWN_VALUES.get(row.chart):
        return from_there
    return from_there and set(values.values) <= {row.values}
