"""Who lends gets it back, and nobody takes all. Made after the reports that each test names."""

from __future__ import annotations

import pytest

from tests.support.kueue import good, queue, without
from tests.support.platform import platform_resources
from tests.support.specs import full
from weighbridge.rules.queue_lending import judge


def found(*resources):
    return [(violation.level, violation.message) for violation in judge(resources)]


def test_queues_of_the_components_reclaim_and_are_bounded():
    assert found(*platform_resources(full())) == []
    assert found(*good()) == []


def test_a_guarantee_that_is_never_reclaimed():
    assert found(*good(), queue("c", preemption=None)) == [
        (
            "mandatory",
            (
                "c: lends nvidia.com/gpu to train and never reclaims it, so its guarantee waits for the borrowers' "
                "jobs to end. Set preemption.reclaimWithinCohort: Any"
            ),
        )
    ]
    assert found(*good(), queue("c", 0, preemption=None)) == []  # without a guarantee there is nothing to reclaim


def test_strict_order_blocks_what_is_lent():
    """kubernetes-sigs/kueue#4809: while the head of a StrictFIFO queue waits, nobody may borrow from it."""
    strict = "StrictFIFO"
    assert found(*good(), queue("c", queueingStrategy=strict)) == [
        (
            "mandatory",
            (
                "c: is StrictFIFO and lends to train: while its first job waits, what it lends is kept from the others "
                "(kueue#4809). Use BestEffortFIFO, or an exemption that says why"
            ),
        )
    ]
    keeps = {"borrowingLimit": 2, "lendingLimit": 0}
    assert [level for level, _ in found(*good(), queue("c", queueingStrategy=strict, limits=keeps))] == [
        "advisory"
    ]  # of both limits
    assert found(*good(), queue("c", queueingStrategy=strict, cohortName=None, limits={})) == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"cohortName": None, "limits": {"borrowingLimit": 2, "lendingLimit": 1}},
            (
                "c: has a borrowingLimit and a lendingLimit of nvidia.com/gpu on train, and is in no cohort, which "
                "Kueue refuses. Name its cohortName, or take it out"
            ),
        ),
        (
            {"limits": {"borrowingLimit": 2, "lendingLimit": 3}},
            (
                "c: lends 3 of nvidia.com/gpu on train, and its nominalQuota is 2, which Kueue refuses. Lower the "
                "lendingLimit"
            ),
        ),
        (
            {"preemption": {"borrowWithinCohort": {"policy": "LowerPriority"}}, "nominal": 0},
            (
                "c: preempts others to borrow (borrowWithinCohort) and never reclaims its own, which Kueue refuses. "
                "Set preemption.reclaimWithinCohort: Any"
            ),
        ),
    ],
)
def test_what_kueue_refuses(changed, message):
    """Its definitions and webhooks would, in the middle of an update: tests/integration/test_kueue_webhooks.py."""
    given = [of for level, of in found(*good(), queue("c", **changed)) if level == "mandatory"]
    assert given == [message]


def test_borrowing_without_a_bound():
    """kubernetes-sigs/kueue#1309: one member of a cohort takes all that is shared."""
    assert found(*good(), queue("c", limits={})) == [
        (
            "mandatory",
            (
                "c: may borrow all the nvidia.com/gpu that train has, as it has no borrowingLimit (kueue#1309). State "
                "one; 0 borrows nothing"
            ),
        )
    ]


def test_both_limits():
    """kubernetes-sigs/kueue#1331: its maintainers advise one of the two."""
    assert found(*good(), queue("c", limits={"borrowingLimit": 1, "lendingLimit": 1})) == [
        (
            "advisory",
            (
                "c: has both a borrowingLimit and a lendingLimit of nvidia.com/gpu, and few can tell what follows "
                "(kueue#1331, by its maintainers). Keep one"
            ),
        )
    ]


def test_a_queue_that_has_nobody_to_lend_to():
    alone = queue("a", preemption=None, limits={}, queueingStrategy="StrictFIFO")
    assert found(*without(without(good(), "ClusterQueue"), "Cohort"), alone) == []
    assert len(found(*without(good(), "ClusterQueue"), alone)) == 3  # the cohort has quota of its own
