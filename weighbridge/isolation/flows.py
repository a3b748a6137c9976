"""The table `flows.yaml`: which connections the platform needs. Whatever it doesn't name is closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from itertools import product
from typing import Literal, Self, get_args

from pydantic import BaseModel, Field, TypeAdapter, model_validator

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


BELONG_TOGETHER = frozenset({frozenset({"servers", "pickers"})})
"""Kinds of subjects of which each pod knows those of the other that are its own: of the same version. Between any
other two, nobody would say which pods of the one are meant for the other, so no rule would come of a row."""


class _Table(BaseModel):
    model_config = PART
    peers: tuple[Peer, ...]
    flows: tuple[Flow, ...]

    @model_validator(mode="after")
    def _has_effect(self) -> Self:
        known = SUBJECT_KINDS | {peer.peer for peer in self.peers}
        for row in self.flows:
            unknown = {*row.sources, *row.targets} - known
            if unknown:
                raise ValueError(f"{row.flow}: no subject or peer is called {', '.join(sorted(unknown))}")
            for source, target in product(row.sources, row.targets):
                between = frozenset({source, target})
                if not between & SUBJECT_KINDS:
                    raise ValueError(f"{row.flow}: neither {source} nor {target} is a subject: no policy comes of it")
                if between <= SUBJECT_KINDS and len(between) > 1 and between not in BELONG_TOGETHER:
                    raise ValueError(
                        f"{row.flow}: nothing says which {target} belong to which {source}, and no policy comes of it: "
                        f"only pods of one kind, and servers and pickers of one version, know one another. Make one "
                        f"of the two a peer, by its namespace"
                    )
        return self


@dataclass(frozen=True, slots=True)
class Flows:
    """The table: peers by name, and the flows."""

    peers: Mapping[str, Peer]
    rows: tuple[Flow, ...]


@cache
def flows() -> Flows:
    """The table, read once."""
    return read_flows(resources.files("weighbridge.isolation").joinpath("flows.yaml").read_text(encoding="utf-8"))


def read_flows(text: str) -> Flows:
    """A table in a text. Raises `ValueError` where a row would be without effect."""
    table = TypeAdapter(_Table).validate_python(yaml.parse(text).value)
    return Flows({peer.peer: peer for peer in table.peers}, table.flows)
