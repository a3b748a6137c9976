"""A place as people write it."""

from __future__ import annotations

from weighbridge.rollouts.finding import place


def test_a_place_has_dots_and_indices():
    path = ("endpoints", "ranker", "rollout", "approvals", 1, "by")
    assert place(path) == "endpoints.ranker.rollout.approvals[1].by"
