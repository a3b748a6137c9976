"""Endpoint pickers: how each family is run, from the table `endpoint_pickers.yaml`. No code asks for one by name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources

from pydantic import BaseModel, TypeAdapter

from weighbridge.catalog import Confidence
from weighbridge.files import yaml_text as yaml
from weighbridge.units import PART


class EndpointPicker(BaseModel):
    """How one family of pickers is configured, and what it may read."""

    model_config = PART
    api_group: str
    source: str
    as_of: date
    confidence: Confidence
    objective_version: str
    run_as_user: int
    arguments: tuple[str, ...]
    reads: dict[str, tuple[str, ...]]  # resources of its own, by API group
    settings: str  # the text of its settings file


@cache
def endpoint_pickers() -> Mapping[str, EndpointPicker]:
    """The table, by API group."""
    text = resources.files("weighbridge.serving").joinpath("endpoint_pickers.yaml").read_text(encoding="utf-8")
    rows = TypeAdapter(list[EndpointPicker]).validate_python(yaml.parse(text).value)
    return {row.api_group: row for row in rows}
