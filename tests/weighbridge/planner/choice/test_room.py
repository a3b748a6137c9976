"""What is left after all stacks, and the limit to ask for."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.support.hardware import SYSTEM, quota_file, stack
from tests.support.specs import CATALOG, PROJECT, REGION, spec
from weighbridge.planner.choice.room import LimitRoom, room_of
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.quota.ledger import build_ledger

L4_KEY = QuotaKey(PROJECT, REGION, "NVIDIA-L4-GPUS-per-project-region")
L4_POOL = {"machine_type": "g2-standard-4", "nodes": {"min": 0, "max": 4}}


def room(at_hand, *replaced, keys=(L4_KEY,)):
    ledger = build_ledger(at_hand.quota, at_hand.demands, CATALOG, at_hand.now)
    return room_of(at_hand.stack, at_hand.spec, replaced, keys, at_hand.quota, ledger, CATALOG)


def test_what_other_stacks_hold_and_what_is_kept_free_is_not_left():
    others = {"prod": spec({"serve": L4_POOL}, environment="prod")}
    assert room(stack(quota_file(keep_free="10%"), others=others)).of(L4_KEY).left == 24 - 3 - 4


def test_the_pools_that_go_give_back_what_they_hold():
    at_hand = stack(pools={"system": SYSTEM, "chat": L4_POOL})
    assert room(at_hand).of(L4_KEY).left == 20
    assert room(at_hand, "chat", "nothing-of-that-name").of(L4_KEY).left == 24


def test_a_share_of_the_stack_bounds_it_too():
    at_hand = stack(quota_file(shares={"dev": "25%"}), pools={"system": SYSTEM, "chat": L4_POOL})
    assert room(at_hand).of(L4_KEY).left == 2
    assert room(at_hand, "chat").of(L4_KEY).left == 6


def test_a_limit_that_is_not_listed_counts_as_zero_and_one_that_some_projects_lack_is_none():
    a100 = QuotaKey(PROJECT, REGION, "PREEMPTIBLE-NVIDIA-A100-GPUS-per-project-region")
    everywhere = QuotaKey(PROJECT, "global", "CPUS-ALL-REGIONS-per-project")
    found = room(stack(), keys=(a100, everywhere))
    assert found.of(a100).left == 0
    assert found.of(a100).limit is None
    assert found.of(everywhere) is None


def test_an_unlimited_limit_has_no_bound():
    assert room(stack(quota_file({"NVIDIA-L4-GPUS-per-project-region": -1}))).of(L4_KEY) is None


def test_old_limits_are_an_open_question():
    found = room(stack(quota_file(max_age="1d", pulled_at="2026-11-01T00:00:00Z")))
    (question,) = found.open_questions
    assert question.startswith("the limits admit nothing: limits were pulled at 2026-11-01 00:00 UTC, 23 days ago,")


@given(
    st.integers(0, 500), st.integers(0, 300), st.integers(0, 200), st.integers(0, 60),
    st.none() | st.integers(5, 100), st.integers(0, 500),
)  # fmt: skip
def test_the_limit_to_ask_for_is_the_least_that_leaves_enough(limit, taken, own, keep_free, share, amount):
    own = min(own, taken)
    share = None if share is None else Decimal(share)
    allowance = LimitRoom(L4_KEY, "L4", "GPU", limit, taken, own, Decimal(keep_free), share)
    asked = allowance.limit_for(amount)
    assert asked is not None

    def left(of):
        return LimitRoom(L4_KEY, "L4", "GPU", of, taken, own, Decimal(keep_free), share).left

    assert left(asked) >= amount
    if asked and amount:
        assert left(asked - 1) < amount


def test_no_limit_is_enough_where_all_is_kept_free():
    assert LimitRoom(L4_KEY, "L4", "GPU", 8, 0, 0, Decimal(100), None).limit_for(1) is None
