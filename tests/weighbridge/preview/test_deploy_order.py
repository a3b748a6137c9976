"""Quota is freed before it is taken."""

from hypothesis import given
from hypothesis import strategies as st

from weighbridge.preview.deploy_order import DeployOrder, deploy_order
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.quota.ledger import Demand, Drawn, SummedDemand

L4, CPUS = (QuotaKey("example-ml", "us-central1", name) for name in ("L4", "CPUS"))
NAMES = ("a", "b", "c", "d")


def draws(**amounts):
    return {
        stack: SummedDemand({L4: Drawn(pair[0], pair[0]), CPUS: Drawn(pair[1], pair[1])}, (), Demand)
        for stack, pair in amounts.items()
    }


def test_what_frees_comes_first_even_if_it_is_production():
    before, after = draws(dev=(0, 0), prod=(4, 0)), draws(dev=(2, 0), prod=(2, 0))
    assert deploy_order(["dev", "prod"], before, after, ["prod"]) == DeployOrder(("prod", "dev"))


def test_where_nothing_is_freed_production_is_last():
    before, after = draws(a=(0, 0), z=(1, 0)), draws(a=(1, 0), z=(2, 0))
    assert deploy_order(["a", "z"], before, after, ["a"]).stacks == ("z", "a")


def test_a_stack_that_is_new_takes_and_one_without_a_spec_frees_all():
    assert deploy_order(["new", "old"], draws(old=(3, 0)), draws(new=(3, 0))).stacks == ("old", "new")


def test_a_circle_is_named_and_still_has_an_order():
    before, after = draws(a=(2, 0), b=(0, 2), c=(0, 0)), draws(a=(0, 2), b=(2, 0), c=(0, 0))
    assert deploy_order(["a", "b", "c"], before, after) == DeployOrder(("c", "a", "b"), ("a", "b"))


PAIRS = st.fixed_dictionaries({name: st.tuples(st.integers(0, 3), st.integers(0, 3)) for name in NAMES})


@given(PAIRS, PAIRS)
def test_without_a_circle_no_limit_is_ever_drawn_on_more_than_before_or_after(old, new):
    order = deploy_order(NAMES, draws(**old), draws(**new))
    assert sorted(order.stacks) == sorted(NAMES)
    if order.circle:
        return
    now = dict(old)
    for stack in order.stacks:
        now[stack] = new[stack]
        for part in (0, 1):
            total = sum(pair[part] for pair in now.values())
            assert total <= max(sum(pair[part] for pair in ends.values()) for ends in (old, new))
