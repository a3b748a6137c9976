"""What a first project is made from: a few answers, by flags or asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from weighbridge.spec.root import EnvironmentName
from weighbridge.units import PART, Email, Expected, Hostname, ProjectId, Region, Zone

Recipe = Literal["llm-gpu", "llm-tpu", "triton", "training"]
"""What the first stack is for."""

MEANING: Mapping[Recipe, str] = {
    "llm-gpu": "a language model on NVIDIA L4",
    "llm-tpu": "a language model on TPU v6e",
    "triton": "several models behind Triton on shared NVIDIA L4",
    "training": "training on spot NVIDIA A100, with pipelines before and after",
}
"""In a few words."""

NEEDS_DOMAIN: frozenset[Recipe] = frozenset({"llm-gpu", "llm-tpu", "triton"})
PLACEHOLDER_DOMAIN = "example.com"
"""For a recipe without endpoints."""

ProjectName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z](?:[a-z0-9-]*[a-z0-9])?$", max_length=100),
    Expected("a name of lower-case letters, digits and hyphens, a letter first, no hyphen last"),
]


class Answers(BaseModel):
    """All that a recipe leaves open. Each is a flag of the same name."""

    model_config = PART

    recipe: Recipe
    """What the first stack is for."""

    environment: EnvironmentName
    """Name of the first stack."""

    project: ProjectId
    """Google Cloud project id."""

    region: Region
    """Where it runs."""

    zone: tuple[Zone, ...] = Field(min_length=1, max_length=6)
    """Zones of the nodes, in the region."""

    owner: Email
    """Who answers for it, and is told."""

    domain: Hostname
    """Host names of endpoints end with it."""

    name: ProjectName
    """Of the Pulumi project."""
