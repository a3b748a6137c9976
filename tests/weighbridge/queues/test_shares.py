"""The sums of a pool's shares."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from weighbridge.queues.shares import Share, ShareRequest, pool_shares

CPU, MEMORY, GPU = "cpu", "memory", "nvidia.com/gpu"
MIB = 2**20


def amounts(**given):
    return {name.replace("gpu", GPU): Decimal(amount) for name, amount in given.items()}


def test_the_cohort_has_what_nobody_is_guaranteed():
    found = pool_shares(
        amounts(gpu=8, cpu=80),
        {
            "train": ShareRequest(amounts(gpu=4, cpu=10), amounts(gpu=8, cpu=80)),
            "try": ShareRequest({}, amounts(gpu=4, cpu=20)),
        },
    )
    assert found.spare == amounts(gpu=4, cpu=70)
    assert found.of["train"] == {GPU: Share(Decimal(4), Decimal(8)), CPU: Share(Decimal(10), Decimal(80))}
    assert found.of["try"][GPU] == Share(Decimal(0), Decimal(4))
    assert found.of["train"][CPU].borrowed == 70
    assert not found.short


def test_what_is_not_named_is_guaranteed_in_the_same_part_and_has_no_ceiling_but_the_pool():
    found = pool_shares(amounts(gpu=8, cpu=80), {"train": ShareRequest(amounts(gpu=2), amounts(gpu=2))})
    assert found.of["train"][CPU] == Share(Decimal(20), Decimal(80))
    assert found.spare[CPU] == 60


def test_what_is_not_named_comes_from_what_those_who_name_it_leave():
    asked = {
        "a": ShareRequest(amounts(gpu=4, cpu=60), amounts(gpu=4, cpu=60)),
        "b": ShareRequest(amounts(gpu=4), amounts(gpu=8)),
    }
    found = pool_shares(amounts(gpu=8, cpu=80), asked)
    assert found.of["b"][CPU].guaranteed == 20  # half of the pool would be 40
    assert found.spare == amounts(gpu=0, cpu=0)


def test_guarantees_beyond_the_capacity_are_told_by_how_much():
    found = pool_shares(amounts(gpu=4), {"a": ShareRequest(amounts(gpu=6), amounts(gpu=8))})
    assert (found.spare, found.short) == (amounts(gpu=0), amounts(gpu=2))


@st.composite
def pools(draw):
    """A capacity, and wishes whose guarantees fit it together."""
    capacity = {
        CPU: Decimal(draw(st.integers(1, 400_000))) / 1000,
        MEMORY: Decimal(draw(st.integers(1, 4_000_000)) * MIB),
        GPU: Decimal(draw(st.integers(1, 64))),
    }
    steps = {CPU: Decimal("0.001"), MEMORY: Decimal(MIB), GPU: Decimal(1)}
    left, asked = dict(capacity), {}
    for index in range(draw(st.integers(1, 6))):
        guaranteed, at_most = {}, {}
        for resource in draw(st.lists(st.sampled_from([CPU, MEMORY, GPU]), min_size=1, unique=True)):
            guaranteed[resource] = steps[resource] * draw(st.integers(0, int(left[resource] / steps[resource])))
            left[resource] -= guaranteed[resource]
            most = int(capacity[resource] / steps[resource]) * 2
            at_most[resource] = guaranteed[resource] + steps[resource] * draw(st.integers(0, most))
        asked[f"p{index}"] = ShareRequest(guaranteed, at_most)
    return capacity, asked


@given(pools())
def test_all_quota_together_is_the_capacity_exactly(pool):
    capacity, asked = pool
    found = pool_shares(capacity, asked)
    for resource, most in capacity.items():
        held = sum(share[resource].guaranteed for share in found.of.values())
        assert held + found.spare[resource] == most
    assert not found.short


@given(pools())
def test_each_queue_alone_reaches_the_smaller_of_its_ceiling_and_the_capacity(pool):
    """As Kueue counts: its own, and of the cohort's own and the others' as much as it may borrow."""
    capacity, asked = pool
    found = pool_shares(capacity, asked)
    for name, shares in found.of.items():
        for resource, share in shares.items():
            others = sum(other[resource].guaranteed for key, other in found.of.items() if key != name)
            reached = share.guaranteed + min(share.borrowed, found.spare[resource] + others)
            ceiling = asked[name].at_most.get(resource, capacity[resource])
            assert reached == min(ceiling, capacity[resource])


@given(pools())
def test_what_is_named_is_guaranteed_as_it_is_named(pool):
    capacity, asked = pool
    found = pool_shares(capacity, asked)
    for name, wish in asked.items():
        for resource, amount in wish.guaranteed.items():
            assert found.of[name][resource].guaranteed == amount
