"""The cheapest set agrees with trying all; no limit is exceeded; more of a limit never costs more."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weighbridge.planner.choice import solve
from weighbridge.planner.choice.solve import JointProgram, Way

AMOUNTS = st.integers(0, 6)
ROWS = 3


@st.composite
def programs(draw, *, unpriced=True):
    """Up to four groups of up to four columns on three limits, one of which may have no bound."""
    columns = []
    for group in range(draw(st.integers(1, 4))):
        for _ in range(draw(st.integers(1, 4))):
            cost = draw(st.integers(0, 40).map(lambda cents: cents / 4) | (st.none() if unpriced else st.nothing()))
            draws = {row: amount for row in range(ROWS) if (amount := draw(AMOUNTS))}
            columns.append(Way(group, cost, draws))
    room = [draw(st.integers(0, 14)), draw(st.integers(0, 14)), draw(st.integers(0, 14) | st.none())]
    return JointProgram(columns, room)


def sets(program):
    by_group = [
        [index for index, column in enumerate(program.columns) if column.group == group]
        for group in range(program.groups)
    ]
    return product(*by_group)


def worth(program, chosen):
    """Groups that could have a price and have none, then the sum of prices."""
    columns = program.columns
    priced = {column.group for column in columns if column.cost is not None}
    without = sum(columns[index].cost is None and columns[index].group in priced for index in chosen)
    return without, sum(columns[index].cost or 0.0 for index in chosen)


@settings(max_examples=60, deadline=None)
@given(programs())
def test_the_cheapest_set_is_that_of_trying_all(program):
    fitting = [chosen for chosen in sets(program) if not program.lacking(chosen)]
    found = program.cheapest()
    if not fitting:
        assert found is None
        return
    assert found is not None
    assert program.lacking(found.columns) == {}
    best = min(worth(program, chosen) for chosen in fitting)
    got = worth(program, found.columns)
    assert got[0] == best[0]
    assert abs(got[1] - best[1]) < 1e-4
    assert [program.columns[index].group for index in found.columns] == list(range(program.groups))


@settings(max_examples=40, deadline=None)
@given(programs(unpriced=False), st.integers(0, ROWS - 1), st.integers(1, 6))
def test_more_of_a_limit_never_costs_more(program, row, more):
    before, after = program.cheapest(), program.cheapest(more={row: more})
    if before is not None:
        assert after is not None
        assert after.cost <= before.cost + 1e-4


@settings(max_examples=40, deadline=None)
@given(programs())
def test_the_smallest_raise_is_that_of_trying_all(program):
    lacking = [(program.lacking(chosen), worth(program, chosen)) for chosen in sets(program)]
    units = program.smallest_raise(fewest_limits=False)
    assert units is not None
    least = min(sum(more.values()) for more, _ in lacking)
    assert sum(units.more.values()) == least
    cheapest = min(cost for more, cost in lacking if sum(more.values()) == least)
    assert worth(program, units.solution.columns)[0] >= cheapest[0]
    limits = program.smallest_raise(fewest_limits=True)
    assert limits is not None
    best = min((len(more), sum(more.values())) for more, _ in lacking)
    assert (len(limits.more), sum(limits.more.values())) == best


def test_no_price_is_never_the_cheapest_and_is_taken_only_where_nothing_else_fits():
    columns = [Way(0, None, {0: 1}), Way(0, 50.0, {0: 2})]
    assert JointProgram(columns, [2]).cheapest().columns == (1,)
    assert JointProgram(columns, [1]).cheapest().columns == (0,)
    assert JointProgram(columns, [0]).cheapest() is None
    assert JointProgram(columns, [2]).cheapest_alone() == (1,)


def test_large_amounts_are_added_up_in_whole_numbers():
    columns = [Way(group, 1.0 + group, {0: 9_999_999}) for group in range(3)]
    columns += [Way(group, 2.0 + group, {0: 1}) for group in range(3)]
    found = JointProgram(columns, [2 * 9_999_999]).cheapest()
    assert found is not None
    assert sum(columns[index].draws[0] for index in found.columns) <= 2 * 9_999_999


@settings(max_examples=40, deadline=None)
@given(programs())
def test_with_many_columns_the_smallest_raise_is_as_small(program):
    """Where it is said to be proven; the limits are then as few as trying all finds, and always enough."""
    lacking = [program.lacking(chosen) for chosen in sets(program)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(solve, "EXACT_COLUMNS", 0)
        units = program.smallest_raise(fewest_limits=False)
        limits = program.smallest_raise(fewest_limits=True)
    least, fewest = min(sum(more.values()) for more in lacking), min(len(more) for more in lacking)
    assert least <= sum(units.more.values()) <= least * 1.01 + 1
    assert not units.proven or sum(units.more.values()) == least
    assert len(limits.more) >= fewest
    assert not limits.proven or len(limits.more) == fewest
    assert program.lacking(limits.solution.columns) == limits.more
