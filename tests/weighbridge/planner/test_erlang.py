"""Erlang's formulas, against values that were computed by independent means."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.planner.erlang import Overloaded, blocked_share, late_share, servers_for, waiting_share


@pytest.mark.parametrize(
    ("servers", "rate", "waiting", "wait", "after", "late"),
    [
        (1, 0.8, 0.8, 4, 1, 0.654985),
        (3, 2.4, 0.647191, 1.078652, 1, 0.355186),
        (10, 8, 0.409180, 0.204590, 0.5, 0.150529),
        (100, 90, 0.216940, 0.0216940, 0.1, 0.079808),
        (1000, 960, 0.133692, 0.00334229, 0.02, 0.060072),
        (5000, 4900, 0.0999379, 0.000999379, 0.01, 0.036765),
    ],
)
def test_waiting_is_that_of_the_exact_solution(servers, rate, waiting, wait, after, late):
    assert waiting_share(servers, rate) == pytest.approx(waiting, rel=1e-5)
    assert waiting_share(servers, rate) / (servers - rate) == pytest.approx(wait, rel=1e-5)
    assert late_share(servers, rate, 1, after) == pytest.approx(late, rel=2e-5)


@pytest.mark.parametrize(
    ("rate", "service", "wait", "late", "servers"),
    [
        (10, 0.2, 0.1, 0.05, 5),
        (100, 0.2, 0.1, 0.05, 24),
        (100, 0.2, 0.5, 0.01, 22),
        (1000, 0.2, 0.1, 0.05, 206),
        (5000, 0.2, 0.1, 0.01, 1009),
        (50, 5, 1, 0.05, 261),
    ],
)
def test_as_many_servers_as_tables_say(rate, service, wait, late, servers):
    assert servers_for(rate, service, wait, late) == servers


@given(st.floats(0.01, 300), st.floats(0.01, 5), st.floats(0, 5), st.floats(0.001, 0.5))
def test_the_servers_do_and_one_less_does_not(rate, service, wait, late):
    servers = servers_for(rate, service, wait, late)
    assert late_share(servers, rate, service, wait) <= late
    if servers - 1 > rate * service:
        assert late_share(servers - 1, rate, service, wait) > late


def test_a_large_farm_neither_overflows_nor_loses_digits():
    load = 99_000.0
    direct = math.exp(100_000 * math.log(load) - load - math.lgamma(100_001))
    assert blocked_share(100_000, load) == pytest.approx(direct / _poisson_up_to(100_000, load), rel=1e-6)


def _poisson_up_to(most, mean):
    scipy_stats = pytest.importorskip("scipy.stats", reason="scipy is not installed")
    return scipy_stats.poisson.cdf(most, mean)


def test_a_load_above_the_servers_is_refused_not_negative():
    with pytest.raises(Overloaded, match="a load of 12 needs more than 10 servers: the queue grows without end"):
        waiting_share(10, 12)
