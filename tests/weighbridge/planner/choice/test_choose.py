"""The choice for all workloads together: what it costs, what bars the obvious, what more quota would do."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.hardware import A100, H100, L4, chosen_in, machines, option, plan, quota_file, stack
from tests.support.specs import REGION
from weighbridge.planner.choice.choose import monthly, total
from weighbridge.quota.arithmetic import QuotaKey

L4_ID = "NVIDIA-L4-GPUS-per-project-region"


def test_without_a_bound_each_gets_its_cheapest():
    found = chosen_in(None, plan("chat", option(L4, 3), option(A100, 1)), region=REGION)
    assert machines(found) == {"chat": [("g2-standard-4", "standard", 3)]}
    assert f"{monthly(total(found.choice.chosen)[0]):.2f}" == "1547.96"
    assert found.choice.cheapest is None
    assert found.choice.savings == ()


def test_the_one_that_can_move_most_cheaply_makes_room():
    wants = plan("a", option(L4, 8), option(A100, 2)), plan("b", option(L4, 8), option(A100, 12))
    found = chosen_in(stack(quota_file({L4_ID: 12})), *wants)
    assert machines(found) == {"a": [("a2-highgpu-2g", "standard", 1)], "b": [("g2-standard-4", "standard", 8)]}
    first = found.choice.picks[0]
    assert first.obvious.node.machine.name == "g2-standard-4"
    (lack,) = first.obvious_lacks
    assert (lack.needs, lack.drawn_by_others, lack.allowance.left) == (16, 8, 12)
    assert found.choice.picks[1].obvious is None
    assert found.choice.cheapest.units == 4
    assert [(lack.needs, lack.limit) for lack in found.choice.cheapest.lacks] == [(16, 16)]


def test_the_second_best_is_another_family_or_way_of_buying():
    found = chosen_in(stack(), plan("chat", option(L4, 3), option(A100, 2)))
    assert found.choice.picks[0].second.node.machine.family == "a2"


def test_one_node_more_is_solved_again():
    found = chosen_in(stack(quota_file({L4_ID: 7})), plan("chat", option(L4, 8), option(A100, 3)))
    (saving,) = found.choice.savings
    assert (saving.allowance.key.quota_id, saving.amount, saving.machine) == (L4_ID, 1, "g2-standard-4")
    assert f"{monthly(saving.usd_per_hour):,.0f}" == "3,917"


def test_what_has_no_price_is_taken_last_and_said():
    unpriced, priced = option("nvidia-tesla-t4", 1), option(L4, 8)
    found = chosen_in(stack(quota_file({"NVIDIA-T4-GPUS-per-project-region": 8})), plan("chat", unpriced, priced))
    assert machines(found) == {"chat": [("g2-standard-4", "standard", 8)]}
    tight = quota_file({"NVIDIA-T4-GPUS-per-project-region": 8, L4_ID: 7})
    found = chosen_in(stack(tight), plan("chat", unpriced, priced))
    (pick,) = found.choice.picks
    assert pick.candidate.usd_per_hour is None
    assert total(found.choice.chosen)[1] == 1


def test_what_fits_nowhere_says_the_fewest_units_and_the_fewest_limits():
    found = chosen_in(
        stack(quota_file({L4_ID: 2, "N2-CPUS-per-project-region": 16, "NVIDIA-A100-GPUS-per-project-region": 0})),
        plan("chat", option(L4, 8), option(A100, 2)),
    )
    choice = found.choice
    assert not choice.fits
    assert machines(found) == {}
    assert choice.fewest_units.units == 2
    assert [lack.limit for lack in choice.fewest_units.lacks] == [2]
    assert len(choice.fewest_limits.lacks) == 1
    assert choice.picks[0].obvious.node.machine.name == "g2-standard-4"
    assert [(lack.needs, lack.allowance.left) for lack in choice.picks[0].obvious_lacks] == [(8, 2)]


def test_a_workload_that_can_have_none_does_not_keep_others_from_theirs():
    found = chosen_in(stack(), plan("none", option("nvidia-gb200", 1)), plan("chat", option(L4, 1)))
    assert [pick.workload for pick in found.choice.without] == ["none"]
    assert machines(found) == {"chat": [("g2-standard-4", "standard", 1)]}


def test_quota_bounds_how_many_nodes_there_may_be():
    found = chosen_in(stack(), plan("a", option(L4, 4)), plan("b", option(L4, 8)))
    first, second = found.choice.chosen
    assert (found.choice.nodes_by_quota(first), found.choice.nodes_by_quota(second)) == (16, 20)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 5)), min_size=1, max_size=3),
    st.integers(0, 24),
    st.integers(1, 8),
)
def test_no_key_is_exceeded_and_more_quota_never_costs_more(sizes, limit, more):
    plans = [plan(f"w{place}", option(L4, least), option(A100, other)) for place, (least, other) in enumerate(sizes)]
    one = chosen_in(stack(quota_file({L4_ID: limit})), *plans).choice
    other = chosen_in(stack(quota_file({L4_ID: limit + more})), *plans).choice
    for choice in (one, other):
        drawn: dict[QuotaKey, int] = {}
        for candidate in choice.chosen:
            for key, amount in candidate.draws.items():
                drawn[key] = drawn.get(key, 0) + amount
        assert all((of := choice.room.of(key)) is None or amount <= of.left for key, amount in drawn.items())
    if one.fits:
        assert other.fits
        assert total(other.chosen)[0] <= total(one.chosen)[0]


def test_h100_is_sold_by_spot_where_it_is_allowed():
    h100 = {"machine_types": ["a3-highgpu-1g"], "spot_share": "100%"}
    found = chosen_in(None, plan("chat", option(H100, 2), hardware=h100), region=REGION)
    assert machines(found) == {"chat": [("a3-highgpu-1g", "spot", 2)]}
