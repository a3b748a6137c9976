"""While an update runs: nothing that may be there at any moment goes uncounted."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.graphs import cluster, node_pool
from tests.support.quota_demand import QUOTA
from tests.support.specs import CATALOG
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.quota.holders import generation_demand
from weighbridge.quota.ledger import Demand
from weighbridge.quota.update import Turn, Update, count_update, peak_of
from weighbridge.resources.held_resource import HeldResource, Surroundings

AROUND = Surroundings.of([cluster()], QUOTA, CATALOG)
L4 = "NVIDIA-L4-GPUS-per-project-region"
MACHINES = ("g2-standard-4", "g2-standard-24", "a2-highgpu-1g", "n2-standard-8", "e2-standard-4")


def pool(name: str, most: int, machine: str = "g2-standard-4", surge: int = 0) -> HeldResource:
    return node_pool(
        name,
        nodeConfig={"machineType": machine, "diskSizeGb": 100.0, "diskType": "pd-balanced"},
        autoscaling={"totalMaxNodeCount": float(most)},
        upgradeSettings={"maxSurge": float(surge), "maxUnavailable": 1.0},
    )


def counted(*turns: Turn) -> Update:
    return count_update(turns, AROUND, AROUND)


def l4s(demand: Demand) -> int:
    return sum(claim.peak for claim in demand.claims if claim.key.quota_id == L4)


def amounts(update: Update) -> tuple[int, int, int]:
    after = sum(l4s(one.after) for one in update.counted)
    return l4s(update.before), l4s(update.during), after


def test_what_goes_is_there_until_the_end():
    assert amounts(counted(Turn(pool("a", 4), None), Turn(None, pool("b", 4)))) == (4, 8, 4)


def test_both_generations_count_where_the_new_one_comes_first():
    assert amounts(counted(Turn(pool("a", 4), pool("a", 1), both=True))) == (4, 5, 1)


def test_the_larger_one_counts_where_one_becomes_the_other():
    grows, shrinks = Turn(pool("a", 2), pool("a", 6)), Turn(pool("b", 6), pool("b", 2))
    assert amounts(counted(grows)) == (2, 6, 6)
    assert amounts(counted(shrinks)) == (6, 6, 2)
    assert amounts(counted(grows, shrinks)) == (8, 12, 8)


def test_room_for_a_replacement_that_is_not_to_come_is_no_part_of_it():
    unnamed = replace(pool("a", 4), inputs={**pool("a", 4).inputs, "name": None})
    assert unnamed.creates_first
    assert amounts(counted(Turn(unnamed, unnamed))) == (4, 4, 4)


def test_each_limit_has_the_larger_generation_of_its_own():
    update = counted(Turn(pool("a", 4), pool("a", 2, "a2-highgpu-1g")))
    a100 = next(key for key in _keys(update) if key.quota_id.startswith("NVIDIA-A100"))
    assert (l4s(update.during), peak_of(update.during, a100)) == (4, 2)
    assert update.grows


def test_an_update_that_only_takes_away_does_not_grow():
    update = counted(Turn(pool("a", 4), None), Turn(pool("b", 4), pool("b", 3)), Turn(pool("c", 1), pool("c", 1)))
    assert not update.grows
    assert l4s(update.during) == l4s(update.before)


def test_what_may_have_either_inputs_counts_as_the_larger():
    either = replace(pool("a", 1), otherwise=pool("a", 9).inputs)
    assert amounts(counted(Turn(pool("a", 1), either))) == (1, 9, 9)


def test_what_is_there_and_cannot_be_counted_is_named():
    strange = replace(pool("a", 1), inputs={**pool("a", 1).inputs, "nodeConfig": {"machineType": "q9"}})
    ((one, doubt),) = counted(Turn(strange, None)).unsure
    assert (one.name, doubt.holder) == ("a", "a")
    assert counted(Turn(strange, strange), Turn(None, pool("b", 1))).unsure == ()  # the rule itself says it


# -- a small model of the engine ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Deployed:
    """One resource in a random update: how its new generation comes about."""

    old: HeldResource | None
    new: HeldResource | None
    way: str  # in place, delete first, create first


@st.composite
def updates(draw: st.DrawFn) -> list[Deployed]:
    found = []
    for number in range(draw(st.integers(1, 5))):
        old, new = (
            draw(
                st.none()
                | st.builds(
                    pool, st.just(f"p{number}"), st.integers(1, 9), st.sampled_from(MACHINES), st.integers(0, 3)
                )
            )
            for _ in range(2)
        )
        found.append(Deployed(old, new, draw(st.sampled_from(["in place", "delete first", "create first"]))))
    return found


def moments(deployed: list[Deployed], order: random.Random) -> Iterator[list[HeldResource]]:
    """What is there after each step: programs run resource by resource in any order, and deletions come last.

    A resource that is updated in place is of the old kind, then of the new one.
    """
    there = [one.old for one in deployed if one.old is not None]
    yield list(there)
    last = []
    for one in order.sample(deployed, len(deployed)):
        if one.new is None:
            last += [one.old] if one.old is not None else []
            continue
        if one.old is not None and one.way != "create first":
            there.remove(one.old)
            yield list(there)
        elif one.old is not None:
            last.append(one.old)
        there.append(one.new)
        yield list(there)
    for gone in order.sample(last, len(last)):
        there.remove(gone)
        yield list(there)


@given(updates(), st.randoms(use_true_random=False))
@example([Deployed(pool("a", 4), None, "in place"), Deployed(None, pool("b", 4), "in place")], random.Random(1))
@settings(max_examples=80)
def test_no_moment_of_a_deployment_holds_more_than_is_counted(deployed, order):
    turns = [Turn(one.old, one.new, both=one.way == "create first") for one in deployed]
    update = counted(*turns)
    for held in moments(deployed, order):
        for key, amount in _amounts(held).items():
            assert amount <= peak_of(update.during, key)


@given(updates())
@settings(max_examples=40)
def test_the_first_of_two_steps_always_has_room(deployed):
    """The way out that the report names: first all that goes or shrinks, without what comes or grows."""
    first = []
    for one in deployed:
        if one.old is not None:
            replaced = one.new is None or one.way == "create first"
            first.append(Turn(one.old, None if replaced else _smaller(one.old, one.new)))
    assert not counted(*first).grows


def _smaller(old: HeldResource, new: HeldResource | None) -> HeldResource:
    """The new one, provided that it draws no more of anything."""
    before, after = _amounts([old]), _amounts([new] if new is not None else [])
    return new if new is not None and all(amount <= before[key] for key, amount in after.items()) else old


def _amounts(held: list[HeldResource]) -> Mapping[QuotaKey, int]:
    found: Counter[QuotaKey] = Counter()
    for resource in held:
        for claim in generation_demand(resource, AROUND).claims:
            found[claim.key] += claim.peak
    return found


def _keys(update: Update) -> set[QuotaKey]:
    return {claim.key for claim in update.during.claims}
