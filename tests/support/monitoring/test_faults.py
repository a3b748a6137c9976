"""How many single faults the offline checks catch, by which layer, and that good ones raise no alarm."""

from collections import Counter

import pytest

from tests.support.monitoring import good
from tests.support.monitoring.faults import FAULTS
from tests.support.monitoring.semantic import (
    flaws_of_dashboard,
    flaws_of_policy,
    problems_of_dashboard,
    problems_of_policy,
)
from tests.support.paths import GOLDEN

EXPECTED = GOLDEN / "monitoring_faults.txt"
LEAST = 0.95
MISSED = {
    "label that the metric does not have": "nothing lists the labels of a metric",
    "filter on a resource that does not write it": "nothing lists the resources of Google's own metrics",
    "alert chart of a policy that is gone": "only Google knows which policies exist",
}
"""Faults that can't be seen offline, and why."""


def flaws(fault):
    if fault.make is good.dashboard:
        return flaws_of_dashboard(fault.broken(), good.KNOWN)
    return flaws_of_policy(fault.broken(), good.KNOWN, good.PROJECT)


@pytest.mark.parametrize("kind", good.POLICIES)
def test_no_alarm_at_a_good_policy(kind):
    assert problems_of_policy(good.POLICIES[kind](), good.KNOWN, good.PROJECT) == []


def test_no_alarm_at_a_good_dashboard():
    assert problems_of_dashboard(good.dashboard(), good.KNOWN) == []


def test_faults_are_many_and_distinct():
    assert len(FAULTS) >= 70
    broken = [str(fault.broken()) for fault in FAULTS]
    assert len(set(broken)) == len(broken)
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


def found(fault):
    """A line per flaw: which layer, where, what."""
    lines = [f"  {flaw.layer}: {flaw}" for flaw in flaws(fault)] or [f"  MISSED: {MISSED[fault.name]}"]
    return [f"{fault.name}", *lines]


def test_what_is_said_of_each_fault(update_golden):
    text = "\n".join(line for fault in FAULTS for line in found(fault)) + "\n"
    if update_golden:
        EXPECTED.write_text(text, encoding="utf-8")
    assert text == EXPECTED.read_text(encoding="utf-8"), (
        "if this is meant: pytest tests/support/monitoring --update-golden"
    )


def test_faults_are_caught_unless_nobody_can_see_them_offline():
    layers = {fault.name: sorted({flaw.layer for flaw in flaws(fault)}) for fault in FAULTS}
    missed = {name for name, by in layers.items() if not by}
    print(f"{len(FAULTS) - len(missed)} of {len(FAULTS)} faults caught")
    for by, count in Counter(" and ".join(by) or "nothing" for by in layers.values()).most_common():
        print(f"  {count:3} by {by}")
    print(*(f"  missed: {name}: {MISSED.get(name)}" for name in sorted(missed)), sep="\n")
    assert missed == set(MISSED)
    assert len(missed) <= (1 - LEAST) * len(FAULTS)


def test_a_problem_says_where_and_what():
    policy = good.threshold_policy()
    policy["conditions"][0]["conditionThreshold"]["comparison"] = "COMPARISON_GE"
    policy["notificationChannels"].append("ML on call")
    assert problems_of_policy(policy, good.KNOWN) == [
        "conditions[0].conditionThreshold.comparison: only COMPARISON_GT and COMPARISON_LT work",
        "notificationChannels: 'ML on call' is no projects/P/notificationChannels/N",
    ]
