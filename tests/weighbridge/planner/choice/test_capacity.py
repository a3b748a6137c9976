"""Demand beside capacity, and cost beside latency, as numbers."""

from tests.support.hardware import A100, L4, chosen_in, option, plan, stack
from weighbridge.planner.choice.capacity import cost_points, demand_curve

DEMAND = {"rate": 4, "input_tokens": 9, "output_tokens": 9}
DAILY = [1] * 12 + [3] * 12


def test_a_rate_has_its_hours_and_what_replicas_and_quota_take():
    planned = plan(
        "chat", option(L4, 3, high=4), demand={"rate": 4, "input_tokens": 9, "output_tokens": 9, "daily": DAILY}
    )
    choice = chosen_in(stack(), planned).choice
    curve = demand_curve(planned, choice, choice.chosen[0])
    assert (len(curve.times), curve.unit, max(curve.rates), min(curve.rates)) == (24, "hours", 4.0, 4 / 3)
    assert (curve.capacity, curve.most_capacity, curve.quota_capacity) == (12.0, 16.0, 96.0)


def test_each_way_with_a_price_is_a_point_and_the_chosen_one_is_marked():
    choice = chosen_in(stack(), plan("chat", option(L4, 3), option(A100, 2), option("nvidia-tesla-t4", 1))).choice
    points = cost_points(choice.picks[0])
    assert {point.candidate.option.accelerator for point in points} == {L4, A100}
    assert [point.candidate.option.accelerator for point in points if point.chosen] == [L4]
    assert {point.first_token for point in points} == {0.7}
