"""Where a stack runs: project, region and zones, as the spec writes them."""

from __future__ import annotations

from pydantic import BaseModel, Field

from weighbridge.units import PART, ProjectId, Region, Zone


class Cloud(BaseModel):
    """`cloud`: the place of everything in this stack."""

    model_config = PART

    project: ProjectId = Field(examples=["example-ml"])
    """Google Cloud project id."""

    region: Region = Field(examples=["us-central1"])
    """Region of the cluster, the network and the endpoints."""

    zones: tuple[Zone, ...] = Field(min_length=1, max_length=6, examples=[["us-central1-a"]])
    """Zones of the nodes, all in `region`. Always stated: taking every zone of a region multiplies quota."""
