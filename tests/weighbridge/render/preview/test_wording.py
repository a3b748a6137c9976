"""Words and signs that two reports share."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.support import results
from weighbridge.alerting.cost import AlertingCost
from weighbridge.preview.result import Base, Operation, PreviewVerdict
from weighbridge.quota.cost import Cost
from weighbridge.quota.prices import Commitment
from weighbridge.render.preview.text import render
from weighbridge.render.preview.wording import (
    DESTRUCTIVE,
    SIGNS,
    advised,
    alerting_text,
    base_lines,
    committed_text,
    counted,
    fits,
    nodes_text,
    over_text,
    short_type,
)
from weighbridge.rules.violation import Excess


def test_every_operation_has_a_sign_and_those_that_destroy_have_a_minus():
    assert set(SIGNS) == set(Operation)
    assert {operation for operation, sign in SIGNS.items() if "-" in sign} == set(DESTRUCTIVE)


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("gcp:container/nodePool:NodePool", "gcp NodePool"),
        ("kubernetes:core/v1:Service", "kubernetes Service"),
        ("pulumi:providers:gcp", "providers:gcp"),
        ("weighbridge:index:NodePool", "NodePool"),
    ],
)
def test_types_as_people_say_them(token, words):
    assert short_type(token) == words


def test_advice_is_counted():
    assert advised(results.advised()) == "1 piece of advice"
    assert advised(results.admitted()) == "0 pieces of advice"


def test_advice_blocks_in_the_number_that_it_has():
    (one,) = results.advised().violations
    for count, words in (
        (1, "and 1 piece of advice, which blocks nothing"),
        (2, "2 pieces of advice, which block nothing"),
    ):
        assert words in render(replace(results.advised(), violations=(one,) * count))


OTHER = replace(results.KEY, region="global", quota_id="GPUS-ALL-REGIONS-per-project")


@pytest.mark.parametrize(
    ("excess", "line"),
    [
        (Excess(28, 24, "GPU", results.KEY), "shared-quota, serve-l4: NVIDIA L4 28 of 24 in us-central1"),
        (Excess(1_600, 24, "GPU", OTHER), "shared-quota, serve-l4: GPUS-ALL-REGIONS-per-project 1,600 of 24"),
        (Excess(5, 3, "pods"), "shared-quota, serve-l4: 5 of 3 pods"),
        (None, "shared-quota, serve-l4"),
    ],
)
def test_a_new_block_names_the_limit_and_by_how_much(excess, line):
    found = results.violation(excess=excess)
    result = results.blocked()
    base = Base(
        "main (abc)", PreviewVerdict.ADMITTED, added=(found,), cost=result.cost, budget_before=result.cost.budget
    )
    assert [*base_lines(result, base)] == [("new block", line)]
    mended = replace(base, added=(), mended=(found,))
    assert [*base_lines(result, mended)] == [("mended", line)]


NODES = Cost(Decimal(98), Decimal("7420.40"))


@pytest.mark.parametrize(
    ("changes", "text", "over"),
    [
        ({}, "$98 to $7,420 a month for the nodes", ""),
        ({"budget": Decimal(7000)}, "$98 to $7,420 a month for the nodes", "$420"),
        (
            {"unpriced": ("a", "b"), "budget": Decimal(8000)},
            "at least $7,420: 2 pools have no price (a, b). $98 to $7,420 a month for the nodes that have one",
            "",
        ),
        (
            {"unpriced": ("a",), "budget": Decimal(7000)},
            "at least $7,420: 1 pool has no price (a). $98 to $7,420 a month for the nodes that have one",
            "at least $420",
        ),
        (
            {"most_before": Decimal("7420.40"), "unpriced_before": ("c",)},
            "$98 to $7,420 (was at least $7,420) a month for the nodes",
            "",
        ),
    ],
)
def test_a_cost_that_is_not_whole_says_so_first(changes, text, over):
    cost = replace(NODES, **changes)
    assert (nodes_text(cost), over_text(cost)) == (text, over)


DISCOUNT = Commitment("g2", "us-central1", 1, "37% off", None, date(2027, 11, 30), ended=False)
NUMBERED = Commitment("a2-highgpu-1g", "us-central1", 3, "at $1.9 an hour", 4, date(2028, 6, 1), ended=False)
ENDED = replace(DISCOUNT, machines="e2", until=date(2026, 10, 31), ended=True)


@pytest.mark.parametrize(
    ("commitments", "idle", "text"),
    [
        ((DISCOUNT,), 0, "at committed-use prices: g2 in us-central1 37% off for 1 year, until 2027-11-30"),
        (
            (DISCOUNT, NUMBERED),
            1387,
            (
                "at committed-use prices: g2 in us-central1 37% off for 1 year, until 2027-11-30; 4 nodes of "
                "a2-highgpu-1g in us-central1 at $1.9 an hour for 3 years, until 2028-06-01; $1,387 of the most is for "
                "committed nodes that no pool takes"
            ),
        ),
        ((ENDED,), 0, "at list prices again: e2 in us-central1, ended on 2026-10-31"),
        ((), 0, ""),
    ],
)
def test_committed_use_is_named_with_its_terms_and_its_end(commitments, idle, text):
    assert committed_text(replace(NODES, commitments=commitments, idle=Decimal(idle))) == text


def test_what_alerts_cost():
    cost = AlertingCost(policies=2, references=1, usd=Decimal("1.5"), prices_of=date(2026, 8, 3))
    assert alerting_text(cost) == "Alerts $2 a month for 1 metric reference; price of 2026-08-03, reported"


def test_with_a_pack_of_somebody_else_the_ledger_s_verdict_is_told_apart():
    assert fits(results.admitted()) == "everything fits the shared quota"
    assert fits(results.admitted(guarded=False)) == (
        "the pack admits, and by the preview's own ledger everything fits the shared quota"
    )
    result = results.blocked()
    (first, *_) = result.blocking
    by_ledger, theirs = replace(first, policy="shared-quota"), replace(first, policy="theirs")
    assert counted(replace(result, violations=(by_ledger, by_ledger))) == "2 violations"
    assert counted(replace(result, violations=(by_ledger,), guarded=False)) == (
        "1 violation: the pack admits, 1 of the preview's own ledger"
    )
    assert counted(replace(result, violations=(by_ledger, theirs, theirs), guarded=False)) == (
        "3 violations: 2 of the pack, 1 of the preview's own ledger"
    )
