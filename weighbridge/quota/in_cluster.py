"""What inside a cluster's objects makes nodes, disks or addresses, and what is known to make none: `in_cluster.csv`.

A row says where a name stands (`Where`) and what an object that has it there makes. What is not listed is a doubt: the
rows that make nothing are those that somebody has looked at. Which kinds of objects there are is in
`weighbridge/resources/resource_classes.csv`.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from weighbridge.spec.quota_file import QUOTA_FILE

TABLE = Path(__file__).parent / "in_cluster.csv"

ALLOW = f"let the owners of the quota state under allow in {QUOTA_FILE} what it holds"
"""The way on for what nobody can count."""


class Where(StrEnum):
    """Where a name stands."""

    TEXT = (
        "text"  # a key or a text anywhere in what is read: an address's name is all of it, another's a part; * is any
    )
    NAMESPACE_LABEL = "namespace_label"
    CLAIM = "claim"  # a key that holds templates of volume claims
    OPAQUE = "opaque"  # a key whose contents only another program reads
    UNREAD = "unread"  # a key of a workload whose contents make nothing
    LOAD_BALANCER_TYPE = "load_balancer_type"  # an annotation's value
    LOAD_BALANCER_CLASS = "load_balancer_class"
    INGRESS_CLASS = "ingress_class"
    GATEWAY_CLASS = "gateway_class"
    FLEET_FEATURE = "fleet_feature"


class Makes(StrEnum):
    """What an object makes."""

    NOTHING = "nothing"
    NODES = "nodes"
    DISKS = "disks"
    ADDRESS = "address"  # an external one of the region, which nodes share
    GLOBAL = "global"  # a global address, which has quota of its own
    ANYTHING = "anything"


@dataclass(frozen=True, slots=True)
class Maker:
    """One row. `confidence` is one of the catalog's; `source` is a key of the catalog's sources.csv."""

    where: Where
    name: str
    makes: Makes
    why: str  # in words that follow the name
    confidence: str
    source: str


def at(where: Where) -> Mapping[str, Maker]:
    """The rows of one place, by name."""
    return _table()[where]


@cache
def _table() -> Mapping[Where, Mapping[str, Maker]]:
    found: dict[Where, dict[str, Maker]] = {where: {} for where in Where}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            where = Where(line["where"])
            found[where][line["name"]] = Maker(
                where, line["name"], Makes(line["makes"]), line["why"], line["confidence"], line["source"]
            )
    return found
