"""Whether pods fit the nodes of their pools, by first fit: what has least choice of pools first, then the largest.

Sound, not exact: what it places fits as placed, so nothing is admitted that doesn't fit; a mix of very different pods
that only a perfect packing could hold may be refused. Pods alike, which is what a serving pool runs, are packed
exactly. Nodes that are alike are handled together, so that the work grows with kinds of pods, not with pods.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Bin:
    """A pool of nodes alike: how many, and what each has."""

    most: int
    room: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Load:
    """Pods alike that have to run at once, on any of the pools named."""

    key: int  # of the holder, whose pods are of several kinds or not
    request: Mapping[str, Decimal]
    count: int
    pools: tuple[str, ...]
    alone: int = 0  # pods that take a whole pool together; 0: they share


@dataclass(slots=True)
class _Open:
    """Nodes of a pool that are used alike, and those that nobody uses yet."""

    free: Mapping[str, Decimal]
    nodes: int


@dataclass(slots=True)
class _Pool:
    room: Mapping[str, Decimal]
    unused: int
    used: list[_Open] = field(default_factory=list)


def pack(loads: Sequence[Load], bins: Mapping[str, Bin]) -> Mapping[int, int]:
    """How many pods of each holder (`Load.key`) have no room; holders whose pods all have room are left out."""
    pools = {name: _Pool(nodes.room, nodes.most) for name, nodes in bins.items()}
    left: dict[int, int] = {}
    able = [replace(load, pools=tuple(_able(load, bins))) for load in loads]
    for load in sorted(able, key=lambda waiting: (not waiting.alone, len(waiting.pools), -_share(waiting, bins))):
        rest = _whole_pools(load, pools) if load.alone else _shared(load, pools)
        if rest:
            left[load.key] = left.get(load.key, 0) + rest
    return left


def fits_on_one(request: Mapping[str, Decimal], room: Mapping[str, Decimal]) -> int:
    """How many such pods an empty node holds; a pod that asks for nothing counts as one that asks for little."""
    return int(min((room.get(name, Decimal(0)) // amount for name, amount in request.items() if amount), default=1000))


def _able(load: Load, bins: Mapping[str, Bin]) -> Iterator[str]:
    """Those of its pools whose nodes are large enough."""
    return (name for name in load.pools if fits_on_one(load.request, bins[name].room))


def _share(load: Load, bins: Mapping[str, Bin]) -> Decimal:
    """The part of a node that one of the pods takes of what it takes most of, on the first of its pools."""
    room = bins[load.pools[0]].room if load.pools else {}
    return max((amount / room[name] for name, amount in load.request.items() if room.get(name)), default=Decimal(0))


def _whole_pools(load: Load, pools: Mapping[str, _Pool]) -> int:
    rest = load.count
    for name in load.pools:
        pool = pools[name]
        if rest and not pool.used and pool.unused * fits_on_one(load.request, pool.room) >= load.alone:
            pool.unused, rest = 0, rest - load.alone
    return rest


def _shared(load: Load, pools: Mapping[str, _Pool]) -> int:
    rest = load.count
    for name in load.pools:
        pool = pools[name]
        for nodes in tuple(pool.used):
            rest = _fill(load.request, rest, nodes, pool)
        fresh = _Open(pool.room, pool.unused)
        pool.used.append(fresh)
        rest = _fill(load.request, rest, fresh, pool)
        pool.unused = fresh.nodes
        pool.used.remove(fresh)
    return rest


def _fill(request: Mapping[str, Decimal], count: int, nodes: _Open, pool: _Pool) -> int:
    """Puts pods on nodes that are alike; those that take some become nodes of their own. What is left over."""
    per_node = fits_on_one(request, nodes.free)
    if not per_node or not nodes.nodes or not count:
        return count
    full, last = divmod(min(count, per_node * nodes.nodes), per_node)
    for pods, how_many in ((per_node, full), (last, 1)):
        if pods and how_many:
            free = {name: amount - request.get(name, Decimal(0)) * pods for name, amount in nodes.free.items()}
            pool.used.append(_Open(free, how_many))
            nodes.nodes -= how_many
    return count - full * per_node - last
