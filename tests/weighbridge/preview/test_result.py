"""What follows from a result: its exit code, what blocks, what only advises."""

from __future__ import annotations

import pytest

from tests.support import results
from weighbridge.preview.result import Before, Operation, QuotaLine


@pytest.mark.parametrize(
    ("result", "code"),
    [(results.admitted(), 0), (results.advised(), 0), (results.blocked(), 1), (results.not_judged(), 3)],
)
def test_the_exit_code_is_the_verdict_s(result, code):
    assert result.exit_code == code


def test_advice_does_not_block():
    result = results.blocked()
    assert [found.policy for found in result.blocking] == ["shared-quota"]
    assert [found.policy for found in result.advice] == ["advice"]


def test_operations_are_counted():
    result = results.blocked()
    assert {operation: result.count(operation) for operation in Operation if result.count(operation)} == {
        Operation.REPLACE: 1, Operation.UPDATE: 1, Operation.DELETE: 1, Operation.SAME: 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("during", "before", "meanwhile"), [(None, 2, None), (14, 2, None), (14, 20, None), (15, 2, 15), (21, 20, 21)]
)
def test_what_is_held_meanwhile_is_told_where_it_is_more_than_before_and_after(during, before, meanwhile):
    line = QuotaLine(results.row(), 2, 14, Before(before, before), during)
    assert line.more_meanwhile == meanwhile
