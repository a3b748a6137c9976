"""How capacity is told beside quota."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.specs import CATALOG, NOW, limit, quota_file, spec
from weighbridge.pull.capacity import capacity_lines, in_words
from weighbridge.quota.demand import spec_demand
from weighbridge.quota.ledger import build_ledger
from weighbridge.spec.capacity import CapacityFile, PoolCapacity

POOL = {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 4}}
ENTRY = {"stack": "dev", "pool": "serve", "machine_type": "g2-standard-8", "provisioning": "standard", "nodes": 4}


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (None, "capacity unknown"), (0.0, "capacity doubtful (0)"), (0.2, "capacity doubtful (0.2)"),
        (0.4, "capacity uncertain (0.4)"), (0.7, "capacity likely (0.7)"), (1.0, "capacity likely (1)"),
    ],
)  # fmt: skip
def test_obtainability_has_a_word_and_its_number(score, words):
    assert in_words(PoolCapacity.model_validate(ENTRY | {"obtainability": score})) == words


def test_all_that_is_known_is_said():
    entry = ENTRY | {"obtainability": 0.9, "preemption_rate": 0.25, "uptime_hours": 3, "spot_usd_per_hour": 0.5,
                     "slot": {"zone": "us-central1-a", "from": "2026-12-01", "to": "2026-12-08"}}  # fmt: skip
    assert in_words(PoolCapacity.model_validate(entry)) == (
        "capacity likely (0.9), 25% of Spot machines preempted, about 3 h until then, Spot at 0.5 USD/h, "
        "a week free in us-central1-a from 2026-12-01"
    )


def lines(granted: int = 100, *, days: int = 0, **changed) -> list[str]:
    file, stack = quota_file(limit("NVIDIA-L4-GPUS-per-project-region", granted)), spec({"serve": POOL})
    ledger = build_ledger(file, {"dev": spec_demand(stack, file, CATALOG)}, CATALOG, NOW)
    entry = PoolCapacity.model_validate(ENTRY | {"obtainability": 0.2} | changed)
    kept = CapacityFile(version=1, asked_at=NOW - timedelta(days=days), pools=(entry,))
    return list(capacity_lines(kept, "dev", stack, ledger, CATALOG, NOW))


def test_it_stands_beside_the_quota_with_its_day():
    assert lines() == ["serve: quota yes, capacity doubtful (0.2) (Google, 2026-11-24)"]
    assert lines(2) == ["serve: quota no, capacity doubtful (0.2) (Google, 2026-11-24)"]
    assert lines(days=9) == ["serve: quota yes, capacity doubtful (0.2) (Google, 2026-11-15, 9 days ago)"]


@pytest.mark.parametrize("changed", [{"nodes": 3}, {"machine_type": "g2-standard-4"}, {"provisioning": "spot"}])
def test_what_was_asked_for_another_pool_is_not_told(changed):
    assert lines(**changed) == ["serve: capacity was asked for something else: weighbridge quota pull --advice"]


def test_other_stacks_and_pools_that_are_gone_say_nothing():
    assert lines(stack="prod") == lines(pool="gone") == []
