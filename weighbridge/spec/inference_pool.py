"""An endpoint's inference pool as the spec writes it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from weighbridge.units import PART, CpuQuantity, DnsLabel, Image, MemoryQuantity, WholeNumber

PickerApiGroup = Literal["llm-d.ai", "inference.networking.x-k8s.io"]


class InferencePool(BaseModel):
    """`inference_pool`: replicas of each version as one InferencePool, with an endpoint picker in front of it.

    Needs GKE 1.34.0-gke.1626000 or later, which brings the InferencePool API; the picker's own API has to be installed.
    """

    model_config = PART

    picker_image: Image = Field(examples=["ghcr.io/llm-d/llm-d-router-endpoint-picker:v0.10.0"])
    """Container image of the picker."""

    picker_api_group: PickerApiGroup = "llm-d.ai"
    """API group of its settings and priorities: `llm-d.ai` for llm-d-router, `inference.networking.x-k8s.io` for the
    picker of gateway-api-inference-extension up to 1.5."""

    picker_replicas: WholeNumber = Field(default=1, ge=1, le=3)
    """Pickers of each version; one works, the others stand by."""

    picker_cpu: CpuQuantity | None = None
    """CPU of a picker. Left out: 1."""

    picker_memory: MemoryQuantity | None = None
    """Memory of a picker. Left out: 2Gi."""

    picker_node_pool: DnsLabel | None = None
    """Node pool of the pickers, one without accelerators. Left out: the first one without that is large enough."""

    priority: WholeNumber | None = Field(default=None, ge=-1_000_000, le=1_000_000)
    """Priority of an InferenceObjective with the version's name, for requests that name it: higher goes first. Left
    out: none is created."""

    failure_mode: Literal["FailOpen", "FailClose"] = "FailOpen"
    """When no picker answers, requests go to any replica (`FailOpen`) or are refused (`FailClose`)."""
