"""Approvals of a stack's own spec: what `judge_approvals` finds, with its place."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.support.specs import prod
from weighbridge.rules.canary_approval import judge

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
APPROVAL = "        - {step: 1%, by: lead-ranking@example.com,"


def test_production_as_it_is():
    assert judge(prod(), NOW) == []


def test_the_spec_s_owner_approves_nothing_on_production():
    spec = prod(("by: lead-ranking@example.com, at: 2026-11-17", "by: ml-platform@example.com, at: 2026-11-17"))
    (found,) = judge(spec, NOW)
    assert "is by ml-platform@example.com, who owns this spec" in found.message
    assert (found.path, found.holder, found.level) == (("endpoints", "ranker", "rollout"), "ranker", "mandatory")


def test_a_stack_without_a_spec_has_no_rollout():
    assert judge(None, NOW) == []
