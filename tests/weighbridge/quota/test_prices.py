"""Committed-use prices by hand: what they take off, whom they cover, until when, and that they invent no price."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.graphs import cluster, node_pool
from tests.support.specs import CATALOG, quota_file
from weighbridge.catalog import Provisioning
from weighbridge.quota.cost import HOURS_PER_MONTH, NodePools, cost_of, monthly_of, pools_of
from weighbridge.quota.prices import Commitment, HourlyPrice, NodePrices
from weighbridge.resources.held_resource import Surroundings

TODAY, REGION = date(2026, 11, 26), "us-central1"
MACHINE = CATALOG.machine_types["e2-standard-4"]
LIST = CATALOG.price(MACHINE.name, REGION, Provisioning.STANDARD)
UNLISTED = CATALOG.machine_types["a4x-highgpu-4g"]
E2 = {"machines": "e2", "region": REGION, "years": 1, "until": "2027-11-30"}


def prices(*entries, stack="dev", today=TODAY):
    return NodePrices.of(CATALOG, quota_file(commitments=list(entries)), stack, today)


def pools(*nodes, machine=MACHINE.name):
    made = [
        node_pool(
            f"p{number}",
            nodeConfig={"machineType": machine, "diskSizeGb": 100.0, "diskType": "pd-balanced"},
            autoscaling={"totalMinNodeCount": float(least), "totalMaxNodeCount": float(most)},
        )
        for number, (least, most) in enumerate(nodes)
    ]
    known = (cluster(), *made)
    return pools_of(known, Surroundings.of(known, quota_file(), CATALOG))


def monthly(usd_per_hour):
    return (usd_per_hour * HOURS_PER_MONTH).quantize(Decimal("0.01"))


def test_a_discount_is_taken_off_the_list_price_of_the_family_in_that_region():
    found = prices({**E2, "discount": "37%"})
    assert found.per_node(MACHINE, REGION, Provisioning.STANDARD) == HourlyPrice(
        LIST.usd_per_hour * Decimal("0.63"), LIST.as_of
    )
    elsewhere = CATALOG.price(MACHINE.name, "us-east1", Provisioning.STANDARD)
    assert found.per_node(MACHINE, "us-east1", Provisioning.STANDARD).usd == elsewhere.usd_per_hour


@pytest.mark.parametrize("way", [Provisioning.SPOT, Provisioning.FLEX_START, Provisioning.QUEUED])
def test_committed_use_covers_neither_spot_nor_queued_nodes(way):
    assert prices({**E2, "discount": "37%"}).per_node(MACHINE, REGION, way) == prices().per_node(MACHINE, REGION, way)


def test_reserved_nodes_are_covered():
    covered = prices({**E2, "discount": "50%"}).per_node(MACHINE, REGION, Provisioning.RESERVATION)
    assert covered.usd == LIST.usd_per_hour / 2


def test_a_discount_makes_no_price_where_nobody_lists_one_and_a_stated_price_does():
    a4x = {**E2, "machines": "a4x"}
    assert prices({**a4x, "discount": "37%"}).per_node(UNLISTED, REGION, Provisioning.STANDARD) is None
    stated = {**a4x, "machines": UNLISTED.name, "usd_per_hour": 41.5}
    assert prices(stated).per_node(UNLISTED, REGION, Provisioning.STANDARD) == HourlyPrice(Decimal("41.5"), None)


def test_the_most_special_price_counts():
    family = {**E2, "discount": "10%"}
    one_type = {**E2, "machines": MACHINE.name, "discount": "20%"}
    own = {**E2, "discount": "30%", "stack": "dev"}

    def paid(*entries, stack="dev"):
        return prices(*entries, stack=stack).per_node(MACHINE, REGION, Provisioning.STANDARD).usd / LIST.usd_per_hour

    assert paid(family, one_type, own) == Decimal("0.7")
    assert paid(family, one_type) == Decimal("0.8")
    assert paid(family, one_type, own, stack="prod") == Decimal("0.8")
    assert paid(own, stack="prod") == 1


def test_it_counts_on_its_last_day_and_list_prices_from_the_next_on():
    entry = {**E2, "discount": "50%", "until": "2026-11-26"}
    last, next_day = (
        cost_of(pools((0, 2)), None, None, prices(entry, today=day)) for day in (TODAY, date(2026, 11, 27))
    )
    assert (last.most, next_day.most) == (monthly(LIST.usd_per_hour), monthly(2 * LIST.usd_per_hour))
    assert [one.ended for one in (*last.commitments, *next_day.commitments)] == [False, True]


COMMITTED = {**E2, "machines": MACHINE.name, "discount": "50%", "nodes": 3, "stack": "dev"}


@pytest.mark.parametrize(
    ("least", "most", "paid_least", "paid_most", "idle"),
    [
        (0, 2, "1.5", "1.5", "0.5"),
        (3, 3, "1.5", "1.5", "0"),
        (1, 5, "1.5", "3.5", "0"),
        (4, 4, "2.5", "2.5", "0"),
    ],
)
def test_committed_nodes_are_paid_whether_they_run_or_not_and_those_beyond_at_list_price(
    least, most, paid_least, paid_most, idle
):
    found = cost_of(pools((least, most)), None, None, prices(COMMITTED))
    assert (found.least, found.most) == tuple(monthly(Decimal(n) * LIST.usd_per_hour) for n in (paid_least, paid_most))
    assert found.idle == monthly(Decimal(idle) * LIST.usd_per_hour)


def test_several_pools_share_committed_nodes_in_their_order():
    found = pools((0, 2), (0, 2))
    lines = [line[1] for line in monthly_of(found.read, prices(COMMITTED)) if line is not None]
    assert lines == [monthly(LIST.usd_per_hour), monthly(Decimal("1.5") * LIST.usd_per_hour)]
    assert abs(sum(lines) - cost_of(found, None, None, prices(COMMITTED)).most) <= Decimal("0.01")  # each is rounded


def test_two_commitments_of_one_pool_are_paid_both():
    """Three nodes at half of the list price, one at a quarter of it, and the fifth at all of it."""
    quarter = {**COMMITTED, "nodes": 1, "discount": "75%"}
    ((_, most, _),) = (line for line in monthly_of(pools((0, 5)).read, prices(COMMITTED, quarter)) if line is not None)
    assert most == monthly((Decimal("1.5") + Decimal("0.25") + 1) * LIST.usd_per_hour)


def test_another_stack_has_nothing_of_them():
    found = cost_of(pools((0, 2)), None, None, prices(COMMITTED, stack="prod"))
    assert (found.most, found.idle, found.commitments) == (monthly(2 * LIST.usd_per_hour), 0, ())


def test_committed_nodes_without_a_pool_cost_all_the_same_and_are_named():
    found = cost_of(NodePools(), None, None, prices(COMMITTED))
    assert found.least == found.most == found.idle == monthly(Decimal("1.5") * LIST.usd_per_hour)
    assert [(one.machines, one.price, one.nodes) for one in found.commitments] == [("e2-standard-4", "50% off", 3)]


def test_nodes_beyond_committed_ones_that_nobody_lists_leave_the_pool_without_a_price():
    entry = {name: value for name, value in COMMITTED.items() if name != "discount"}
    entry |= {"machines": UNLISTED.name, "usd_per_hour": 40.0}
    group = pools((0, 2)).read[0].group
    gpu = replace(group, machine=UNLISTED, gpu=UNLISTED.gpu)
    assert [p is None for p in prices(entry).priced([(gpu, 3)]).hourly] == [False]
    assert [p is None for p in prices(entry).priced([(gpu, 4)]).hourly] == [True]


@given(
    counts=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)).map(sorted), min_size=1, max_size=4),
    discount=st.integers(1, 99),
    nodes=st.none() | st.integers(1, 12),
)
def test_the_least_is_never_above_the_most_and_no_discount_costs_more_than_the_nodes_and_what_is_idle(
    counts, discount, nodes
):
    more = {} if nodes is None else {"nodes": nodes, "stack": "dev"}
    entry = {**E2, "machines": MACHINE.name, "discount": f"{discount}%", **more}
    found, listed = (cost_of(pools(*counts), None, None, given) for given in (prices(entry), prices()))
    assert found.least <= found.most
    assert found.most - found.idle <= listed.most
    part = 1 - Decimal(discount) / 100
    assert found.most >= monthly(part * sum(most for _, most in counts) * LIST.usd_per_hour)


def test_a_commitment_for_people_and_whether_it_has_ended():
    entry, numbered = quota_file(
        commitments=[{**E2, "discount": "37%"}, {**E2, "machines": "e2-standard-4", "usd_per_hour": 0.1, "nodes": 2}]
    ).commitments
    last = date(2027, 11, 30)
    assert Commitment.of(entry, last) == Commitment("e2", REGION, 1, "37% off", None, last, ended=False)
    assert Commitment.of(entry, date(2027, 12, 1)).ended
    assert Commitment.of(numbered, last).price == "at $0.1 an hour"
    assert Commitment.of(numbered, last).words == "2 nodes of e2-standard-4 in us-central1 at $0.1 an hour for 1 year"


def test_the_day_of_a_price_is_that_of_the_list_price_that_a_discount_is_taken_off():
    found = prices({**E2, "machines": MACHINE.name, "discount": "37%", "nodes": 2}, {**E2, "usd_per_hour": 0.1})
    (pool,) = pools((1, 2)).read
    (price,) = found.priced([(pool.group, 2)]).hourly
    assert price == HourlyPrice(LIST.usd_per_hour * Decimal("0.63") * 2, LIST.as_of)
    (price,) = prices({**E2, "usd_per_hour": 0.1}).priced([(pool.group, 2)]).hourly
    assert price == HourlyPrice(Decimal("0.2"), None)


def test_the_commitments_that_machines_come_under():
    found = prices({**E2, "discount": "37%"}, {**E2, "machines": "e2-standard-8", "discount": "20%"})
    standard = Provisioning.STANDARD
    assert [entry.machines for entry in found.named_for([(MACHINE, REGION, standard)])] == ["e2"]
    larger = CATALOG.machine_types["e2-standard-8"]
    assert [entry.machines for entry in found.named_for([(larger, REGION, standard)])] == ["e2-standard-8", "e2"]
    assert found.named_for([(MACHINE, "us-east1", standard), (MACHINE, REGION, Provisioning.SPOT)]) == ()


def test_idle_nodes_whose_price_nobody_knows_cost_nothing_that_can_be_told():
    known = {**E2, "machines": MACHINE.name, "discount": "37%", "nodes": 2}
    unlisted = {**E2, "machines": UNLISTED.name, "discount": "37%", "nodes": 2}
    assert prices(known, unlisted).priced([]).idle == prices(known).priced([]).idle > 0
