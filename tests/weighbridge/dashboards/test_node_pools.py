"""Nodes by pool, what they cost, and how busy accelerators are: which queries, and what is said of prices."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.support.specs import CATALOG, full, prod
from tests.support.specs import spec as small
from weighbridge.catalog import Catalog, Provisioning
from weighbridge.dashboards.node_pools import LONGEST_NODE_NAME, TPU_NODE_NAMES, accelerators, pools_and_cost
from weighbridge.dashboards.tile import Chart, Line
from weighbridge.signals.emitters import known_of
from weighbridge.signals.lint import lint

CPU = {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}
TPU = {"machine_type": "ct5lp-hightpu-4t", "tpu_topology": "2x2", "nodes": {"min": 0, "max": 2}}
UNPRICED = {
    "machine_type": "n1-standard-4",
    "gpu": {"type": "nvidia-tesla-t4", "count": 1},
    "nodes": {"min": 0, "max": 2},
}


def drawn(spec) -> dict[str, Chart]:
    _, charts = pools_and_cost(spec, CATALOG)
    return {chart.title: chart for chart in charts}


def queries(spec, title: str) -> dict[str, str]:
    return {query.legend: query.text for query in drawn(spec)[title].queries}


def test_nodes_of_a_pool_are_counted_by_their_names():
    nodes = queries(prod(), "Nodes")
    assert list(nodes) == list(prod().node_pools)
    (wanted,) = re.findall('node_name=~"(.*)"', nodes["serve-l4"])
    assert re.fullmatch(wanted, "gke-prod-serve-l4-1a2b3c4d-x9yz")
    assert not re.fullmatch(wanted, "gke-prod-serve-l4-spot-1a2b3c4d-x9yz")  # a pool whose name goes on


def test_tpu_nodes_are_called_after_no_pool_and_so_are_one_curve():
    nodes = queries(small({"one": TPU, "cpu": CPU, "two": TPU}), "Nodes")
    assert list(nodes) == ["cpu", "one, two"]
    assert TPU_NODE_NAMES in nodes["one, two"]
    assert re.fullmatch(TPU_NODE_NAMES, "gke-tpu-de8b9feb-kgdj")


def test_tpu_nodes_of_other_machines_are_told_apart_by_their_cores():
    single = {"machine_type": "ct5lp-hightpu-1t", "nodes": {"min": 0, "max": 2}}
    spec = small({"one": TPU, "single": single})
    nodes = queries(spec, "Nodes")
    assert [(name, query.rpartition(" == ")[2]) for name, query in nodes.items()] == [
        ("one", "112)"),
        ("single", "24)"),
    ]
    assert list(queries(spec, "Cost by pool")) == ["one", "single"]


def test_cost_is_nodes_times_the_list_price_and_the_sum_counts_pools_without_nodes_as_none():
    price = CATALOG.price("e2-standard-4", "us-central1", Provisioning.STANDARD)
    assert price is not None
    found = drawn(small({"a": CPU, "b": CPU}))
    by_pool, total = found["Cost by pool"], found["Cost of all pools"]
    counted = queries(small({"a": CPU, "b": CPU}), "Nodes")
    hourly = f"{price.usd_per_hour.normalize():f}"
    assert [query.text for query in by_pool.queries] == [f"{counted[pool]} * {hourly}" for pool in "ab"]
    parts = [f"({counted[pool]} * {hourly} or vector(0))" for pool in "ab"]
    any_node = 'count(kubernetes_io:node_cpu_total_cores{monitored_resource="k8s_node", cluster_name="dev"})'
    assert [query.text for query in total.queries] == [f"{parts[0]} + {parts[1]} and on () {any_node}"]
    assert (by_pool.unit, total.unit, by_pool.line, total.line) == ("USD/h", "USD/h", None, None)


def test_the_budget_of_a_month_is_the_line_of_an_hour():
    line = drawn(prod())["Cost of all pools"].line
    assert line is not None
    assert line == Line(42000 / 730, "budget")


def test_what_has_no_price_is_said_first():
    about, charts = pools_and_cost(small({"cpu": CPU, "t4": UNPRICED}), CATALOG)
    assert re.fullmatch(
        r"no cost is shown of t4; list prices of \d{4}-\d\d-\d\d; no disks, network, fees or discounts", about
    )
    (by_pool,) = [chart for chart in charts if chart.title == "Cost by pool"]
    assert [query.legend for query in by_pool.queries] == ["cpu"]


def test_without_any_price_there_is_no_chart_of_cost():
    about, charts = pools_and_cost(small({"t4": UNPRICED}), CATALOG)
    assert about == "no cost is shown of t4"
    assert [chart.title for chart in charts] == ["Nodes"]


def test_tpu_pools_of_different_prices_are_counted_and_not_priced():
    spot = {**TPU, "provisioning": "spot"}
    about, charts = pools_and_cost(small({"cpu": CPU, "a": TPU, "b": spot}), CATALOG)
    assert about.startswith("no cost is shown of a, b; ")
    assert [query.legend for query in charts[0].queries] == ["cpu", "a, b"]


def test_prices_of_several_days_are_said_as_a_span():
    class Other(Catalog):
        def price(self, machine_type: str, region: str, provisioning: Any) -> Any:
            found = CATALOG.price(machine_type, region, provisioning)
            assert found is not None
            return replace(found, as_of=found.as_of.replace(year=2020), usd_per_hour=Decimal(1))

    about, _ = pools_and_cost(small({"cpu": CPU}), Other())
    assert about.startswith("list prices of 2020-")
    assert " to " in pools_and_cost(prod(), CATALOG)[0]


def test_pools_whose_names_gke_may_cut_and_no_accelerators():
    long = "p" * LONGEST_NODE_NAME
    assert pools_and_cost(small({long: CPU}), CATALOG) == (f"no cost is shown of {long}", ())


def test_busy_accelerators_of_all_and_of_an_endpoint_by_version():
    assert queries(prod(), "Accelerators busy") == {
        "": "avg by (namespace_name, model) (kubernetes_io:container_accelerator_duty_cycle"
        '{monitored_resource="k8s_container", cluster_name="prod"}) / 100'
    }
    busy, full_memory = accelerators(prod(), "ranker")
    assert (busy.title, full_memory.title) == ("Accelerators busy", "Accelerator memory used")
    assert [query.legend for query in busy.queries] == ["v7", "v8"]
    (pods,) = re.findall('pod_name=~"(.*)"', busy.queries[0].text)
    assert re.fullmatch(pods, "ranker-v7-5dbf6c8d7-abcde"), "of a Deployment"
    assert all(re.fullmatch(pods, name) for name in ("ranker-v7-0", "ranker-v7-0-1")), "of a group of hosts"
    assert not re.fullmatch(pods, "ranker-v7-v1-5dbf6c8d7-abcde"), "of an endpoint that is called ranker-v7"
    assert full_memory.queries[0].text.count(pods) == 2


def test_an_endpoint_without_accelerators_has_no_such_charts():
    spec = full()
    (plain,) = [
        name for name, endpoint in spec.endpoints.items() if not any(v.gpu or v.tpu for v in endpoint.versions.values())
    ][:1]
    assert list(accelerators(spec, plain)) == []


def test_google_takes_every_query():
    charts = [*pools_and_cost(full(), CATALOG)[1], *accelerators(prod(), "ranker")]
    texts = [query.text for chart in charts for query in chart.queries]
    assert [finding for text in texts for finding in lint(text, timedelta(0), known_of(full()))] == []
