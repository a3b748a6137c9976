"""The table `flows.yaml`: which connections the platform needs. Whatever it doesn't name is closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Literal, get_args

from pydantic import BaseModel, Field, TypeAdapter

from weighbridge.catalog import Confidence
from weighbridge.files import yaml_text as yaml
from weighbridge.units import PART

SubjectKind = Literal["servers", "pickers", "monitors", "adapter", "pipelines"]
SUBJECT_KINDS: frozenset[str] = frozenset(get_args(SubjectKind))


class Peer(BaseModel):
    """Somebody outside the platform's own pods: pods of `namespaces`, or addresses."""

    model_config = PART
    peer: str
    namespaces: tuple[str, ...] = ()
    pods: dict[str, tuple[str, ...]] = {}
    ranges: tuple[str, ...] = ()
    excluded: tuple[str, ...] = Field(default=(), alias="except")
    source: str
    as_of: date
    confidence: Confidence


class Flow(BaseModel):
    """One kind of connection that is allowed."""

    model_config = PART
    flow: str
    sources: tuple[str, ...] = Field(alias="from")
    targets: tuple[str, ...] = Field(alias="to")
    ports: tuple[int | str, ...] = ()
    protocols: tuple[Literal["TCP", "UDP"], ...] = ("TCP",)
    groups: bool = False
    """Only where a replica is a group of several hosts."""


class _Table(BaseModel):
    model_config = PART
    peers: tuple[Peer, ...]
    flows: tuple[Flow, ...]


@dataclass(frozen=True, slots=True)
class Flows:
    """The table: peers by name, and the flows."""

    peers: Mapping[str, Peer]
    rows: tuple[Flow, ...]


@cache
def flows() -> Flows:
    """The table, read once."""
    text = resources.files("weighbridge.isolation").joinpath("flows.yaml").read_text(encoding="utf-8")
    table = TypeAdapter(_Table).validate_python(yaml.parse(text).value)
    return Flows({peer.peer: peer for peer in table.peers}, table.flows)
