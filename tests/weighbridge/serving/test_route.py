"""Routes of an endpoint: testers by header first, everybody by whole weights, a mirror while there is no traffic."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.support.specs import endpoint
from weighbridge.serving.route import Backend, Route, plan_routes

PINS = (
    Route((Backend("ranker-v7", 1),), pin="v7"),
    Route((Backend("ranker-v8", 1),), pin="v8"),
)


def test_one_version_takes_everything_and_needs_no_header():
    assert tuple(plan_routes("ranker", endpoint(None))) == (Route((Backend("ranker-v7", 100),)),)


def test_a_candidate_without_traffic_gets_copies_where_the_rollout_says_so():
    mirrored = Route((Backend("ranker-v7", 100),), mirror_to="ranker-v8", mirror_percent=5)
    assert tuple(plan_routes("ranker", endpoint({"mirror": "5%"}))) == (*PINS, mirrored)
    assert tuple(plan_routes("ranker", endpoint({}))) == (*PINS, Route((Backend("ranker-v7", 100),)))
    with_traffic = Route((Backend("ranker-v7", 99), Backend("ranker-v8", 1)))
    assert tuple(plan_routes("ranker", endpoint({"mirror": "5%", "at": "1%"}))) == (*PINS, with_traffic)


def test_a_version_whose_weight_is_zero_is_left_out():
    assert tuple(plan_routes("ranker", endpoint({"at": "100%"}))) == (*PINS, Route((Backend("ranker-v8", 100),)))


@given(st.integers(1, 9999).map(lambda hundredths: Decimal(hundredths) / 100))
def test_whole_weights_are_in_the_ratio_of_the_percentages(at):
    made = endpoint({"at": f"{at}%", "steps": [f"{at}%", "100%"]})
    (*_, everybody) = plan_routes("ranker", made)
    stable, candidate = everybody.backends
    assert Decimal(candidate.weight) / (stable.weight + candidate.weight) == at / 100
