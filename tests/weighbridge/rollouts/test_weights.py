"""Weights, versions and replicas that follow from a rollout."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.specs import STEPS, endpoint
from weighbridge.rollouts.weights import existing, mirrored, next_step, replicas_least, sleeps, weights


@pytest.mark.parametrize(
    ("rollout", "expected"),
    [
        (None, {"v7": 100}),
        ("none", {"v7": 100}),
        ({"at": "0%"}, {"v7": 100, "v8": 0}),
        ({"at": "1%"}, {"v7": 99, "v8": 1}),
        ({"at": "100%"}, {"v7": 0, "v8": 100}),
        (
            {"at": "50%", "rolled_back": {"at": "2026-11-20T08:00:00Z", "weight": "50%", "reason": "slow"}},
            {"v7": 100, "v8": 0},
        ),
    ],
)
def test_weights(rollout, expected):
    made = endpoint(rollout)

    assert weights(made) == expected
    assert existing(made) == tuple(expected)  # one without traffic is still there


@given(st.decimals(0, 100, places=3))
def test_weights_are_never_negative_and_add_up_to_100(at):
    found = weights(endpoint({"at": f"{at}%"}))

    assert sum(found.values()) == 100
    assert min(found.values()) >= 0


@pytest.mark.parametrize(
    ("at", "least"),
    [("0%", 1), ("1%", 1), ("10%", 3), ("50%", 4), ("100%", 4)],  # for 1 %, 10 %, 50 % and, up to its most, all of 6
)
def test_the_candidate_is_ready_for_the_next_step_before_it_comes(at, least):
    assert replicas_least(endpoint({"at": at}), "v8") == least
    assert replicas_least(endpoint({"at": at}), "v7") == 6


def test_the_candidate_s_part_is_rounded_up():
    assert replicas_least(endpoint({"at": "10%"}, stable=(5, 9), new=(1, 9)), "v8") == 3  # half of 5


QUEUE = {"queue": {"query": "gateway_queue_length"}, "per_replica": 4}


def test_one_replica_is_kept_where_none_is_guaranteed():
    assert replicas_least(endpoint(None, stable=(0, 1)), "v7") == 1


@pytest.mark.parametrize(
    ("rollout", "stable", "candidate"),
    [
        (None, 0, None),
        ({"at": "0%"}, 0, 1),  # no request is sent there, so nothing would wake it for those who test it
        ({"at": "10%"}, 0, 0),
        ({"at": "100%"}, 1, 0),
    ],
)
def test_none_is_kept_where_a_queue_outside_them_wakes_them(rollout, stable, candidate):
    made = endpoint(rollout, stable=(0, 4), new=(0, 2), scale_on=QUEUE)

    assert replicas_least(made, "v7") == stable
    assert candidate is None or replicas_least(made, "v8") == candidate
    assert [sleeps(made, version) for version in existing(made)] == [
        not replicas_least(made, v) for v in existing(made)
    ]


@given(st.sampled_from(["0%", *STEPS]), st.integers(0, 9), st.integers(0, 9), st.integers(1, 9))
def test_replicas_stay_within_what_the_spec_allows(at, stable, least, most):
    made = endpoint({"at": at}, stable=(stable, 9), new=(min(least, most), most))

    assert 1 <= replicas_least(made, "v8") <= most


def test_next_step():
    def after(**rollout: Any) -> Decimal | None:
        made = endpoint(rollout).rollout
        assert made is not None
        return next_step(made)

    assert [after(at=at) for at in ("0%", "1%", "50%", "100%")] == [1, 10, 100, None]
    assert after(rolled_back={"at": "2026-11-20T08:00:00Z", "weight": "50%", "reason": "slow"}) is None


def test_requests_are_mirrored_only_before_the_first_step():
    assert mirrored(endpoint({"mirror": "5%"})) == 5
    assert mirrored(endpoint({"mirror": "5%", "at": "1%"})) is None
    assert mirrored(endpoint({})) is None
    assert mirrored(endpoint(None)) is None
