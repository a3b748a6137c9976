"""Laws of the quota arithmetic."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.graphs import of_spec
from tests.support.quota_demand import demand_of_specs
from tests.support.recording import held, record
from tests.support.specs import CATALOG, NOW, holding, quota_file, specs
from weighbridge.quota.arithmetic import NodeCounts, QuotaKey, node_counts
from weighbridge.quota.demand import spec_demand
from weighbridge.quota.holders import graph_demand
from weighbridge.quota.ledger import StackDemand, build_ledger
from weighbridge.spec.root import Spec

QUOTA = quota_file(spot_pools=["NVIDIA_A100"])


def sums(demand: StackDemand) -> dict[QuotaKey, tuple[int, int]]:
    found: dict[QuotaKey, tuple[int, int]] = {}
    for claim in demand.claims:
        steady, peak = found.get(claim.key, (0, 0))
        found[claim.key] = (steady + claim.steady, peak + claim.peak)
    return found


@given(specs())
@settings(max_examples=150, deadline=None)
def test_a_spec_and_the_resources_made_from_it_draw_the_same(one: Spec):
    quota = holding(QUOTA, one)
    by_spec, by_graph = spec_demand(one, quota, CATALOG), graph_demand(of_spec(one), quota, CATALOG)
    assert by_graph.doubts == by_spec.doubts == ()
    assert sums(by_graph) == sums(by_spec)


@pytest.mark.slow
@given(specs())
@settings(max_examples=25, deadline=None)
def test_a_spec_and_the_resources_that_the_components_make_draw_the_same(one: Spec):
    def program() -> None:
        from components.ml_platform import Platform

        Platform(one.environment, one, CATALOG)

    quota = holding(QUOTA, one)
    by_spec, by_graph = spec_demand(one, quota, CATALOG), graph_demand(held(record(program)), quota, CATALOG)
    assert by_graph.doubts == by_spec.doubts == ()
    assert sums(by_graph) == sums(by_spec)


@given(specs(), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_order_never_matters(one: Spec, random):
    shuffled = list(of_spec(one))
    random.shuffle(shuffled)
    assert sums(graph_demand(shuffled, QUOTA, CATALOG)) == sums(graph_demand(of_spec(one), QUOTA, CATALOG))
    names = list(one.node_pools)
    random.shuffle(names)
    other = one.model_copy(update={"node_pools": {name: one.node_pools[name] for name in names}})
    assert sums(spec_demand(other, QUOTA, CATALOG)) == sums(spec_demand(one, QUOTA, CATALOG))


@given(specs())
@settings(max_examples=40, deadline=None)
def test_adding_a_pool_never_lowers_a_demand(one: Spec):
    names = list(one.node_pools)
    smaller = one.model_copy(update={"node_pools": {name: one.node_pools[name] for name in names[:-1]}})
    less, more = sums(spec_demand(smaller, QUOTA, CATALOG)), sums(spec_demand(one, QUOTA, CATALOG))
    assert all(more[key][0] >= steady and more[key][1] >= peak for key, (steady, peak) in less.items())


@given(specs())
@settings(max_examples=40, deadline=None)
def test_steady_never_exceeds_peak(one: Spec):
    assert all(0 <= claim.steady <= claim.peak for claim in spec_demand(one, QUOTA, CATALOG).claims)


@given(st.lists(specs(), min_size=1, max_size=4))
@settings(max_examples=30, deadline=None)
def test_the_ledger_is_the_sum_of_its_parts(many: list[Spec]):
    demands = demand_of_specs({f"s{n}": one for n, one in enumerate(many)}, QUOTA)
    ledger = build_ledger(QUOTA, demands, CATALOG, NOW)
    parts = [sums(demand) for demand in demands.values()]
    for row in ledger.rows:
        assert row.peak == sum(part.get(row.key, (0, 0))[1] for part in parts)
        assert sum(use.steady for use in row.uses) == sum(part.get(row.key, (0, 0))[0] for part in parts)
        assert all(sum(claim.peak for claim in use.claims) == use.peak for use in row.uses)
    assert {row.key for row in ledger.rows} >= {key for part in parts for key in part}


def test_the_formulas():
    blue_green = node_counts(
        initial_per_zone=1, zones=3, total_max=None, max_per_zone=4, upgrade=lambda held: held, creates_first=True
    )
    assert blue_green == NodeCounts(create=3, steady=12, upgrade=12, replace=12)
    assert blue_green.peak == 36
    assert NodeCounts(create=9, steady=2, upgrade=1, replace=0).peak == 10


def test_a_pool_that_scales_to_no_maximum_holds_only_what_it_is_created_with():
    counts = node_counts(
        initial_per_zone=0, zones=3, total_max=None, max_per_zone=None, upgrade=lambda held: held, creates_first=False
    )
    assert (counts.steady, counts.peak) == (0, 0)


@pytest.mark.parametrize(("steady", "peak"), [(2, 24), (12, 24), (15, 30)])
def test_nodes_of_the_creation_may_be_there_still_when_all_are_upgraded(steady, peak):
    counts = node_counts(
        initial_per_zone=4, zones=3, total_max=steady, max_per_zone=None, upgrade=lambda held: held, creates_first=False
    )
    assert (counts.held, counts.peak) == (peak // 2, peak)


def test_a_limit_is_called_by_its_id_its_dimensions_and_its_region():
    plain = QuotaKey("example-ml", "us-central1", "CPUS-per-project-region")
    assert str(plain) == "CPUS-per-project-region in us-central1"
    both = QuotaKey("example-ml", "us-east5", "X-per-project-region", (("a", "1"), ("b", "2")))
    assert str(both) == "X-per-project-region a=1 b=2 in us-east5"
