"""What is on which dashboard, where, and with which threshold."""

from __future__ import annotations

import promql_parser
import pytest

from tests.support.paths import STACKS
from tests.support.specs import CATALOG, full, prod, varied
from weighbridge.dashboards.charts import ERRORS, LATENCY, REPLICAS
from weighbridge.dashboards.layout import MOST_TILES
from weighbridge.dashboards.plan import SHELVES, plan_dashboards
from weighbridge.dashboards.tile import Chart, Header, Incidents, SectionTitle
from weighbridge.signals.quota_words import quota_lists
from weighbridge.signals.rows import catalogue
from weighbridge.signals.subjects import subjects
from weighbridge.signals.watched import watched
from weighbridge.stacks.load import read_spec

RUNBOOKS = ("  notify:\n", "  runbooks: https://wiki.example.com/ml\n  notify:\n")
PIPELINE = "  prototypes:\n"


def crowded():
    """Production with more pipelines than one dashboard takes."""
    more = "".join(
        f"  more-{number}: {{kind: data, node_pool: features, guaranteed: {{cpu: 0}}, at_most: {{cpu: 1}}, "
        f"runs_every: 1h, runs: 'gs://example-ml-runs/more-{number}/'}}\n"
        for number in range(12)
    )
    return prod((PIPELINE, more + PIPELINE))


def parts(spec):
    of = subjects(spec, quota_lists(spec, CATALOG))
    return of, watched(of)


def plans(spec):
    of, signals = parts(spec)
    return {plan.name: plan for plan in plan_dashboards(spec, of, signals, CATALOG)}


SPECS = {name: read_spec(STACKS / f"{name}.yaml") for name in ("dev", "staging", "prod")}
SPECS |= {"full": full(), "crowded": crowded(), "varied": varied()}


@pytest.fixture(params=[*SPECS.values()], ids=[*SPECS], scope="module")
def spec(request):
    return request.param


def titles(plan, kind=Chart):
    return [tile.content.title for tile in plan.tiles if isinstance(tile.content, kind)]


def test_there_is_one_of_each_endpoint_one_of_the_quota_and_an_overview():
    assert list(plans(SPECS["dev"])) == ["overview", "endpoint-ranker", "quota"]
    assert list(plans(full())) == [
        "overview", "endpoint-ranker", "endpoint-chat", "endpoint-tagger", "endpoint-embed", "endpoint-rules", "quota",
    ]  # fmt: skip
    assert [plan.resource for plan in plans(prod()).values()] == [
        "prod-overview", "prod-endpoint-ranker", "prod-quota",
    ]  # fmt: skip


def test_without_known_series_there_is_no_dashboard_of_the_quota():
    of = subjects(prod())
    assert [plan.name for plan in plan_dashboards(prod(), of, watched(of), CATALOG)] == ["overview", "endpoint-ranker"]


def test_every_signal_that_can_be_drawn_is_drawn_once_on_the_dashboard_of_its_subject(spec):
    _, signals = parts(spec)
    shown = [(chart.signal, plan.name) for plan in plans(spec).values() for chart in plan.charts if chart.signal]
    assert sorted(key for key, _ in shown) == sorted(signal.key for signal in signals if signal.chart is not None)
    places = {"serving": "endpoint-{}", "quota": "quota"}
    by_key = {signal.key: signal.subject for signal in signals}
    for key, name in shown:
        expected = places.get(by_key[key].kind, "overview").format(by_key[key].name)
        assert name == expected or (expected == "overview" and name.startswith("overview-"))


def test_a_line_is_the_threshold_of_its_alert_or_what_is_promised(spec):
    _, signals = parts(spec)
    by_key = {signal.key: signal for signal in signals}
    for plan in plans(spec).values():
        for chart in plan.charts:
            if chart.line is None or chart.signal is None:
                continue
            signal = by_key[chart.signal]
            if chart.line.before == "promised":
                assert signal.row.id in (ERRORS, LATENCY)
            else:
                assert {float(condition.threshold) for condition in signal.conditions} == {chart.line.value}


