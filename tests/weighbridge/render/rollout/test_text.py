"""Where a rollout stands, for people."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.specs import endpoint
from weighbridge.render.rollout.text import render

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ONE = {"step": "1%", "by": "lead@example.com", "at": "2026-11-20T09:00:00Z", "reason": "good"}
TEN = {**ONE, "step": "10%"}


def test_without_a_rollout_there_are_only_shares():
    assert render("ranker", endpoint(None), NOW) == "ranker: v7 100% of the requests; no rollout\n"


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
    assert render("ranker", endpoint(rollout), NOW).splitlines()[1] == waits


def test_the_present_step_is_marked():
    lines = render("ranker", endpoint({"at": "1%", "approvals": [ONE]}), NOW).splitlines()
    assert [line for line in lines if line.startswith("*")] == ["*  1%    2026-11-20 09:00  lead@example.com  good"]
