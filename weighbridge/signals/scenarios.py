"""The scenarios of `cases.yaml` as frozen models: how series go on when a signal must fire, and when it mustn't."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel

from weighbridge.files import yaml_text as yaml
from weighbridge.units import PART

Outcome = Literal["fires", "quiet"]


class SeriesRow(BaseModel):
    """One series, or several that differ by a numbered label.

    Labels are those of the `emitter`, those that the matchers `matching` want, and `labels`.
    """

    model_config = PART
    metric: str
    emitter: str | None = None
    matching: str = ""
    labels: dict[str, str] = {}
    values: str
    times: str = ""  # how many of them there are
    numbered: str = ""  # the label that tells them apart


class TimedCase(BaseModel):
    """A scenario of its own: what is otherwise, and what is so at which moments."""

    model_config = PART
    only: str | None = None  # the one condition that it is about; left out: every one
    when: str = "0"  # it can't happen where this is below zero
    series: dict[str, str] = {}
    evaluate: str | None = None  # left out: the scenario's
    at: dict[str, Outcome]


class Scenario(BaseModel):
    """What the cases of some signals are derived from.

    `series` as they stand make it fire, from `onset` on; so do the changes of `fires`, those of `quiet` don't.
    """

    model_config = PART
    signals: tuple[str, ...]
    alert: str  # names of the labels that it fires with
    words: dict[str, str] = {}
    series: dict[str, SeriesRow] = {}
    onset: str = "0"
    samples: str = "1m"
    evaluate: str = "1m"
    fires: dict[str, dict[str, str]] = {}
    quiet: dict[str, dict[str, str]] = {}
    cases: dict[str, TimedCase] = {}
    closes: bool = True  # it closes when its series vanish


class Scenarios(BaseModel):
    """All of them, and the labels that emitters' series carry."""

    model_config = PART
    labels: dict[str, dict[str, str]]
    scenarios: tuple[Scenario, ...]

    @property
    def by_signal(self) -> Mapping[str, Scenario]:
        """The scenario of each signal's id."""
        return {signal: scenario for scenario in self.scenarios for signal in scenario.signals}


@cache
def scenarios() -> Scenarios:
    """The scenarios, read once."""
    text = resources.files("weighbridge.signals").joinpath("cases.yaml").read_text(encoding="utf-8")
    return Scenarios.model_validate(yaml.parse(text).value)