def test_every_query_is_promql_and_curves_have_names(spec):
    for plan in plans(spec).values():
        for chart in plan.charts:
            assert chart.queries
            assert all(promql_parser.parse(query.text) is not None for query in chart.queries)
            if len(chart.queries) > 1 and not chart.signal:
                legends = [query.legend for query in chart.queries]
                assert all(legends)
                assert len(set(legends)) == len(legends)


def test_errors_latency_and_replicas_have_the_same_places_everywhere():
    for name, plan in plans(full()).items():
        if name == "quota":
            continue
        first = [tile for tile in plan.tiles if isinstance(tile.content, Chart)][:3]
        assert [(tile.x, tile.y) for tile in first] == [(0, 9), (16, 9), (32, 9)]
        assert [tile.content.title.split(",")[0].split()[0] for tile in first] in (
            ["Errors", "p99", "Replicas"], ["Error", "p99", "Replicas"],
        )  # fmt: skip


def test_the_order_is_header_sections_incidents():
    plan = plans(prod())["endpoint-ranker"]
    assert isinstance(plan.tiles[0].content, Header)
    assert isinstance(plan.tiles[-1].content, Incidents)
    assert titles(plan, SectionTitle) == [
        "Requests", "v8 against v7", "Quality and predictions", "Features", "Freshness",
    ]  # fmt: skip
    assert titles(plans(prod())["overview"], SectionTitle) == [
        "Endpoints", "Pools and cost", "click-features", "ranker-training", "embedder-training", "ranker-validation",
        "prototypes",
    ]  # fmt: skip


def test_the_queue_that_an_endpoint_follows_is_drawn_after_its_requests():
    found = titles(plans(varied())["endpoint-ranker"])
    assert found[found.index("Waiting outside the replicas") - 1] == "Requests"
    assert "Waiting outside the replicas" not in titles(plans(prod())["endpoint-ranker"])


def test_more_than_one_dashboard_takes_goes_on_another_one():
    found = plans(SPECS["crowded"])
    boards = [plan for name, plan in found.items() if name.startswith("overview")]
    assert [plan.display_name for plan in boards] == ["[prod] overview", "[prod] overview (2)"]
    assert all(len(plan.tiles) <= MOST_TILES for plan in boards)
    assert titles(boards[1], SectionTitle)[-1] == "prototypes"


def header(plan):
    return ["".join(piece.text for piece in line) for line in plan.tiles[0].content.lines]


def test_the_header_says_whose_it_is_and_where_to_go():
    assert header(plans(prod())["endpoint-ranker"]) == [
        "Endpoint of prod in example-ml, us-central1. Owner: ml-platform@example.com",
        "Traffic: v7 90%, v8 10%",
        "Runbook: weighbridge runbook ranker -s prod · Spec: stacks/prod.yaml · Dashboards · Incidents",
    ]
    linked = plans(prod(RUNBOOKS))
    links = {piece.text: piece.url for line in linked["overview"].tiles[0].content.lines for piece in line if piece.url}
    assert links["click-features"] == "https://wiki.example.com/ml/click-features.md"
    assert links["Incidents"] == "https://console.cloud.google.com/monitoring/alerting/incidents?project=example-ml"
    assert header(linked["endpoint-ranker"])[2] == "Runbook · Spec: stacks/prod.yaml · Dashboards · Incidents"


def test_a_rollback_is_said():
    back = "      rolled_back: {at: 2026-11-19T10:00:00Z, weight: 10%, reason: p99 doubled}\n      at: 0%\n"
    found = plans(prod(("      at: 10%\n", back)))
    assert header(found["endpoint-ranker"])[1] == "Traffic: v7 100%, v8 0%; v8 was rolled back"


def test_every_cell_of_serving_has_its_place():
    placed = [cell for shelf in SHELVES for cell in shelf.cells]
    assert len(set(placed)) == len(placed)
    drawn = {row.cells[0] for row in catalogue().of("serving") if row.chart != "none" and row.cells}
    assert drawn <= set(placed)


def test_the_signals_that_come_first_exist():
    assert {ERRORS, LATENCY, REPLICAS} <= {row.id for row in catalogue().of("serving")}
