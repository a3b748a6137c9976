"""A language model as files describe it: by its name, or by what its configuration file says."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from weighbridge.units import PART, Expected, WholeNumber

ModelName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=80),
    Expected("a model's name in lower case, such as llama-3.1-70b"),
]
FilePath = Annotated[str, StringConstraints(min_length=1, max_length=500), Expected("a path relative to this file")]
Amount = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]


class Architecture(BaseModel):
    """`architecture`: a language model that the catalog doesn't know, as its configuration file describes it."""

    model_config = PART

    parameters_billions: Amount = Field(examples=[70.6])
    """All weights, in billions."""

    layers: Annotated[WholeNumber, Field(ge=1, le=1000)] = Field(examples=[80])
    """`num_hidden_layers`."""

    hidden: Annotated[WholeNumber, Field(ge=1, le=1_000_000)] = Field(examples=[8192])
    """`hidden_size`."""

    heads: Annotated[WholeNumber, Field(ge=1, le=4096)] = Field(examples=[64])
    """`num_attention_heads`."""

    kv_heads: Annotated[WholeNumber, Field(ge=1, le=4096)] | None = Field(default=None, examples=[8])
    """`num_key_value_heads`. Left out: as many as `heads`."""

    head_size: Annotated[WholeNumber, Field(ge=1, le=4096)] = 128
    """`head_dim`."""

    latent: Annotated[WholeNumber, Field(ge=1, le=65536)] | None = None
    """Of multi-head latent attention: `kv_lora_rank` and `qk_rope_head_dim` together. Left out: keys and values."""

    active_billions: Amount | None = None
    """Weights that one token meets, in billions. Left out: all. Required with `experts`."""

    experts: Annotated[WholeNumber, Field(ge=2, le=100_000)] | None = None
    """Routed experts of a layer. Left out: a dense model."""

    experts_per_token: Annotated[WholeNumber, Field(ge=1, le=1000)] | None = None
    """Of them, those that a token is sent to. Required with `experts`."""
