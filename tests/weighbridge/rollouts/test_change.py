"""Approving, advancing and rolling back: one step at a time, and what would be blocked is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.releases import ELSEWHERE, OWNER, PRODUCTION, accepted, released
from tests.support.specs import endpoint
from weighbridge.rollouts.acceptance import judge_acceptance
from weighbridge.rollouts.authority import Authority
from weighbridge.rollouts.change import Refused, accept, advance, approve, bind, rollback, unaccepted, unbound
from weighbridge.rollouts.fingerprint import fingerprint
from weighbridge.rollouts.record import judge_approvals
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.rollout import Approval, Binding, Reached

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LEAD = "lead@example.com"
ONE = {"step": "1%", "by": LEAD, "at": "2026-11-17T09:00:00Z", "reason": "as good as v7"}
TEN = {"step": "10%", "by": LEAD, "at": "2026-11-18T10:30:00Z", "reason": "as good as v7"}
AT_ONE = {"at": "1%", "approvals": [ONE]}
APPROVED = {"at": "1%", "approvals": [ONE, TEN]}


def approval(step: str = "10%", by: str = LEAD) -> Approval:
    return Approval.model_validate({**ONE, "step": step, "by": by, "at": NOW})


def approved(rollout: dict[str, Any] | None, given: Approval) -> Any:
    return approve("ranker", released(endpoint(rollout)), given, PRODUCTION).rollout


def advanced(rollout: dict[str, Any] | None, now: datetime = NOW) -> Any:
    return advance("ranker", released(endpoint(rollout)), PRODUCTION, now)


def test_an_approval_of_the_next_step_comes_last_in_the_record():
    found = approved(AT_ONE, approval())
    made = released(endpoint(AT_ONE))
    digest = fingerprint(PRODUCTION, "ranker", made, "v8")
    named = approval().model_copy(update={"fingerprint": digest, "pace": "1% 10% 50% 100% every 1d"})
    assert found.approvals[:-1] == made.rollout.approvals
    assert (found.approvals[-1], found.at) == (named, Decimal(1))


def test_a_step_sets_the_weight_and_when_it_began():
    found = advanced(APPROVED).rollout
    assert found.at == Decimal(10)
    assert found.reached == (Reached(step=Decimal(10), at=NOW),)
    assert found.approvals == released(endpoint(APPROVED)).rollout.approvals


ALL = {"at": "100%", "steps": ["100%"], "approvals": [{**TEN, "step": "100%"}]}


def test_after_the_last_step_the_candidate_is_stable_by_its_last_approval_and_the_old_version_goes():
    found = advanced(ALL)
    assert (found.stable, list(found.versions), found.rollout) == ("v8", ["v8"], None)
    record = found.versions["v8"].accepted
    assert (record.role, record.by, record.at, record.reason) == ("stable", LEAD, NOW, "as good as v7")
    assert [finding for finding in judge_acceptance("ranker", found, PRODUCTION, NOW) if finding.blocks] == []


def test_elsewhere_a_rollout_of_one_step_ends_without_an_approval():
    made = accepted(endpoint({"at": "100%", "steps": ["100%"]}), ELSEWHERE)
    found = advance("ranker", made, ELSEWHERE, NOW)
    assert list(judge_acceptance("ranker", found, ELSEWHERE, NOW)) == []


def back(made: Endpoint, *, remove: bool = False, reason: str = "p99 doubled") -> Endpoint:
    return rollback("ranker", made, PRODUCTION, NOW, reason, remove=remove)


def test_a_rollback_takes_all_traffic_and_says_from_where():
    found = back(released(endpoint(APPROVED)))
    record = found.rollout.rolled_back
    assert (found.rollout.at, record.weight, record.at, record.reason) == (Decimal(0), Decimal(1), NOW, "p99 doubled")
    assert list(found.versions) == ["v7", "v8"]


def test_a_rollback_that_is_undone_by_hand_gives_the_candidate_nothing():
    made = released(endpoint(APPROVED))
    undone = back(made).rollout.model_copy(update={"rolled_back": None, "at": made.rollout.at})
    found = back(made).model_copy(update={"rollout": undone})
    (finding,) = [finding for finding in judge_acceptance("ranker", found, PRODUCTION, NOW) if finding.blocks]
    assert finding.message.startswith("v8 of ranker takes 1% of the requests, and nobody has accepted it")


def test_a_second_rollback_refuses_and_says_what_removes_the_candidate():
    first = back(released(endpoint(APPROVED)))
    with pytest.raises(Refused) as refused:
        back(first, reason="still slow")
    assert refused.value.lines == (
        (
            "ranker is rolled back already, from 1% at 2026-11-20T12:00:00Z (p99 doubled): v7 takes all requests in "
            "the spec. Deploy it; to take v8 out of the spec as well: `weighbridge rollout rollback ranker -s prod "
            "--remove`"
        ),
    )
    second = back(first, remove=True)
    assert (second.stable, list(second.versions), second.rollout) == ("v7", ["v7"], None)


def test_a_candidate_with_traffic_is_not_removed_in_one_step():
    with pytest.raises(Refused) as refused:
        back(released(endpoint(APPROVED)), remove=True)
    assert refused.value.lines == (
        "v8 takes 1% of the requests of ranker: roll back without --remove first, and deploy",
    )


def test_a_candidate_without_traffic_goes_at_once():
    assert list(back(endpoint({"at": "0%"})).versions) == ["v7"]


def given(by: str = LEAD, at: datetime = NOW) -> Binding:
    return Binding.model_validate({"by": by, "at": at, "reason": "serves since May"})


def test_first_versions_are_accepted_as_what_they_are():
    made = endpoint(AT_ONE)
    assert unaccepted("ranker", made, PRODUCTION) == ("v7", "v8")
    found = accept("ranker", made, ("v7", "v8"), given(), PRODUCTION)
    assert [version.accepted.role for version in found.versions.values()] == ["stable", "candidate"]
    assert unaccepted("ranker", found, PRODUCTION) == ()
    assert [finding for finding in judge_acceptance("ranker", found, PRODUCTION, NOW) if finding.blocks] == []


def changed(made: Endpoint, name: str) -> Endpoint:
    other = made.versions[name].model_copy(update={"model": "gs://example-ml-models/ranker/v9"})
    return made.model_copy(update={"versions": {**made.versions, name: other}})


@pytest.mark.parametrize(
    ("made", "version", "by", "beginning"),
    [
        (endpoint(None), "v7", OWNER, f"the acceptance of v7 in ranker is by {OWNER}, who owns this spec"),
        (endpoint(None), "v9", LEAD, "ranker has no version v9, but v7"),
        (
            accepted(endpoint(None)),
            "v7",
            LEAD,
            "v7 of ranker is accepted already, by lead-ranking@example.com at 2026-",
        ),
        (changed(accepted(endpoint(None)), "v7"), "v7", LEAD, "v7 of ranker isn't what was accepted at 2026-11-10T08"),
        (changed(released(endpoint(AT_ONE)), "v8"), "v8", LEAD, "v8 of ranker isn't what was accepted at 2026-11-10T"),
    ],
)
def test_what_is_not_accepted(made, version, by, beginning):
    with pytest.raises(Refused) as refused:
        accept("ranker", made, (version,), given(by), PRODUCTION)
    assert refused.value.lines[0].startswith(beginning)


def test_a_candidate_that_nobody_approved_yet_may_be_changed_and_accepted_again():
    made = changed(released(endpoint({"at": "0%"})), "v8")
    assert unaccepted("ranker", made, PRODUCTION) == ("v8",)
    accept("ranker", made, ("v8",), given(), PRODUCTION)


def test_who_left_the_approvers_can_be_stood_in_for():
    """What is on record stays as it was; somebody who may decide now says that it holds."""
    listed = replace(PRODUCTION, approvers=(LEAD,))
    left = replace(PRODUCTION, approvers=("new@example.com",))
    made = accepted(endpoint(APPROVED))
    made = bind("ranker", made, given(LEAD), listed)
    assert [old.step for old in unbound("ranker", made, left)] == [Decimal(1), Decimal(10)]
    with pytest.raises(Refused):
        bind("ranker", made, given(LEAD), left)
    new = bind("ranker", made, given("new@example.com"), left)
    assert [approval.by for approval in new.rollout.approvals] == [approval.by for approval in made.rollout.approvals]
    assert list(judge_approvals("ranker", new, left, NOW)) == []
    assert unaccepted("ranker", new, left) == ("v7", "v8")
    again = accept("ranker", new, ("v7", "v8"), given("new@example.com"), left)
    assert [finding for finding in judge_acceptance("ranker", again, left, NOW) if finding.blocks] == []
    assert unaccepted("ranker", again, left) == ()


def test_approvals_of_before_are_bound_once():
    made = accepted(endpoint(APPROVED))
    assert [old.step for old in unbound("ranker", made, PRODUCTION)] == [Decimal(1), Decimal(10)]
    found = bind("ranker", made, given(), PRODUCTION)
    assert unbound("ranker", found, PRODUCTION) == ()
    assert [approval.bound for approval in found.rollout.approvals] == [given(), given()]
    assert list(judge_approvals("ranker", found, PRODUCTION, NOW)) == []
    later = bind("ranker", found, given(at=NOW + timedelta(days=1)), PRODUCTION)
    assert later == found
    with pytest.raises(Refused) as refused:
        bind("ranker", changed(found, "v8"), given(), PRODUCTION)
    assert refused.value.lines[0].startswith("v8 of ranker isn't what was accepted")


@pytest.mark.parametrize(
    ("made", "by", "beginning"),
    [
        (endpoint(APPROVED), LEAD, "nobody has accepted v8 of ranker, so nothing says what was approved: first `weigh"),
        (changed(accepted(endpoint(APPROVED)), "v8"), LEAD, "v8 of ranker isn't what was accepted"),
        (
            accepted(endpoint(APPROVED)),
            OWNER,
            f"the approvals of ranker would be confirmed by {OWNER}",
        ),
    ],
)
def test_what_is_not_bound(made, by, beginning):
    with pytest.raises(Refused) as refused:
        bind("ranker", made, given(by), PRODUCTION)
    assert refused.value.lines[0].startswith(beginning)


BAKES = "1% began at 2026-11-20T11:00:00Z and bakes for 1d, so wait until 2026-11-21T11:00:00Z"


@pytest.mark.parametrize(
    ("made", "authority", "missing"),
    [
        (
            endpoint({"at": "1%", "approvals": [{**ONE, "at": "2026-11-20T11:00:00Z"}]}),
            PRODUCTION,
            [
                BAKES,
                (
                    f"nobody approved 10%, so let somebody other than {OWNER} run `weighbridge rollout approve ranker "
                    "-s prod --reason TEXT`"
                ),
                "v7 of ranker takes 99% of the requests, and nobody has accepted it",
                "v8 of ranker takes 1% of the requests, and nobody has accepted it",
                "the approval of 1% for ranker doesn't say what it approved",
            ],
        ),
        (
            released(endpoint({"at": "0%"})).model_copy(update={"versions": endpoint(None).versions}),
            PRODUCTION,
            [
                f"nobody approved 1%, so let somebody other than {OWNER} run `weighbridge rollout approve",
                (
                    f"nobody accepted v8, so let somebody other than {OWNER} run `weighbridge rollout accept ranker -s "
                    "prod --version v8 --reason TEXT`"
                ),
                "v7 of ranker takes 100% of the requests, and nobody has accepted it",
            ],
        ),
        (
            endpoint(AT_ONE),
            ELSEWHERE,
            ["nobody approved 10%, so let somebody run `weighbridge rollout approve ranker -s dev --reason TEXT`"],
        ),
    ],
)
def test_advance_names_all_that_is_missing(made, authority: Authority, missing):
    with pytest.raises(Refused) as refused:
        advance("ranker", made, authority, NOW)
    lines = [line.split(" yet: ", 1) for line in refused.value.lines]
    assert {start for start, _ in lines} <= {"ranker can't go from 1% to 10%", "ranker can't go from 0% to 1%"}
    for sentence, expected in zip(sorted(words for _, words in lines), sorted(missing), strict=True):
        assert sentence.startswith(expected)


def test_the_end_too_waits_for_the_last_step_to_bake():
    with pytest.raises(Refused) as refused:
        advanced({**ALL, "approvals": [{**TEN, "step": "100%", "at": "2026-11-20T11:00:00Z"}]})
    assert refused.value.lines == (f"ranker can't go from 100% to its end yet: {BAKES.replace('1% b', '100% b')}",)


BACK = {"at": "0%", "rolled_back": {"at": "2026-11-19T03:12:00Z", "weight": "10%", "reason": "p99 doubled"}}
IS_BACK = (
    "ranker was rolled back from 10%: p99 doubled. `weighbridge rollout rollback ranker -s prod --remove` takes v8 "
    "out; a new rollout starts at 0%"
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
            lambda: back(endpoint(None)),
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
        (lambda: advanced(AT_ONE), "ranker can't go from 1% to 10% yet: nobody approved 10%"),
        (
            lambda: advanced(APPROVED, datetime(2026, 11, 18, 8, 59, tzinfo=UTC)),
            "ranker can't go from 1% to 10% yet: 1% began at 2026-11-17T09:00:00Z and bakes for 1d",
        ),
        (
            lambda: approved(APPROVED, approval()),
            "10% of ranker is approved already, by lead@example.com at 2026-11-18",
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


def test_production_that_came_later_is_named_and_the_records_are_made_anew():
    """What was accepted while the stack wasn't production is accepted for it by somebody who may."""
    before = replace(PRODUCTION, production=False)
    made = released(endpoint(APPROVED), before)
    found = [finding.message for finding in judge_acceptance("ranker", made, PRODUCTION, NOW) if finding.blocks]
    assert found[0] == (
        "v7 of ranker was accepted at 2026-11-10T08:00:00Z, when prod wasn't production, and now it is; `production` "
        f"is all that has changed. Put that back, or let somebody other than {OWNER} run `weighbridge rollout accept "
        "ranker -s prod --version v7 --reason TEXT`"
    )
    approvals = [finding.message for finding in judge_approvals("ranker", made, PRODUCTION, NOW)]
    assert approvals[0].startswith("the approval of 1% for ranker is from when prod wasn't production: let somebody")
    assert unaccepted("ranker", made, PRODUCTION) == ("v7", "v8")
    again = bind("ranker", accept("ranker", made, ("v7", "v8"), given(), PRODUCTION), given(), PRODUCTION)
    assert [finding for finding in judge_acceptance("ranker", again, PRODUCTION, NOW) if finding.blocks] == []
    assert list(judge_approvals("ranker", again, PRODUCTION, NOW)) == []


