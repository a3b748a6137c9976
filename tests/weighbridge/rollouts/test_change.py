"""Approving, advancing and rolling back: one step at a time, and what would be blocked is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.specs import endpoint
from weighbridge.rollouts.change import Refused, advance, approve, rollback
from weighbridge.spec.rollout import Approval, Reached

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OWNER, LEAD = "ml-platform@example.com", "lead@example.com"
ONE = {"step": "1%", "by": LEAD, "at": "2026-11-17T09:00:00Z", "reason": "as good as v7"}
TEN = {"step": "10%", "by": LEAD, "at": "2026-11-18T10:30:00Z", "reason": "as good as v7"}
AT_ONE = {"at": "1%", "approvals": [ONE]}
APPROVED = {"at": "1%", "approvals": [ONE, TEN]}


def approval(step: str = "10%", by: str = LEAD) -> Approval:
    return Approval.model_validate({**ONE, "step": step, "by": by, "at": NOW})


def approved(rollout: dict[str, Any] | None, given: Approval) -> Any:
    return approve("ranker", endpoint(rollout), given, OWNER, production=True).rollout


def advanced(rollout: dict[str, Any] | None, now: datetime = NOW) -> Any:
    return advance("ranker", endpoint(rollout), OWNER, now, production=True)


def test_an_approval_of_the_next_step_comes_last_in_the_record():
    found = approved(AT_ONE, approval())
    assert found.approvals[:-1] == endpoint(AT_ONE).rollout.approvals
    assert (found.approvals[-1], found.at) == (approval(), Decimal(1))


def test_a_step_sets_the_weight_and_when_it_began():
    found = advanced(APPROVED).rollout
    assert found.at == Decimal(10)
    assert found.reached == (Reached(step=Decimal(10), at=NOW),)
    assert found.approvals == endpoint(APPROVED).rollout.approvals


def test_after_the_last_step_the_candidate_is_stable_and_the_old_version_goes():
    found = advanced({"at": "100%"})
    assert (found.stable, list(found.versions), found.rollout) == ("v8", ["v8"], None)


def test_a_rollback_takes_all_traffic_and_says_from_where_and_a_second_one_the_candidate():
    first = rollback("ranker", endpoint(APPROVED), NOW, "p99 doubled")
    back = first.rollout.rolled_back
    assert (first.rollout.at, back.weight, back.at, back.reason) == (Decimal(0), Decimal(1), NOW, "p99 doubled")
    assert list(first.versions) == ["v7", "v8"]
    second = rollback("ranker", first, NOW, "still slow")
    assert (second.stable, list(second.versions), second.rollout) == ("v7", ["v7"], None)


def test_a_candidate_without_traffic_goes_at_once():
    assert list(rollback("ranker", endpoint({"at": "0%"}), NOW, "never mind").versions) == ["v7"]


BACK = {"at": "0%", "rolled_back": {"at": "2026-11-19T03:12:00Z", "weight": "10%", "reason": "p99 doubled"}}
IS_BACK = (
    "ranker was rolled back from 10%: p99 doubled. `rollout rollback` once more removes v8; a new rollout starts at 0%"
)
NONE_YET = "ranker has no rollout: add the new version and a `rollout` that names it as its candidate"


@pytest.mark.parametrize(
    ("act", "line"),
    [
        (lambda: approved(None, approval()), NONE_YET),
        (lambda: advanced(None), NONE_YET),
        (lambda: approved(BACK, approval()), IS_BACK),
        (lambda: advanced(BACK), IS_BACK),
        (
            lambda: approved(AT_ONE, approval("50%")),
            (
                "the next step of ranker is 10%, got 50%: steps are approved one by one, each knowing how the one "
                "before went"
            ),
        ),
        (
            lambda: approved({"at": "100%"}, approval("100%")),
            "ranker has reached 100%: there is no further step to approve. Finish with `rollout advance`",
        ),
        (
            lambda: rollback("ranker", endpoint(None), NOW, "x"),
            (
                "ranker has no rollout: v7 takes all traffic. An older version comes back as the candidate of a new "
                "rollout; git has its lines"
            ),
        ),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(act, line):
    with pytest.raises(Refused) as refused:
        act()
    assert refused.value.lines == (line,)
    assert refused.value.exit_code == 1


@pytest.mark.parametrize(
    ("act", "beginning"),
    [
        (lambda: approved(AT_ONE, approval(by=OWNER)), "the approval of 10% for ranker is by ml-platform@example.com"),
        (lambda: advanced(AT_ONE), "ranker has reached 10%, which nobody approved"),
        (
            lambda: advanced(APPROVED, datetime(2026, 11, 18, 8, 59, tzinfo=UTC)),
            "ranker went from 1% to 10% after 23h59m",
        ),
    ],
)
def test_what_a_policy_would_block_is_refused_beforehand(act, beginning):
    with pytest.raises(Refused) as refused:
        act()
    assert refused.value.lines[0].startswith(beginning)


def test_a_step_may_follow_when_the_one_before_has_baked_and_not_a_second_earlier():
    begun = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)
    ten = {"at": "10%", "approvals": [ONE, TEN, {**TEN, "step": "50%", "at": "2026-11-19T10:00:00Z"}]}
    assert advanced(ten, begun + timedelta(hours=24)).rollout.at == Decimal(50)
    with pytest.raises(Refused):
        advanced(ten, begun + timedelta(hours=24, seconds=-1))


def test_what_was_wrong_before_is_the_policies_to_block():
    wrong = {"at": "10%", "approvals": [TEN]}
    assert approved(wrong, approval("50%")).approvals[-1].step == Decimal(50)
