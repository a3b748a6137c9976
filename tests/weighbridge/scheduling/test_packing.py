"""First fit places no more than there is, and everything where pods are alike."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from weighbridge.scheduling.packing import Bin, Load, pack


def amounts(**given: float) -> dict[str, Decimal]:
    return {name: Decimal(str(amount)) for name, amount in given.items()}


NODE = Bin(2, amounts(cpu=4, memory=8))


def test_pods_alike_are_packed_exactly():
    assert pack([Load(0, amounts(cpu=2), 4, ("a",))], {"a": NODE}) == {}
    assert pack([Load(0, amounts(cpu=2), 5, ("a",))], {"a": NODE}) == {0: 1}
    assert pack([Load(0, amounts(cpu=3), 5, ("a",))], {"a": NODE}) == {0: 3}


def test_sums_that_fit_are_not_enough():
    """4 cores are free in all, but on no node together."""
    assert pack([Load(0, amounts(cpu=2), 2, ("a",)), Load(1, amounts(cpu=3), 2, ("a",))], {"a": NODE}) == {0: 2}


def test_what_has_less_choice_goes_first():
    loads = [Load(0, amounts(cpu=4), 2, ("a", "b")), Load(1, amounts(cpu=4), 2, ("a",))]
    assert pack(loads, {"a": NODE, "b": NODE}) == {}


def test_a_pod_without_requests_needs_a_node_all_the_same():
    assert pack([Load(0, {}, 3, ("a",))], {"a": Bin(0, NODE.room)}) == {0: 3}
    assert pack([Load(0, {}, 3, ("a",))], {"a": NODE}) == {}


def test_a_group_alone_takes_a_whole_pool():
    slices = {name: Bin(4, amounts(tpu=4)) for name in ("s0", "s1")}
    group = Load(0, amounts(tpu=4), 8, ("s0", "s1"), alone=4)
    assert pack([group], slices) == {}
    assert pack([Load(0, amounts(tpu=4), 12, ("s0", "s1"), alone=4)], slices) == {0: 4}
    assert pack([Load(0, amounts(tpu=4), 4, ("s0", "s1"), alone=2)], slices) == {}
    assert pack([Load(0, amounts(tpu=4), 5, ("s0",), alone=5)], slices) == {0: 5}


def test_groups_that_take_whole_pools_go_before_pods_that_may_share():
    """The larger pod would go first otherwise, onto a pool that the groups need, though another is left for it."""
    pools = {name: Bin(1, amounts(tpu=4)) for name in ("s0", "s1", "s2")}
    larger = Load(0, amounts(tpu=4), 1, ("s0", "s2"))
    groups = Load(1, amounts(tpu=2), 2, ("s0", "s1"), alone=1)
    assert pack([larger, groups], pools) == {}


LOADS = st.lists(
    st.builds(
        lambda cpu, memory, count, pools: (amounts(cpu=cpu, memory=memory), count, pools),
        st.integers(0, 5), st.integers(0, 9), st.integers(0, 6), st.sampled_from([("a",), ("b",), ("a", "b")]),
    ),
    max_size=5,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(LOADS, st.integers(0, 4), st.integers(0, 4))
def test_what_is_placed_is_there(given_loads, many, few):
    loads = [Load(key, *given_load) for key, given_load in enumerate(given_loads)]
    bins = {"a": Bin(many, amounts(cpu=4, memory=8)), "b": Bin(few, amounts(cpu=5, memory=4))}
    left = pack(loads, bins)

    assert all(0 < rest <= loads[key].count for key, rest in left.items())
    for name, pools in product(("cpu", "memory"), (("a",), ("b",), ("a", "b"))):
        placed = sum(
            load.request[name] * (load.count - left.get(load.key, 0)) for load in loads if set(load.pools) <= set(pools)
        )
        assert placed <= sum(bins[pool].most * bins[pool].room[name] for pool in pools)
    if not any(left.values()):
        return
    more = {name: Bin(bin_.most + sum(left.values()) + 1, bin_.room) for name, bin_ in bins.items()}
    fit = {load.key for load in loads if any(_fits(load, bins[pool]) for pool in load.pools)}
    assert set(pack(loads, more)) <= {load.key for load in loads} - fit


def _fits(load: Load, node: Bin) -> bool:
    return all(node.room[name] >= amount for name, amount in load.request.items())


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 8))
def test_a_million_pods_alike_take_no_longer_than_one(pods, nodes, per_node):
    left = pack([Load(0, amounts(cpu=1), pods, ("a",))], {"a": Bin(nodes, amounts(cpu=per_node))})
    assert left.get(0, 0) == max(0, pods - nodes * per_node)