def test_a_changed_pace_is_confirmed_by_somebody_who_may():
    made = released(endpoint(APPROVED))
    slower = made.rollout.model_copy(update={"bake": timedelta(hours=12)})
    made = made.model_copy(update={"rollout": slower})
    assert [old.step for old in unbound("ranker", made, PRODUCTION)] == [Decimal(1), Decimal(10)]
    with pytest.raises(Refused, match="who owns this spec"):
        bind("ranker", made, given(OWNER), PRODUCTION)
    found = bind("ranker", made, given(), PRODUCTION)
    assert {approval.pace for approval in found.rollout.approvals} == {"1% 10% 50% 100% every 12h"}
    assert list(judge_approvals("ranker", found, PRODUCTION, NOW)) == []


def test_where_the_quota_file_names_who_may_nobody_else_does_outside_production():
    listed = replace(ELSEWHERE, approvers=(LEAD,))
    made = released(endpoint(AT_ONE), listed)
    with pytest.raises(Refused, match=r"is by stranger@example.com, and who may for dev is lead@example.com"):
        approve("ranker", made, approval(by="stranger@example.com"), listed)
    with pytest.raises(Refused, match=r"is by stranger@example.com, and who may for dev is lead@example.com"):
        accept("ranker", endpoint(None), ("v7",), given("stranger@example.com"), listed)
    approve("ranker", made, approval(by="stranger@example.com"), ELSEWHERE)
    assert approve("ranker", made, approval(), listed).rollout.approvals[-1].by == LEAD
