"""Where a rollout stands, for people."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.releases import ELSEWHERE, OWNER, PRODUCTION, released
from tests.support.specs import endpoint
from weighbridge.render.rollout.text import render

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ONE = {"step": "1%", "by": "lead@example.com", "at": "2026-11-20T09:00:00Z", "reason": "good"}
TEN = {**ONE, "step": "10%"}


def test_without_a_rollout_there_are_only_shares():
    assert (
        render("ranker", released(endpoint(None)), PRODUCTION, NOW) == "ranker: v7 100% of the requests; no rollout\n"
    )


@pytest.mark.parametrize(
    ("rollout", "waits"),
    [
        (
            {"at": "1%", "approvals": [ONE]},
            "Next 10%: waits until 2026-11-21 09:00 UTC (bakes for 1d) and for an approval",
        ),
        ({"at": "1%", "approvals": [{**ONE, "at": "2026-11-19T12:00:00Z"}, TEN]}, "Next 10%: ready to advance"),
        ({"at": "100%"}, "Last step reached; `weighbridge rollout advance` makes v8 stable"),
        (
            {"at": "50%", "rolled_back": {"at": "2026-11-20T08:00:00Z", "weight": "50%", "reason": "slow"}},
            "Rolled back from 50% at 2026-11-20 08:00 UTC: slow",
        ),
    ],
)
def test_what_the_next_step_waits_for(rollout, waits):
    assert render("ranker", released(endpoint(rollout), ELSEWHERE), ELSEWHERE, NOW).splitlines()[1] == waits


def test_what_blocks_a_deployment_is_told_below():
    made = endpoint({"at": "0%", "approvals": [ONE]}, new=(1, 2))
    lines = render("ranker", made, PRODUCTION, NOW).splitlines()
    assert lines[1] == "Next 1%: waits for what is below"
    (start,) = (index for index, line in enumerate(lines) if line == "Before that:")
    assert [line[:70] for line in lines[start + 1 :]] == [
        f"- nobody accepted v8, so let somebody other than {OWNER} run `"[:70],
        "- the approval of 1% for ranker doesn't say what it approved: where v8 is what"[:70],
        "- v7 of ranker takes 100% of the requests, and nobody has accepted it: let som"[:70],
    ]


def test_the_end_waits_for_the_last_step_to_bake():
    all_of_it = {"at": "100%", "steps": ["100%"], "approvals": [{**ONE, "step": "100%"}]}
    assert render("ranker", released(endpoint(all_of_it)), PRODUCTION, NOW).splitlines()[1] == (
        "Last step reached; `weighbridge rollout advance` makes v8 stable, but waits until 2026-11-21 09:00 UTC (bakes "
        "for 1d)"
    )


def test_the_present_step_is_marked():
    made = released(endpoint({"at": "1%", "approvals": [ONE]}))
    lines = render("ranker", made, PRODUCTION, NOW).splitlines()
    assert [line for line in lines if line.startswith("*")] == ["*  1%    2026-11-20 09:00  lead@example.com  good"]
