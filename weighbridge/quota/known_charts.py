"""Helm releases that hold no quota: charts of exactly one version that somebody has read, with their own values.

`known_charts.csv` has one row a chart. A release that sets values other than this project's, or takes the chart from
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
from weighbridge.resources.inputs import CannotJudge

TABLE = Path(__file__).parent / "known_charts.csv"
HELM_RELEASE = "kubernetes:helm.sh/v3:Release"
CHANGES = ("valueYamlFiles", "repositoryOpts", "postrender", "devel")
"""Inputs that make something else of a chart."""

OWN_VALUES = {KUEUE.chart: {name: dict(part) for name, part in KUEUE.values.items()}}
"""By chart, the only values that have been read with it; of any other, none."""


@dataclass(frozen=True, slots=True)
class KnownChart:
    """One row. `confidence` is one of the catalog's; `source` is a key of the catalog's sources.csv."""

    chart: str
    version: str
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
        named = (read.text("chart") or "", read.text("version") or "")
        if named not in known_charts() or any(read.has(name) for name in CHANGES):
            return False
        return not read.has("values") or resource.inputs["values"] == OWN_VALUES.get(named[0])
    except CannotJudge:
        return False
