"""A rollout's record: one change to a good one, and the exact message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.specs import endpoint
from weighbridge.rollouts.record import judge_approvals, judge_steps

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OWNER, LEAD, SRE = "ml-platform@example.com", "lead-ranking@example.com", "sre-oncall@example.com"


def approval(step: str, at: str, by: str = LEAD) -> dict[str, str]:
    return {"step": step, "by": by, "at": f"2026-11-{at}:00Z", "reason": "as good as v7"}


ONE, TEN, FIFTY = approval("1%", "17T09:00"), approval("10%", "18T10:30", SRE), approval("50%", "19T11:00")
GOOD: dict[str, Any] = {"at": "50%", "approvals": [ONE, TEN, FIFTY]}


def steps(**changes: Any) -> list[str]:
    return list(judge_steps("ranker", endpoint({**GOOD, **changes}), NOW))


def approvals(*, production: bool = True, **changes: Any) -> list[str]:
    return list(judge_approvals("ranker", endpoint({**GOOD, **changes}), OWNER, NOW, production=production))


def reached(step: str, at: str) -> dict[str, str]:
    return {"step": step, "at": f"2026-11-{at}:00Z"}


def test_a_good_record_is_good():
    assert steps() == []
    assert approvals() == []


@pytest.mark.parametrize("rollout", [None, "none"])
def test_without_a_rollout_there_is_nothing_to_judge(rollout):
    assert list(judge_steps("ranker", endpoint(rollout), NOW)) == []
    assert list(judge_approvals("ranker", endpoint(rollout), OWNER, NOW, production=True)) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"approvals": [ONE, FIFTY]},
            (
                "ranker stands at 50%, and 10% was jumped over: it has neither an approval nor an entry in `reached`. "
                "In endpoints.ranker.rollout, set `at` to 1% and take 10% first"
            ),
        ),
        (
            {"approvals": [ONE, TEN, approval("50%", "18T12:00")]},
            (
                "ranker went from 10% to 50% after 1h30m, and each step bakes for 1d: in endpoints.ranker.rollout, "
                "stay at 10% until 2026-11-19T10:30:00Z"
            ),
        ),
        (
            {"reached": [reached("1%", "17T09:30"), reached("10%", "18T11:00"), reached("50%", "19T10:59")]},
            (
                "ranker went from 10% to 50% after 23h59m, and each step bakes for 1d: in endpoints.ranker.rollout, "
                "stay at 10% until 2026-11-19T11:00:00Z"
            ),
        ),
        (
            {"reached": [reached("50%", "21T00:00")]},
            (
                "ranker is to have reached 50% at 2026-11-21T00:00:00Z, which is in the future: correct "
                "endpoints.ranker.rollout.reached[0]"
            ),
        ),
        (
            {"at": "0%", "reached": [reached("10%", "18T11:00"), reached("1%", "18T12:00")]},
            (
                "the record of ranker is out of order: 1% at 2026-11-18T12:00:00Z comes after 10% at "
                "2026-11-18T11:00:00Z. Put endpoints.ranker.rollout.reached[1] in order"
            ),
        ),
    ],
)
def test_steps(changes, message):
    assert steps(**changes) == [message]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"approvals": [ONE, TEN]},
            (
                "ranker has reached 50%, which nobody approved: add who did, when and why to "
                "endpoints.ranker.rollout.approvals"
            ),
        ),
        (
            {"approvals": [ONE, TEN, approval("50%", "19T11:00", OWNER.upper())]},
            (
                "the approval of 50% for ranker is by ML-PLATFORM@EXAMPLE.COM, who owns this spec: have somebody else "
                "approve it (endpoints.ranker.rollout.approvals[2])"
            ),
        ),
        (
            {"approvals": [ONE, TEN, approval("50%", "20T12:01")]},
            (
                "the approval of 50% for ranker is from 2026-11-20T12:01:00Z, which is in the future: correct "
                "endpoints.ranker.rollout.approvals[2]"
            ),
        ),
        (
            {"reached": [reached("10%", "19T12:00")]},
            (
                "the approval of 50% for ranker is from 2026-11-19T11:00:00Z, before 10% began at "
                "2026-11-19T12:00:00Z, so it rests on nothing: approve again, "
                "knowing how 10% went (endpoints.ranker.rollout.approvals[2])"
            ),
        ),
    ],
)
def test_approvals(changes, message):
    assert approvals(**changes) == [message]


def test_elsewhere_the_owner_may_approve_and_a_single_step_needs_nobody():
    own = [ONE, TEN, approval("50%", "19T11:00", OWNER)]

    assert approvals(production=False, approvals=own) == []
    assert approvals(production=False, approvals=[], steps=["100%"], at="100%") == []
    assert len(approvals(production=True, approvals=[], steps=["100%"], at="100%")) == 1
    assert len(approvals(production=False, approvals=[])) == 3


@given(st.integers(0, 48 * 60))
@example(24 * 60)
@example(24 * 60 - 1)
def test_a_step_is_early_exactly_while_it_bakes(minutes):
    start = datetime(2026, 11, 17, 9, tzinfo=UTC)
    entries = [{"step": "1%", "at": start}, {"step": "10%", "at": start + timedelta(minutes=minutes)}]

    assert bool(steps(at="10%", reached=entries)) == (minutes < 24 * 60)
