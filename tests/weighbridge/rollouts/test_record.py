"""A rollout's record: one change to a good one, and the exact message."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.releases import ELSEWHERE, LEAD, OWNER, PRODUCTION, SRE, released
from tests.support.specs import endpoint
from weighbridge.rollouts.finding import Finding
from weighbridge.rollouts.fingerprint import fingerprint, short
from weighbridge.rollouts.record import judge_approvals, judge_steps
from weighbridge.spec.rollout import Binding

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def approval(step: str, at: str, by: str = LEAD) -> dict[str, str]:
    return {"step": step, "by": by, "at": f"2026-11-{at}:00Z", "reason": "as good as v7"}


ONE, TEN, FIFTY = approval("1%", "17T09:00"), approval("10%", "18T10:30", SRE), approval("50%", "19T11:00")
GOOD: dict[str, Any] = {"at": "50%", "approvals": [ONE, TEN, FIFTY]}


def steps(**changes: Any) -> list[str]:
    return [finding.message for finding in judge_steps("ranker", endpoint({**GOOD, **changes}), NOW)]


def findings(*, production: bool = True, **changes: Any) -> list[Finding]:
    authority = PRODUCTION if production else ELSEWHERE
    made = released(endpoint({**GOOD, **changes}), authority)
    return list(judge_approvals("ranker", made, authority, NOW))


def approvals(*, production: bool = True, **changes: Any) -> list[str]:
    return [finding.message for finding in findings(production=production, **changes)]


def reached(step: str, at: str) -> dict[str, str]:
    return {"step": step, "at": f"2026-11-{at}:00Z"}


def test_a_good_record_is_good():
    assert steps() == []
    assert approvals() == []


@pytest.mark.parametrize("rollout", [None, "none"])
def test_without_a_rollout_there_is_nothing_to_judge(rollout):
    assert list(judge_steps("ranker", endpoint(rollout), NOW)) == []
    assert list(judge_approvals("ranker", endpoint(rollout), PRODUCTION, NOW)) == []


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
                "ranker has reached 50%, which nobody approved: set endpoints.ranker.rollout.at to 10%, let somebody "
                "other than ml-platform@example.com run `weighbridge rollout approve ranker -s prod --reason TEXT`, "
                "and then `weighbridge rollout advance ranker -s prod`"
            ),
        ),
        (
            {"approvals": [ONE, TEN, approval("50%", "19T11:00", OWNER.upper())]},
            (
                "the approval of 50% for ranker is by ML-PLATFORM@EXAMPLE.COM, who owns this spec: let somebody other "
                "than ml-platform@example.com run `weighbridge rollout approve ranker -s prod --reason TEXT`, which "
                "confirms it (endpoints.ranker.rollout.approvals[2])"
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


HERE = ("endpoints", "ranker", "rollout", "approvals")


def test_an_approval_that_does_not_say_what_it_approved():
    made = released(endpoint(GOOD))
    first = made.rollout.approvals[0].model_copy(update={"fingerprint": None})
    rollout = made.rollout.model_copy(update={"approvals": (first, *made.rollout.approvals[1:])})
    made = made.model_copy(update={"rollout": rollout})
    (found,) = judge_approvals("ranker", made, PRODUCTION, NOW)
    assert found == Finding(
        "the approval of 1% for ranker doesn't say what it approved: where v8 is what it was at 2026-11-17T09:00:00Z, "
        "let somebody other than ml-platform@example.com run `weighbridge rollout approve ranker -s prod --reason "
        "TEXT`, which binds it once (endpoints.ranker.rollout.approvals[0])",
        (*HERE, 0),
    )
    (elsewhere, *_) = judge_approvals("ranker", made, ELSEWHERE, NOW)
    assert not elsewhere.blocks


def test_a_candidate_that_was_changed_after_its_approval():
    made = released(endpoint(GOOD))
    changed = made.versions["v8"].model_copy(update={"model": "gs://example-ml-models/ranker/v9"})
    after = made.model_copy(update={"versions": {**made.versions, "v8": changed}})
    found = list(judge_approvals("ranker", after, PRODUCTION, NOW))
    was, present = (short(fingerprint(PRODUCTION, "ranker", of, "v8")) for of in (made, after))
    assert [finding.path for finding in found] == [(*HERE, index, "fingerprint") for index in range(3)]
    assert found[1].message == (
        f"the approval of 10% for ranker is for {was}, and v8 is {present} now: a candidate doesn't change once a step "
        "is approved. Put it back (git has it), or give what is new another name and a rollout of its own, from 0%"
    )


def test_another_candidate_under_the_old_approvals():
    made = released(endpoint({**GOOD, "candidate": "v7"}, stable=(6, 8)).model_copy(update={"stable": "v8"}))
    other = made.model_copy(update={"rollout": made.rollout.model_copy(update={"candidate": "v8"}), "stable": "v7"})
    assert len(list(judge_approvals("ranker", other, PRODUCTION, NOW))) == 3


@pytest.mark.parametrize(
    ("changes", "message", "index"),
    [
        (
            {"approvals": [ONE, TEN, TEN, FIFTY]},
            (
                "10% is approved twice for ranker, and the first approval counts (approvals[1]): remove "
                "endpoints.ranker.rollout.approvals[2]"
            ),
            2,
        ),
        (
            {"approvals": [TEN, ONE, FIFTY]},
            (
                "the approvals of ranker are out of order: 1% comes after 10%. Put "
                "endpoints.ranker.rollout.approvals[1] in order"
            ),
            1,
        ),
        (
            {"at": "10%", "approvals": [ONE, TEN, FIFTY, approval("100%", "20T11:00")]},
            (
                "the approval of 100% for ranker is given before 50% has begun, so it rests on nothing: remove it, and "
                "approve again, knowing how 50% went; taking traffic back needs no approval "
                "(endpoints.ranker.rollout.approvals[3])"
            ),
            3,
        ),
    ],
)
def test_approvals_that_are_no_record_of_steps(changes, message, index):
    assert [(found.message, found.path) for found in findings(**changes)] == [(message, (*HERE, index))]


def test_a_step_approved_twice_began_with_the_first_and_bakes_from_it_alone():
    made = endpoint({**GOOD, "approvals": [ONE, TEN, approval("10%", "18T23:00"), FIFTY]})
    assert list(judge_steps("ranker", made, NOW)) == []


def bound(by: str, at: datetime = NOW) -> list[str]:
    made = released(endpoint(GOOD))
    given = Binding.model_validate({"by": by, "at": at, "reason": "v8 is unchanged"})
    first = made.rollout.approvals[0].model_copy(update={"bound": given})
    rollout = made.rollout.model_copy(update={"approvals": (first, *made.rollout.approvals[1:])})
    made = made.model_copy(update={"rollout": rollout})
    return [found.message for found in judge_approvals("ranker", made, PRODUCTION, NOW)]


def test_whoever_binds_an_approval_may_approve_and_does_so_afterwards():
    place = "(endpoints.ranker.rollout.approvals[0].bound)"
    assert bound(LEAD) == []
    assert bound(OWNER) == [
        (
            f"the approval of 1% for ranker was bound to what it approved by {OWNER}, who owns this spec: let "
            f"somebody other than {OWNER} run `weighbridge rollout approve ranker -s prod --reason TEXT`, which "
            f"confirms it {place}"
        )
    ]
    for at, wrong in ((NOW + timedelta(seconds=1), "in the future"), (datetime(2026, 1, 1, tzinfo=UTC), "before it")):
        (message,) = bound(LEAD, at)
        assert wrong in message


def test_whom_the_quota_file_does_not_name_may_not():
    listed = replace(PRODUCTION, approvers=(LEAD,))
    (found,) = judge_approvals("ranker", released(endpoint(GOOD), listed), listed, NOW)
    assert found == Finding(
        f"the approval of 10% for ranker is by {SRE}, and who may for prod is {LEAD} (approvers in stacks/quota.yaml): "
        f"let {LEAD} run `weighbridge rollout approve ranker -s prod --reason TEXT`, which confirms it "
        "(endpoints.ranker.rollout.approvals[1])",
        (*HERE, 1, "by"),
    )


@given(st.integers(0, 48 * 60))
@example(24 * 60)
@example(24 * 60 - 1)
def test_a_step_is_early_exactly_while_it_bakes(minutes):
    start = datetime(2026, 11, 17, 9, tzinfo=UTC)
    entries = [{"step": "1%", "at": start}, {"step": "10%", "at": start + timedelta(minutes=minutes)}]

    assert bool(steps(at="10%", reached=entries)) == (minutes < 24 * 60)
