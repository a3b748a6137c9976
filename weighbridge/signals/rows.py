"""The catalogue's rows as frozen models, and the catalogue itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, Field

from weighbridge.catalog import Confidence
from weighbridge.files import yaml_text as yaml
from weighbridge.spec.pipeline import Profile
from weighbridge.units import PART

Kind = Literal["serving", "data", "training", "validation", "experiment", "quota", "environment"]
Severity = Literal["page", "ticket", "heartbeat"]
Comparison = Literal[">", ">=", "<", "=="]


class Need(BaseModel):
    """Something that the spec has to say before a signal can be watched: its key, and what to do."""

    model_config = PART
    key: str
    say: str


class CellRow(BaseModel):
    """What a kind must have watched: for which profiles always, and for which from the time that the spec has `watch`.

    Until then it is advice to the latter. A profile in neither list is not asked for it.
    """

    model_config = PART
    means: str
    required: tuple[Profile, ...] = ()
    with_watch: tuple[Profile, ...] = ()

    @property
    def profiles(self) -> tuple[Profile, ...]:
        """Those that are asked for it at all."""
        return (*self.required, *self.with_watch)


class ChartRow(BaseModel):
    """How a signal is drawn. Left out: its title, value and threshold."""

    model_config = PART
    title: str | None = None
    query: str | None = None
    line: str | None = None
    unit: str | None = None


class Template(BaseModel):
    """Text that several signals share."""

    model_config = PART
    value: str
    guard: str = ""
    chart: ChartRow | None = None


class BurnWindow(BaseModel):
    """One pair of windows of a burn-rate alert."""

    model_config = PART
    severity: Severity
    budget: str
    long: str
    looked: str
    short: str
    step: str
    factor: float


class SignalRow(BaseModel):
    """One signal: it fires when ``value compare threshold guard`` has held for `hold`.

    `filter` and `aligner` take the place of `value` where only a threshold condition of Cloud Monitoring can read the
    metric.
    """

    model_config = PART
    id: str
    kinds: tuple[Kind, ...]
    cells: tuple[str, ...]
    title: str
    needs: tuple[str, ...] = ()
    for_each: str | None = None
    template: str | None = None
    with_: dict[str, str] = Field(default={}, alias="with")
    value: str = ""
    filter: str = ""
    aligner: str = ""
    compare: Comparison
    threshold: str
    guard: str = ""
    hold: str
    severity: Severity
    unit: str
    names: tuple[str, ...] = ()
    chart: ChartRow | Literal["none"] | None = None
    means: str
    first_steps: tuple[str, ...]


class EmittedMetric(BaseModel):
    """A metric as its emitter exposes it, with the labels that expressions use."""

    model_config = PART
    name: str
    labels: tuple[str, ...] = ()
    unit: str
    kind: Literal["gauge", "counter", "histogram", "delta"] = "gauge"
    resources: tuple[str, ...] = ()


class Emitter(BaseModel):
    """What exposes metrics, where that is documented, and how sure that is."""

    model_config = PART
    name: str
    what: str
    source: str
    as_of: date
    confidence: Confidence
    metrics: tuple[EmittedMetric, ...]


class Catalogue(BaseModel):
    """catalogue.yaml: rows, what they refer to by name, and what exposes the metrics that they read."""

    model_config = PART
    needs: dict[str, Need]
    cells: dict[Kind, dict[str, CellRow]]
    burn_windows: tuple[BurnWindow, ...]
    templates: dict[str, Template]
    signals: tuple[SignalRow, ...]
    emitters: tuple[Emitter, ...]

    def of(self, kind: Kind) -> Iterator[SignalRow]:
        """The signals of a kind, in the order of the catalogue."""
        return (row for row in self.signals if kind in row.kinds)

    def cells_of(self, kind: Kind, profile: Profile) -> Mapping[str, CellRow]:
        """What is asked of a kind of a profile, by name."""
        return {name: cell for name, cell in self.cells.get(kind, {}).items() if profile in cell.profiles}


@cache
def catalogue() -> Catalogue:
    """The catalogue, read once."""
    text = resources.files("weighbridge.signals").joinpath("catalogue.yaml").read_text(encoding="utf-8")
    return Catalogue.model_validate(yaml.parse(text).value)
