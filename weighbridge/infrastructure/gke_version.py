"""GKE's versions: how they compare, and the lowest that a GPU model needs (`gke_versions.yaml`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources

from pydantic import BaseModel, TypeAdapter

from weighbridge.catalog import Confidence
from weighbridge.files import yaml_text as yaml
from weighbridge.spec.gke_version import parts_of
from weighbridge.units import PART

MOST_MINORS_BEHIND = 2
"""Of nodes behind their control plane. Source: GKE, "Versioning and support", on version skew."""


class GpuVersion(BaseModel):
    """One row of the table; its head says what each column means."""

    model_config = PART
    gpu: str
    least: str
    driver: str | None = None
    source: str
    as_of: date
    confidence: Confidence


@cache
def gpu_versions() -> Mapping[str, GpuVersion]:
    """The rows by GKE's accelerator name."""
    text = resources.files("weighbridge.infrastructure").joinpath("gke_versions.yaml").read_text("utf-8")
    rows = TypeAdapter(list[GpuVersion]).validate_python(yaml.parse(text).value)
    return {row.gpu: row for row in rows}


def older(version: str, than: str) -> bool:
    """Whether a version is lower, as far as it is written: `1.32` is not older than any 1.32."""
    given, other = parts_of(version), parts_of(than)
    return given < other[: len(given)]


def minors_behind(node: str, control_plane: str) -> int:
    """By how many minor versions nodes are behind; negative: ahead."""
    return parts_of(control_plane)[1] - parts_of(node)[1]
