"""What Prometheus learned after the version whose dialect Google speaks; functions are in `newer_functions.csv`."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from weighbridge.signals.expression import Visit
from weighbridge.signals.syntax_position import surroundings

TABLE = Path(__file__).parent / "newer_functions.csv"
GOOGLES_DIALECT = "2.44"  # Google's page "PromQL compatibility", read 2026-11-25
_NUMBER = re.compile(r"[0-9.]+|0[xX][0-9a-fA-F]+")
_TAKES_SPAN = frozenset({"[", ":", "offset"})


@dataclass(frozen=True, slots=True)
class NewerFunction:
    """One function or aggregation. That it is newer is sure; `confidence` is about the exact version."""

    function: str
    since: str  # version of Prometheus
    confidence: str
    source: str
    as_of: str
    instead: str  # completes "write …"


@cache
def newer_functions() -> Mapping[str, NewerFunction]:
    """The table by function."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return MappingProxyType({line["function"]: NewerFunction(**line) for line in csv.DictReader(file)})


def promql_name(metric_type: str) -> str:
    """Google's name of a metric (``a.googleapis.com/b/c``) as PromQL of any version takes it."""
    host, _, path = metric_type.partition("/")
    return ":".join(re.sub(r"[^A-Za-z0-9_]", "_", part) for part in (host, path) if part)


def newer_than_googles(expression: str, found: Iterable[Visit]) -> Iterator[str]:
    """What Google may refuse, and what to write instead."""
    yield from _newer_nodes(found)
    yield from _newer_tokens(expression)


def _newer_nodes(found: Iterable[Visit]) -> Iterator[str]:
    from promql_parser import AggregateExpr, BinaryExpr, Call

    for node in (visit.node for visit in found):
        if isinstance(node, Call | AggregateExpr):
            name = node.func.name if isinstance(node, Call) else str(node.op)
            newer = newer_functions().get(name)
            if newer:
                yield f"`{name}` came with Prometheus {newer.since}, {_GOOGLE}: write {newer.instead}"
        elif isinstance(node, BinaryExpr) and node.modifier:
            fill = node.modifier.fill_values
            if fill.lhs is not None or fill.rhs is not None:
                yield f"`fill` came with Prometheus 3, {_GOOGLE}: write `or` with the value to fill in"


def _newer_tokens(expression: str) -> Iterator[str]:
    for token, bracket, before in surroundings(expression):
        if token[0] in "\"'`" and bracket == "{" and before in {"{", ","}:
            instead = promql_name(token[1:-1])
            yield f"the quoted name {token} came with Prometheus 3, which promtool 2 cannot read: write `{instead}`"
        elif before in _TAKES_SPAN and bracket != "{" and _NUMBER.fullmatch(token):
            yield f"a time span without a unit ({token}) came with Prometheus 3, {_GOOGLE}: write `{token}s`"


_GOOGLE = f"Google speaks the dialect of {GOOGLES_DIALECT}"
