"""Words and signs that two reports share."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.support import results
from weighbridge.alerting.cost import AlertingCost
from weighbridge.preview.result import Operation
from weighbridge.render.preview.wording import DESTRUCTIVE, SIGNS, advised, alerting_text, short_type, usd


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


def test_money_in_whole_dollars():
    assert usd(Decimal("1228.40")) == "$1,228"
    cost = AlertingCost(policies=2, references=1, usd=Decimal("1.5"), prices_of=date(2026, 8, 3))
    assert alerting_text(cost) == "Alerts $2 a month for 1 metric reference; price of 2026-08-03, reported"
